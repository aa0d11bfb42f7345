"""A program in three parts around a gap, so that only the one in the middle is parsed anew.

A cut is made only before a statement that begins at the left margin and has its line to itself.
What is written after such a place can't change the tree of what is before it; and a middle that is
a whole program by itself leaves the statements after it as they are.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from pippy_lsp.analysis import syntax

_BELOW = 2
"""The statement that begins this far below the gap is the first that is left out: a decorator and a
line that ends in a backslash reach into the one before.
"""


@dataclass(frozen=True)
class Sections:
    """The statements before and after the middle, and the lines of the middle."""

    before: tuple[ast.stmt, ...]
    start: int
    """Lines before the middle."""
    above: tuple[str, ...]
    """The lines of the middle above the gap."""
    below: tuple[str, ...]
    after: tuple[ast.stmt, ...]
    rest: str
    """The text after the middle, which `after` was parsed from."""
    row: int
    """Lines before `rest`, where the gap has one."""

    def parse(self, lines: list[str]) -> ast.Module | None:
        """The middle with `lines` in the gap, its rows those of the program; None where that is
        no program.
        """
        middle = "\n".join([*self.above, *lines, *self.below])
        tree = syntax.parse("\n" * self.start + middle)
        return None if isinstance(tree, SyntaxError) else tree

    def join(self, middle: ast.Module, more: int) -> ast.Module:
        """The whole program's tree; the gap has `more` lines than one."""
        after = _moved(self.rest, self.row + more) if more else self.after
        return ast.Module([*self.before, *middle.body, *after], [])


def cut(tree: ast.Module, above: tuple[str, ...], below: tuple[str, ...]) -> Sections:
    """The sections around the gap between `above` and `below`; `tree` is of the program with one
    line in the gap.
    """
    gap = len(above) + 1
    starts = _starts(tree)
    first = max((number for number, row in starts if row < gap), default=0)
    start = dict(starts).get(first, 1) - 1
    later = [(number, row) for number, row in starts if row > gap][_BELOW - 1 :]
    last, end = later[0] if later else (len(tree.body), gap + len(below) + 1)
    return Sections(
        before=tuple(tree.body[:first]),
        start=start,
        above=above[start:],
        below=below[: end - 1 - gap],
        after=tuple(tree.body[last:]),
        rest="\n".join(below[end - 1 - gap :]),
        row=end - 1,
    )


def _starts(tree: ast.Module) -> list[tuple[int, int]]:
    """The number and the row of each statement that a cut can be made before."""
    found = []
    taken = 0
    for number, node in enumerate(tree.body):
        decorators = getattr(node, "decorator_list", ())
        row = min([node.lineno, *(each.lineno for each in decorators)])
        if row > taken and node.col_offset == 0:
            found.append((number, row))
        taken = node.end_lineno or row
    return found


@lru_cache(maxsize=8)
def _moved(text: str, row: int) -> tuple[ast.stmt, ...]:
    """The statements of `text` with `row` lines before it."""
    tree = syntax.parse("\n" * row + text)
    return () if isinstance(tree, SyntaxError) else tuple(tree.body)
