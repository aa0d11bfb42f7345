"""The lines that the child changed last, in any of the program's files.

What was written a minute ago in another place is often what the next line is about. They are told
to the model where it can't see them. All in memory, and only while the server runs.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from pippy_lsp.documents import DocumentSnapshot

_KEPT = 24
"""Changed lines that are remembered."""
_TOLD = 3
"""Lines that the model is told of: it reads each of them anew when the child goes elsewhere."""
_LONGEST = 80
"""Characters of a line that is worth it."""
_PASTED = 8
"""More lines at once are a paste, or a file that was read again."""
_DOCUMENTS = 16


@dataclass
class _Edit:
    uri: str
    row: int


class Recent:
    """Follows the texts of the documents."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, list[str]] = OrderedDict()
        self._edits: list[_Edit] = []
        self._held: tuple[object, tuple[tuple[str, str], ...]] = (None, ())

    def changed(self, snapshot: DocumentSnapshot) -> None:
        """The document has a new text."""
        uri, new = snapshot.uri, snapshot.text.splitlines()
        old = self._texts.pop(uri, None)
        self._texts[uri] = new
        while len(self._texts) > _DOCUMENTS:
            gone, _ = self._texts.popitem(last=False)
            self._edits = [edit for edit in self._edits if edit.uri != gone]
        if old is not None:
            self._follow(uri, old, new)

    def _follow(self, uri: str, old: list[str], new: list[str]) -> None:
        first, after = _difference(old, new)
        end = len(new) - after
        kept = list[_Edit]()
        for edit in self._edits:
            if edit.uri != uri or edit.row < first:
                kept.append(edit)
            elif edit.row >= len(old) - after:
                kept.append(_Edit(uri, edit.row + len(new) - len(old)))
        if end - first <= _PASTED:
            kept += [_Edit(uri, row) for row in range(first, end)]
        self._edits = kept[-_KEPT:]

    def lines(self, snapshot: DocumentSnapshot, seen: range) -> tuple[tuple[str, str], ...]:
        """The lines that were changed last and that the model does not see: each the name of its
        file and its text, in the order of the files and rows. `seen` are the rows of this document
        that it sees.

        The answer stays the same until the child goes elsewhere: the engine keeps what it has read
        as long as the text before it does not change.
        """
        key = (snapshot.uri, seen.start)
        if self._held[0] != key:
            self._held = key, self._told(snapshot, seen)
        return self._held[1]

    def _told(self, snapshot: DocumentSnapshot, seen: range) -> tuple[tuple[str, str], ...]:
        folder, found = _folder(snapshot.uri), list[_Edit]()
        for edit in reversed(self._edits):
            if len(found) == _TOLD:
                break
            read = edit.uri == snapshot.uri and edit.row in seen
            if not read and _folder(edit.uri) == folder and self._worth(edit):
                found.append(edit)
        found.sort(key=lambda edit: (edit.uri, edit.row))
        return tuple((_name(edit.uri), self._texts[edit.uri][edit.row].strip()) for edit in found)

    def _worth(self, edit: _Edit) -> bool:
        lines = self._texts[edit.uri]
        line = lines[edit.row].strip() if edit.row < len(lines) else ""
        return 1 < len(line) <= _LONGEST and not line.startswith("#")


def _difference(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many lines are the same at the start, and how many at the end."""
    most = min(len(old), len(new))
    first = 0
    while first < most and old[first] == new[first]:
        first += 1
    after = 0
    while after < most - first and old[-1 - after] == new[-1 - after]:
        after += 1
    return first, after


def _folder(uri: str) -> str:
    return uri.rpartition("/")[0]


def _name(uri: str) -> str:
    return uri.rpartition("/")[2]
