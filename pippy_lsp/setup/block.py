"""A block of lines of ours in a text file, between two comment lines that name it."""

from __future__ import annotations

import re

_BEGIN, _END = "pippy-lsp setup: begin", "pippy-lsp setup: end"


def put(text: str, comment: str, block: str) -> str:
    """`text` with the block at its end, or where it stands already; the rest stays."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [f"{comment} {_BEGIN}", *block.strip("\n").split("\n"), f"{comment} {_END}"]
    ours = newline.join(lines)
    before = re.compile(
        rf"^{re.escape(comment)} {_BEGIN}\r?\n.*?^{re.escape(comment)} {_END}",
        re.MULTILINE | re.DOTALL,
    )
    if before.search(text):
        return before.sub(lambda _: ours, text, count=1)
    gap = "" if not text else newline if text.endswith("\n") else newline * 2
    return f"{text}{gap}{ours}{newline}"


def without(text: str, comment: str) -> str:
    """`text` without the block: what others wrote."""
    mark = re.escape(comment)
    return re.sub(rf"(?ms)^{mark} {_BEGIN}\r?\n.*?^{mark} {_END}", "", text, count=1)
