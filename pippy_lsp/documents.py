"""A document as it was at one moment, and where the cursor stood in it.

The only user of position codecs: everything above works with Python string offsets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from lsprotocol import types
from pygls import uris

Encoding = Literal["utf-8", "utf-16", "utf-32"]
LONGEST = 400_000
"""Characters: more than ten thousand lines."""
_LINE_END = re.compile(r"\r\n|\n|\r")
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character, as some editors send it."""


def _width(text: str, encoding: Encoding) -> int:
    """Code units that `text` takes."""
    if encoding == "utf-32":
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _index(line: str, units: int, encoding: Encoding) -> int:
    """The string index that lies `units` code units into `line`, clamped to it.

    A position in the middle of a character means the start of that character.
    """
    if line.isascii() or encoding == "utf-32":
        return max(0, min(units, len(line)))
    if not _SURROGATE.search(line):
        return len(_start(line, max(0, units), encoding))
    used = 0
    for index, char in enumerate(line):
        used += _width(char, encoding)
        if used > units:
            return index
    return len(line)


def _start(line: str, units: int, encoding: Encoding) -> str:
    """The whole characters in the first `units` code units; a long line takes no loop."""
    if encoding == "utf-8":
        return line.encode("utf-8")[:units].decode("utf-8", "ignore")
    return line.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


@dataclass(frozen=True)
class DocumentSnapshot:
    """The text of one version of a document. Offsets count characters (code points)."""

    uri: str
    version: int
    text: str
    encoding: Encoding = "utf-16"
    opened: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The modules of its folder that are open in the editor, saved or not: their texts by name."""

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset at which each line starts; form feeds and the like end no line in LSP."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    @property
    def path(self) -> Path | None:
        """The file it is saved in; None for `untitled:` and the like."""
        if not self.uri.startswith("file:"):
            return None
        found = uris.to_fs_path(self.uri)
        return Path(found) if found else None

    @property
    def too_long(self) -> bool:
        """Whether it is no program that a child wrote: reading it would keep the others waiting."""
        return len(self.text) > LONGEST

    @property
    def newline(self) -> str:
        """The line end that this document uses."""
        match = _LINE_END.search(self.text)
        return match.group() if match else "\n"

    def line(self, number: int) -> str:
        """Line `number` (from 0) without its line end; "" past the end."""
        if not 0 <= number < len(self.line_starts):
            return ""
        start = self.line_starts[number]
        end = self.line_starts[number + 1] if number + 1 < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def offset(self, position: types.Position) -> int:
        """The offset of an LSP position, clamped to the document."""
        if position.line < 0:
            return 0
        if position.line >= len(self.line_starts):
            return len(self.text)
        line = self.line(position.line)
        return self.line_starts[position.line] + _index(line, position.character, self.encoding)

    def row_column(self, offset: int) -> tuple[int, int]:
        """Line and column (both from 0, in characters) of `offset`."""
        low, high = 0, len(self.line_starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self.line_starts[middle] <= offset:
                low = middle
            else:
                high = middle
        return low, offset - self.line_starts[low]

    def position(self, offset: int) -> types.Position:
        """The LSP position of `offset`."""
        row, column = self.row_column(max(0, min(offset, len(self.text))))
        return types.Position(row, _width(self.line(row)[:column], self.encoding))

    def range(self, start: int, end: int) -> types.Range:
        """The LSP range between two offsets."""
        return types.Range(self.position(start), self.position(end))
