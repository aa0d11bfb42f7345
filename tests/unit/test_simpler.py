"""Simpler words for the a program: what is rewritten, what is left, and that both mean the same."""

from __future__ import annotations

import ast
import contextlib
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippy_lsp.analysis import simpler

MARK = "‸"


def rewritten(program: str, taken: frozenset[str] = frozenset()) -> str | None:
    """The program with the marked statement in simpler words; None where it is left."""
    row = program[: program.index(MARK)].count("\n") + 1
    source = program.replace(MARK, "")
    found = simpler.rewrite(ast.parse(source), source, row, "    ", taken)
    if found is None:
        return None
    lines = source.split("\n")
    lines[found.first - 1 : found.last] = found.lines
    return "\n".join(lines)


def outcome(program: str) -> tuple[str, dict[str, Any]]:
    """What a program prints, and the values of its variables."""
    scope: dict[str, Any] = {"input": lambda text="": f"Ada, {text}"}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(program, "<program>", "exec"), scope)  # noqa: S102
    plain = (int, str, list, dict, float, bool, tuple)
    names = [name for name in scope if not name.startswith("__") and type(scope[name]) in plain]
    return out.getvalue(), {name: scope[name] for name in names}


def assert_same(before: str, after: str) -> None:
    """Both print the same, and every variable of the first one has the same value in both."""
    printed, values = outcome(before.replace(MARK, ""))
    printed_now, values_now = outcome(after)
    assert printed_now == printed
    assert {name: values_now.get(name) for name in values} == values


REWRITTEN: dict[str, tuple[str, str]] = {
    # name: (program with the mark before the statement, the program in simpler words)
    "list": ("‸a = [n for n in range(3)]", "a = []\nfor n in range(3):\n    a.append(n)"),
    "condition": (
        "‸a = [n * 2 for n in range(9) if n > 3 or n == 1]",
        "a = []\nfor n in range(9):\n    if n > 3 or n == 1:\n        a.append(n * 2)",
    ),
    "two conditions": (
        "‸a = [n for n in range(9) if n > 3 if n < 5]",
        "a = []\nfor n in range(9):\n    if n > 3:\n        if n < 5:\n            a.append(n)",
    ),
    "two loops": (
        "‸a = [x + y for x in range(3) for y in range(x)]",
        "a = []\nfor x in range(3):\n    for y in range(x):\n        a.append(x + y)",
    ),
    "dict": (
        "‸a = {n: n * n for n in range(3)}",
        "a = {}\nfor n in range(3):\n    a[n] = n * n",
    ),
    "pairs": (
        "d = {1: 2}\n‸a = [(k, v) for k, v in d.items()]",
        "d = {1: 2}\na = []\nfor k, v in d.items():\n    a.append((k, v))",
    ),
    "comment": (
        "‸a = [n for n in 'abc']  # the é letters",
        "a = []  # the é letters\nfor n in 'abc':\n    a.append(n)",
    ),
    "the variable is used elsewhere": (
        "n = 7\n‸a = [n + m for n in range(2) for m in range(n)]\nm = 8",
        """\
n = 7
a = []
for n2 in range(2):
    for m2 in range(n2):
        a.append(n2 + m2)
m = 8""",
    ),
    "the variable is what is gone through": (
        "n = [1, 2]\n‸a = [n for n in n]",
        "n = [1, 2]\na = []\nfor n2 in n:\n    a.append(n2)",
    ),
    "the new name is taken too": (
        "n = n2 = 7\n‸a = [n for n in range(2)]",
        "n = n2 = 7\na = []\nfor n3 in range(2):\n    a.append(n3)",
    ),
    "the variable is a function's": (
        "def n():\n    return 1\n‸a = [n for n in range(2)]\nb = n()",
        "def n():\n    return 1\na = []\nfor n2 in range(2):\n    a.append(n2)\nb = n()",
    ),
    "new name in an f-string": (
        'n = 1\n‸a = [f"é {n}" for n in range(2)]',
        'n = 1\na = []\nfor n2 in range(2):\n    a.append(f"é {n2}")',
    ),
    "in a block": (
        "if True:\n    ‸a = [n for n in range(2)]\nelse:\n    a = 1",
        "if True:\n    a = []\n    for n in range(2):\n        a.append(n)\nelse:\n    a = 1",
    ),
    "returned": (
        "def f(b):\n    ‸return [n + 1 for n in b]\nprint(f([1]))",
        """\
def f(b):
    result = []
    for n in b:
        result.append(n + 1)
    return result
print(f([1]))""",
    ),
    "result is taken": (
        "result = 3\ndef f(b):\n    ‸return [n + result for n in b]\nprint(f([1]))",
        """\
result = 3
def f(b):
    result2 = []
    for n in b:
        result2.append(n + result)
    return result2
print(f([1]))""",
    ),
    "its own function, that cannot see it": (
        "def f(x):\n    return x\n‸a = [f(n) for n in range(2)]",
        "def f(x):\n    return x\na = []\nfor n in range(2):\n    a.append(f(n))",
    ),
    "its own function, in a function": (
        "def f(x):\n    return x\ndef g():\n    ‸a = [f(n) for n in 'ab']\n    print(a)\ng()",
        """\
def f(x):
    return x
def g():
    a = []
    for n in 'ab':
        a.append(f(n))
    print(a)
g()""",
    ),
    "ternary": (
        "c = 1\n‸a = 'x' if c > 1 else 'y'  # é",
        "c = 1\nif c > 1:  # é\n    a = 'x'\nelse:\n    a = 'y'",
    ),
    "ternary in an element": (
        "a = [0, 1]\n‸a[0] = 3 if a[1] else 4",
        "a = [0, 1]\nif a[1]:\n    a[0] = 3\nelse:\n    a[0] = 4",
    ),
    "ternary in print": (
        "n = 4\n‸print(n, 'even' if n % 2 == 0 else 'odd', end='!')",
        "n = 4\nif n % 2 == 0:\n    print(n, 'even', end='!')\nelse:\n    print(n, 'odd', end='!')",
    ),
    "ternary returned": (
        "def f(b):\n    ‸return b if b > 1 else -b\nprint(f(-1))",
        "def f(b):\n    if b > 1:\n        return b\n    else:\n        return -b\nprint(f(-1))",
    ),
    "f-string with commas": ("n = 3\n‸print(f'You have {n}')", "n = 3\nprint('You have', n)"),
    "f-string, values between": (
        "a = b = 3\n‸print(f'{a} and {b} or {a + b} {a}', 1)",
        "a = b = 3\nprint(a, 'and', b, 'or', a + b, a, 1)",
    ),
    "f-string, no space": (
        "n = 3\n‸print(f'You have {n}!')",
        "n = 3\nprint('You have ' + str(n) + '!')",
    ),
    "f-string of a text": (
        'name = input("?")\n‸print(f"Hi {name}!")',
        'name = input("?")\nprint("Hi " + name + "!")',
    ),
    "f-string of a text that changes": (
        'name = input("?")\nname = 3\n‸print(f"Hi {name}!")',
        'name = input("?")\nname = 3\nprint("Hi " + str(name) + "!")',
    ),
    "f-string with a separator": (
        "n = 3\n‸print(f'a {n}', n, sep='-')",
        "n = 3\nprint('a ' + str(n), n, sep='-')",
    ),
    "f-string in brackets": (
        "n = 3\n‸print((f'a {n}'))",
        "n = 3\nprint(('a ' + str(n)))",
    ),
    "f-string asked": (
        "n = 3\n‸a = input(f'Guess {n}: ')",
        "n = 3\na = input('Guess ' + str(n) + ': ')",
    ),
    "f-string assigned": ("n = 3\n‸a = f'{n}%'", "n = 3\na = str(n) + '%'"),
    "f-string with quotes": (
        'n = 3\n‸print(f"it\'s {n}")',
        'n = 3\nprint("it\'s", n)',
    ),
    "f-string with a new line": (
        "n = 3\n‸print(f'a\\n{n}')",
        "n = 3\nprint('a\\n' + str(n))",
    ),
    "f-string with braces": ("n = 3\n‸print(f'{{}} {n}')", "n = 3\nprint('{}', n)"),
    "two f-strings": (
        "n = 3\n‸print(f'a {n}', f'{n}b')",
        "n = 3\nprint('a', n, str(n) + 'b')",
    ),
    "hints": (
        "‸def f(a: int, b: str = 'x', *c: int) -> str:\n    return b\nprint(f(1))",
        "def f(a, b = 'x', *c):\n    return b\nprint(f(1))",
    ),
    "result's hint": (
        "‸def f(a) -> int:  # é\n    return a\nprint(f(1))",
        "def f(a):  # é\n    return a\nprint(f(1))",
    ),
    "hinted variable": ("‸a: int = 3", "a = 3"),
}


@pytest.mark.parametrize(("program", "expected"), REWRITTEN.values(), ids=REWRITTEN.keys())
def test_rewritten(program: str, expected: str) -> None:
    assert rewritten(program) == expected
    assert_same(program, expected)


LEFT: dict[str, str] = {
    "the target is gone through": "a = [1]\n‸a = [n for n in a]",
    "the target is in the element": "a = 3\n‸a = [n + a for n in range(2)]",
    "a function sees the list grow": (
        "a = []\ndef f(x):\n    return len(a)\n‸a = [f(n) for n in range(2)]"
    ),
    "a function within sees it": (
        "def g():\n    a = []\n    def f(x):\n        return len(a)\n"
        "    ‸a = [f(n) for n in range(2)]\n    print(a)\ng()"
    ),
    "a global that a function sees": (
        "def f(x):\n    return len(a)\ndef g():\n    global a\n    ‸a = [f(n) for n in 'ab']"
    ),
    "an error leaves it half full": "try:\n    ‸a = [int(n) for n in 'x']\nexcept E:\n    a = 1",
    "in a class": "class A:\n    ‸a = [n for n in range(2)]",
    "names are looked at": "‸a = [n for n in range(2)]\nprint(locals())",
    "two targets": "‸a = b = [n for n in range(2)]",
    "an element": "b = {}\n‸b[1] = [n for n in range(2)]",
    "added": "a = []\n‸a += [n for n in range(2)]",
    "in a call": "‸print([n for n in range(2)])",
    "in brackets": "‸a = ([n for n in range(2)])",
    "more after it": "‸a = [n for n in range(2)] + [1]",
    "a set": "‸a = {n for n in range(2)}",
    "a generator": "‸a = sum(n for n in range(2))",
    "a lambda in it": "‸a = [lambda: n for n in range(2)]",
    "a comprehension in it": "‸a = [[m for m in range(n)] for n in range(2)]",
    "a walrus in it": "‸a = [(b := n) for n in range(2)]",
    "a key that is called": "‸a = {input(): n for n in range(2)}",
    "the loop sets an element": "b = [1]\n‸a = [1 for b[0] in range(2)]",
    "over two lines": "‸a = [n\n    for n in range(2)]",
    "two statements": "‸a = [n for n in range(2)]; b = 1",
    "after a colon": "if 1: ‸a = [n for n in range(2)]",
    "a lambda": "‸a = lambda n: n",
    "map": "‸a = map(str, [1])",
    "filter": "‸a = list(filter(str, [1]))",
    "walrus": "‸print(a := 1)",
    "with": "‸with open('a') as f:\n    print(f)",
    "adds one": "a = 1\n‸a += 1",
    "ternary in a sum": "c = 1\n‸a = 1 + (2 if c else 3)",
    "ternary among calls": "c = 1\n‸print(input(), 2 if c else 3)",
    "ternary after what its question changes": "c = 1\n‸print(c, 2 if f() else 3)",
    "two ternaries": "c = 1\n‸print(1 if c else 2, 2 if c else 3)",
    "ternary with a walrus": "c = 1\n‸a = b if (b := c) else 3",
    "a format": "n = 1\n‸print(f'{n:.2f}')",
    "a conversion": "n = 1\n‸print(f'{n!r}')",
    "the name and the value": "n = 1\n‸print(f'{n=}')",
    "f-string times three": "n = 1\n‸print(f'{n}' * 3)",
    "f-string's method": "n = 1\n‸print(f'{n}'.upper())",
    "f-string in a list": "n = 1\n‸a = [f'{n}']",
    "f-string, with a class": "class A:\n    pass\nn = A()\n‸print(f'{n}')",
    "str is another": "str = len\nn = 1\n‸a = f'{n}'",
    "hints of a class": "class A:\n    ‸a: int = 1",
    "a hint alone": "‸a: int",
    "hints of a decorated function": "@b\n‸def f(a: int):\n    return a",
    "hints over two lines": "‸def f(a: int,\n    b: int):\n    return a",
    "hints, on one line": "‸def f(a: int): return a",
    "nothing to do": "‸a = 1",
    "an empty line": "a = 1\n‸\nb = 1",
}


@pytest.mark.parametrize("program", LEFT.values(), ids=LEFT.keys())
def test_left(program: str) -> None:
    assert rewritten(program) is None


def test_names_of_text_that_is_not_in_the_tree() -> None:
    found = rewritten("‸a = [n for n in range(2)]", frozenset({"n"}))
    assert found == "a = []\nfor n2 in range(2):\n    a.append(n2)"


NAMES = st.sampled_from(["n", "m", "x", "y"])
VALUES = st.sampled_from(
    [
        "n",
        "m",
        "x + y",
        "x * 2",
        "str(n)",
        "(n, x)",
        "len(s)",
        "s[0]",
        "-y",
        "n if m else x",
        "abs(y)",
    ]
)
SOURCES = st.sampled_from(["range(4)", "range(n)", "s", "[n, m]", "(x, y)", "range(y, 5)"])
TESTS = st.sampled_from(["n > 1", "m", "x < y or n", "not y", "'é' < 'z'", "n in (1, 2)"])
FAILURES = (NameError, TypeError, IndexError)
START = "n, m, x, y = 3, 1, 2, 4\ns = 'é🐶c'\n"
END = "\nprint(n, m, x, y, s)\n"


@st.composite
def comprehensions(draw: st.DrawFn) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 2))):
        parts.append(f"for {draw(NAMES)} in {draw(SOURCES)}")
        parts += [f"if {draw(TESTS)}" for _ in range(draw(st.integers(0, 2)))]
    loops = " ".join(parts)
    made = f"[{draw(VALUES)} {loops}]"
    if draw(st.booleans()):
        made = f"{{{draw(st.sampled_from(['n', 'x + m', 's[0]']))}: {draw(VALUES)} {loops}}}"
    return f"{draw(st.sampled_from(['a', 'n', 's']))} = {made}"


def assert_keeps_the_meaning(statement: str) -> None:
    program = f"{START}{MARK}{statement}{END}"
    found = rewritten(program)
    if found is None:
        return
    try:
        outcome(program.replace(MARK, ""))
    except FAILURES:
        with pytest.raises(FAILURES):
            outcome(found)
    else:
        assert_same(program, found)


@settings(max_examples=300, deadline=None)
@given(comprehensions())
def test_loops_keep_the_meaning(statement: str) -> None:
    assert_keeps_the_meaning(statement)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["{n}", "{s}", "{x + y}", "{len(s)}", " ", "  ", "!", " and ", "é", "\\n", "'"]
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["print({})", "print(n, {}, s)", "a = {}", "print({}, sep='')", "print(({}))"]),
)
def test_f_strings_keep_the_meaning(parts: list[str], statement: str) -> None:
    text = f'f"{"".join(parts)}"'
    assert_keeps_the_meaning(statement.format(text))


@settings(max_examples=200, deadline=None)
@given(
    VALUES,
    TESTS,
    VALUES,
    st.sampled_from(["print({})", "print(n, {}, s)", "a = {}", "n = {}", "print({}, end='')"]),
)
def test_ternaries_keep_the_meaning(one: str, test: str, two: str, statement: str) -> None:
    assert_keeps_the_meaning(statement.format(f"({one}) if {test} else ({two})"))
