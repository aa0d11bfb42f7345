"""Syntax around a cursor, frames around a gap, names and modules."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pippy_lsp.analysis import modules, names, syntax
from pippy_lsp.analysis.frame import frame

LEXICAL = {
    # text: (quote, comment, brackets owed)
    'print("a': ('"', False, ")"),
    "x = [1, (2": ("", False, "])"),
    "# it's (": ("", True, ""),
    "# a (\nx": ("", False, ""),
    "'''doc\n": ("'''", False, ""),
    '"""a""" + "': ('"', False, ""),
    'f("a")': ("", False, ""),
    '"a\\"': ('"', False, ""),
    '""': ("", False, ""),
    "x = 'a\ny = (": ("", False, ")"),
    "{'a': ')'": ("", False, "}"),
}


@pytest.mark.parametrize(("text", "expected"), LEXICAL.items(), ids=list(LEXICAL))
def test_lexical(text: str, expected: tuple[str, bool, str]) -> None:
    state = syntax.lexical(text)
    assert (state.quote, state.comment, state.brackets) == expected


@pytest.mark.parametrize(
    ("line", "opens"),
    [
        ("if x:", True),
        ("  else:  # no", True),
        ("if x: y", False),
        ("x = {1:", False),
        ("if (a:", False),
        ("async def f():", True),
        ('case "a":', True),
        ("iffy:", False),
        ('if x == "a:', False),
    ],
)
def test_opens_block(line: str, opens: bool) -> None:
    assert syntax.opens_block(line) is opens


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("x = 1\n", "    "),
        ("if x:\n  y\n", "  "),
        ("if x:\n\ty\n", "\t"),
        ("a = [\n        1]\nif x:\n   y\n", "   "),
    ],
)
def test_unit(text: str, unit: str) -> None:
    assert syntax.unit_of(text) == unit


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", -1),
        ("f(1)", -1),
        ("1, 2]", 4),
        ("(1, [2)]", -1),
        ("'a)' # b)\n)", 10),
        ("f(\n)\n}", 5),
    ],
)
def test_unmatched(text: str, offset: int) -> None:
    assert syntax.unmatched(text) == offset


FRAMES = {
    # name: (program with ‸ as the gap's line, a text, sound, whether it fits)
    "whole": ("x = 1\n‸\ny = 2", "z = 3", True, True),
    "whole, wrong": ("x = 1\n‸\ny = 2", "z = (", True, False),
    "in a list": ("x = [\n‸\n]", "    1,", True, True),
    "header wanted": ("‸\n    x = 1", "if 1:", True, True),
    "quote above": ('print("a\n‸\nx = 1', "y = 1", False, True),
    "quote above, wrong": ('print("a\n‸\nx = 1', "y = (", False, False),
    "bracket below": ("x = 1\n‸\nprint((1)\ny = 2", "y = 1", False, True),
    "colon below": ("‸\nfor i in range(3)\n    print(i)", "y = 1", False, True),
    "no body above": ("def f():\nx = 1\n‸", "y = 1", False, True),
    "unindent below": ("‸\nif x:\n    a\n  b\nc", "y = 1", False, True),
    "triple quote above": ('x = """abc\n‸\ny = 1', "y = 1", True, True),
}


@pytest.mark.parametrize(("program", "text", "sound", "fits"), FRAMES.values(), ids=FRAMES.keys())
def test_frame(program: str, text: str, sound: bool, fits: bool) -> None:
    lines = program.split("\n")
    gap = lines.index("‸")
    if program.startswith('x = """'):
        program += '\n"""'
        lines = program.split("\n")
    found = frame(lines[:gap], "", lines[gap + 1 :])
    assert found.sound is sound
    assert (found.accept(text.split("\n")) is not None) is fits


def test_a_hopeless_program_leaves_the_text_alone() -> None:
    junk = ["x = = (", "'''", ")"] * 20
    found = frame(junk, "", junk)
    assert found.accept(["    y = 1"]) is not None
    assert found.accept(["y = ("]) is None


NAMES = {
    # program: the names that are wrong (and what was meant)
    "print(x)": "x",
    "x = x + 1": "x",
    "x = 1\nx += 1": "",
    "y += 1": "y",
    "for i in range(3):\n    print(i)": "",
    "[a for a in 'abc']\nprint(a)": "a",
    "def f(a, *b, c=1, **d):\n    return a, b, c, d, later\nlater = 1": "",
    "def f():\n    return g()\ndef g():\n    return 1": "",
    "def f():\n    global score\n    score = 1\nprint(score)": "",
    "def f(a=b):\n    b = 1": "b",
    "try:\n    x = 1\nexcept ValueError as e:\n    print(e)\nprint(e)": "e",
    "with open('a') as f:\n    print(f)": "",
    "class A:\n    n = 1\n    def f(self):\n        return n": "n",
    "class A:\n    n = 1\n    m = [n for _ in 'a']": "",
    "lambda q: q + r": "r",
    "match 1:\n    case [a, *b]:\n        print(a, b)": "",
    "match 1:\n    case {'k': v, **w}:\n        print(v, w)": "",
    "print(y := 1, y)": "",
    "import os.path\nprint(os.path.join('a'), os.path.exsts('a'))": "exsts=exists",
    "import random as r\nr.randit(1, 2)": "randit=randint",
    "import random\nrandom = 1\nrandom.foo": "",
    "from math import pi, sqroot": "sqroot",
    "from turtle import *\nforward(1)\nfroward(1)": "froward=forward",
    "from os import path\npath.join('a')": "",
    "import turtle\nturtle.Turtle().anything()": "",
    "colors = []\nfor color in colrs:\n    pass": "colrs=colors",
    "color = 1\nprint(colors)": "colors",
    "player1 = 1\nprint(player2)": "player2",
    "del_me = 1\ndel del_me\nprint(del_me)": "del_me",
    "async def f():\n    async for x in y():\n        print(x)\ndef y():\n    pass": "",
    "x: int\nx: int = 1\nprint(x)": "",
    "import sys, json\njson.dumps(1); sys.exit(); sys.argv": "",
    "print(__name__, __file__)": "",
}


@pytest.mark.parametrize(("program", "expected"), NAMES.items(), ids=list(NAMES))
def test_names(program: str, expected: str) -> None:
    found = names.problems(ast.parse(program), program, names.Region(1, -1, 99))
    said = [f"{each.name}={each.mend}" if each.mend else each.name for each in found]
    assert " ".join(said) == expected


def test_only_the_region_is_judged() -> None:
    program = "print(a)\nprint(b)\nprint(c)"
    found = names.problems(ast.parse(program), program, names.Region(2, 0, 2))
    assert [(each.row, each.column, each.name) for each in found] == [(2, 6, "b")]


def test_a_file_of_the_child_shadows_the_library(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("def magic(): ...", "utf-8")
    program = "import random\nrandom.magic()"
    region = names.Region(1, 0, 2)
    assert names.problems(ast.parse(program), program, region, folder=tmp_path) == []
    assert [each.name for each in names.problems(ast.parse(program), program, region)] == ["magic"]


@pytest.mark.parametrize(
    ("module", "name"),
    [("random", "randint"), ("turtle", "forward"), ("math", "pi"), ("time", "sleep"),
     ("os", "path"), ("tkinter", "END"), ("datetime", "date"), ("collections", "Counter")],
)  # fmt: skip
def test_standard_modules(module: str, name: str) -> None:
    assert name in (modules.attributes(module) or ())


def test_modules_that_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "mygame.py").write_text("", "utf-8")
    assert modules.exists("os.path")
    assert not modules.exists("os.nothing")
    assert not modules.exists("mygame")
    assert modules.exists("mygame", tmp_path)
