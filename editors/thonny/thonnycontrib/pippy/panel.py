"""The helper's panel: what it explains stays there while the child writes."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any, Optional

from pippy_client import markdown

from . import rich


class HelperView(ttk.Frame):
    """A view of Thonny's, made when it is first shown."""

    plugin: Any = None
    """Thonny makes views by their class, with no other argument than their master."""

    def __init__(self, master: tk.Misc) -> None:
        super().__init__(master)
        say = self.plugin.words.say
        self.text = tk.Text(self, width=30, height=8, padx=12, pady=10)
        rich.prepare(self.text, background="#fffdf2", foreground="#222222")
        bar = ttk.Scrollbar(self, orient="vertical", command=self.text.yview)
        self.text.configure(yscrollcommand=bar.set)
        self.status = ttk.Label(self, padding=(8, 4))
        self.explain = ttk.Button(
            self, text=say("explain"), command=self.plugin.explain, takefocus=False
        )
        self.question = ttk.Entry(self)
        self.question.bind("<Return>", lambda event: self._ask())
        asked = ttk.Label(self, text=say("ask"), padding=(8, 4, 8, 0))
        self.text.grid(row=0, column=0, sticky="nsew")
        bar.grid(row=0, column=1, sticky="ns")
        self.status.grid(row=1, column=0, columnspan=2, sticky="ew")
        self.explain.grid(row=2, column=0, columnspan=2, sticky="ew", padx=4, pady=4)
        asked.grid(row=3, column=0, columnspan=2, sticky="w")
        self.question.grid(row=4, column=0, columnspan=2, sticky="ew", padx=4, pady=4)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.markdown = ""
        self._busy = ""
        self.plugin.panel = self
        self.show("%s\n\n%s" % (say("empty"), say("keys")))
        self.stands()

    @property
    def words(self) -> str:
        """What it says, without marks."""
        return markdown.plain(self.markdown)

    def show(self, words: str, busy: str = "") -> None:
        """Say this, in Markdown."""
        self.markdown = words
        shown = "\n\n".join(part for part in (words, "*%s*" % busy if busy else "") if part)
        rich.show(self.text, shown)
        self.text.yview_moveto(0)

    def _ask(self) -> None:
        question = self.question.get()
        self.question.delete(0, "end")
        self.plugin.ask(question)

    def busy(self, sentence: str) -> None:
        """Say what the helper is doing."""
        self._busy = sentence
        self.stands()

    def stands(self) -> None:
        """The helper's status is another one."""
        self.status.configure(text=self._busy or self.plugin.session.sentence)

    def destroy(self) -> None:
        """Thonny is closed."""
        self.plugin.panel = None
        super().destroy()


def shown(plugin: Any) -> Optional[HelperView]:
    """The panel, opened where it is not."""
    from thonny import get_workbench

    get_workbench().show_view("HelperView", set_focus=False)
    found: Optional[HelperView] = plugin.panel
    return found
