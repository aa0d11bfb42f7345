"""Ask Pippy: what is a question about code, and the three parts of an answer."""

from __future__ import annotations

import pytest

from pippy_lsp.engine.protocol import Chat, Request
from pippy_lsp.errors import EngineLoading
from pippy_lsp.teaching import ask, topic
from pippy_lsp.teaching.action import Words
from pippy_lsp.teaching.ask import Question
from tests.fakes import FakeEngine
from tests.unit.wishes import wish

LOOP = "You can use a loop for it.\n```python\nfor i in range(3):\n    print(i)\n```\nBye."


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("# how do I make a loop?", "how do I make a loop?"),
        ("    #how do I count?  ", "how do I count?"),
        ("# pippy: make a loop", "make a loop"),
        ("# Pippy:  what is this?", "what is this?"),
        ("# why?", None),
        ("# make a loop", None),
        ("x = 1  # what is this?", None),
        ("what is this?", None),
        ("", None),
    ],
)
def test_what_a_question_is(line: str, question: str | None) -> None:
    assert topic.question(line) == question


ABOUT_CODE = """
how do I make a loop?
what is a variable?
what does print do
how do I make my dog bark 3 times with a loop?
how can I make a guessing game?
why do I get a NameError?
what is the difference between = and ==?
what does x.append() do?
how do I draw a square with turtle?
how do I use a dictionary?
"""
NOT_ABOUT_CODE = """
what is the capital of France?
do you love me?
tell me a joke
what is your favourite football team?
how old are you?
can you do my history homework?
who is the president?
are you my friend?
"""


@pytest.mark.parametrize("text", ABOUT_CODE.strip().splitlines())
def test_about_code(text: str) -> None:
    assert topic.fixed(text) == ""


@pytest.mark.parametrize("text", NOT_ABOUT_CODE.strip().splitlines())
async def test_what_is_not_about_code_gets_the_fixed_line(text: str) -> None:
    engine = FakeEngine(LOOP)
    reply = await ask.ask(engine, Question(text))
    assert reply.words.startswith("I can only help with Python.")
    assert (reply.code, reply.running, reply.guess) == ("", "", False)
    assert engine.requests == []


@pytest.mark.parametrize("text", ["my dad hits me", "I want to die", "they bully me in class"])
async def test_a_worry_is_for_an_adult(text: str) -> None:
    reply = await ask.ask(FakeEngine(LOOP), Question(text))
    assert "adult you trust" in reply.words


@pytest.mark.parametrize(
    ("text", "language", "key"),
    [
        ("¿cómo hago un bucle?", "es", ""),
        ("¿qué es una función?", "es", ""),
        ("¿quién es el presidente?", "es", "error-safety-talk"),
        ("quiero morir", "es", "error-safety-distress"),
    ],
)
def test_in_spanish(text: str, language: str, key: str) -> None:
    assert topic.fixed(text, "", language) == key


def test_the_childs_own_names_are_code() -> None:
    assert topic.fixed("why is dragons not bigger?", "dragons = 3\n") == ""
    assert topic.fixed("why is dragons not bigger?") == "error-safety-talk"


async def test_the_three_parts() -> None:
    reply = await ask.ask(FakeEngine(LOOP), Question("how do I make a loop?"))
    assert reply.words == "You can use a loop for it."
    assert reply.code == "for i in range(3):\n    print(i)"
    assert "It shows:\n\n```text\n0\n1\n2\n```" in reply.running
    assert reply.guess
    assert reply.markdown.index(reply.words) < reply.markdown.index("for i in range(3)")


# id, the program that the model writes, what is said of a run
RUNS = [
    ("typed", "n = input('Who? ')\nprint('Hi', n)", "Who? Sam\nHi Sam"),
    ("chance", "import random\nprint(random.randint(1, 6))", "each time it can be different"),
    ("drawn", "import turtle\nturtle.forward(50)", "run it to see what it does"),
    ("waits", "import turtle\nn = input('How far? ')\nturtle.forward(int(n))", "press Enter"),
]


@pytest.mark.parametrize(("code", "said"), [r[1:] for r in RUNS], ids=[r[0] for r in RUNS])
async def test_how_a_run_is_told(code: str, said: str) -> None:
    engine = FakeEngine(f"You can do it.\n```python\n{code}\n```")
    reply = await ask.ask(engine, Question("how do I code this?"))
    assert reply.code == code
    assert said in reply.running


# id, the level, a program that is not good enough to show
BAD = [
    ("does-not-parse", 2, "for i in range(3)\n    print(i)"),
    ("unknown-name", 2, "print(score)"),
    ("unknown-attribute", 2, "import random\nprint(random.dice())"),
    ("crashes", 3, "a = [1]\nprint(a[5])"),
    ("too-hard", 2, "print(list(map(lambda n: n, [1])))"),
    ("too-long", 2, "\n".join(f"print({n})" for n in range(20))),
    ("an-address", 2, "print('https://example.org')"),
    ("words", 2, "hello"),
]


@pytest.mark.parametrize(("level", "code"), [r[1:] for r in BAD], ids=[r[0] for r in BAD])
async def test_a_program_that_is_not_good_is_not_shown(level: int, code: str) -> None:
    engine = FakeEngine(f"Some words for it.\n```python\n{code}\n```")
    reply = await ask.ask(engine, Question("how do I code this?", level=level))
    assert reply.code == ""
    assert reply.words == "Some words for it."
    assert len(engine.requests) == 3


async def test_what_is_too_hard_is_said_simpler() -> None:
    engine = FakeEngine("Like this here.\n```python\na = [n for n in range(2)]\nprint(a)\n```")
    reply = await ask.ask(engine, Question("how do I make a list?", level=2))
    assert reply.code == "a = []\nfor n in range(2):\n    a.append(n)\nprint(a)"


async def test_another_answer_where_the_first_is_not_good() -> None:
    left = ["Ask `foo` for it.\n```python\nfoo()\n```", LOOP]
    reply = await ask.ask(FakeEngine(lambda _: left.pop(0)), Question("how do I make a loop?"))
    assert reply.words == "You can use a loop for it."
    assert reply.code


async def test_a_program_is_asked_for_where_there_is_none() -> None:
    def script(request: Request) -> str:
        assert isinstance(request.prompt, Chat)
        return "print(3)" if request.prompt.opening else "A value has a name."

    engine = FakeEngine(script)
    reply = await ask.ask(engine, Question("what is a variable?"))
    assert (reply.words, reply.code) == ("A value has a name.", "print(3)")
    assert len(engine.requests) == 2


async def test_comments_of_a_model_are_left_out() -> None:
    engine = FakeEngine("Like this here.\n```python\n# wrong\nprint('#3')  # shows 4\n```")
    reply = await ask.ask(engine, Question("how do I print?"))
    assert reply.code == "print('#3')"


async def test_the_glossary_answers_where_the_model_has_nothing() -> None:
    reply = await ask.ask(FakeEngine(""), Question("what does while do?"))
    assert "`while` is a loop" in reply.words
    assert "while" in reply.code
    assert not reply.guess


async def test_the_model_sees_the_program_it_is_asked_about() -> None:
    engine = FakeEngine(LOOP)
    program = "dragons = 3\n# how do I make dragons bigger?\n"
    await ask.ask(engine, Question("how do I make dragons bigger?", program, 1))
    prompt = engine.requests[0].prompt
    assert isinstance(prompt, Chat)
    assert "```python\ndragons = 3\n```" in prompt.messages[1].content


async def test_the_engines_error_is_given() -> None:
    with pytest.raises(EngineLoading):
        await ask.ask(FakeEngine(lambda _: EngineLoading()), Question("what is a loop?"))


async def test_the_action_answers_the_comment() -> None:
    asked = wish("x = 1\n# how do I make a loop?\n", 1, engine=FakeEngine(LOOP))
    assert ask.ACTION.available(asked.snapshot, asked.start, asked.end)
    assert ask.ACTION.model is not None
    said = await ask.ACTION.model(asked)
    assert isinstance(said, Words)
    assert said.guess
    assert "You can use a loop" in said.text
