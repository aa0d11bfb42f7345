"""How far a child has come on the ladder of hints, at each place; in memory only."""

from __future__ import annotations

from collections import OrderedDict

from pippy_lsp.documents import DocumentSnapshot

HIGHEST = 4
"""The step that gives the line itself."""
_KEPT = 64


class Steps:
    """The last step that was given for each line; forgotten when the line's code changes."""

    def __init__(self) -> None:
        self._given: OrderedDict[tuple[str, str, int], int] = OrderedDict()

    def next(self, snapshot: DocumentSnapshot, row: int, highest: int = HIGHEST) -> int:
        """The step to give for the line `row` (from 0) now, 1 to `highest`; 0 where none may be."""
        line = snapshot.line(row).strip()
        # The same line twice in a program is two places, and a line that moves stays the same.
        same = sum(snapshot.line(above).strip() == line for above in range(row))
        key = (snapshot.uri, line, same)
        step = min(self._given.pop(key, 0) + 1, highest)
        lines = {each.strip() for each in snapshot.text.splitlines()}
        for other in [each for each in self._given if each[0] == key[0] and each[1] not in lines]:
            del self._given[other]
        self._given[key] = step
        while len(self._given) > _KEPT:
            self._given.popitem(last=False)
        return step
