"""What a child's own programs show of what the child knows: the level `auto`."""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from pippy_lsp.analysis import concepts, levels, syntax
from pippy_lsp.analysis.frame import frame

_DIFFERENT = 2
"""Concepts of a level that show that it is reached,"""
_SEVERAL = 3
"""or uses of a single one."""
_LONGEST = 20_000
"""Characters of one program that are read."""
_FILES, _BYTES = 20, 200_000
"""The child's other programs that are read: the newest ones, up to this size together."""
_ENTRIES = 1_000
"""Entries of a folder that are looked at: it may be anybody's home."""
_KEPT = 200
"""Files and documents whose reading is remembered."""


def infer(texts: Iterable[str]) -> int:
    """The level of the child who wrote these programs, at least the default one."""
    return _level(profile(text) for text in texts)


def profile(text: str) -> Counter[str]:
    """How often a program uses each concept; a broken one is read as far as it can be repaired.

    Methods do not count, as an object of any class may have one of the same name.
    """
    tree = _tree(text)
    if tree is None:
        return Counter()
    found = (use.concept for use in concepts.used(tree))
    return Counter(concept for concept in found if not concept.startswith("."))


def _level(profiles: Iterable[Mapping[str, int]]) -> int:
    total = Counter[str]()
    for each in profiles:
        total.update(each)
    for number in range(levels.highest(), levels.DEFAULT, -1):
        counts = [count for concept, count in total.items() if levels.needed(concept) == number]
        # a callback or two in a game that was copied do not make an expert
        several = number < levels.highest() and max(counts, default=0) >= _SEVERAL
        if len(counts) >= _DIFFERENT or several:
            return number
    return levels.DEFAULT


def _tree(text: str) -> ast.Module | None:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > _LONGEST:
        text = text[: text.rfind("\n", 0, _LONGEST) + 1]
    tree = syntax.parse(text)
    if isinstance(tree, SyntaxError):
        tree = syntax.parse("\n".join(frame(text.split("\n"), "", []).above))
    return None if isinstance(tree, SyntaxError) else tree


class Learner:
    """Remembers the level of each open document's author, and what was read for it.

    `read` takes milliseconds and looks at the disk: call it beside the event loop. The other
    methods answer at once.
    """

    def __init__(self) -> None:
        self._files: dict[Path, tuple[tuple[int, int], Counter[str]]] = {}
        self._lines: dict[str, int] = {}
        self._levels: dict[str, int] = {}

    def level(self, document: str) -> int:
        """The level as far as it is known; `document` is its URI."""
        return self._levels.get(document, levels.DEFAULT)

    def changed(self, document: str, text: str) -> bool:
        """Whether the document should be read (again); says so once for each number of lines.

        A level that changed within a line would throw away the suggestions for it.
        """
        lines = text.count("\n")
        if self._lines.get(document) == lines:
            return False
        if len(self._lines) >= _KEPT:
            self._lines.clear()
        self._lines[document] = lines
        return True

    def read(self, document: str, text: str, path: Path | None = None) -> int:
        """Work out the level from the document and the programs beside it.

        `path` is where it is saved, if it is.
        """
        own = profile(text)
        if not own and text.strip() and document in self._levels:
            return self._levels[document]  # broken beyond repair for a moment
        if len(self._levels) >= _KEPT:
            self._levels.clear()
        others = self._beside(path) if path else []
        self._levels[document] = _level([own, *others])
        return self._levels[document]

    def _beside(self, path: Path) -> list[Counter[str]]:
        """The profiles of the other programs in the folder, the newest first."""
        found: list[tuple[int, int, Path]] = []
        try:
            with os.scandir(path.parent) as entries:
                for entry in islice(entries, _ENTRIES):
                    if entry.name.endswith(".py") and entry.name != path.name and entry.is_file():
                        status = entry.stat()
                        found.append((status.st_mtime_ns, status.st_size, Path(entry.path)))
        except OSError:
            return []
        profiles, left = list[Counter[str]](), _BYTES
        for changed, size, other in sorted(found, reverse=True)[:_FILES]:
            if size <= left:
                left -= size
                profiles.append(self._file(other, (changed, size)))
        return profiles

    def _file(self, path: Path, stamp: tuple[int, int]) -> Counter[str]:
        known = self._files.get(path)
        if known and known[0] == stamp:
            return known[1]
        try:
            found = profile(path.read_text("utf-8", errors="replace"))
        except OSError:
            found = Counter()
        if len(self._files) >= _KEPT:
            self._files.clear()
        self._files[path] = (stamp, found)
        return found
