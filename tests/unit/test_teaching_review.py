# ruff: noqa: E501 - tables
"""What is said of a program, how gravely, and when."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from pippy_lsp import prompts
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.features.calm import Calm, last_difference
from pippy_lsp.teaching import review
from pippy_lsp.teaching.review import Wanted

ALL = Wanted()
ENGLISH = prompts.messages("en")

# code | severity | line | words | the program; lines are separated by ` ¶ `
HABITS = """
compare-alone | warning | 2 | `lives`; one `=` | lives = 3 ¶ lives == 2
compare-alone | warning | 2 | `a[0]` | a = [1] ¶ a[0] == 2
shadowed | hint | 1 | `list`; another name | list = [1] ¶ print(list)
shadowed-used | warning | 1 | `input`; Line 2 | input = "x" ¶ name = input("name? ")
shadowed-used | warning | 2 | `max` | def f(): ¶     max = 3 ¶     return max(1, 2) ¶ print(f())
input-compared | warning | 2 | a text; `18`; `int(age)` | age = input("age? ") ¶ if age > 18: ¶     print("old")
input-compared | warning | 1 | `int(input())` | if input() == 5: ¶     print("yes")
input-compared | warning | 3 | `-1` | def f(): ¶     x = input() ¶     return x == -1 ¶ f()
input-sum | warning | 2 | `1`; `int(age)` | age = input("age? ") ¶ print(age + 1)
endless | warning | 2 | `lives` | lives = 3 ¶ while lives > 0: ¶     print("go")
endless | warning | 3 | `a`, `b` | a = 1 ¶ b = 2 ¶ while a < b: ¶     c = input() ¶     print(c)
never-after | warning | 1 | line 3; `break` | while True: ¶     print("go") ¶ print("end")
never-after | warning | 1 | line 4 | while 1: ¶     for i in range(3): ¶         break ¶ print("end")
near-name | error | 2 | `scroe`; `score` | score = 1 ¶ print(scroe)
near-name | warning | 3 | `scroe`; `score` | score = 1 ¶ if score > 2: ¶     print(scroe)
near-name | warning | 3 | `scroe` | score = 1 ¶ def f(): ¶     print(scroe) ¶ f()
unknown-name | error | 1 | `score` | score += 1
unknown-name | error | 2 | `abc` | for i in range(3): print(i) ¶ while abc: ¶     abc = 0
near-module | warning | 1 | `pygmae`; `pygame` | import pygmae
near-name | error | 1 | `randit`; `randint` | from random import randit
missing-colon | error | 1 | `:` | if 3 > 2 ¶     print("hi")
"""


def rows(table: str, parts: int) -> list[list[str]]:
    return [
        [part.strip() for part in line.split("|", parts - 1)] for line in table.strip().splitlines()
    ]


def program(text: str) -> str:
    return re.sub(" ¶ ?", "\n", text) + "\n"


@pytest.mark.parametrize(("code", "severity", "line", "words", "text"), rows(HABITS, 5))
def test_what_is_said(code: str, severity: str, line: str, words: str, text: str) -> None:
    source = program(text)
    found = review.review(source, None, ALL)
    assert [each.code for each in found] == [code]
    assert found[0].severity == severity
    assert source[: found[0].start].count("\n") + 1 == int(line)
    sentence = review.sentence(found[0], ENGLISH)
    for word in words.split(";"):
        assert word.strip() in sentence


FINE = """
a text compared with a text | x = input() ¶ print(x == "5")
a number from a text | x = int(input()) ¶ print(x > 5)
a text that becomes a number | x = input() ¶ x = int(x) ¶ print(x > 5)
a name of a parameter | def f(x): ¶     return x > 5 ¶ x = input() ¶ print(f(3), x)
texts are joined | x = input() ¶ print("hi " + x)
a loop that is ended | while True: ¶     if input() == "q": ¶         break ¶ print("end")
a game that goes on | while True: ¶     print("go")
a loop that changes its name | n = 3 ¶ while n > 0: ¶     n -= 1
a loop that a function changes | def f(): ¶     global n ¶     n = 0 ¶ n = 3 ¶ while n > 0: ¶     f()
a loop that a method changes | q = [1] ¶ while q: ¶     q.pop()
a loop that ends the program | import sys ¶ n = 1 ¶ while n: ¶     sys.exit()
a builtin in a function, used outside | def f(): ¶     x = 3 ¶     return x ¶ print(max(f(), 2))
a module that is not here | import sugar4 ¶ import zxcvb.qwert ¶ print(sugar4, zxcvb)
a field of that name | class A: ¶     max = 3 ¶ print(max(A.max, 2))
a comparison that is used | x = 3 ¶ y = x == 3 ¶ print(y)
"""


@pytest.mark.parametrize("text", [r[1] for r in rows(FINE, 2)], ids=[r[0] for r in rows(FINE, 2)])
def test_no_false_alarm(text: str) -> None:
    assert review.review(program(text), None, ALL) == []


# Programs that run to their end, though a line of theirs could not.
RUNS = """
the line is never reached | import sys ¶ sys.exit() ¶ print(abc)
quit | quit() ¶ print(abc)
a function of one's own ends it | import sys ¶ def end(): ¶     sys.exit() ¶ end() ¶ print(abc)
a branch | x = 1 ¶ if x > 2: ¶     print(abc)
a function that nobody calls | def f(): ¶     print(abc)
short circuit | x = 1 ¶ print(x or abc)
caught | try: ¶     print(abc) ¶ except NameError: ¶     print("no")
for ever | while True: ¶     print("go") ¶ print(abc)
"""


@pytest.mark.parametrize("text", [r[1] for r in rows(RUNS, 2)], ids=[r[0] for r in rows(RUNS, 2)])
def test_a_program_that_runs_has_no_error(text: str) -> None:
    found = review.review(program(text), None, ALL)
    assert found
    assert all(each.severity != "error" for each in found)


def test_the_turtles_of_the_standard_library_have_no_errors() -> None:
    spec = importlib.util.find_spec("turtledemo")
    if spec is None or spec.origin is None:
        pytest.skip("this Python has no turtledemo")
    files = sorted(Path(spec.origin).parent.glob("*.py"))
    for file in files:
        found = review.review(file.read_text("utf-8"), file.parent, ALL)
        assert [each for each in found if each.severity == "error"] == [], file.name
    assert len(files) > 15


def test_an_exam_says_what_is_certain_and_no_fix() -> None:
    source = "score = 1\nif score = 1:\n    print(scroe)\nlist = 3\n"
    exam = Wanted(exam=True)
    (found,) = review.review(source, None, exam)
    assert review.sentence(found, ENGLISH, exam=True) == "Python can't read line 2."
    (name,) = review.review("score = 1\nprint(scroe)\n", None, exam)
    said = review.sentence(name, ENGLISH, exam=True)
    assert "scroe" in said
    assert "score" not in said


def test_habits_can_be_switched_off() -> None:
    source = "list = 3\nif list = 3:\n    pass\n"
    assert [e.code for e in review.review(source, None, Wanted(habits=False))] == [
        "assign-in-condition"
    ]


# id | the line in work, from 0 | held until the longer pause | held after it too | the program
HELD = """
the line in work | 1 | 1 | 0 | x = 1 ¶ if x = 2: ¶     pass
another line | 0 | 0 | 0 | x = 1 ¶ if x = 2: ¶     pass
a block that comes next | 2 | 1 | 1 | x = 1 ¶ if x > 2: ¶     ¶
a block that was left | 0 | 0 | 0 | x = 1 ¶ if x > 2: ¶
an open bracket above | 1 | 1 | 0 | x = (1 ¶ y = 2
"""


@pytest.mark.parametrize(
    ("row", "held", "kept", "text"),
    [r[1:] for r in rows(HELD, 5)],
    ids=[r[0] for r in rows(HELD, 5)],
)
def test_the_line_in_work_waits(row: str, held: str, kept: str, text: str) -> None:
    snapshot = DocumentSnapshot("untitled:a", 1, program(text))
    found = review.review(snapshot.text, None, ALL)
    assert len(found) == 1
    for quiet, waits in ((False, held), (True, kept)):
        told = review.settled(found, snapshot, int(row), quiet=quiet)
        assert len(found) - len(told) == int(waits)


DIFFERENCES = [
    ("nothing", ["a", "b"], ["a", "b"], None),
    ("typed", ["a", "b"], ["a", "bc"], 1),
    ("a new line", ["a", "b"], ["a", "", "b"], 1),
    ("a line like the next", ["a", "a"], ["a", "a", "a"], 2),
    ("at the end", ["a"], ["a", ""], 1),
    ("taken away", ["a", "b", "c"], ["a", "c"], 1),
    ("the last taken away", ["a", "b"], ["a"], 0),
    ("all taken away", ["a", "b"], [""], 0),
    ("two places", ["a", "b", "c"], ["x", "b", "y"], 2),
    ("from nothing", [""], ["x = 1", "y"], 1),
]


@pytest.mark.parametrize(
    ("old", "new", "row"), [r[1:] for r in DIFFERENCES], ids=[r[0] for r in DIFFERENCES]
)
def test_where_the_child_is(old: list[str], new: list[str], row: int | None) -> None:
    assert last_difference(old, new) == row


def test_the_line_in_work_is_followed() -> None:
    now = 100.0
    calm = Calm(lambda: now)
    assert calm.row("a") is None
    calm.opened("a", "x\ny\n")
    assert (calm.row("a"), calm.quiet("a")) == (None, float("inf"))
    calm.edited("a", "x\nyy\n")
    assert (calm.row("a"), calm.quiet("a")) == (1, 0.0)
    now = 103.0
    assert calm.quiet("a") == 3.0
    calm.edited("a", "x\r\nyy\r\n")
    assert calm.row("a") == 1
    calm.saved("a")
    assert (calm.row("a"), calm.quiet("a")) == (None, float("inf"))
    calm.closed("a")
    calm.saved("a")
    assert calm.quiet("a") == float("inf")
