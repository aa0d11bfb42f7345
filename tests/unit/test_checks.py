"""What the checks let through parses in place and uses no undefined name, by other judges."""

from __future__ import annotations

import ast
import random
import warnings

import pytest

from benchmarks import header_places
from pippy_lsp.analysis import names, syntax
from pippy_lsp.analysis.frame import frame
from pippy_lsp.completion.checks import Checker
from pippy_lsp.completion.place import place
from pippy_lsp.completion.shape import decide

checker = pytest.importorskip("pyflakes.checker")
PROGRAMS = {each.name: each.whole for each in header_places.spots(header_places.load().program)}


def tree_of(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            return None


def undefined(tree: ast.Module, rows: range | None = None) -> set[str]:
    """The names that pyflakes misses, in all of the program or in some rows."""
    found = checker.Checker(tree).messages
    kinds = ("UndefinedName", "UndefinedLocal")
    return {
        str(next(iter(each.message_args)))
        for each in found
        if type(each).__name__ in kinds and (rows is None or each.lineno in rows)
    }


def shown(text: str, offset: int, candidate: str) -> str:
    at = place(text, offset)
    shape = decide(at, "block", 4, invoked=True)
    return Checker(at, shape).best(tuple(candidate.split("\n"))) if shape else ""


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_shown_holds_for_other_judges(name: str) -> None:
    chance = random.Random(name)  # noqa: S311
    lines = PROGRAMS[name].split("\n")
    judged = 0
    for number in chance.sample(range(len(lines)), min(8, len(lines))):
        line = lines[number]
        without = tree_of("\n".join([*lines[:number], "", *lines[number + 1 :]]))
        for column in {len(line) - len(line.lstrip()), len(line) // 2, len(line)}:
            above, below = lines[:number], lines[number + 1 :]
            text = "\n".join([*above, line[:column], *below])
            offset = sum(len(each) + 1 for each in above) + column
            wrong = chance.choice(lines)
            for raw in (line[column:], line[column:-1] + "q", "\n".join(below[:3]), wrong):
                found = shown(text, offset, raw)
                if not found or without is None:
                    continue
                whole = tree_of(text[:offset] + found + text[offset:])
                assert whole is not None, (text, offset, found)
                known = undefined(without) | undefined(tree_of(PROGRAMS[name]) or without)
                rows = range(number + 1, number + 2 + found.count("\n"))
                new = undefined(whole, rows) - known
                assert not {each for each in new if each not in line[:column]}, (found, new)
                judged += 1
    assert judged or tree_of(PROGRAMS[name]) is None


LOCAL = {
    "score = 0\ndef f():\n    score += 1": "score",
    "score = 0\ndef f():\n    global score\n    score += 1": "",
    "score = 0\ndef f():\n    score = 1\n    score += 1": "",
    "score = 0\ndef f(score):\n    score += 1": "",
    "score = 0\ndef f():\n    while g():\n        score += 1\n        score = 2\ng = f": "",
    "score = 0\nfor i in range(3):\n    score += i": "",
    "class A:\n    score = 0\n    score += 1": "",
    "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1": "",
    "def f():\n    n = 0\n    def g():\n        n += 1": "n",
}


@pytest.mark.parametrize(("program", "expected"), LOCAL.items(), ids=list(LOCAL))
def test_adding_to_a_name_of_the_module(program: str, expected: str) -> None:
    found = names.problems(ast.parse(program), program, names.Region(1, -1, 99))
    assert " ".join(each.name for each in found if not each.mend) == expected


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_tree_of_the_sections_is_the_programs(name: str) -> None:
    lines = PROGRAMS[name].split("\n")
    for gap, line in enumerate(lines):
        around = frame(lines[:gap], syntax.indent_of(line), lines[gap + 1 :])
        for new in ([line], [line, line], ["@f"], ["x = \\"], ["else:"], ["x = ("], ["'''"]):
            tree = around.accept(new)
            if tree is not None and around.sound:
                whole = tree_of("\n".join([*lines[:gap], *new, *lines[gap + 1 :]]))
                assert whole is not None
                assert ast.dump(tree, include_attributes=True) == ast.dump(
                    whole, include_attributes=True
                )
