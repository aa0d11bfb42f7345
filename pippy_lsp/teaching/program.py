"""A child's program as a tree, also while it is broken.

A line that Python can't read is taken as `pass`, so everything else keeps its meaning and its
place. `broken` says which lines those are: who tells numbers must look there first.
"""

from __future__ import annotations

import ast
import re
import threading
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

_LINE_END = re.compile(r"\r\n|\n|\r")
_MAX_REPAIRS = 12
_lock = threading.Lock()


@dataclass(frozen=True)
class Trouble:
    """Where Python stopped reading, both from 0; `reason` is CPython's own text."""

    row: int
    column: int
    reason: str

    @property
    def place(self) -> tuple[int, int]:
        """To compare who got further."""
        return self.row, self.column


def parse(source: str) -> ast.Module | Trouble:
    """The tree of `source`, or where it breaks."""
    # Warnings are process-wide state, and an editor asks from more than one thread.
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except SyntaxError as error:
            return Trouble((error.lineno or 1) - 1, max(0, (error.offset or 1) - 1), error.msg)
        except (ValueError, RecursionError, MemoryError) as error:
            return Trouble(0, 0, type(error).__name__)


def trouble(source: str) -> Trouble | None:
    """Where Python stops reading `source`, with what only the compiler sees (`return` outside)."""
    tree = parse(source)
    if isinstance(tree, Trouble):
        return tree
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(tree, "program", "exec")
        except SyntaxError as error:
            return Trouble((error.lineno or 1) - 1, max(0, (error.offset or 1) - 1), error.msg)
        except (ValueError, RecursionError, MemoryError) as error:
            return Trouble(0, 0, type(error).__name__)
    return None


def split(text: str) -> list[str]:
    """The lines of `text` without their ends, split where LSP splits."""
    return _LINE_END.split(text)


@dataclass(frozen=True)
class Program:
    """A program and its tree; rows and columns count from 0, in characters."""

    text: str
    tree: ast.Module
    broken: frozenset[int]
    """The rows that could not be read."""
    mended: bool = False
    """Whether anything had to be changed to read it, a missing block included."""

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return split(self.text)

    @cached_property
    def starts(self) -> list[int]:
        """The offset at which each line starts."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def place(self, row: int, utf8_column: int) -> int:
        """The offset of a place that `ast` gives (its columns count UTF-8 bytes)."""
        line = self.lines[row] if row < len(self.lines) else ""
        if not line.isascii():
            utf8_column = len(line.encode()[:utf8_column].decode(errors="ignore"))
        return self.starts[min(row, len(self.starts) - 1)] + min(utf8_column, len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """The offsets of a node that has a position."""
        start = self.place(node.lineno - 1, node.col_offset)  # type: ignore[attr-defined]
        end = self.place(node.end_lineno - 1, node.end_col_offset)  # type: ignore[attr-defined]
        return start, end

    def source(self, node: ast.AST) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def sound(self, node: ast.AST) -> bool:
        """Whether every line of `node` was read as the child wrote it."""
        rows = range(node.lineno - 1, node.end_lineno)  # type: ignore[attr-defined]
        return not any(row in self.broken for row in rows)

    def written(self, node: ast.AST) -> bool:
        """Whether the child wrote `node`: false for a `pass` that stands for a missing block."""
        line = self.lines[node.lineno - 1]  # type: ignore[attr-defined]
        return bool(node.col_offset < len(line.encode("utf-8", "replace")))  # type: ignore[attr-defined]

    def around(self, offset: int) -> Iterator[ast.AST]:
        """The nodes with a position that hold `offset`, the innermost first."""
        found: list[tuple[int, int, ast.AST]] = []
        row = bisect_right(self.starts, offset)
        for node in ast.walk(self.tree):
            if node_rows(node)[0] <= row <= node_rows(node)[1]:
                start, end = self.span(node)
                if start <= offset <= end:
                    found.append((end - start, len(found), node))
        found.sort(key=lambda item: (item[0], -item[1]))
        return iter([node for _, _, node in found])

    def statement(self, row: int) -> ast.stmt | None:
        """The statement that row belongs to: the innermost that starts there, else covers it."""
        covering = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.stmt) and node.lineno - 1 <= row <= (node.end_lineno or 0) - 1
        ]
        starting = [node for node in covering if node.lineno - 1 == row]
        if starting:
            return starting[0]
        return covering[-1] if covering else None


def node_rows(node: ast.AST) -> tuple[int, int]:
    """The first and last line (from 1) of a node; of one that has no place, an empty range."""
    return getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or 0


@lru_cache(maxsize=8)
def read(text: str) -> Program:
    """The program `text`, mended where it is broken."""
    lines = split(text)
    broken: set[int] = set()
    mended = False
    for _ in range(_MAX_REPAIRS):
        tree = parse("\n".join(lines))
        if isinstance(tree, ast.Module):
            return Program(text, tree, frozenset(broken), mended)
        _mend(lines, broken, tree)
        mended = True
    return Program(text, ast.Module([], []), frozenset(range(len(lines))), mended=True)


def _mend(lines: list[str], broken: set[int], found: Trouble) -> None:
    """Take the line that breaks the program out of it."""
    row = min(found.row, len(lines) - 1)
    if "expected an indented block" in found.reason:
        header = next((r for r in range(row, -1, -1) if lines[r].rstrip().endswith(":")), None)
        header = header if header is not None else _last_filled(lines, row)
        if header is not None and not lines[header].endswith(" pass"):
            lines[header] += " pass"
            return
    if not lines[row].strip():
        row = _last_filled(lines, row) or 0
    broken.add(row)
    line = lines[row]
    indent = line[: len(line) - len(line.lstrip())]
    again = line.strip() == "pass" or "unexpected indent" in found.reason
    lines[row] = "" if again else f"{indent}pass"


def _last_filled(lines: list[str], row: int) -> int | None:
    return next((r for r in range(row, -1, -1) if lines[r].strip()), None)
