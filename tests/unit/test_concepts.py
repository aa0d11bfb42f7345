"""Which concepts a program uses, and which of a suggestion are beyond a level."""

from __future__ import annotations

import ast

import pytest

from pippy_lsp.analysis import concepts, levels

# id, a program, concepts that it uses, concepts that it does not
USED = [
    ("a loop", "for i in range(3):\n    print(i)", "For range() print()", "While"),
    ("comprehension", "a = [n for n in b]", "ListComp", "List empty-list For"),
    ("generator", "a = sum(n for n in b)", "GeneratorExp sum()", "ListComp"),
    ("a list", "a = [1]", "List", "empty-list"),
    ("an empty list", "a = []", "empty-list", "List"),
    ("elif", "if a:\n    b\nelif c:\n    d", "If", "IfExp loop-else"),
    ("else of a loop", "for a in b:\n    c\nelse:\n    d", "loop-else", ""),
    ("ternary", "a = b if c else d", "IfExp", "If"),
    ("comparison", "a < 3", "Compare Lt", "chained-comparison Gt"),
    ("chained", "1 < a <= 3", "Lt LtE chained-comparison", ""),
    ("not in", "a not in b and not c", "NotIn And Not", "In Or"),
    ("f-string", "f'{a}'", "JoinedStr", "format-spec"),
    ("f-string without a value", "f'a'", "", "JoinedStr"),
    ("format", "f'{a:.2f}'", "JoinedStr format-spec", ""),
    ("conversion", "f'{a!r}'", "format-spec", ""),
    ("percent", "'%s' % a", "percent-format Mod", ""),
    ("rest of a division", "a % 2", "Mod", "percent-format"),
    ("a shadowed builtin", "list = 1\nprint(list)", "print()", "list()"),
    ("a function of one's own", "def sum(a):\n    return a\nsum(1)", "FunctionDef", "sum()"),
    ("an imported name", "from x import open\nopen(1)", "ImportFrom", "open()"),
    ("a method", "a.append(1)", ".append()", "append()"),
    ("a method of a module", "import os\nos.remove(1)", "import os", ".remove()"),
    ("a method of an object", "import turtle\nt = turtle.Turtle()\nt.clear()", "", ".clear()"),
    ("a method of anything", "t.forward(1)", "Attribute", ".forward()"),
    ("an attribute is no method", "a.sort", "Attribute", ".sort()"),
    ("modules", "import random, os.path as p", "import random|import os|import-as", ""),
    ("another module", "from freegames import vector", "other-module", "import freegames"),
    ("one's own module", "from . import a", "other-module", ""),
    ("star import", "from turtle import *", "ImportFrom|import turtle|star-import", ""),
    ("keyword", "print(a, end='')", "keyword-argument", "star-argument"),
    ("stars in a call", "f(*a, **b)", "Starred star-argument", "keyword-argument"),
    ("stars in a def", "def f(*a, **b): pass", "star-argument", "default-value"),
    ("default", "def f(a=1, *, b=2): pass", "default-value", "star-argument"),
    ("hints", "def f(a: int) -> int: pass", "type-hint", "AnnAssign"),
    ("a hinted variable", "a: int = 1", "AnnAssign", "Assign"),
    ("decorator", "@a\ndef f(): pass", "decorator", ""),
    ("constants", "a = True\nb = None\nc = b'x'\nd = ...", "boolean none bytes ellipsis", ""),
    ("slice", "a[1:2]", "Subscript Slice", ""),
    ("walrus", "(a := 1)", "NamedExpr", "Assign"),
    ("several", "a = b = 1", "several-targets", "Tuple"),
    ("swap", "a, b = b, a", "Tuple", "several-targets"),
    ("error", "try:\n    a\nexcept ValueError:\n    b", "Try ValueError()", ""),
    ("file", "with open(a) as f:\n    f.read()", "With open() .read()", ""),
    ("match", "match a:\n    case 1:\n        b", "Match", ""),
    ("dunder", "a.__class__", "dunder", ""),
    ("sets and dicts", "a = {1}\nb = {1: 2}\nc = {}", "Set Dict", "List"),
    ("async", "async def f():\n    await g()", "AsyncFunctionDef Await", "FunctionDef"),
]


def split(names: str) -> set[str]:
    return set(names.split("|") if "|" in names or "import " in names else names.split())


@pytest.mark.parametrize(
    ("program", "wanted", "unwanted"), [r[1:] for r in USED], ids=[r[0] for r in USED]
)
def test_used(program: str, wanted: str, unwanted: str) -> None:
    found = {use.concept for use in concepts.used(ast.parse(program))}
    assert split(wanted) <= found
    assert not split(unwanted) & found


def region_of(program: str) -> tuple[str, concepts.Region]:
    """The program without «», and the region between them."""
    before, _, rest = program.partition("«")
    inside, _, after = rest.partition("»")
    start, end = before.split("\n"), (before + inside).split("\n")
    region = concepts.Region(len(start), len(start[-1].encode()), len(end), len(end[-1].encode()))
    return before + inside + after, region


# id, level, a program with the «suggestion», the first concept that is too hard ("" for none)
BEYOND = [
    ("all of Python", 5, "«a = [lambda: (b := 1)]»", ""),
    ("comprehension", 2, "a = 1\n«b = [n for n in a]»", "ListComp"),
    ("comprehension, the list is begun", 4, "b = [«n for n in a]»", "ListComp"),
    ("comprehension, begun by the child", 2, "b = [n for n in «range(3)]»", ""),
    ("comprehension met elsewhere", 2, "a = [n for n in b]\n«c = [d for d in b]»", ""),
    ("the first of two", 1, "«a = [1]»\n", "List"),
    ("in the tail", 2, "a = «b» if c else d", ""),
    ("list begun by the child", 1, "a = [«1, 2]»", ""),
    ("index begun by the child", 1, "a[«0]»", ""),
    ("index", 1, "a«[0]»", "Subscript"),
    ("loop begun by the child", 1, "for «i in a:\n    print(i)»", ""),
    ("half a keyword", 1, "fo«r i in a:\n    print(i)»", "For"),
    ("body of the child's loop", 1, "for i in a:\n    «print(i)»", ""),
    ("half a builtin", 1, "a = so«rted(b)»", "sorted()"),
    ("half a module", 1, "import jso«n»", "import json"),
    ("half a method", 1, "a = b.spl«it()»", ".split()"),
    ("else of if", 2, "if a:\n    b\n«else:\n    c»", ""),
    ("import for a game", 2, "«import random»", ""),
    ("import from", 2, "«from random import randint»", ""),
    ("import json", 3, "«import json»", "import json"),
    ("turtle at first", 1, "«import turtle»", ""),
    ("f-string begun by the child", 1, 'print(f"«{a}")»', ""),
    ("f-string", 1, 'print(«f"{a}")»', "JoinedStr"),
    ("format after the value", 2, 'print(f"{a«:.2f}")»', "format-spec"),
    ("accents before", 2, 'a = "é🐶", «[n for n in b]»', "ListComp"),
    ("hint", 3, "def f(«a: int):\n    return a»", "type-hint"),
    ("decorator", 4, "«@a\ndef f():\n    return 1»", "decorator"),
    ("function of one's own", 1, "def sum(a):\n    return a\n«b = sum(c)»", ""),
    ("its own name", 2, "def main():\n    a = 1\n«main()»", ""),
    ("x += 1", 1, "a = 1\n«a += 1»", ""),
    ("print without line end", 2, "«print(a, end='')»", ""),
    ("with", 3, "«with open(a) as f:\n    print(f)»", "With"),
    ("walrus", 4, "if «(a := 1):\n    print(a)»", "NamedExpr"),
]


@pytest.mark.parametrize(
    ("level", "program", "expected"), [r[1:] for r in BEYOND], ids=[r[0] for r in BEYOND]
)
def test_beyond(level: int, program: str, expected: str) -> None:
    text, region = region_of(program)
    found = concepts.beyond(ast.parse(text), region, level)
    assert (found.concept if found else "") == expected


def test_beyond_says_where() -> None:
    text, region = region_of("«a = 1\nb = a\nc = [n for n in range(3)]\nd = {1}»")
    found = concepts.beyond(ast.parse(text), region, 2)
    assert found is not None
    assert (found.concept, found.row) == ("ListComp", 3)


@pytest.mark.parametrize("level", [1, 5])
def test_concepts_to_avoid_are_beyond_any_level(level: int) -> None:
    text, region = region_of("while True:\n    x = 1\n«while x:\n    x = 0»")
    found = concepts.beyond(ast.parse(text), region, level, avoid=frozenset({"While"}))
    assert found is not None
    assert (found.concept, found.row) == ("While", 3)


def test_known_concepts_are_not_beyond() -> None:
    text, region = region_of("«a = [n for n in b]»")
    assert concepts.beyond(ast.parse(text), region, 2, frozenset({"ListComp"})) is None


@pytest.mark.parametrize("level", range(1, 5))
def test_what_no_level_names_is_the_hardest(level: int) -> None:
    assert levels.needed("SomethingNew") == 5
    text, region = region_of("«async def f():\n    await g()»")
    assert concepts.beyond(ast.parse(text), region, level) is not None


# A program in which ‹…› is suggested to a child of level 1, and whether it is too hard.
BROUGHT = {
    "a comparison after if": ("guess = 1\nif ‹guess < 3›:\n    pass\n", False),
    "an if that was not begun": ("guess = 1\n‹if guess < 3:\n    pass›\n", True),
    "return in a function": ("def double(n):\n    ‹return n * 2›\n", False),
    "an index of a list": ("pets = ['cat']\nprint(‹pets[0]›)\n", False),
    "an index of what may be a text": ("name = input()\nprint(‹name[0]›)\n", True),
}


@pytest.mark.parametrize(("program", "hard"), BROUGHT.values(), ids=BROUGHT.keys())
def test_what_comes_with_what_the_child_wrote(program: str, hard: bool) -> None:
    before, rest = program.split("‹")
    middle, after = rest.split("›")
    start, end = before, before + middle
    region = concepts.Region(
        start.count("\n") + 1,
        len(start.rpartition("\n")[2].encode()),
        end.count("\n") + 1,
        len(end.rpartition("\n")[2].encode()),
    )
    found = concepts.beyond(ast.parse(before + middle + after), region, 1)
    assert (found is not None) == hard
