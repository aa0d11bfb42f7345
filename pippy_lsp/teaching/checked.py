"""Whether a small program that a model wrote may be shown: it parses, its names and modules exist,
and it is not too hard. Nothing is run.
"""

from __future__ import annotations

import ast

from pippy_lsp.analysis import concepts, levels, simpler
from pippy_lsp.analysis.syntax import unit_of
from pippy_lsp.teaching import answers
from pippy_lsp.teaching.problems import unknown_names
from pippy_lsp.teaching.program import parse, trouble

MOST_LINES = 8
_ROUNDS = 4
"""Statements that are said in simpler words."""


def program(answer: str, level: int, avoid: frozenset[str] = frozenset()) -> str | None:
    """The program in a model's answer, within what a child of `level` knows; None where it is not
    good.
    """
    lines = [line for line in answers.code_lines(answer) if line.strip()]
    text = "\n".join(answers.placed(lines, "", "    "))
    for _ in range(_ROUNDS):
        tree = parse(text)
        if not isinstance(tree, ast.Module) or not _does_something(tree):
            return None
        hard = concepts.beyond(tree, _whole(text), level, avoid=avoid)
        if hard is None:
            break
        found = simpler.rewrite(tree, text, hard.row, unit_of(text))
        if found is None:
            return None
        rows = text.split("\n")
        rows[found.first - 1 : found.last] = found.lines
        text = "\n".join(rows)
    count = text.count("\n") + 1
    good = trouble(text) is None and not unknown_names(text, 0, count) and "://" not in text
    tree = parse(text)
    level_ok = isinstance(tree, ast.Module) and not concepts.beyond(
        tree, _whole(text), level, avoid=avoid
    )
    return text if good and level_ok and count <= max(MOST_LINES, levels.level(level).lines) else None


def _whole(text: str) -> concepts.Region:
    return concepts.Region(1, -1, text.count("\n") + 2, 0)


def _does_something(tree: ast.Module) -> bool:
    """Words alone are Python too where they are one name."""
    return any(not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Name)) for n in tree.body)
