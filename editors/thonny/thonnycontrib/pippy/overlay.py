"""Ghost text as labels over the text: the text, its undo steps and its indices never change."""

from __future__ import annotations

import tkinter as tk
from typing import Any, List, Optional, Tuple

from pippy_client.document import units
from pippy_client.ghost import View

GAP = "pippy_gap"
"""The tag that makes room below the cursor's line."""
TWICE_BEFORE = 9.0
"""The version of Tk from which on every character counts once."""


def tk_index(text: tk.Text, offset: int) -> str:
    """The place of the character number `offset`. Tk 8 counts those beyond U+FFFF twice."""
    before = text.get("1.0", "end-1c")[:offset].split("\n")
    column = units(before[-1]) if tk.TkVersion < TWICE_BEFORE else len(before[-1])
    return "%d.%d" % (len(before), column)


class Overlay:
    """The ghost text of one Text."""

    def __init__(self, text: tk.Text, gutter: Optional[tk.Text]) -> None:
        """`gutter` has the line numbers, which stay beside their lines."""
        self._text, self._gutter = text, gutter
        self._labels: List[tk.Label] = []
        self._box: Optional[Tuple[int, int, int, int]] = None
        self._view: Optional[View] = None
        self.lines: List[str] = []
        """What is shown, line by line."""

    def clear(self) -> None:
        """Show nothing."""
        self._view, self.lines = None, []
        self._remove()

    def _remove(self) -> None:
        for label in self._labels:
            label.destroy()
        if self._labels:
            for text in self._columns():
                text.tag_remove(GAP, "1.0", "end")
        self._labels = []

    def show(self, view: View) -> None:
        """Show this at the cursor."""
        self._remove()
        self._view = view
        tail = self._text.get(tk_index(self._text, view.hidden), "insert lineend")
        hidden = self._text.get("insert", "insert lineend")
        self.lines = list(view.lines)
        self.lines[-1] += tail
        self._make_room(len(view.lines) - 1)
        self._box = self._text.bbox("insert")
        if self._box is None:
            return  # scrolled out of sight; `follow` shows it again
        self._place(view.lines, tail, hidden)

    def follow(self) -> None:
        """The text may have been scrolled, or its font changed."""
        if self._view is not None and self._text.bbox("insert") != self._box:
            self.show(self._view)

    # --- drawing ---------------------------------------------------------------------------

    def _place(self, lines: List[str], tail: str, hidden: str) -> None:
        assert self._box is not None
        x, y, _, height = self._box
        left = self._left()
        for number, line in enumerate(lines):
            start = x if number == 0 else left
            width = self._measure(line)
            if number == 0 and len(lines) > 1:
                width = max(width, self._measure(hidden))  # what stood there is shown further down
            self._put(line, self._grey(), start, y, width, height)
            if number == len(lines) - 1 and tail:
                self._put(tail, self._color("foreground"), start + width, y, None, height)
            y += height

    def _put(
        self, line: str, color: str, x: int, y: int, width: Optional[int], height: int
    ) -> None:
        label = tk.Label(
            self._text,
            text=line,
            font=self._text["font"],
            foreground=color,
            background=self._background(),
            borderwidth=0,
            padx=0,
            pady=0,
            highlightthickness=0,
            anchor="w",
            cursor="xterm",
        )
        options: Any = {} if width is None else {"width": width}
        if width != 0:
            label.place(x=x, y=y, height=height, bordermode="outside", **options)
        label.bind("<Button-1>", lambda event: self._text.focus_set())
        self._labels.append(label)

    def _columns(self) -> List[tk.Text]:
        return [self._text] + ([self._gutter] if self._gutter is not None else [])

    def _make_room(self, lines: int) -> None:
        """Push what stands below down."""
        if lines <= 0:
            return
        row = self._text.index("insert").split(".")[0]
        height = self._line_height()
        for text in self._columns():
            text.tag_configure(GAP, spacing3=lines * height)
            text.tag_add(GAP, row + ".0", row + ".0 lineend + 1 chars")

    def _line_height(self) -> int:
        box = self._text.bbox("insert")
        if box is not None:
            return int(box[3])
        return int(self._text.tk.call("font", "metrics", self._text["font"], "-linespace"))

    def _measure(self, line: str) -> int:
        expanded = line.expandtabs(4)
        return int(self._text.tk.call("font", "measure", self._text["font"], expanded))

    def _left(self) -> int:
        """Where lines begin."""
        box = self._text.bbox("insert linestart")
        return int(box[0]) if box else int(self._text["padx"])

    # --- colours ---------------------------------------------------------------------------

    def _color(self, name: str) -> str:
        return str(self._text[name])

    def _background(self) -> str:
        """Of the cursor's line, which some themes mark."""
        marked = "current_line"
        if marked in self._text.tag_names("insert"):
            return str(self._text.tag_cget(marked, "background")) or self._color("background")
        return self._color("background")

    def _grey(self) -> str:
        """Halfway between the text and its background: readable in a light and a dark theme."""
        fore = self._text.winfo_rgb(self._color("foreground"))
        back = self._text.winfo_rgb(self._color("background"))
        mixed = [(one * 55 + two * 45) // 100 // 256 for one, two in zip(fore, back)]
        return "#%02x%02x%02x" % (mixed[0], mixed[1], mixed[2])
