"""The dry run: it says what Python does, or nothing."""

from __future__ import annotations

# the programs of the tables are longer than a line
# ruff: noqa: E501
import ast
import subprocess
import sys

import pytest

from pippy_lsp.analysis import dryrun
from pippy_lsp.teaching import glossary

PROGRAMS = {
    "loop": "for i in range(3):\n    print(i, i * 2)\n",
    "while": "n = 3\nwhile n > 0:\n    print(n)\n    n -= 1\nelse:\n    print('Go')\n",
    "break": "for i in range(9):\n    if i == 2:\n        continue\n    if i > 4:\n        break\n"
    "    print(i)\n",
    "f-string": "x = 2 / 3\nprint(f'{x:.2f} and {1 + 1}')\n",
    "list": "a = [3, 1]\na.append(2)\na.sort()\nprint(a, a[0], a[1:], len(a), sum(a), max(a))\n",
    "dict": "d = {'a': 1}\nd['b'] = 2\nfor k, v in d.items():\n    print(k, v)\nprint(d.get('c', 0))\n",
    "function": "def f(x, y):\n    z = x + y\n    return z\n\nprint(f(1, y=2))\n",
    "recursion": "def f(n):\n    if n < 2:\n        return 1\n    return n * f(n - 1)\nprint(f(6))\n",
    "text": "t = 'hello'\nprint(t.upper(), t[::-1], t * 2, 'e' in t, t.replace('l', 'L'))\n",
    "logic": "print(1 < 2 < 3, not 1, 0 or 'x', 1 and 2, 3 if 0 else 4, 7 // 2, 7 % 2, 2 ** 5, -3)\n",
    "print": "print('a', 'b', sep='-', end='!\\n')\nprint()\nprint('c')\n",
    "unpack": "a, b = 1, 2\na, b = b, a\nprint(a, b)\nfor i, c in enumerate('xy'):\n    print(i, c)\n",
    "words": "print('a b c'.split(), ' '.join(['x', 'y']), str(5) + '5', int('7') + 1, round(2.5))\n",
}
CRASHES = {
    "name": "print(x)\n",
    "index": "a = [1]\nprint(a[3])\n",
    "zero": "print(1 / 0)\n",
    "type": "print('a' + 1)\n",
    "local": "x = 1\ndef f():\n    x += 1\nf()\n",
    "arguments": "def f(a):\n    return a\nf()\n",
}
UNKNOWN = {
    "endless": "while True:\n    pass\n",
    "long": "x = 'a'\nwhile True:\n    x = x + x\n",
    "big": "x = 7\nwhile True:\n    x = x * x\n",
    "power": "print(9 ** 9 ** 9)\n",
    "wide": "print(f'{1:999999999}')\n",
    "repeated": "print('a' * 999999999)\n",
    "many": "for i in range(10 ** 9):\n    pass\n",
    "file": "open('x')\n",
    "import": "import os\n",
    "dunder": "print(''.__class__)\n",
    "class": "class A:\n    pass\n",
    "format": "print('{0.__class__}'.format(1))\n",
    "deep": "def f(n):\n    return f(n + 1)\nf(1)\n",
    "function-shown": "def f():\n    return 1\nprint(f)\n",
    "nested": "a = [1]\nfor i in range(60):\n    a = [a, a]\nprint(a)\n",
    "in-itself": "a = [1]\na.append(a)\nprint(a)\n",
    "round": "print(round(5, -999999999))\n",
    "eval": "eval('1')\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_says_what_python_says(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAMS[name]], capture_output=True, text=True, check=True
    )
    found = dryrun.run(ast.parse(PROGRAMS[name]))
    assert found is not None
    assert not found.crashed
    assert list(found.lines) == [line.rstrip() for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", CRASHES)
def test_it_sees_a_crash(name: str) -> None:
    found = dryrun.run(ast.parse(CRASHES[name]))
    assert found is not None
    assert found.crashed


@pytest.mark.parametrize("name", UNKNOWN)
def test_it_says_nothing_where_it_does_not_know(name: str) -> None:
    assert dryrun.run(ast.parse(UNKNOWN[name])) is None


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        ("name = input('Who? ')\nprint('Hi', name)\n", ["Who? Sam", "Hi Sam"]),
        ("n = int(input('Age? '))\nprint(n + 1)\n", ["Age? 5", "6"]),
        (
            "a = input('Who? ')\nb = int(input('Age? '))\nprint(a, b)\n",
            ["Who? Sam", "Age? 5", "Sam 5"],
        ),
        ("while input('More? ') != 'no':\n    pass\n", None),
    ],
)
def test_somebody_types(program: str, lines: list[str] | None) -> None:
    found = dryrun.run(ast.parse(program))
    assert (list(found.lines) if found else None) == lines
    assert found is None or found.typed


def test_chance_is_told() -> None:
    found = dryrun.run(ast.parse("import random\nprint(random.randint(1, 6))\n"))
    assert found is not None
    assert found.chance
    assert found.lines[0] in "123456"


def test_the_glossarys_examples_do_not_crash() -> None:
    book = glossary.load()
    examples = [each.example for each in (*book.keyword.values(), *book.builtin.values())]
    found = [dryrun.run(ast.parse(example)) for example in examples if example]
    assert not any(each is not None and each.crashed for each in found)
    assert sum(each is not None for each in found) > 15
