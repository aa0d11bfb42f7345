"""The table of levels, what a suggestion may use at each, and the level `auto`."""

from __future__ import annotations

import ast
import builtins
import os
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippy_lsp import prompts
from pippy_lsp.analysis import concept_nodes, concepts, learner, levels
from pippy_lsp.completion.checks import Checker
from pippy_lsp.completion.place import place
from pippy_lsp.completion.reading import read
from pippy_lsp.completion.shape import decide
from pippy_lsp.errors import PromptError

CURSOR = "‸"
LEVELS = levels.levels()


def test_there_are_five() -> None:
    assert [each.number for each in LEVELS] == [1, 2, 3, 4, 5]
    assert levels.highest() == 5


def test_levels_add_up() -> None:
    added = [concept for each in LEVELS for concept in each.adds()]
    assert len(added) == len(set(added)), "a concept is added by one level only"
    assert all(set(each.adds()) for each in LEVELS)
    assert [each.lines for each in LEVELS] == sorted(each.lines for each in LEVELS)
    known = [{c for c in added if levels.needed(c) <= each.number} for each in LEVELS]
    assert all(lower < higher for lower, higher in pairwise(known))


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: f"level {level.number}")
def test_every_name_exists(level: levels.Level) -> None:
    assert [name for name in level.nodes if not issubclass(getattr(ast, name), ast.AST)] == []
    known = {*dir(builtins), "__file__"}
    assert set(level.builtins) <= known
    assert set(level.methods) <= concept_nodes.METHODS
    assert set(level.modules) <= set(sys.stdlib_module_names)
    assert set(level.forms) <= concept_nodes.FORMS


def test_what_brings_and_is_brought_exists() -> None:
    brings = levels._file().brings
    for concept in {*brings, *(each for some in brings.values() for each in some)}:
        assert concept in levels.table() or concept in concept_nodes.FORMS, concept


@pytest.mark.parametrize("extra", ["colour = 1", 'node = ["If"]', 'nodes = "If"'])
def test_the_table_is_strict(extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = (
        f'[brings]\n[[level]]\nnumber = 1\nname = "a"\nlines = 1\nknows = {{ en = "b" }}\n{extra}\n'
    )
    (tmp_path / "levels.toml").write_text(row, "utf-8")
    monkeypatch.setattr(prompts, "root", lambda: tmp_path)
    with pytest.raises(PromptError):
        levels._file.__wrapped__()


def shown(program: str, raw: str, level: int, mode: str = "block") -> str:
    """What of the model's text is shown at the cursor."""
    at = place(program.replace(CURSOR, ""), program.index(CURSOR))
    shape = decide(at, mode, levels.level(level).lines)  # type: ignore[arg-type]
    assert shape is not None
    lines = read(raw, at, shape, ended=True).lines
    return Checker(at, shape, None, level).best(lines) if lines else ""


AFTER = "a = 1\n‸\nprint(a)\n"
SQUARES = "squares = [n * n for n in range(5)]\n"
LOOP = "squares = []\nfor n in range(5):\n    squares.append(n * n)"

SHOWN: dict[str, tuple[str, str, int, str]] = {
    # name: (program, what the model writes, level, what is shown)
    "within the level": (AFTER, "b = a + 1\n", 1, "b = a + 1"),
    "comprehension, level 5": (AFTER, SQUARES, 5, SQUARES.strip()),
    "comprehension, level 4": (AFTER, SQUARES, 4, LOOP),
    "comprehension, level 2": (AFTER, SQUARES, 2, LOOP),
    "comprehension, level 1": (AFTER, SQUARES, 1, ""),
    "goes on with the line": (
        "squares = ‸\n",
        "[n * n for n in range(5)]\n",
        2,
        LOOP.removeprefix("squares = "),
    ),
    "goes on with the bracket": (
        "squares = [‸\n",
        "n * n for n in range(5)]\n",
        2,
        LOOP.removeprefix("squares = ["),
    ),
    "too late for a loop": ("squares = [n * ‸\n", "n for n in range(5)]\n", 2, ""),
    "no room for a loop": ("print(‸)\n", "[n for n in range(5)])\n", 2, ""),
    "not certain": (AFTER, "print([n for n in range(5)])\n", 2, ""),
    "the child knows it": (
        "b = [n for n in range(3)]\n‸\nprint(b)\n",
        SQUARES,
        2,
        SQUARES.strip(),
    ),
    "variable of the program": (
        "n = 1\n‸\nprint(n)\n",
        SQUARES,
        2,
        "squares = []\nfor n2 in range(5):\n    squares.append(n2 * n2)",
    ),
    "in a block, with tabs": (
        "a = 1\nif a:\n\t‸\nprint(a)\n",
        SQUARES,
        2,
        "squares = []\n\tfor n in range(5):\n\t\tsquares.append(n * n)",
    ),
    "cut before it": (
        "a = 1\nif a:\n    ‸\n",
        "print(a)\n    b = lambda: 1\n    print(b)\n",
        3,
        "print(a)",
    ),
    "the first of several lines": ("a = 1\nif a:\n    ‸\n", "b = lambda: 1\n    print(b)\n", 3, ""),
    "body too hard": (
        "a = [1]\n‸\n",
        "for n in a:\n    print(list(map(str, a)))\n",
        3,
        "",
    ),
    "ternary": (
        AFTER,
        'print("even" if a % 2 == 0 else "odd")\n',
        2,
        'if a % 2 == 0:\n    print("even")\nelse:\n    print("odd")',
    ),
    "ternary, level 1": (AFTER, 'print("even" if a % 2 == 0 else "odd")\n', 1, ""),
    "f-string, level 1": ("a = 1\n‸\n", 'print(f"You have {a}")\n', 1, 'print("You have", a)'),
    "f-string, in brackets": ("a = 1\nprint(‸)\n", 'f"You have {a}")\n', 1, '"You have", a'),
    "f-string, level 2": ("a = 1\n‸\n", 'print(f"You have {a}")\n', 2, 'print(f"You have {a}")'),
    "hints": (
        "def add(‸\n",
        "a: int, b: int) -> int:\n    return a + b\n",
        3,
        "a, b):\n    return a + b",
    ),
    "with": ("‸\na = 1\n", 'with open("a.txt") as f:\n    print(f)\n', 3, ""),
    "with, level 4": (
        "a = 1\n‸\n",
        'with open("a.txt") as f:\n    print(f)\n',
        4,
        'with open("a.txt") as f:\n    print(f)',
    ),
    "walrus": ("a = 1\n‸\n", "if (b := a):\n    print(b)\n", 4, ""),
    "lambda": ("a = [1]\n‸\n", "a.sort(key=lambda n: -n)\n", 3, ""),
    "map": ("a = [1]\n‸\n", "b = list(map(str, a))\n", 3, ""),
    "loop over an index": (
        "a = [1]\n‸\n",
        "for i in range(len(a)):\n    print(a[i])\n",
        3,
        "for i in range(len(a)):\n    print(a[i])",
    ),
    "mended, then simpler": (
        "player_scores = [1]\n‸\n",
        "best = [n for n in playerScores if n > 3]\n",
        3,
        "best = []\nfor n in player_scores:\n    if n > 3:\n        best.append(n)",
    ),
    "broken beside it": (
        "b = = 3\na = 1\n‸\n",
        SQUARES,
        2,
        LOOP,
    ),
}


@pytest.mark.parametrize(("program", "raw", "level", "expected"), SHOWN.values(), ids=SHOWN.keys())
def test_shown(program: str, raw: str, level: int, expected: str) -> None:
    assert shown(program, raw, level) == expected


def test_a_loop_has_no_room_in_one_line() -> None:
    assert shown(AFTER, SQUARES, 2, mode="line") == ""


LISTS = "a = [1, 2]\na[0] = 3\n"
FUNCTION = "def f(a):\n    return a\n"
SHAPE = "class A:\n    def f(self):\n        return [n for n in self]\n"

# id, programs, the level of who wrote them
INFERRED = [
    ("nothing", [], 2),
    ("an empty file", [""], 2),
    ("first steps", ["a = 1\nprint(a)\n"], 2),
    ("a loop", ["for i in range(3):\n    print(i)\n"], 2),
    ("one list", ["a = [1]\n"], 2),
    ("two concepts", [LISTS], 3),
    ("one concept, three times", ["a = [1]\nb = [2]\nc = [3]\n"], 3),
    ("two concepts in two files", ["a = [1]\n", "b = a[0]\n"], 3),
    ("a function", [FUNCTION], 3),
    ("a file", ["with open(a) as f:\n    print(f)\n"], 4),
    ("a class and a comprehension", [SHAPE], 5),
    ("one comprehension among functions", [FUNCTION + "b = [n for n in a]\n"], 3),
    ("methods of any object", ["t.format()\nt.update()\nt.add()\n"], 2),
    ("broken on one line", [LISTS + 'print("hello\n'], 3),
    ("broken all over", ["((((\n" * 40], 2),
    ("windows line ends", [LISTS.replace("\n", "\r\n")], 3),
    ("a byte order mark", ["\ufeff" + LISTS], 3),
    ("a very long file", ["print(1)\n" * 5000 + SHAPE], 2),
]


@pytest.mark.parametrize(
    ("texts", "expected"), [r[1:] for r in INFERRED], ids=[r[0] for r in INFERRED]
)
def test_infer(texts: list[str], expected: int) -> None:
    assert learner.infer(texts) == expected


def test_learner_reads_the_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(SHAPE, "utf-8")
    (tmp_path / "notes.txt").write_text(SHAPE, "utf-8")
    found = learner.Learner()
    assert found.level("a") == 2
    assert found.read("a", "", tmp_path / "mine.py") == 5
    assert found.level("a") == 5
    assert found.read("b", "", None) == 2
    # the open text counts, not what is saved
    assert found.read("c", "", tmp_path / "other.py") == 2


def test_learner_reads_a_file_again_when_it_changed(tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text("a = 1\n", "utf-8")
    found = learner.Learner()
    assert found.read("a", "", tmp_path / "mine.py") == 2
    other.write_text(SHAPE, "utf-8")
    os.utime(other, ns=(1, 1))
    assert found.read("a", "", tmp_path / "mine.py") == 5


def test_learner_reads_each_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.py").write_text(LISTS, "utf-8")
    found = learner.Learner()
    found.read("a", "", tmp_path / "mine.py")
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: pytest.fail("read again"))
    assert found.read("a", "b = 1\n", tmp_path / "mine.py") == 3


def test_learner_has_bounds(tmp_path: Path) -> None:
    for number in range(30):
        path = tmp_path / f"new{number}.py"
        path.write_text("a = 1\n", "utf-8")
        os.utime(path, ns=(10**18 + number, 10**18 + number))
    (tmp_path / "old.py").write_text(SHAPE, "utf-8")
    os.utime(tmp_path / "old.py", ns=(1, 1))
    assert learner.Learner().read("a", "", tmp_path / "mine.py") == 2
    os.utime(tmp_path / "old.py", ns=(2 * 10**18, 2 * 10**18))
    assert learner.Learner().read("a", "", tmp_path / "mine.py") == 5
    (tmp_path / "old.py").write_text(SHAPE + "#" * 300_000, "utf-8")
    assert learner.Learner().read("a", "", tmp_path / "mine.py") == 2


def test_learner_without_a_folder(tmp_path: Path) -> None:
    assert learner.Learner().read("a", LISTS, tmp_path / "gone" / "mine.py") == 3


def test_learner_asks_once_for_each_number_of_lines() -> None:
    found = learner.Learner()
    texts = ["", "a", "a = 1", "a = 1\n", "a = 1\nb", "a = 1\n"]
    assert [found.changed("a", text) for text in texts] == [True, False, False, True, False, False]
    assert found.changed("b", "")


def test_learner_keeps_its_level_while_the_text_is_broken() -> None:
    found = learner.Learner()
    assert found.read("a", SHAPE) == 5
    assert found.read("a", "((((\n" * 40) == 5
    assert found.read("a", "") == 2


GAME = """\
import random
secret = random.randint(1, 10)
guess = 0
while guess != secret:
    guess = int(input("Guess: "))
    if guess < secret:
        print("Too low")
    else:
        print("Not too low", end="!")
print("Right")
"""
HARD = [
    "a = [n for n in range(3)]",
    "a = {n: 1 for n in range(3)}",
    'a = "low" if guess < 3 else "high"',
    'print(f"You said {guess}!")',
    "a = sorted([3, 1], key=lambda n: -n)",
    "def f(n: int = 3) -> int:",
    "    return [m for m in range(n)]",
    "for i, c in enumerate('ab'):",
    "    print(i, c)",
    "with open('a') as f:",
    "    print(f.read())",
    "try:",
    "    a = 1",
    "except ValueError as e:",
    "    print(e)",
    "import json",
    "if (a := 1) < 2:",
    "a, *b = 'abc'.split()",
    "class A:",
    "    a = 1",
    "print(guess)",
    "a = not None",
]


@settings(max_examples=300, deadline=None)
@given(
    row=st.integers(0, GAME.count("\n") - 1),
    raw=st.lists(st.sampled_from(HARD), min_size=1, max_size=4),
    level=st.integers(1, 4),
)
def test_what_is_shown_stays_within_the_level(row: int, raw: list[str], level: int) -> None:
    """Judged from the whole program, not from where its parts stand."""
    lines = GAME.split("\n")
    indent = lines[row][: len(lines[row]) - len(lines[row].lstrip())]
    before, after = lines[:row], lines[row:]
    program = "\n".join([*before, indent + CURSOR, *after])
    if not shaped(program):
        return
    text = shown(program, f"\n{indent}".join(raw) + "\n", level)
    whole = "\n".join([*before, indent + text, *after])
    met = {use.concept for use in concepts.used(ast.parse(GAME))}
    new = {use.concept for use in concepts.used(ast.parse(whole))} - met
    assert {concept for concept in new if levels.needed(concept) > level} == set()


def shaped(program: str) -> bool:
    """Whether anything is wanted at the cursor."""
    at = place(program.replace(CURSOR, ""), program.index(CURSOR))
    return decide(at, "block", 4) is not None
