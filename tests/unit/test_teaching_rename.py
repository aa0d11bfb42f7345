"""Better names: every place of the name and no other, or nothing."""

from __future__ import annotations

# the programs of the tables are longer than a line
# ruff: noqa: E501
import pytest

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import rename
from pippy_lsp.teaching.action import Refused
from pippy_lsp.teaching.edits import Edit
from pippy_lsp.teaching.program import read
from tests.fakes import FakeEngine
from tests.unit.wishes import wish


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("a = 1\n", "a"),
        ("temp2 = 1\n", "temp2"),
        ("def my_function(p):\n    return p\n", "my_function"),
        ("def area(w):\n    return w\n", "w"),
        ("for q in 'ab':\n    print(q)\n", "q"),
        ("for i in range(3):\n    print(i)\n", None),
        ("score = 1\n", None),
        ("x, y = 1, 2\n", None),
        ("x = 1\n", "x"),
        ("import random as r\n", None),
        ("class A:\n    a = 1\n", None),
        ("_ = 1\n", None),
        ("print(a)\n", None),
    ],
)
def test_a_name_that_says_nothing(program: str, name: str | None) -> None:
    found = rename.poor(read(program), 0, 0)
    assert (found.name if found else None) == name


# id, the program, the row of the name, the program after it; the new name is `score`
RENAMED = [
    ("everywhere", "a = 1\na += 1\nprint(a, f'{a}')\n", 0,
     "score = 1\nscore += 1\nprint(score, f'{score}')\n"),
    ("not-in-texts", "a = 1\nprint('a', a)  # a\n", 0, "score = 1\nprint('a', score)  # a\n"),
    ("not-another-scope", "a = 1\ndef f():\n    a = 2\n    return a\nprint(a)\n", 0,
     "score = 1\ndef f():\n    a = 2\n    return a\nprint(score)\n"),
    ("read-in-a-function", "a = 1\ndef f():\n    return a\n", 0,
     "score = 1\ndef f():\n    return score\n"),
    ("global", "a = 1\ndef f():\n    global a\n    a = 2\n", 0,
     "score = 1\ndef f():\n    global score\n    score = 2\n"),
    ("parameter", "def f(a):\n    return a * 2\nprint(f(2))\n", 0,
     "def f(score):\n    return score * 2\nprint(f(2))\n"),
    ("parameter-with-a-new-value", "def f(a):\n    while a > 0:\n        a = a - 2\n    return a\n", 0,
     "def f(score):\n    while score > 0:\n        score = score - 2\n    return score\n"),
    ("in-many-branches", "a = 0\nif a:\n    a = 1\nelse:\n    a += 2\nfor b in [a]:\n    a = b\n", 0,
     "score = 0\nif score:\n    score = 1\nelse:\n    score += 2\nfor b in [score]:\n    score = b\n"),
    ("own-loop-name", "a = 3\nprint([a for a in 'xy'], a)\n", 0,
     "score = 3\nprint([score for score in 'xy'], score)\n"),
    ("function", "def a(b):\n    return b\nprint(a(1), f'{a(2)}')\n", 0,
     "def score(b):\n    return b\nprint(score(1), f'{score(2)}')\n"),
    ("crlf-emoji", "é = '🌞'\r\na = 1\r\nprint('🌞é', a)\r\n", 1,
     "é = '🌞'\r\nscore = 1\r\nprint('🌞é', score)\r\n"),
    ("attribute-of-another", "a = 1\nprint(a)\nt = 'x'\nt.a = 3\n", 0,
     "score = 1\nprint(score)\nt = 'x'\nt.a = 3\n"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("program", "row", "result"), [r[1:] for r in RENAMED], ids=[r[0] for r in RENAMED]
)
def test_it_is_renamed(program: str, row: int, result: str) -> None:
    found = next(each for each in rename._bound(read(program), row, row) if len(each.name) == 1
                 and each.name == "a")  # fmt: skip
    assert rename.renamed(DocumentSnapshot("untitled:a", 1, program), found, "score") == result


# id, the program, the new name
REFUSED = [
    ("taken", "a = 1\nscore = 2\n", "score"),
    ("in-an-f-string", "a = 1\ndef f(s):\n    score = s\n    return f'{score}'\n", "score"),
    ("builtin", "a = 1\n", "list"),
    ("keyword", "a = 1\n", "while"),
    ("looked-at", "a = 1\nprint(globals()['a'])\n", "score"),
    ("keyword-argument", "def f(a):\n    return a\nf(a=1)\n", "score"),
]


@pytest.mark.parametrize(("program", "new"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_not_certain_is_not_renamed(program: str, new: str) -> None:
    found = next(each for each in rename._bound(read(program), 0, 0) if each.name == "a")
    assert rename.renamed(DocumentSnapshot("untitled:a", 1, program), found, new) is None


def test_a_name_that_another_program_takes_stays() -> None:
    snapshot = DocumentSnapshot(
        "file:///g/game.py", 1, "a = 1\n", opened={"m": "from game import a\n"}
    )
    found = rename.poor(read(snapshot.text), 0, 0)
    assert found is not None
    assert rename.renamed(snapshot, found, "score") is None


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        (["score"], "score = 1\nprint(score)\n"),
        (["print", "the score!", "points"], "points = 1\nprint(points)\n"),
        (["Score", "", "a"], None),
    ],
)
async def test_the_model_proposes(answers: list[str], result: str | None) -> None:
    left = list(answers)
    asked = wish("a = 1\nprint(a)\n", engine=FakeEngine(lambda _: left.pop(0)))
    assert rename.ACTION.model is not None
    found = await rename.ACTION.model(asked)
    if result is None:
        assert isinstance(found, Refused)
    else:
        assert isinstance(found, Edit)
        assert found.apply(asked.snapshot.text) == result
        assert "`a`" in found.why
