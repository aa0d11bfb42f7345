"""Make this a function: what is moved, and what is refused."""

from __future__ import annotations

import pytest

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import extract
from pippy_lsp.teaching.action import Refused

# id, the program, the first and last selected line (from 0), the program after it
MADE = [
    ("alone", "print(1)\nprint(2)\n", 0, 1,
     "def my_function():\n    print(1)\n    print(2)\n\n\nmy_function()\n"),
    ("takes", "a = 1\nprint(a)\n", 1, 1,
     "a = 1\n\n\ndef my_function(a):\n    print(a)\n\n\nmy_function(a)\n"),
    ("under-one-blank-line", "a = 1\n\nprint(2)\n", 2, 2,
     "a = 1\n\n\ndef my_function():\n    print(2)\n\n\nmy_function()\n"),
    ("at-the-top", "\n\nprint(2)\n", 2, 2,
     "\n\ndef my_function():\n    print(2)\n\n\nmy_function()\n"),
    ("gives", "b = 2\nprint(b)\n", 0, 0,
     "def my_function():\n    b = 2\n    return b\n\n\nb = my_function()\nprint(b)\n"),
    ("changes", "n = 1\nn += 1\nprint(n)\n", 1, 1,
     "n = 1\n\n\ndef my_function(n):\n    n += 1\n    return n\n\n\n"
     "n = my_function(n)\nprint(n)\n"),
    ("in-a-loop", "n = 0\nfor i in range(3):\n    n = n + i\nprint(n)\n", 2, 2,
     "n = 0\n\n\ndef my_function(n, i):\n    n = n + i\n    return n\n\n\n"
     "for i in range(3):\n    n = my_function(n, i)\nprint(n)\n"),
    ("in-a-function", "def f(x):\n    y = x * 2\n    return y\n", 1, 1,
     "def my_function(x):\n    y = x * 2\n    return y\n\n\n"
     "def f(x):\n    y = my_function(x)\n    return y\n"),
    ("crlf-and-tabs", "if 1:\r\n\tprint(1)\r\n", 1, 1,
     "def my_function():\r\n\tprint(1)\r\n\r\n\r\nif 1:\r\n\tmy_function()\r\n"),
    ("maybe-bound", "x = 1\nif input():\n    x = 2\nprint(x)\n", 1, 2,
     "x = 1\n\n\ndef my_function(x):\n    if input():\n        x = 2\n    return x\n\n\n"
     "x = my_function(x)\nprint(x)\n"),
    ("text-of-lines", 'if 1:\n    t = """a\n  b"""\n    print(t)\n', 1, 3,
     'def my_function():\n    t = """a\n  b"""\n    print(t)\n\n\nif 1:\n    my_function()\n'),
]  # fmt: skip
# ruff: noqa: ISC004 - the programs of the table are longer than a line


def done(program: str, first: int, last: int) -> str | Refused:
    snapshot = DocumentSnapshot("untitled:a", 1, program)
    end = snapshot.line_starts[last] + len(snapshot.line(last))
    return extract.made(snapshot, snapshot.line_starts[first], end)


@pytest.mark.parametrize(
    ("program", "first", "last", "result"), [r[1:] for r in MADE], ids=[r[0] for r in MADE]
)
def test_lines_become_a_function(program: str, first: int, last: int, result: str) -> None:
    assert done(program, first, last) == result


# id, the program, the selected lines, why
REFUSED = [
    ("return", "def f():\n    return 1\n", 1, 1, "extract-leaves"),
    ("break", "while 1:\n    break\n", 1, 1, "extract-leaves"),
    ("yield", "def f():\n    yield 1\n", 1, 1, "extract-leaves"),
    ("global", "x = 1\ndef f():\n    global x\n    x = 2\n", 2, 3, "extract-leaves"),
    ("bound-global", "x = 1\ndef f():\n    global x\n    x = 2\n", 3, 3, "extract-unsure"),
    ("read-by-a-function", "def f():\n    print(s)\ns = 1\nf()\n", 2, 2, "extract-unsure"),
    ("maybe-unbound", "if input():\n    x = 1\nprint(x)\n", 2, 2, "extract-unsure"),
    ("half-a-statement", "if 1:\n    x = 1\n    y = 2\n", 0, 1, "extract-whole-lines"),
    ("elif", "if 1:\n    pass\nelif 2:\n    pass\n", 2, 3, "extract-whole-lines"),
    ("same-line", "a = 1; b = 2\n", 0, 0, None),
    ("broken", "x = = 1\nprint(1)\n", 1, 1, "extract-whole-lines"),
    ("blank", "\n\n", 0, 0, "extract-whole-lines"),
    ("in-a-class", "class A:\n    x = 1\n", 1, 1, "extract-unsure"),
    ("try", "try:\n    x = int(input())\nexcept ValueError:\n    x = 0\nprint(x)\n", 1, 1,
     "extract-unsure"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("program", "first", "last", "key"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_what_is_not_certain_is_refused(
    program: str, first: int, last: int, key: str | None
) -> None:
    result = done(program, first, last)
    if key is None:
        assert isinstance(result, str)
    else:
        assert result == Refused(key)
