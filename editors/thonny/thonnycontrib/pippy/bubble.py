"""The bubble for a word on which the pointer rests."""

from __future__ import annotations

import tkinter as tk
from typing import Callable, Optional

from . import rich

BACK, BORDER, LINK = "#fffdf2", "#b9a95e", "#1a5fb4"
COLUMNS, LINES = 56, 16
"""Characters and lines of its text at most."""


class Bubble:
    """One bubble over one widget. It never takes the focus: the child can type on."""

    def __init__(self, widget: tk.Text) -> None:
        self._widget = widget
        self._window: Optional[tk.Toplevel] = None
        self.markdown = ""
        """What it says, while it is shown."""

    def show(
        self, words: str, index: str, more: str = "", work: Optional[Callable[[], None]] = None
    ) -> None:
        """Say this (in Markdown) below a place in the text; with a link to do more."""
        self.hide()
        box = self._widget.bbox(index)
        if box is None:
            return
        self.markdown = words
        window = self._window = tk.Toplevel(self._widget)
        window.wm_overrideredirect(True)
        window.wm_geometry("+-4000+-4000")  # words have a height where there is a window
        frame = tk.Frame(window, background=BACK, highlightthickness=1, highlightbackground=BORDER)
        frame.pack(fill="both", expand=True)
        text = tk.Text(frame, width=COLUMNS, height=1, padx=10, pady=8)
        rich.prepare(text, background=BACK, foreground="#222222")
        rich.show(text, words)
        text.pack(fill="both", expand=True)
        if work is not None:
            self._link(frame, more, work)
        self._fit(text)
        x = self._widget.winfo_rootx() + box[0]
        y = self._widget.winfo_rooty() + box[1] + box[3] + 4
        x = min(x, window.winfo_screenwidth() - window.winfo_reqwidth() - 4)
        if y + window.winfo_reqheight() > window.winfo_screenheight():
            y = self._widget.winfo_rooty() + box[1] - window.winfo_reqheight() - 4
        window.wm_geometry("+%d+%d" % (max(x, 0), max(y, 0)))
        window.lift()

    def _link(self, frame: tk.Frame, title: str, work: Callable[[], None]) -> None:
        link = tk.Label(
            frame, text=title, background=BACK, foreground=LINK, cursor="hand2", padx=10, pady=4
        )
        link.pack(anchor="w")
        link.bind("<Button-1>", lambda event: work())

    @staticmethod
    def _fit(text: tk.Text) -> None:
        """As high as its words need."""
        line = int(text.tk.call("font", "metrics", text["font"], "-linespace"))
        for _ in range(2):  # the first time it has no width yet
            text.update_idletasks()
            found = text.count("1.0", "end", "update", "ypixels")
            pixels = found[0] if isinstance(found, tuple) else int(found or 0)
            text.configure(height=max(1, min(-(-pixels // line), LINES)))
        text.update_idletasks()

    def over(self, x: int, y: int) -> bool:
        """Whether a place on the screen is in it."""
        window = self._window
        if window is None:
            return False
        left, top = window.winfo_rootx() - 6, window.winfo_rooty() - 10
        return left <= x <= left + window.winfo_width() + 12 and (
            top <= y <= top + window.winfo_height() + 16
        )

    def hide(self) -> bool:
        """Hide it; whether it was shown."""
        window, self._window = self._window, None
        self.markdown = ""
        if window is None:
            return False
        window.destroy()
        return True
