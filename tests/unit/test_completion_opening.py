"""What a line can begin with, and which lines are never reached."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pippy_lsp.analysis.reach import cut_off
from pippy_lsp.completion.opening import avoided, only
from pippy_lsp.completion.place import place
from pippy_lsp.completion.shape import Shape, decide
from tests.unit.test_completion_suggest import CURSOR

LOOP = "for n in range(9):\n    if n > 3:\n        print(n)\n"
DOUBLE = 'def double(n):\n    """Twice n."""\n'

BEGINNINGS: dict[str, tuple[str, str, str]] = {
    # name: (program, words of which it must begin with one, groups it must not begin with)
    "body that hangs": (
        DOUBLE + "    ‸\n        return n\n    return 2 * n\n",
        "if for def",
        "empty jumps",
    ),
    "body that hangs, cursor far left": (
        DOUBLE + "‸\n        return n\n",
        "if for else def",
        "empty jumps",
    ),
    "body that hangs, top": ("x = 1\n‸\n    print(x)\n", "if while def class", "empty jumps"),
    "first line": ("‸\n    print(1)\n", "if def", "empty jumps"),
    "a header is there": ("if x:\n    ‸\n    print(x)\n", "", "empty jumps"),
    "rest of a bracket": ("x = 1\n‸\n    3, 4]\n", "", "empty jumps"),
    "next in the block": (LOOP + "        ‸\n        print(1)\n", "", "empty jumps"),
    "else follows": ("while x:\n    if x:\n        ‸\n    else:\n        x = 1\n", "", "empty"),
    "block ends": (LOOP + "        ‸\nprint(1)\n", "", "empty"),
    "in a function": (DOUBLE + "    ‸\n    return m\n", "", "empty jumps definitions"),
    "in a function, far left": (DOUBLE + "‸\n    return m\n", "", "empty jumps definitions"),
    "in a method": ("class A:\n    def f(self):\n        ‸\n", "", "empty definitions"),
    "in a class": ("class A:\n    x = 1\n    ‸\n", "", "empty"),
    "after a function": (DOUBLE + "    return 2 * n\n\n‸\n", "", "empty"),
    "asked for": (DOUBLE + "    # a helper function\n    ‸\n    return m\n", "", "empty jumps"),
    "begun": (DOUBLE + "    n ‸\n    return m\n", "", ""),
    "in a text": ('print("‸")\n', "", ""),
}
GROUPS = {
    "empty": {"#", "...", '"""', "'''", "pass"},
    "jumps": {"return", "break", "continue", "raise"},
    "definitions": {"def", "class"},
}


def shaped(program: str) -> tuple[str, int, Shape | None]:
    offset = program.index(CURSOR)
    text = program.replace(CURSOR, "")
    return text, offset, decide(place(text, offset), "block", 4)


@pytest.mark.parametrize(("program", "must", "never"), BEGINNINGS.values(), ids=BEGINNINGS)
def test_what_a_line_begins_with(program: str, must: str, never: str) -> None:
    text, offset, shape = shaped(program)
    assert shape is not None
    found = only(place(text, offset), shape).words
    assert bool(found) is bool(must)
    assert set(must.split()) <= set(found)
    expected: set[str] = set().union(*(GROUPS[name] for name in never.split()))
    assert set(avoided(place(text, offset), shape)) == expected


ATTRIBUTES: dict[str, tuple[str, set[str], str]] = {
    # name: (program, some of the words it must begin with one of, what is begun)
    "module": ("import random\nx = random.‸", {"randint", "choice"}, ""),
    "begun": ("import random\nx = random.ra‸", {"randint", "randrange"}, "ra"),
    "in brackets": ("import math\nprint(math.‸)", {"sqrt", "pi"}, ""),
    "alias": ("import turtle as t\nt.fo‸", {"forward"}, "fo"),
    "two at once": ("import math, random as r\nr.‸", {"randint"}, ""),
    "in a function": ("def f():\n    import math\n    return math.‸", {"sqrt"}, ""),
    "no such name": ("import random\nx = random.zz‸", set(), ""),
    "not imported": ("x = random.‸", set(), ""),
    "not a module": ("import random\nnumbers.‸", set(), ""),
    "bound again": ("import random\nrandom = Dice()\nrandom.‸", set(), ""),
    "attribute of an attribute": ("import os\nx.os.‸", set(), ""),
    "in a text": ("import random\nprint('random.‸')", set(), ""),
    "in a comment": ("import random\n# random.‸", set(), ""),
}


@pytest.mark.parametrize(("program", "words", "begun"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_only_names_that_the_module_has(program: str, words: set[str], begun: str) -> None:
    text, offset, shape = shaped(program)
    found = only(place(text, offset), shape)
    assert bool(found.words) is bool(words)
    assert words <= set(found.words)
    assert all(word.startswith(begun) and word[0] != "_" for word in found.words)
    assert found.begun == begun


def test_a_module_of_the_childs_own_is_not_the_standard_one(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("def dice():\n    return 4\n")
    text, offset, shape = shaped("import random\nx = random.‸")
    assert only(place(text, offset), shape, tmp_path).words == ()


def test_a_header_over_its_body_is_one_line() -> None:
    _, _, shape = shaped(DOUBLE + "‸\n        return n\n")
    assert shape == Shape(1, 1, "    ", lead="    ")


def test_nothing_is_suggested_after_a_jump() -> None:
    _, _, shape = shaped(DOUBLE + "    if n:\n        return 1\n        ‸\n")
    assert shape is None


REACHED: dict[str, tuple[str, int, int, int | None]] = {
    # name: (program, first row, last row, the row that is wrong)
    "nothing after": ("def f():\n    return 1", 1, 2, None),
    "after a return": ("def f():\n    return 1\n    x = 1", 3, 3, 3),
    "return before": ("def f():\n    return 1\n    x = 1", 2, 2, 2),
    "not asked about": ("def f():\n    return 1\n    x = 1\ny = 1", 4, 4, None),
    "break in a loop": ("for n in x:\n    break\n    n = 1\nelse:\n    n = 2", 1, 5, 2),
    "break in an else": ("if x:\n    y\nelse:\n    raise x\n    y", 1, 5, 4),
    "continue in except": ("while x:\n  try:\n    y\n  except E:\n    continue\n    y", 1, 6, 5),
    "in finally": ("try:\n    x\nfinally:\n    raise x\n    y", 1, 5, 4),
    "in a case": ("match x:\n    case 1:\n        raise x\n        y", 1, 4, 3),
    "one branch only": ("def f():\n    if x:\n        return 1\n    return 2", 1, 4, None),
}


@pytest.mark.parametrize(("program", "first", "last", "row"), REACHED.values(), ids=REACHED)
def test_what_is_never_reached(program: str, first: int, last: int, row: int | None) -> None:
    assert cut_off(ast.parse(program), first, last) == row
