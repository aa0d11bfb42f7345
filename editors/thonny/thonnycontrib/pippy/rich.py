"""The server's Markdown in a Tk Text."""

from __future__ import annotations

import tkinter as tk
from tkinter import font as tkfont
from typing import Any

from pippy_client import markdown


def prepare(text: tk.Text, **colors: Any) -> None:
    """Give the Text the styles; it can be read, not written."""
    normal = tkfont.nametofont("TkDefaultFont")
    family, size = normal.actual("family"), normal.actual("size")
    code = tkfont.nametofont("TkFixedFont").actual("family")
    code_back = colors.pop("code", "#f0ecd8")
    text.configure(
        font=(family, size),
        wrap="word",
        state="disabled",
        relief="flat",
        borderwidth=0,
        highlightthickness=0,
        spacing3=2,
        cursor="arrow",
        **colors,
    )
    text.tag_configure("heading", font=(family, size + 2, "bold"), spacing3=4)
    text.tag_configure("bold", font=(family, size, "bold"))
    text.tag_configure("italic", font=(family, size, "italic"))
    text.tag_configure("code", font=(code, size), background=code_back)
    text.tag_configure(
        "block", font=(code, size), foreground="#1f5f2f", lmargin1=14, lmargin2=14, wrap="none"
    )
    text.tag_configure("item", lmargin2=14)
    text.tag_configure("rule", foreground="#c9bf93")
    text.tag_configure("gap", font=(family, max(size // 2, 3)), spacing3=0)


def show(text: tk.Text, words: str) -> None:
    """Show these words and no others."""
    text.configure(state="normal")
    text.delete("1.0", "end")
    for number, block in enumerate(markdown.blocks(words)):
        if number:
            text.insert("end", "\n")
            if block.kind != "item":
                text.insert("end", "\n", ("gap",))
        if block.kind == "rule":
            text.insert("end", "─" * 24, ("rule",))
        elif block.kind == "code":
            text.insert("end", block.text, ("block",))
        else:
            for span in block.spans:
                text.insert("end", span.text, (span.style or block.kind, block.kind))
    text.configure(state="disabled")
