"""The hint ladder: one step each time, no code before its turn, and where it stops."""

from __future__ import annotations

import dataclasses

import pytest

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import ladder, worked
from pippy_lsp.teaching.action import Asked, Words
from pippy_lsp.teaching.problems import problems
from pippy_lsp.teaching.program import trouble
from pippy_lsp.teaching.steps import HIGHEST, Steps
from tests.fakes import FakeEngine
from tests.unit.wishes import wish


async def step(asked: Asked) -> str:
    """What is said when the wish is made (once more)."""
    said = ladder.certain(asked) or await ladder.line_itself(asked)
    return said.text if isinstance(said, Words) else ""


# id, the program, the line, and something that each of the steps says
LADDERS = [
    ("colon", "for i in range(3)\n    print(i)\n", 0,
     ["What does Python expect", "the end of line 1", "while lives > 0:", "for i in range(3):"]),
    ("name", 'name = "Bo"\nprint(nmae)\n', 1,
     ["Look at each name", "line 2, near `nmae`", "print(lives)", "print(name)"]),
    ("indent", "if 1 < 2:\nprint(1)\n", 1,
     ["sign by sign", "the start of line 2", "while lives > 0:", "    print(1)"]),
    ("wish", "x = 1\n# print the number\n", 1,
     ["What must Python know first", "the lines above line 2", "```python", "print(x)"]),
    ("loop", "for i in range(9):\n    print(i)\n", 0,
     ["What do you want `for`", "line 1 and the line above", "for n in range(3)", "counts"]),
    ("plain", "x = 1\n", 0, ["after this line has run", "Look at line 1", "```python", "x"]),
]  # fmt: skip
ANSWERS = {"wish": "print(x)", "loop": "This code counts.", "plain": "This puts 1 into `x`."}


@pytest.mark.parametrize(("name", "program", "row", "steps"), LADDERS, ids=[r[0] for r in LADDERS])
async def test_a_step_each_time_it_is_asked(
    name: str, program: str, row: int, steps: list[str]
) -> None:
    engine = FakeEngine(ANSWERS.get(name, ""))
    asked = wish(program, row, engine=engine)
    said = [await step(asked) for _ in range(HIGHEST)]
    for text, expected in zip(said, steps, strict=True):
        assert expected in text
    assert all("```" not in text for text in said[:2])
    assert f"Hint 1 of {HIGHEST}" in said[0]
    line = program.split("\n")[row].strip()
    assert line not in said[2]
    assert await step(asked) == said[3], "the last step is said again"


async def test_only_the_last_step_asks_the_model() -> None:
    engine = FakeEngine("print(x)")
    asked = wish("x = 1\n# print the number\n", 1, engine=engine)
    for _ in range(HIGHEST - 1):
        await step(asked)
    assert engine.requests == []
    await step(asked)
    assert engine.requests


@pytest.mark.parametrize("highest", [1, 2, 3])
async def test_the_policy_says_where_it_ends(highest: int) -> None:
    asked = wish("for i in range(3)\n    print(i)\n", highest_step=highest)
    said = [await step(asked) for _ in range(5)]
    assert "This is the last one" in said[highest - 1]
    assert len(set(said)) == highest
    assert not any("range(3):" in text for text in said)


async def test_no_step_is_no_hint() -> None:
    assert await step(wish("x = 1\n", highest_step=0)) == ""


async def test_another_line_begins_at_the_first_step() -> None:
    steps = Steps()
    program = "print(1)\nprint(1)\nx = 2\n"
    asked = [wish(program, row, steps=steps) for row in range(3)]
    first = [await step(each) for each in asked]
    assert all("Hint 1" in text for text in first)
    assert "Hint 2" in await step(asked[1])
    moved = wish("y = 0\n" + program, 2, steps=steps)
    assert "Hint 3" in await step(moved)


async def test_changed_code_begins_anew() -> None:
    steps = Steps()
    await step(wish("x = 1\n", steps=steps))
    assert "Hint 1" in await step(wish("x = 2\n", steps=steps))
    assert "Hint 1" in await step(wish("x = 1\n", steps=steps))


def test_not_everything_is_remembered_for_ever() -> None:
    steps = Steps()
    for number in range(1000):
        steps.next(DocumentSnapshot(f"untitled:{number}", 1, "x = 1"), 0)
    assert len(steps._given) < 100


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Look at the end of line 3.", True),
        ("Look at line 3, near `score`.", True),
        ("The bracket `(` is open.", True),
        ("Write `print(x)` there.", False),
        ("Write print(x) there.", False),
        ("Put x = 1 there.", False),
        ("```python\nx\n```", False),
        ("Use x[1].", False),
        ("if ready:", False),
    ],
)
def test_code_is_taken_out_of_a_step(text: str, kept: bool) -> None:
    assert ladder.without_code(text) == (text if kept else "")


@pytest.mark.parametrize("code", worked.load())
def test_a_worked_example_is_of_a_mistake_put_right(code: str) -> None:
    found = worked.load()[code]
    assert problems(found.wrong)
    assert trouble(found.right) is None
    assert all(each.code != code for each in problems(found.right))


async def test_an_example_that_is_the_answer_is_not_shown() -> None:
    found = worked.load()["missing-colon"]
    asked = wish(found.wrong)
    texts = [await step(asked) for _ in range(3)]
    assert "while lives > 0:" not in texts[2]
    again = dataclasses.replace(asked, steps=Steps())
    assert "Hint 1" in await step(again)
