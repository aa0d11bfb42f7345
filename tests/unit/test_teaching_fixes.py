"""Problems in a child's words, and fixes: rules first, then the model."""

from __future__ import annotations

import pytest

from pippy_lsp import prompts
from pippy_lsp.agents.chair import Chair
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Chat
from pippy_lsp.errors import EngineLoading
from pippy_lsp.settings import PanelSize
from pippy_lsp.teaching import fixes
from pippy_lsp.teaching.edits import minimal
from pippy_lsp.teaching.problems import problems
from pippy_lsp.teaching.program import trouble
from tests.fakes import FakeEngine

MESSAGES = prompts.messages("en")


def snapshot(text: str) -> DocumentSnapshot:
    return DocumentSnapshot("untitled:a", 1, text)


@pytest.mark.parametrize(
    ("code", "program", "repaired"),
    [
        ("missing-colon", "if x == 3 # hi\n    x = 1\n", "if x == 3: # hi\n    x = 1\n"),
        ("missing-colon", "for i in range(5)\n    print(i)\n", "for i in range(5):\n    print(i)\n"),  # noqa: E501
        ("missing-colon", "while x;\n    x = 1\n", "while x:\n    x = 1\n"),
        ("assign-in-condition", "if x = 3:\n    x = 1\n", "if x == 3:\n    x = 1\n"),
        ("else-if", "if x:\n    x\nelse if y:\n    y\n", "if x:\n    x\nelif y:\n    y\n"),
        ("else-if", "if x:\n    x\nelseif y:\n    y\n", "if x:\n    x\nelif y:\n    y\n"),
        ("else-with-test", "if x:\n    x\nelse y > 3:\n    y\n", "if x:\n    x\nelif y > 3:\n    y\n"),  # noqa: E501
        ("capital-keyword", "While x:\n    x = 1\n", "while x:\n    x = 1\n"),
        ("capital-keyword", "If x = 3\n    x = 1\n", "if x == 3:\n    x = 1\n"),
        ("misspelled-keyword", "whlie x:\n    x = 1\n", "while x:\n    x = 1\n"),
        ("misspelled-keyword", "improt random\n", "import random\n"),
        ("print-brackets", "print 'hi'\n", "print('hi')\n"),
        ("print-brackets", "if x:\n    print x + 1\n", "if x:\n    print(x + 1)\n"),
        ("print-text", "print hello world\n", 'print("hello world")\n'),
        ("wrong-sign", "if x => 3:\n    x = 1\n", "if x >= 3:\n    x = 1\n"),
        ("wrong-sign", "if x && y:\n    x = 1\n", "if x and y:\n    x = 1\n"),
        ("wrong-sign", "if x&&y:\n    x = 1\n", "if x and y:\n    x = 1\n"),
        ("wrong-sign", "x++\n", "x += 1\n"),
        ("call-brackets", "for i in range 5:\n    i\n", "for i in range(5):\n    i\n"),
        ("def-brackets", "def hello:\n    pass\n", "def hello():\n    pass\n"),
        ("missing-in", "for i range(5):\n    i\n", "for i in range(5):\n    i\n"),
        ("missing-in", "for i of names:\n    i\n", "for i in names:\n    i\n"),
        ("import-order", "import randint from random\n", "from random import randint\n"),
        ("swapped-sides", "5 = x\n", "x = 5\n"),
        ("split-name", "my score = 3\n", "my_score = 3\n"),
        ("foreign-word", "let x = 3\n", "x = 3\n"),
        ("foreign-word", "if x > 3 then:\n    x = 1\n", "if x > 3:\n    x = 1\n"),
        ("missing-comma", "print('a' 3)\n", "print('a', 3)\n"),
        ("curly-quotes", "print(“hi”)\n", 'print("hi")\n'),
        ("unclosed-quote", 'print("hi)\n', 'print("hi")\n'),
        ("unclosed-quote", "x = 'hi\n", "x = 'hi'\n"),
        ("mixed-quotes", "print('hi\")\n", "print('hi')\n"),
        ("unopened-quote", 'print(hi")\n', 'print("hi")\n'),
        ("unclosed-bracket", "print(int('3')\nx = 2\n", "print(int('3'))\nx = 2\n"),
        ("unclosed-bracket", "if int('3' == 3:\n    x = 1\n", "if int('3' == 3):\n    x = 1\n"),
        ("unclosed-bracket", "x = [1, 2\ny = 3\n", "x = [1, 2]\ny = 3\n"),
        ("extra-bracket", "print(1))\n", "print(1)\n"),
        ("wrong-bracket", "print(1]\n", "print(1)\n"),
        ("missing-indent", "if x:\nprint(x)\n", "if x:\n    print(x)\n"),
        ("missing-indent", "if y:\n\ty\nif x:\nprint(x)\n", "if y:\n\ty\nif x:\n\tprint(x)\n"),
        ("empty-block", "if x:\n", "if x:\n    pass\n"),
        ("empty-block", "if x:\r\n", "if x:\r\n    pass\r\n"),
        ("wrong-indent", "x = 1\n    y = 2\n", "x = 1\ny = 2\n"),
        ("wrong-indent", "if x:\n        a = 1\n    b = 2\n", None),
        ("unclosed-bracket", "while x:\r\n\tx = (1\r\ny = '😀'\r\n", "while x:\r\n\tx = (1)\r\ny = '😀'\r\n"),  # noqa: E501
    ],
)  # fmt: skip
async def test_rules(code: str, program: str, repaired: str | None) -> None:
    names = "x = y = names = i = hello = world = 0\n"
    newline = "\r\n" if "\r\n" in program else "\n"
    program = names.replace("\n", newline) + program
    found = [problem for problem in problems(program) if problem.code == code]
    assert len(found) == 1
    assert MESSAGES.say(found[0].key, **found[0].values)
    edit = await fixes.fix(
        FakeEngine(lambda _: EngineLoading()), snapshot(program), found[0].start, found[0].end
    )
    assert edit is not None
    assert edit.why == MESSAGES.say(found[0].key, **found[0].values)
    new = edit.apply(program)
    assert trouble(new) is None
    if repaired is not None:
        assert new == names.replace("\n", newline) + repaired


@pytest.mark.parametrize(
    ("code", "program", "repaired"),
    [
        ("capital-name", "Print(1)\n", "print(1)\n"),
        ("capital-name", "x = true\n", "x = True\n"),
        ("capital-name", "Score = 1\nprint(score)\n", "Score = 1\nprint(Score)\n"),
        ("near-name", "score = 1\nprint(scroe)\n", "score = 1\nprint(score)\n"),
        ("near-name", "pirnt(1)\n", "print(1)\n"),
        ("near-name", "import turtle\nturtle.forwrd(1)\n", "import turtle\nturtle.forward(1)\n"),
    ],
)
async def test_names(code: str, program: str, repaired: str) -> None:
    found = problems(program)
    assert [problem.code for problem in found] == [code]
    edit = await fixes.fix(FakeEngine(), snapshot(program), found[0].start, found[0].start)
    assert edit is not None
    assert edit.apply(program) == repaired


@pytest.mark.parametrize(
    "program",
    [
        "",
        "# only a note\n",
        "x = 1\nprint(x)\n",
        "from turtle import *\nforward(3)\n",
        "try:\n    import pygame\nexcept ImportError:\n    pygame = None\n",
        "def f():\n    return g()\ndef g():\n    return 1\n",
        "print(__name__)\n",
        "for i in range(3):\n    pass\nprint(i)\n",
        "class A:\n    x = 1\n    def f(self):\n        return self.x\n",
        "print([n for n in range(3)])\n",
        "def f():\n    global score\n    score = 1\nf()\nprint(score)\n",
        "x = '\\d'\n",
        "\ufeffx = 1\n".lstrip("\ufeff"),
    ],
)
def test_no_false_alarm(program: str) -> None:
    assert problems(program) == ()


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("print(player2)\nplayer1 = 1\n", "player2"),
        ("print(xyz)\n", "xyz"),
        ("lives -= 1\n", "lives"),
    ],
)
def test_an_unknown_name_without_a_near_one(program: str, name: str) -> None:
    (found,) = problems(program)
    assert (found.code, program[found.start : found.end]) == ("unknown-name", name)
    assert found.repaired is None


BROKEN = "x = 3\nif x is equal to 3:\n    print(x)\n"


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        pytest.param("if x == 3:\n```", "if x == 3:", id="good"),
        pytest.param(
            "Here:\n```python\n    if x == 3:\n```\nIt works.", "if x == 3:", id="with-prose"
        ),
        pytest.param("x = 3\nif x == 3:\n    print(x)", "if x == 3:", id="whole-program"),
        pytest.param("if x is equal to 3:", None, id="the-same"),
        pytest.param("if x == (3:", None, id="still-broken"),
        pytest.param("print('I like turtles and cats')", None, id="another-line"),
        pytest.param("if x == three:", None, id="unknown-name"),
        pytest.param("", None, id="nothing"),
    ],
)
async def test_the_models_fix_is_taken_only_when_it_is_one(answer: str, line: str | None) -> None:
    engine = FakeEngine(answer)
    edit = await fixes.fix(engine, snapshot(BROKEN), 8, 8, chair=Chair(engine, 3))
    assert len(engine.requests) == (2 if line else 3)
    if line is None:
        assert edit is None
    else:
        assert edit is not None
        assert edit.apply(BROKEN) == f"x = 3\n{line}\n    print(x)\n"
        assert "line 2" in edit.why


@pytest.mark.parametrize(
    ("size", "answer", "asked"),
    [
        pytest.param("off", "if x == 3:", 1, id="off-the-first-is-taken"),
        pytest.param("off", "", 3, id="off-tries-again"),
        pytest.param(3, "if x == 3:", 2, id="two-agree"),
        pytest.param(5, "", 5, id="five"),
    ],
)
async def test_the_setting_says_how_many_answer(size: PanelSize, answer: str, asked: int) -> None:
    engine = FakeEngine(answer)
    edit = await fixes.fix(engine, snapshot(BROKEN), 8, 8, chair=Chair(engine, size))
    assert len(engine.requests) == asked
    assert (edit is not None) == bool(answer)


async def test_the_model_is_told_the_line_and_the_program() -> None:
    engine = FakeEngine("")
    await fixes.fix(engine, snapshot(BROKEN), 8, 8)
    prompt = engine.requests[0].prompt
    assert isinstance(prompt, Chat)
    assert "Wrong line: if x is equal to 3:" in prompt.messages[1].content
    assert "    print(x)" in prompt.messages[1].content


async def test_a_fix_keeps_tabs_and_crlf() -> None:
    program = "x = 3\r\nwhile x:\r\n\tif x is equal to 3:\r\n\t\tbreak\r\n"
    edit = await fixes.fix(FakeEngine("if x == 3:"), snapshot(program), 20, 20)
    assert edit is not None
    assert edit.apply(program) == program.replace("is equal to", "==")


async def test_nothing_to_fix_asks_nobody() -> None:
    engine = FakeEngine("x = 1")
    assert await fixes.fix(engine, snapshot("x = 1\n"), 0, 5) is None
    assert engine.requests == []


async def test_a_mistake_far_away_is_not_meant() -> None:
    program = "a = 1\nb = 2\nc = 3\nif a = 3:\n    pass\n"
    assert await fixes.fix(FakeEngine(), snapshot(program), 0, 0) is None


async def test_the_engines_error_is_given() -> None:
    with pytest.raises(EngineLoading):
        await fixes.fix(FakeEngine(lambda _: EngineLoading()), snapshot(BROKEN), 8, 8)


@pytest.mark.parametrize(
    ("old", "new", "edit"),
    [
        ("abc", "abc", (3, 3, "")),
        ("abc", "abXc", (2, 2, "X")),
        ("aaa", "aa", (2, 3, "")),
        ("a\r\nb", "a\r\nc\r\nb", (3, 3, "c\r\n")),
        ("a\r\n", "a\n", (1, 3, "\n")),
        ("", "x", (0, 0, "x")),
    ],
)
def test_minimal(old: str, new: str, edit: tuple[int, int, str]) -> None:
    found = minimal(old, new)
    assert (found.start, found.end, found.new_text) == edit
    assert found.apply(old) == new
