"""Make it simpler: the certain rewrites of the selected lines, as many as there are."""

from __future__ import annotations

import ast

from pippy_lsp.analysis import simpler
from pippy_lsp.analysis.syntax import unit_of
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching.action import Action, Answer, Asked, rows
from pippy_lsp.teaching.edits import minimal
from pippy_lsp.teaching.program import parse, split, trouble

_MOST = 20
"""Rewrites of one selection."""


def simplified(snapshot: DocumentSnapshot, first: int, last: int) -> str | None:
    """The program with the lines from `first` to `last` (from 0) in simpler words; None where
    nothing is certain.
    """
    if trouble(snapshot.text) is not None:
        return None
    lines = split(snapshot.text)
    row, changes = first, 0
    ends = _ends(snapshot)
    while row <= last and changes < _MOST:
        text = "\n".join(lines)
        tree = parse(text)
        if not isinstance(tree, ast.Module):
            return None
        found = simpler.rewrite(tree, text, row + 1, unit_of(text))
        if found is None:
            row += 1
            continue
        old = found.last - found.first + 1
        lines[found.first - 1 : found.last] = found.lines
        added = [snapshot.newline] * (len(found.lines) - 1)
        ends[found.first - 1 : found.last] = [*added, ends[found.last - 1]]
        last += len(found.lines) - old
        changes += 1
    new = "".join(line + end for line, end in zip(lines, ends, strict=True))
    return new if changes and trouble(new) is None else None


def _ends(snapshot: DocumentSnapshot) -> list[str]:
    """Each line's own end: all that is not rewritten stays byte for byte."""
    lines = split(snapshot.text)
    starts = [*snapshot.line_starts, len(snapshot.text)]
    return [
        snapshot.text[starts[row] + len(line) : starts[row + 1]] for row, line in enumerate(lines)
    ]


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    return simplified(snapshot, *rows(snapshot, start, end)) is not None


def answer(asked: Asked) -> Answer:
    """The edit that says the lines in simpler words."""
    new = simplified(asked.snapshot, *asked.rows)
    why = asked.say.say("simpler-done")
    return minimal(asked.snapshot.text, new, why) if new is not None else None


ACTION = Action("simpler", "refactor.rewrite", _available, edits=True, certain=answer)
