"""The text of one editor as the server knows it: versions, positions, edits.

Positions are LSP's: a line from 0, and UTF-16 code units in it. Offsets are Python's characters.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

Position = Dict[str, int]
Range = Dict[str, Position]


class Edit(NamedTuple):
    """Put `text` in place of what stands from offset `start` to `end`."""

    start: int
    end: int
    text: str


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def difference(old: str, new: str, cursor: Optional[int] = None) -> Edit:
    """The smallest edit that makes `new` of `old`. Of several, such as a bracket before another
    one, the one that ends at the cursor.
    """
    smallest = _smallest(old, new)
    if cursor is None:
        return smallest
    behind = len(new) - cursor
    if behind > len(old) or old[len(old) - behind :] != new[cursor:]:
        return smallest
    end = len(old) - behind
    start = _common(old, new, min(end, cursor))
    typed = Edit(start, end, new[start:cursor])
    return typed if _size(typed) <= _size(smallest) else smallest


def _smallest(old: str, new: str) -> Edit:
    shorter = min(len(old), len(new))
    start = _common(old, new, shorter)
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return Edit(start, len(old) - end, new[start : len(new) - end])


def _size(edit: Edit) -> int:
    return edit.end - edit.start + len(edit.text)


def _common(old: str, new: str, shorter: int) -> int:
    """How many characters the two begin with in common."""
    low, high = 0, shorter
    if old[:high] == new[:high]:
        return high
    while low < high:  # halves: comparing slices is fast, comparing characters is not
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def apply(text: str, edits: List[Edit]) -> str:
    """`text` after edits that don't overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


class Document:
    """One open document."""

    def __init__(self, uri: str, text: str) -> None:
        self.uri = uri
        self.text = text
        self.version = 1
        self._starts: List[int] = []

    def item(self) -> Dict[str, Any]:
        """LSP's TextDocumentItem."""
        return {"uri": self.uri, "languageId": "python", "version": self.version, "text": self.text}

    @property
    def named(self) -> Dict[str, str]:
        """LSP's TextDocumentIdentifier."""
        return {"uri": self.uri}

    def update(self, text: str) -> Dict[str, Any]:
        """The text is now this; LSP's DidChangeTextDocumentParams, or {} where nothing changed."""
        if text == self.text:
            return {}
        edit = difference(self.text, text)
        where = self.range(edit.start, edit.end)
        self.version += 1
        self.text, self._starts = text, []
        return {
            "textDocument": {"uri": self.uri, "version": self.version},
            "contentChanges": [{"range": where, "text": edit.text}],
        }

    # --- positions -------------------------------------------------------------------------

    def _line_starts(self) -> List[int]:
        """Lines end where LSP says: at line feeds and carriage returns, and nowhere else."""
        if not self._starts:
            text, starts = self.text, [0]
            for place, char in enumerate(text):
                alone = char == "\r" and text[place + 1 : place + 2] != "\n"
                if char == "\n" or alone:
                    starts.append(place + 1)
            self._starts = starts
        return self._starts

    def row_column(self, offset: int) -> Tuple[int, int]:
        """The line, and the characters before `offset` in it; both from 0."""
        starts = self._line_starts()
        low, high = 0, len(starts) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if starts[middle] <= offset:
                low = middle
            else:
                high = middle - 1
        return low, offset - starts[low]

    def line(self, row: int) -> str:
        """The text of one line, without its end; "" where there is none."""
        starts = self._line_starts()
        if not 0 <= row < len(starts):
            return ""
        end = starts[row + 1] if row + 1 < len(starts) else len(self.text)
        return self.text[starts[row] : end].rstrip("\r\n")

    def first_word(self, row: int) -> int:
        """The offset of what a line begins with, behind its indentation."""
        line = self.line(row)
        return self.offset({"line": row, "character": units(line) - units(line.lstrip())})

    def position(self, offset: int) -> Position:
        """The offset as LSP's position."""
        offset = max(0, min(offset, len(self.text)))
        row, column = self.row_column(offset)
        return {"line": row, "character": units(self.text[offset - column : offset])}

    def offset(self, position: Position) -> int:
        """LSP's position as an offset; beyond a line's end it is that end."""
        starts = self._line_starts()
        row = position["line"]
        if row >= len(starts):
            return len(self.text)
        count, wanted, line = 0, position["character"], self.line(row)
        for place, char in enumerate(line):
            if count >= wanted:
                return starts[row] + place
            count += 2 if char > "\uffff" else 1
        return starts[row] + len(line)

    def range(self, start: int, end: int) -> Range:
        """Two offsets as LSP's range."""
        return {"start": self.position(start), "end": self.position(end)}

    # --- edits -----------------------------------------------------------------------------

    def edits(self, workspace_edit: Any) -> List[Edit]:
        """What LSP's WorkspaceEdit does to this document; nothing where it is for an older text."""
        found: List[Any] = list((workspace_edit.get("changes") or {}).get(self.uri) or [])
        for change in workspace_edit.get("documentChanges") or []:
            named = change.get("textDocument") or {}
            if named.get("uri") == self.uri and named.get("version") in (None, self.version):
                found += change["edits"]
        return [self.edit(each) for each in found]

    def edit(self, text_edit: Any) -> Edit:
        """LSP's TextEdit, in offsets."""
        where = text_edit["range"]
        return Edit(self.offset(where["start"]), self.offset(where["end"]), text_edit["newText"])
