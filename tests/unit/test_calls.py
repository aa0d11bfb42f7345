"""Calls that can't be right, and attributes that are not there."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import pytest

from benchmarks import header_places
from pippy_lsp.analysis import calls, syntax
from pippy_lsp.analysis.names import Problem, Region

PROGRAMS = {
    each.name: each.whole
    for each in header_places.spots(header_places.load().program)
    if not isinstance(syntax.parse(each.whole), SyntaxError)
}
JUMP = "def jump(height, times=1):\n    pass\n"
PLAYER = """\
class Player:
    lives = 3

    def __init__(self, name):
        self.name = name

    def jump(self, height=1):
        self.{0}


hero = Player("Ada")
"""

# The program, and what is wrong in it: the attribute with what was meant, `call` for a wrong call.
WRONG = {
    "too many": (JUMP + "jump(1, 2, 3)", "call"),
    "too few": (JUMP + "jump()", "call"),
    "an unknown name": (JUMP + "jump(1, high=2)", "call"),
    "twice": (JUMP + "jump(1, height=2)", "call"),
    "called above": ("def go():\n    jump()\n\n" + JUMP, "call"),
    "name only": ("def f(*, a):\n    pass\nf(1)", "call"),
    "in order only": ("def f(a, /):\n    pass\nf(a=1)", "call"),
    "builtin": ("len(1, 2)", "call"),
    "builtin's name": ("print('a', ending='')", "call"),
    "input": ("input('a', 'b')", "call"),
    "module": ("import random\nrandom.randint(1)", "call"),
    "module by another name": ("import random as r\nr.randint(1, 2, 3)", "call"),
    "out of a module": ("from random import randint\nrandint(6)", "call"),
    "method of a builtin": ("names = []\nnames.append(1, 2)", "call"),
    "a class": ("class A:\n    pass\nA(1)", "call"),
    "a class with a start": (PLAYER.format("name") + "Player()", "call"),
    "a method": (PLAYER.format("name") + "hero.jump(1, 2)", "call"),
    "a method of self": (PLAYER.format("jump(1, 2, 3)"), "call"),
    "string": ("'a'.uper()", "uper=upper"),
    "name of a string": ("name = input()\nname.uppper()", "uppper=upper"),
    "nothing near": ("name = input()\nname.shout()", "shout"),
    "list": ("names = []\nnames.push(1)", "push"),
    "list of a split": ("words = input().split()\nwords.add(1)", "add"),
    "dict": ("ages = {}\nages.append(1)", "append"),
    "number": ("n = int(input())\nn.append(1)", "append"),
    "a sum of strings": ("a = 'x'\nb = a + '!'\nb.push", "push"),
    "counted": ("lives = 3\nlives -= 1\nlives.upper()", "upper"),
    "self": (PLAYER.format("score"), "score"),
    "self, nearly": (PLAYER.format("lifes").replace("lives", "lives_left"), "lifes"),
    "an object": (PLAYER.format("name") + "hero.jumpp()", "jumpp=jump"),
}  # fmt: skip

RIGHT = {
    "a default": JUMP + "jump(1)\njump(1, 2)\njump(height=1)\njump(1, times=2)",
    "unpacked": JUMP + "a = []\njump(*a)\njump(**{})",
    "any number": "def f(*a, **b):\n    pass\nf(1, 2, x=3)",
    "two definitions": JUMP + "def jump():\n    pass\njump()\njump(1)",
    "given another value": JUMP + "jump = print\njump()",
    "decorated": "@magic\n" + JUMP + "jump()",
    "a parameter": JUMP + "def f(jump):\n    jump()",
    "a builtin of one's own": "def print(a):\n    pass\nprint(1)",
    "a method named so": "class A:\n    def len(self):\n        pass\nlen([])",
    "builtins": "print(1, 2, end='')\n"
    "len([])\ninput()\nrange(1, 2, 3)\nmax(1, 2)\nsum([], 0)\nint('1')",
    "sorted": "sorted([], key=len, reverse=True)\n"
    "open('a', encoding='utf-8')\nround(1.5)\nround(1, 2)",
    "random": "import random\n"
    "random.randint(1, 6)\nrandom.choice([])\nrandom.shuffle([])\nrandom.random()",
    "turtle": "import turtle\n"
    "turtle.forward(10)\nturtle.color('red')\nturtle.goto(1, 2)\nturtle.done()",
    "math": "import math\nmath.sqrt(2)\nmath.gcd(1, 2)\nmath.hypot(1, 2)\nmath.log(8, 2)",
    "time": "import time\ntime.sleep(1)\ntime.time()",
    "string": "name = input()\n"
    "name.upper().split().append(1)\nname.split(',')\nname.replace('a', 'b')",
    "two kinds": "a = 'x'\na = []\na.append(1)",
    "a loop's name": "for name in []:\n    name.push()",
    "a parameter's name": "name = 'a'\ndef f(name):\n    name.push()",
    "a parameter, on its own line": "name = 'a'\ndef f(\n    name,\n):\n    name.push()",
    "None first": "hero = None\nhero = magic()\nhero.jump()",
    "divided": "n = 1\nn /= 2\nn.is_integer()\nn.hex()",
    "star": "from turtle import *\nforward(1)\ncolor()",
    "star over a builtin": "from magic import *\nlen(1, 2)",
    "self": PLAYER.format("name") + "hero.jump()\nhero.jump(2)\nhero.lives",
    "given from outside": PLAYER.format("score") + "hero.score = 3",
    "a base": "class A(B):\n    def f(self):\n        self.magic()\nA(1, 2)",
    "getattr": "class A:\n"
    "    def __getattr__(self, n):\n        pass\n    def f(self):\n        self.m",
    "setattr": PLAYER.format("magic") + "setattr(hero, 'magic', 1)",
    "another self": "class A:\n    def f(self):\n        self = magic()\n        self.go()",
    "a class with a base of ours": PLAYER.format("name") + "class B(Player):\n    pass\nB(1).x",
    "a static method": "class A:\n    @staticmethod\n    def f(a):\n        a.b\n",
    "a method that becomes another": "class A:\n    def f(a): pass\n    f = staticmethod(f)\n"
    "    def g(self):\n        self.f(1)",
    "nested": "class A:\n    def f(self):\n        def g(self):\n            self.b\n",
    "properties of objects": PLAYER.format("__class__") + "hero.__dict__",
}  # fmt: skip


def problems(program: str, *, elsewhere: str = "", folder: Path | None = None) -> list[Problem]:
    region = Region(1, -1, 999)
    tree = ast.parse(program)
    return calls.problems(tree, program, region, elsewhere=elsewhere, folder=folder)


@pytest.mark.parametrize(("program", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong(program: str, expected: str) -> None:
    found = problems(program)
    told = [f"{each.name}={each.mend}".strip("=") if each.name else "call" for each in found]
    assert told == [expected]


@pytest.mark.parametrize("program", RIGHT.values(), ids=RIGHT.keys())
def test_what_may_be_right(program: str) -> None:
    assert problems(program) == []


def test_only_the_region_is_judged() -> None:
    program = JUMP + "jump()\njump(1, 2, 3)\njump()"
    found = calls.problems(ast.parse(program), program, Region(4, 0, 4))
    assert [each.row for each in found] == [4]


def test_where_an_attribute_stands() -> None:
    program = "näme = 'a'\nprint(näme.uper())"
    assert problems(program) == [Problem(2, 11, "uper", "upper")]


def test_a_name_that_is_bound_elsewhere_is_not_judged() -> None:
    assert problems("name = 'a'\nname.push()", elsewhere="def f(name):\n    pass") == []


def test_the_childs_own_module_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("def randint(a): pass")
    program = "import random\nrandom.randint(6)\nfrom random import choice\nchoice()"
    assert problems(program, folder=tmp_path) == []
    assert len(problems(program)) == 2


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_false_alarms_in_whole_programs(name: str) -> None:
    assert problems(PROGRAMS[name]) == []


def test_no_false_alarms_in_the_standard_library() -> None:
    folder = Path(ast.__file__).parent
    for name in ("random", "textwrap", "calendar", "getopt"):
        file = folder / f"{name}.py"
        if not file.is_file():
            continue
        text = file.read_text("utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        assert calls.problems(tree, text, Region(1, -1, 10**6)) == [], name
