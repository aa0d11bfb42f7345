"""How code under a comment is tried in the child's program."""

from __future__ import annotations

import pytest

from pippy_lsp.agents.behaviour import Behaviour
from pippy_lsp.agents.votes import Candidate
from pippy_lsp.teaching.trial import trial

# id, the program with "‸" where the lines go, candidates, the winner
PLACES = [
    (
        "at the top, by what is printed",
        "pets = ['cat', 'dog']\n# show all pets\n‸",
        ["print(pets)", "for p in pets: print(p)", "for pet in pets:\n    print(pet)"],
        "for p in pets: print(p)",
    ),
    (
        "by the names of the program",
        "score = 3\n# add ten\n‸\nprint('bye')",
        ["score = 10", "score += 10", "score = score + 10"],
        "score += 10",
    ),
    (
        "what comes after is not run at the top",
        "x = 3\n# double it\n‸\nwhile True: pass",
        ["x = 3", "x = x * 2", "x += x"],
        "x = x * 2",
    ),
    (
        "in a function, on inputs that the program has",
        "def area(a, b):\n    # give back the area\n‸\n\nsize = area(3, 4)",
        ["    return a + b", "    return a * b", "    return b * a"],
        "    return a * b",
    ),
    (
        "in a function that nobody calls",
        "def loud(word):\n    # give it back in big letters\n‸",
        ["    return word", "    return word.upper()", "    w = word.upper()\n    return w"],
        "    return word.upper()",
    ),
    (
        "in a function with examples",
        'def twice(n):\n    """Doubles.\n\n    >>> twice(3)\n    6\n    """\n    # do it\n‸',
        ["    return n ** 2", "    return n * n", "    return n + n"],
        "    return n + n",
    ),
    (
        "a new function",
        "# a function that doubles\n‸",
        ["def f(n): return n * n", "def f(n): return n + n", "def f(x):\n    return 2 * x"],
        "def f(n): return n + n",
    ),
    (
        "the program asks",
        "name = input('Name? ')\n# say hello\n‸",
        ["print('Hi')", "print('Hi ' + name)", "print('Hi', name)"],
        "print('Hi ' + name)",
    ),
    (
        "a program that can't run: by the text",
        "import turtle\n# go on\n‸",
        ["zzz(1)", "turtle.forward(10)", "turtle.forward(20)"],
        "turtle.forward(10)",
    ),
    (
        "a program that is broken: by the text",
        "if x = 3:\n# go on\n‸",
        ["zzz(1)", "print('a', 10)", "print('a', 20)"],
        "print('a', 10)",
    ),
]


@pytest.mark.parametrize(
    ("program", "texts", "winner"), [r[1:] for r in PLACES], ids=[r[0] for r in PLACES]
)
def test_code_under_a_comment(program: str, texts: list[str], winner: str) -> None:
    before, after = program.split("‸")
    lines = f"{before.removesuffix(chr(10))}{after}".split("\n")
    row = before.count("\n") - 1
    indent = lines[row][: len(lines[row]) - len(lines[row].lstrip())]
    vote = Behaviour(trial(lines, row, indent)).vote
    assert vote([Candidate(text) for text in texts]).text == winner
