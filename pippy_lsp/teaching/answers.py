"""Code out of a model's answer, and its place in the child's program."""

from __future__ import annotations

import re

_FENCE = re.compile(r"```[a-zA-Z0-9]*[ \t]*\n(.*?)(?:\n?```|$)", re.DOTALL)


def code_lines(answer: str) -> list[str]:
    """The lines of code in `answer`, without marks around them, at their own indentation."""
    before, _, after = answer.partition("```")
    closes = before.strip() and after.partition("\n")[0].strip() == "" and "```" not in after
    match = None if closes else _FENCE.search(answer)
    text = match.group(1) if match else before
    lines = [line.rstrip() for line in text.expandtabs(4).splitlines()]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def placed(lines: list[str], indent: str, unit: str) -> list[str]:
    """`lines` moved to `indent`, their steps written as the program writes them (`unit`)."""
    filled = [line for line in lines if line.strip()]
    base = min((_width(line) for line in filled), default=0)
    steps = sorted({_width(line) - base for line in filled} - {0})
    step = steps[0] if steps else 4
    return [
        f"{indent}{unit * ((_width(line) - base) // step)}{line.strip()}" if line.strip() else ""
        for line in lines
    ]


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
