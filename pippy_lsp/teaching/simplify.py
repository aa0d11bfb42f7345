"""Make it simpler: the certain rewrites of the selected lines, as many as there are."""

from __future__ import annotations

import ast

from pippy_lsp.analysis import simpler
from pippy_lsp.analysis.syntax import unit_of
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching.action import Action, Answer, Asked, rows
from pippy_lsp.teaching.edits import minimal
from pippy_lsp.teaching.program import Trouble, parse, read, split, trouble

_MOST = 20
"""Rewrites of one selection."""
_HARD = (ast.ListComp, ast.DictComp, ast.IfExp, ast.JoinedStr, ast.AnnAssign)


def simplified(snapshot: DocumentSnapshot, first: int, last: int, most: int = _MOST) -> str | None:
    """The program with the lines from `first` to `last` (from 0) in simpler words, in at most
    `most` places; None where nothing is certain.
    """
    if trouble(snapshot.text) is not None:
        return None
    lines, ends = split(snapshot.text), _ends(snapshot)
    changes = 0
    text = "\n".join(lines)
    tree = parse(text)
    row = _next(tree, first, last)
    while row is not None and changes < most and isinstance(tree, ast.Module):
        found = simpler.rewrite(tree, text, row + 1, unit_of(text))
        if found is None:
            row = _next(tree, row + 1, last)
            continue
        old = found.last - found.first + 1
        lines[found.first - 1 : found.last] = found.lines
        added = [snapshot.newline] * (len(found.lines) - 1)
        ends[found.first - 1 : found.last] = [*added, ends[found.last - 1]]
        last += len(found.lines) - old
        changes += 1
        text = "\n".join(lines)
        tree = parse(text)
        row = _next(tree, row, last)
    new = "".join(line + end for line, end in zip(lines, ends, strict=True))
    return new if changes and trouble(new) is None else None


def _next(tree: ast.Module | Trouble, first: int, last: int) -> int | None:
    """The first row, from `first` to `last`, that holds something which may be rewritten."""
    if not isinstance(tree, ast.Module):
        return None
    found = (node.lineno - 1 for node in ast.walk(tree) if _is_hard(node))  # type: ignore[attr-defined]
    return min((row for row in found if first <= row <= last), default=None)


def _is_hard(node: ast.AST) -> bool:
    hinted = isinstance(node, ast.FunctionDef) and (
        node.returns or any(isinstance(n, ast.arg) and n.annotation for n in ast.walk(node.args))
    )
    return bool(hinted) or isinstance(node, _HARD)


def _ends(snapshot: DocumentSnapshot) -> list[str]:
    """Each line's own end: all that is not rewritten stays byte for byte."""
    lines = split(snapshot.text)
    starts = [*snapshot.line_starts, len(snapshot.text)]
    return [
        snapshot.text[starts[row] + len(line) : starts[row + 1]] for row, line in enumerate(lines)
    ]


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    program, (first, last) = read(snapshot.text), rows(snapshot, start, end)
    if program.mended or _next(program.tree, first, last) is None:
        return False
    return simplified(snapshot, first, last, most=1) is not None


def answer(asked: Asked) -> Answer:
    """The edit that says the lines in simpler words."""
    new = simplified(asked.snapshot, *asked.rows)
    why = asked.say.say("simpler-done")
    return minimal(asked.snapshot.text, new, why) if new is not None else None


ACTION = Action("simpler", "refactor.rewrite", _available, edits=True, certain=answer)
