"""Whether a small program that a model wrote may be shown: it parses, its names and modules exist,
and it is not too hard. Nothing is run.
"""

from __future__ import annotations

import ast

from pippy_lsp.analysis import concepts, levels, simpler
from pippy_lsp.analysis.syntax import unit_of
from pippy_lsp.teaching import answers, lexer
from pippy_lsp.teaching.problems import unknown_names
from pippy_lsp.teaching.program import parse, read, split, trouble

MOST_LINES = 10
_ROUNDS = 4
"""Statements that are said in simpler words."""


def program(answer: str, level: int, avoid: frozenset[str] = frozenset()) -> str | None:
    """The program in a model's answer, within what a child of `level` knows; None where it is not
    good.
    """
    lines = [line for line in map(_bare, answers.code_lines(answer)) if line.strip()]
    text = "\n".join(answers.placed(lines, "", "    "))
    tree = parse(text)
    if not isinstance(tree, ast.Module) or not _does_something(tree) or "://" in text:
        return None
    found = plain(text, 0, len(lines) - 1, level, avoid)
    if found is None or len(found) > max(MOST_LINES, levels.level(level).lines):
        return None
    text = "\n".join(found)
    return None if trouble(text) or unknown_names(text, 0, len(found)) else text


def plain(
    text: str, first: int, last: int, level: int, avoid: frozenset[str] = frozenset()
) -> list[str] | None:
    """The lines from `first` to `last` (from 0) of the program `text`, with what is too hard for
    `level` in simpler words; None where that is not certain. What the rest of the program uses is
    not too hard, but for what is to be avoided.
    """
    lines = split(text)
    for _ in range(_ROUNDS + 1):
        text = "\n".join(lines)
        tree = read(text).tree
        hard = concepts.beyond(
            tree, concepts.Region(first + 1, -1, last + 2, 0), level, avoid=avoid
        )
        if hard is None:
            return lines[first : last + 1]
        sound = isinstance(parse(text), ast.Module)
        found = simpler.rewrite(tree, text, hard.row, unit_of(text)) if sound else None
        if found is None:
            return None
        lines[found.first - 1 : found.last] = found.lines
        last += len(found.lines) - (found.last - found.first + 1)
    return None


def _bare(line: str) -> str:
    """The line without its comment: what a model says there is not checked."""
    comment = next((token for token in lexer.tokens(line) if token.kind == "comment"), None)
    return line[: comment.start].rstrip() if comment else line


def _does_something(tree: ast.Module) -> bool:
    """Words alone are Python too where they are one name."""
    return any(not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Name)) for n in tree.body)
