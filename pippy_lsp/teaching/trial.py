"""How code that was written under a comment is tried: in the child's program, in the sandbox."""

from __future__ import annotations

import ast
import keyword
import re

from pippy_lsp.agents import inputs
from pippy_lsp.agents.behaviour import Trial
from pippy_lsp.agents.sandbox.box import Task

_TYPED = ("5", "Anna", "3", "yes", "12", "7")
"""What is typed where the program asks."""
_MOST_NAMES = 60
_NAME = re.compile(r"[^\W\d]\w*")


def trial(lines: list[str], row: int, indent: str) -> Trial:
    """How lines are tried that are put under row `row` (from 0) of a program, at that indentation.

    At the top of the program what comes before them runs, and they do. Inside of something all of
    it runs, and the function around them is called on the inputs that are known or made.
    """
    text = "\n".join(lines)
    before, after = lines[: row + 1], lines[row + 1 :] if indent else []
    # A function may have nothing but the comment yet, and can't be read without a line.
    function = _around("\n".join([*before, f"{indent}pass", *after]), row) if indent else None
    watched = _names(text)

    def task(candidate: str) -> Task:
        program = "\n".join([*before, candidate, *after])
        whole = _around(program, row) if function else None
        tried = ast.unparse(whole) if whole else candidate
        return Task(program, tuple(inputs.probes(tried, text)), watched, _TYPED)

    examples = inputs.examples_in(ast.unparse(function)) if function else []
    return Trial(task, tuple(examples))


def _around(text: str, row: int) -> ast.FunctionDef | None:
    """The function of the program that the row is in."""
    found = (n for n in inputs.functions(text) if n.lineno - 1 <= row <= (n.end_lineno or 0))
    return next(found, None)


def _names(text: str) -> tuple[str, ...]:
    """Names of the program: what they stand for afterwards is part of what the lines did."""
    found = dict.fromkeys(_NAME.findall(text))
    return tuple(name for name in found if not keyword.iskeyword(name))[:_MOST_NAMES]
