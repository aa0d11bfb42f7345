"""Programs show the same on the screen after the certain edits, as the dry run sees it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from pippy_lsp.analysis import dryrun
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import extract, rename, simplify
from pippy_lsp.teaching.action import Refused
from pippy_lsp.teaching.program import read

PROGRAMS = {
    "branches": """\
n = 0
for i in range(4):
    if i % 2:
        n += i
    else:
        n = n - 1
    print(n, i)
print(n)
""",
    "fibonacci": """\
a, b = 1, 2
while a < 50:
    c = a + b
    a = b
    b = c
    print(a)
print(b, c)
""",
    "functions": """\
def f(x):
    y = x * 2
    if y > 4:
        z = 1
    else:
        z = 2
    while x > 0:
        x = x - 1
        y = y + x
    return y + z


print(f(1))
print(f(5), f"{f(2)}")
""",
    "nested": """\
names = ["a", "bc"]
total = 0
for name in names:
    total = total + len(name)
    for c in name:
        last = c
        print(c)
print(total, last)
""",
    "maybe": """\
x = 5
if x > 3:
    y = 1
    x = x + y
else:
    y = 2
print(x, y)
x = x * y
print(f"{x} is x")
""",
    "shadows": """\
a = 3


def f(a):
    b = a + 1
    return b


b = f(a)
print(a, b, f(b))
print("big" if a > 2 else "small")
""",
}


def selections(snapshot: DocumentSnapshot) -> Iterator[tuple[int, int]]:
    """All runs of whole lines."""
    rows = range(len(snapshot.line_starts))
    for first in rows:
        for last in rows[first:]:
            yield snapshot.line_starts[first], snapshot.line_starts[last] + len(snapshot.line(last))


def shown(program: str) -> tuple[str, ...]:
    found = dryrun.run(ast.parse(program))
    assert found is not None
    assert not found.crashed, program
    return found.lines


@pytest.mark.parametrize("name", PROGRAMS)
def test_lines_in_a_function_do_the_same(name: str) -> None:
    snapshot = DocumentSnapshot("untitled:a", 1, PROGRAMS[name])
    found = [extract.made(snapshot, *each) for each in selections(snapshot)]
    made = [each for each in found if not isinstance(each, Refused)]
    assert len(made) > 3
    assert {shown(each) for each in made} == {shown(PROGRAMS[name])}


@pytest.mark.parametrize("name", PROGRAMS)
def test_another_name_does_the_same(name: str) -> None:
    snapshot = DocumentSnapshot("untitled:a", 1, PROGRAMS[name])
    bindings = list(rename._bound(read(snapshot.text), 0, len(snapshot.line_starts)))
    made = [rename.renamed(snapshot, each, "brand_new") for each in bindings]
    refused = [each.name for each, new in zip(bindings, made, strict=True) if not new]
    assert len(refused) <= 1, "but for a parameter named as what is given to it, all are certain"
    assert {shown(each) for each in made if each} == {shown(PROGRAMS[name])}


@pytest.mark.parametrize("name", ["functions", "maybe", "shadows"])
def test_simpler_words_do_the_same(name: str) -> None:
    snapshot = DocumentSnapshot("untitled:a", 1, PROGRAMS[name])
    made = simplify.simplified(snapshot, 0, len(snapshot.line_starts))
    assert made is not None
    assert made != snapshot.text
    assert shown(made) == shown(PROGRAMS[name])
