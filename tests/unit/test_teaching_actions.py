"""Comments into code, and which actions are offered where."""

from __future__ import annotations

import pytest

from pippy_lsp import policy_file, prompts
from pippy_lsp.agents.chair import Chair
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Chat
from pippy_lsp.errors import EngineLoading
from pippy_lsp.teaching import actions, answers, comments
from pippy_lsp.teaching.action import Action
from tests.fakes import FakeEngine

ERROR = "NameError: name 'scroe' is not defined"


def snapshot(text: str) -> DocumentSnapshot:
    return DocumentSnapshot("untitled:a", 1, text)


async def made(program: str, answer: str, level: int = 2) -> str | None:
    """The program after the action on its first comment."""
    rows = program.replace("\r\n", "\n").split("\n")
    row = next(n for n, line in enumerate(rows) if line.strip().startswith("#"))
    edit = await comments.comment_to_code(FakeEngine(answer), snapshot(program), row, level)
    return edit.apply(program) if edit else None


@pytest.mark.parametrize(
    ("program", "answer", "result"),
    [
        pytest.param("# say hello", "print('hello')\n```", "# say hello\nprint('hello')", id="end"),
        pytest.param(
            "x = 1\n# show the number\nx = 2\n",
            "```python\nprint(x)\n```",
            "x = 1\n# show the number\nprint(x)\nx = 2\n",
            id="between",
        ),
        pytest.param(
            "def area(w, h):\n    # give back the area\n",
            "return w * h",
            "def area(w, h):\n    # give back the area\n    return w * h\n",
            id="indented",
        ),
        pytest.param(
            "while True:\r\n\t# count to three\r\n\tbreak\r\n",
            "for n in range(3):\n    print(n)",
            "while True:\r\n\t# count to three\r\n"
            "\tfor n in range(3):\r\n\t\tprint(n)\r\n\tbreak\r\n",
            id="tabs-crlf",
        ),
        pytest.param(
            "x = 1\n# show the number\n",
            "x = 1\n# show the number\nprint(x)",
            "x = 1\n# show the number\nprint(x)\n",
            id="program-said-again",
        ),
        pytest.param(
            "import random\n# roll the dice\n",
            "import random\nprint(random.randint(1, 6))",
            "import random\n# roll the dice\nprint(random.randint(1, 6))\n",
            id="import-said-again",
        ),
        pytest.param(
            "# add two numbers\nprint('bye')\n",
            "print(1 + 2)\nprint('bye')",
            "# add two numbers\nprint(1 + 2)\nprint('bye')\n",
            id="stops-at-what-follows",
        ),
        pytest.param(
            "# count to four\n",
            "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n",
            "# count to four\na = 1\nb = 2\nc = 3\nd = 4\n",
            id="whole-statements-that-fit",
        ),
        pytest.param(
            "if x = 3:\n    pass\n# say hello\n",
            "print('hello')",
            "if x = 3:\n    pass\n# say hello\nprint('hello')\n",
            id="broken-elsewhere",
        ),
    ],
)
async def test_comment_to_code(program: str, answer: str, result: str) -> None:
    assert await made(program, answer) == result


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        pytest.param("# say hello\n", "print('hello'", id="does-not-parse"),
        pytest.param("# say hello\n", "", id="nothing"),
        pytest.param("# say hello\n", "# hello\n", id="only-comments"),
        pytest.param("# show the score\n", "print(score)", id="unknown-name"),
        pytest.param("# say hello\n", "return 5", id="return-outside"),
        pytest.param("# say hello\n", "import random\nrandom.hello()", id="unknown-attribute"),
        pytest.param(
            "# even or odd\n",
            "if 1:\n    a = 1\n    b = 2\n    c = 3\n    d = 4",
            id="one-statement-too-long",
        ),
        pytest.param(
            "if 1:\n    pass\n# say hi\n    pass\n", "if 2:\n    print('hi')", id="captures"
        ),
    ],
)
async def test_no_code_that_is_not_good(program: str, answer: str) -> None:
    assert await made(program, answer) is None


@pytest.mark.parametrize(("level", "lines"), [(1, 1), (2, 4), (5, 4)])
async def test_the_level_says_how_many_lines(level: int, lines: int) -> None:
    result = await made("# count to four\n", "a = 1\nb = 2\nc = 3\nd = 4\n", level)
    assert result is not None
    assert len(result.splitlines()) == 1 + lines


@pytest.mark.parametrize(
    ("answer", "level", "avoid", "result"),
    [
        pytest.param(
            "y = [n for n in x]", 3, (), "y = []\nfor n in x:\n    y.append(n)", id="said-simpler"
        ),
        pytest.param("y = lambda n: n", 3, (), None, id="too-hard"),
        pytest.param("y = lambda n: n", 5, (), "y = lambda n: n", id="known"),
        pytest.param("for n in x:\n    print(n)", 3, ("For",), None, id="to-be-avoided"),
    ],
)
async def test_the_code_is_held_to_the_level(
    answer: str, level: int, avoid: tuple[str, ...], result: str | None
) -> None:
    program = "x = [1]\n# do it once for each of them\n"
    edit = await comments.comment_to_code(
        FakeEngine(answer), snapshot(program), 1, level, avoid=frozenset(avoid)
    )
    assert (edit.new_text.lstrip("\n") if edit else None) == result


async def test_the_model_is_told_what_stands_around() -> None:
    engine = FakeEngine("print(x)")
    program = "x = 1\n# show the number\nprint('bye')\n"
    await comments.comment_to_code(engine, snapshot(program), 1, 2)
    prompt = engine.requests[0].prompt
    assert isinstance(prompt, Chat)
    assert "x = 1\n# show the number" in prompt.messages[1].content
    assert "print('bye')" in prompt.messages[1].content
    assert "at most 4 lines" in prompt.messages[0].content


async def test_the_panel_votes() -> None:
    left = ["x = 5", "print('hi', 2)", "print('hi', 3)"]
    engine = FakeEngine(lambda _: left.pop(0))
    chair = Chair(engine, 3)
    edit = await comments.comment_to_code(engine, snapshot("# say hi"), 0, 2, chair=chair)
    assert edit is not None
    assert edit.new_text == "\nprint('hi', 2)"
    assert len(engine.requests) == 3


async def test_the_engines_error_is_given() -> None:
    with pytest.raises(EngineLoading):
        await comments.comment_to_code(
            FakeEngine(lambda _: EngineLoading()), snapshot("# say hi"), 0, 2
        )


@pytest.mark.parametrize(
    ("line", "task"),
    [
        ("# draw a square", "draw a square"),
        ("    #draw a square", "draw a square"),
        ("## draw a square", "draw a square"),
        ("# yes or no", "yes or no"),
        ("# todo", None),
        ("#", None),
        ("", None),
        ("x = 1  # draw a square", None),
        ("#!/usr/bin/env python3", None),
        ("# -*- coding: utf-8 -*-", None),
        ("# type: ignore this", None),
        ("# print(x, 2)", None),
        ("# x = x + 1", None),
        ("# for i in range(3): print(i)", None),
    ],
)
def test_task(line: str, task: str | None) -> None:
    assert comments.task(line) == task


@pytest.mark.parametrize(
    ("program", "row", "names"),
    [
        ("score = 1\n", 0, "help explain comments"),
        ("x = 1\n", 0, "help explain comments names"),
        ("if x = 1:\n    pass\n", 0, "fix explain-error help explain example"),
        ("# draw a square\n", 0, "comment-to-code help"),
        ("# how do I draw a square?\n", 0, "ask"),
        ("# pippy: draw a square\n", 0, "ask"),
        ("\n", 0, ""),
        ("", 0, ""),
        ("# todo\n", 0, ""),
        ("print(scroe)\nscore = 1\n", 0, "fix explain-error help explain example comments"),
        ("marks = [n for n in '12']\n", 0, "help explain example comments simpler"),
        ("for n in range(3):\n    print(n)\n", 0, "help explain example comments quiz"),
        ("def hop():\n    print(1)\n", 0, "help explain example comments docstring"),
        (f"# {ERROR}\n", 0, "explain-error"),
    ],
)
def test_available(program: str, row: int, names: str) -> None:
    document = snapshot(program)
    start = document.line_starts[row]
    assert [each.name for each in actions.available(document, start, start)] == names.split()


def test_make_this_a_function_wants_a_selection() -> None:
    document = snapshot("x = 1\nprint(x)\n")
    found = actions.available(document, 0, document.line_starts[1])
    assert "extract" in [each.name for each in found]


@pytest.mark.parametrize("action", actions.ACTIONS, ids=lambda action: action.name)
def test_an_action_has_its_words_and_a_kind_of_its_sort(action: Action) -> None:
    say = prompts.messages()
    assert say.say(f"action-{action.name}")
    assert say.say(f"action-{action.name}-nothing").endswith(".")
    assert action.kind.startswith(("quickfix", "refactor.") if action.edits else "pippy.")
    assert action.certain or action.model
    assert action.name in policy_file.actions()


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        ("x = 1\ny = 2", ["x = 1", "y = 2"]),
        ("```python\nx = 1\n```\nBye.", ["x = 1"]),
        ("Sure:\n```\n    x = 1\n```", ["    x = 1"]),
        ("```\nx = 1", ["x = 1"]),
        ("x = 1\n```\nmore", ["x = 1"]),
        ("\n\nx = 1  \n\n", ["x = 1"]),
        ("", []),
    ],
)
def test_code_lines(answer: str, lines: list[str]) -> None:
    assert answers.code_lines(answer) == lines


@pytest.mark.parametrize(
    ("lines", "indent", "unit", "result"),
    [
        (["if x:", "    y"], "  ", "\t", ["  if x:", "  \ty"]),
        (["    a", "    b"], "", "    ", ["a", "b"]),
        (["if x:", "  if y:", "    z"], "", "    ", ["if x:", "    if y:", "        z"]),
        ([], "", "  ", []),
    ],
)
def test_placed(lines: list[str], indent: str, unit: str, result: list[str]) -> None:
    assert answers.placed(lines, indent, unit) == result
