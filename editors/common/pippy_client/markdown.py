"""The little Markdown that the server writes, in pieces that any toolkit can show."""

from __future__ import annotations

import re
from typing import List, NamedTuple

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_ITEM = re.compile(r"([-*]|\d+\.) (.*)")
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
    reader = _Reader()
    for line in markdown.splitlines():
        reader.read(line)
    reader.flush()
    return reader.found


class _Reader:
    """Reads line by line."""

    def __init__(self) -> None:
        self.found: List[Block] = []
        self._paragraph: List[str] = []
        self._code: List[str] = []
        self._fence = ""

    def read(self, line: str) -> None:
        """The next line."""
        match = _FENCE.match(line)
        if self._fence:
            if match and match.group(1).startswith(self._fence):
                self.flush()
            else:
                self._code.append(line)
        elif match:
            self.flush()
            self._fence = match.group(1)
        elif not self._whole(line):
            self._paragraph.append(line.strip())

    def _whole(self, line: str) -> bool:
        """Whether the line is a piece of its own, or ends one."""
        text = line.strip()
        item = _ITEM.match(text)
        if text and text != "---" and not line.startswith("#") and not item:
            return False
        self.flush()
        if text == "---":
            self.found.append(Block("rule", []))
        elif line.startswith("#"):
            self.found.append(Block("heading", spans(line.lstrip("#").strip())))
        elif item:
            mark = "•" if item.group(1) in "-*" else item.group(1)
            self.found.append(Block("item", [Span("", mark + " "), *spans(item.group(2))]))
        return True

    def flush(self) -> None:
        """What was read so far is a piece."""
        if self._fence:
            self.found.append(Block("code", [Span("code", "\n".join(self._code))]))
        elif self._paragraph:
            self.found.append(Block("text", spans(" ".join(self._paragraph))))
        self._paragraph, self._code, self._fence = [], [], ""


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


def escape(text: str) -> str:
    """Words that are not ours, so that none of their signs is a mark."""
    return re.sub(r"[\\`*_\[\]<>#|!]", r"\\\g<0>", text)


def plain(markdown: str) -> str:
    """The words without marks, for places that show one line of text."""
    return "\n".join(block.text for block in blocks(markdown))
