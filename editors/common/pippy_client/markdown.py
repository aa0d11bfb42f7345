"""The little Markdown that the server writes, in pieces that any toolkit can show."""

from __future__ import annotations

import re
from typing import List, NamedTuple

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_SPAN = re.compile(
    r"\\(?P<escaped>[\\`*_\[\]<>#|!])"
    r"|(?P<ticks>`+) ?(?P<code>.+?) ?(?P=ticks)(?!`)"
    r"|\*\*(?=\S)(?P<bold>.+?)(?<=\S)\*\*"
    r"|\*(?=\S)(?P<italic>.+?)(?<=[^\s\\])\*(?!\w)"
)


class Span(NamedTuple):
    """Text in one style: "", "code", "bold" or "italic"."""

    style: str
    text: str


class Block(NamedTuple):
    """A paragraph, or another piece: "text", "heading", "item", "code" or "rule"."""

    kind: str
    spans: List[Span]

    @property
    def text(self) -> str:
        """Its text without styles."""
        return "".join(span.text for span in self.spans)


def blocks(markdown: str) -> List[Block]:
    """The pieces, in their order."""
    found: List[Block] = []
    paragraph: List[str] = []
    code: List[str] = []
    fence = ""

    def flush() -> None:
        if paragraph:
            found.append(Block("text", spans(" ".join(paragraph))))
            paragraph.clear()

    for line in markdown.splitlines():
        match = _FENCE.match(line)
        if fence:
            if match and match.group(1).startswith(fence):
                found.append(Block("code", [Span("code", "\n".join(code))]))
                fence = ""
            else:
                code.append(line)
        elif match:
            flush()
            fence, code = match.group(1), []
        elif not line.strip():
            flush()
        elif line.strip() == "---":
            flush()
            found.append(Block("rule", []))
        elif line.startswith("#"):
            flush()
            found.append(Block("heading", spans(line.lstrip("#").strip())))
        elif re.match(r"\s*(?:[-*]|\d+\.) ", line):
            flush()
            mark, _, rest = line.strip().partition(" ")
            mark = "•" if mark in "-*" else mark
            found.append(Block("item", [Span("", mark + " "), *spans(rest)]))
        else:
            paragraph.append(line.strip())
    flush()
    if fence:
        found.append(Block("code", [Span("code", "\n".join(code))]))
    return found


def spans(text: str) -> List[Span]:
    """One paragraph in its styles."""
    found: List[Span] = []
    place = 0
    for match in _SPAN.finditer(text):
        if match.start() > place:
            found.append(Span("", text[place : match.start()]))
        place = match.end()
        for style in ("code", "bold", "italic"):
            if match.group(style) is not None:
                inner = match.group(style)
                plain = inner if style == "code" else "".join(each.text for each in spans(inner))
                found.append(Span(style, plain))
        if match.group("escaped") is not None:
            found.append(Span("", match.group("escaped")))
    if place < len(text):
        found.append(Span("", text[place:]))
    return found


def plain(markdown: str) -> str:
    """The words without marks, for places that show one line of text."""
    return "\n".join(block.text for block in blocks(markdown))
