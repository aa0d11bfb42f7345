"""Statements that are never reached, because one before them leaves the block."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

_JUMPS = (ast.Return, ast.Break, ast.Continue, ast.Raise)


def cut_off(tree: ast.Module, first: int, last: int) -> int | None:
    """The first row (from 1) between `first` and `last` where a statement begins that is never
    reached, or that keeps the one after it from being reached; None where there is none.
    """
    return min(_rows(tree, first, last), default=None)


def _rows(node: ast.AST, first: int, last: int) -> Iterator[int]:
    for body in _bodies(node):
        for one, following in pairwise(body):
            if isinstance(one, _JUMPS):
                yield from (
                    each for each in (one.lineno, following.lineno) if first <= each <= last
                )
        for statement in body:
            if statement.lineno <= last and (statement.end_lineno or last) >= first:
                yield from _rows(statement, first, last)


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of statements in `node`, and in its `except` and `case` parts."""
    for name in ("body", "orelse", "finalbody"):
        found = getattr(node, name, None)
        if isinstance(found, list):
            yield found
    for name in ("handlers", "cases"):
        for part in getattr(node, name, ()):
            yield part.body
