"""The hover without a model: what a word is, and what it does here."""

from __future__ import annotations

import time

import pytest

from pippy_lsp.analysis import jedi_facts
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import words
from pippy_lsp.teaching.hover import Hover, static_hover


def hover(text: str) -> Hover | None:
    """The hover at the place marked with `|`."""
    offset = text.index("|")
    program = text[:offset] + text[offset + 1 :]
    return static_hover(DocumentSnapshot("untitled:a", 1, program), offset)


def plain(text: str) -> str:
    found = hover(text)
    return words.plain(found.text) if found else ""


@pytest.mark.parametrize(
    ("program", "says"),
    [
        pytest.param(
            "for i in |range(5):\n    print(i)\n",
            "run 5 times. i becomes 0, 1, 2, 3, 4. Each time, Python runs line 2: print(i).",
            id="five-times",
        ),
        pytest.param("for i in |range(5):", "run 5 times. i becomes 0, 1, 2, 3, 4.", id="no-body"),
        pytest.param("for i in |range(2, 5):\n    pass", "3 times. i becomes 2, 3, 4.", id="two"),
        pytest.param(
            "for i in |range(9, 0, -4):\n    pass", "3 times. i becomes 9, 5, 1.", id="down"
        ),
        pytest.param("for i in |range(1):\n    pass", "run 1 time. i becomes 0.", id="once"),
        pytest.param("for i in |range(5, 2):\n    pass", "run 0 times", id="empty"),
        pytest.param(
            "for i in |range(100):\n    pass", "100 times. i becomes 0, 1, 2, 3 … 99.", id="long"
        ),
        pytest.param(
            "for i in |range(10**9 * 0 + 1):\n    pass", "It starts at 0", id="power-unknown"
        ),
        pytest.param(
            "n = 4\nfor i in |range(n - 1):\n    pass", "3 times. i becomes 0, 1, 2.", id="name"
        ),
        pytest.param("for i in |range(9):\n    if i:\n        break", "up to 9 times", id="break"),
        pytest.param(
            "def f():\n    for i in |range(9):\n        return i", "up to 9 times", id="return"
        ),
        pytest.param("for i in |range(9):\n    exit()", "up to 9 times", id="exit"),
        pytest.param(
            "for |c in 'abc':\n    print(c)", '3 times. c becomes "a", "b", "c".', id="text"
        ),
        pytest.param("|for x in [2, 4]:\n    print(x)", "2 times. x becomes 2, 4.", id="list"),
        pytest.param("|for x in toys:\n    print(x)", "it walks over toys", id="unknown-list"),
        pytest.param("for i in |range(3):\r\n\tprint(i)\r\n", "line 2: print(i).", id="crlf-tabs"),
        pytest.param("é = '😀'\nfor i in |range(3):\n    print(é)", "3 times", id="emoji"),
        pytest.param("for é in |range(3):\n    print('ü', é)", "é becomes 0, 1, 2.", id="accents"),
        pytest.param(
            "print(x\nfor i in |range(3):\n    pass\nif", "It starts at 0", id="broken-above"
        ),
        pytest.param(
            "for i in |range(3):\n    pass\nif x = 3:\n", "run 3 times", id="broken-below"
        ),
        pytest.param(
            "n = 3\n|while n > 0:\n    n -= 1", "as long as n > 0 is true. Each time", id="while"
        ),
        pytest.param("|while True:\n    pass", "the test is always true", id="while-true"),
        pytest.param("|if x > 3:\n    pass", "run when x > 3 is true", id="if"),
        pytest.param("if x:\n    pass\n|elif y:\n    pass", "the tests above said no", id="elif"),
        pytest.param("if x:\n    pass\n|else:\n    pass", "the test above said no", id="else"),
        pytest.param("for i in x:\n    pass\n|else:\n    pass", "belongs to a loop", id="for-else"),
        pytest.param("a = 1 |if b else 2", "one of two values", id="if-expression"),
        pytest.param("a = [n |for n in b]", "a loop in one line", id="comprehension"),
        pytest.param("def f(x):\n    |return x * 2", "it hands back x * 2", id="return-value"),
    ],
)
def test_what_it_does_here(program: str, says: str) -> None:
    assert says in plain(program)


@pytest.mark.parametrize(
    ("program", "must_not"),
    [
        pytest.param("n = 4\nn = 5\nfor i in |range(n):\n    pass", "times. i", id="bound-twice"),
        pytest.param(
            "def f(n):\n    for i in |range(n):\n        pass", "times. i", id="parameter"
        ),
        pytest.param(
            "if x:\n    n = 4\nfor i in |range(n):\n    pass", "times. i", id="maybe-bound"
        ),
        pytest.param(
            "def range(n):\n    return 'a'\nfor i in |range(5):\n    pass",
            "5 times",
            id="own-range",
        ),
        pytest.param("from x import *\nfor i in |range(5):\n    pass", "5 times", id="star-import"),
        pytest.param("for i in |range(5, 9, 0):\n    pass", "times. i", id="step-zero"),
        pytest.param("for i in |range(5):\n    x = (\n    y = 2", "5 times", id="broken-body"),
        pytest.param("for i in |range(2.5):\n    pass", "times. i", id="no-whole-number"),
    ],
)
def test_no_number_that_is_not_certain(program: str, must_not: str) -> None:
    assert must_not not in plain(program)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        pytest.param(
            "|lives = 3", "Line 1 gives it one: lives = 3. That is a whole number.", id="whole"
        ),
        pytest.param("a = input()\n|a", "That is a text.", id="input"),
        pytest.param(
            "def input():\n    return 1\na = input()\n|a", "Line 3 gives it one", id="own-input"
        ),
        pytest.param("a = 1\na = 2\n|a", "Line 2 can change it.", id="changed"),
        pytest.param("a = 1\na += 2\na -= 1\n|a", "Lines 2, 3 can change it.", id="changed-twice"),
        pytest.param(
            "for |i in range(3):\n    pass", "The loop in line 1 gives it", id="loop-name"
        ),
        pytest.param(
            'def greet(who, n=2):\n    """Say hi.\n\n    More."""\n|greet("x")',
            'You made it in line 1. It takes 2 values: who, n. It says about itself: "Say hi."',
            id="function",
        ),
        pytest.param(
            "def f(|a):\n    return a", "a value that the function f gets", id="parameter"
        ),
        pytest.param("a = 1\ndef f(a):\n    return |a", "the function f gets", id="inner-scope"),
        pytest.param(
            "class Dog:\n    def bark(|self):\n        pass", "the thing itself", id="self"
        ),
        pytest.param("class Dog:\n    pass\n|Dog()", "a class of your own", id="class"),
        pytest.param("def |hello():\n", "You made it in line 1.", id="unfinished-def"),
    ],
)
def test_the_childs_own_names(program: str, says: str) -> None:
    assert says in plain(program)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("|print(1)", "print shows text"),
        ("import |random", "box of tools for luck"),
        ("import random as r\nr.|randint(1, 2)", "picks a whole number by luck"),
        ("from random import |randint", "picks a whole number by luck"),
        ("from turtle import *\n|forward(3)", "moves the turtle ahead"),
        ("import turtle\nt = turtle.Turtle()\nt.|left(3)", "turns the turtle to the left"),
        ("a = []\na.|append(1)", "at the end of a list"),
        ("'a'.|upper()", "big letters"),
        ("print(|hash(3))", "You call it like this: hash(obj)."),
        ("x |== 3", "the same"),
        ("7 |% 3", "left over"),
        ("2 |** 3", "times"),
        ("x = |'hi'", "This is a text."),
        ("x = |f'hi'", "gaps"),
        ("x = |3", "a whole number"),
        ("x = |3.5", "a point"),
        ("|# note", "Python skips it"),
    ],
)
def test_the_words_of_python(program: str, says: str) -> None:
    assert says in plain(program)


PYGAME = "import pygame\nscreen = pygame.display.set_mode((4, 3))\nclock = pygame.time.Clock()\n"


@pytest.mark.parametrize(
    ("program", "says"),
    [
        pytest.param("import |pygame", "tools for games", id="module"),
        pytest.param("import pygame\npygame.display.|flip()", "shows on the screen", id="function"),
        pytest.param("import pygame as pg\npg.|QUIT", "the X of the window", id="renamed"),
        pytest.param("from pygame.locals import *\nprint(|KEYDOWN)", "is pressed", id="star"),
        pytest.param(f"{PYGAME}screen.|fill((0, 0, 0))", "with one color", id="surface"),
        pytest.param(f"{PYGAME}def f():\n    clock.|tick(60)", "in a second", id="clock"),
        pytest.param(
            "from sugar3.activity import activity\nclass A(activity.|Activity):\n    pass",
            "a program in Sugar",
            id="sugar",
        ),
        pytest.param("from turtle import *\n|fd(3)", "fd moves the turtle ahead", id="alias"),
        pytest.param("import turtle\nturtle.|lt(90)", "lt turns the turtle", id="alias-dotted"),
        pytest.param(
            "import turtle\nt = turtle.Turtle()\nt.|pu()", "pu lifts the pen", id="alias-method"
        ),
    ],
)
def test_the_words_of_modules_that_may_not_be_here(program: str, says: str) -> None:
    assert says in plain(program)


@pytest.mark.parametrize(
    "program",
    ["|", "x|\n\n", "'%d' |% 3", "print(|*a)", "|(", "x = |3j", "\n|\n", "x.y.|z", "unknown|"],
)
def test_nothing_where_nothing_is_certain(program: str) -> None:
    assert hover(program) is None


def test_the_range_is_the_word() -> None:
    program = "for i in range(5):\n"
    found = static_hover(DocumentSnapshot("untitled:a", 1, program), 11)
    assert found is not None
    assert program[found.start : found.end] == "range"


def test_the_childs_docstring_is_no_markdown() -> None:
    found = hover('def f():\n    "![x](http://a.b/c) <img src=y>"\n|f()')
    assert found is not None
    assert "![" not in found.text
    assert found.text.count("<") == found.text.count("\\<") == 1
    assert "![x](http://a.b/c) <img src=y>" in words.plain(found.text)


def test_it_is_fast_when_warm() -> None:
    jedi_facts.warm_up()
    program = "import random\nx = random.randint(1, 2)\nfor i in |range(5):\n    print(x)\n" * 1
    started = time.perf_counter()
    assert hover(program)
    assert time.perf_counter() - started < 0.05


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**a** `b`", "a b"),
        ("*A computer's guess: `x` it.* 2 * 3 * 4", "A computer's guess: x it. 2 * 3 * 4"),
        ("a\n\n```python\nx = 1\n  y\n```", "a\n\n    x = 1\n      y"),
        ("a\n\n---\n\nb", "a\n\nb"),
        (words.code("a`b"), "a`b"),
        (words.escape("*a* [b](c)"), "*a* [b](c)"),
    ],
)
def test_plain(markdown: str, text: str) -> None:
    assert words.plain(markdown) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [(["1"], "1"), ([str(n) for n in range(10)], "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
     ([str(n) for n in range(11)], "0, 1, 2, 3 … 10")],
)  # fmt: skip
def test_series(values: list[str], text: str) -> None:
    assert words.series(values) == text
