"""The model's explanation: grounded, short, remembered by meaning, never stale."""

from __future__ import annotations

import pytest

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Chat, Priority
from pippy_lsp.errors import EngineLoading
from pippy_lsp.teaching import factcheck
from pippy_lsp.teaching.explain import Explainer
from pippy_lsp.teaching.plainer import plainer
from tests.fakes import FakeEngine

LOOP = "for i in range(5):\n    print(i)\n"


def snapshot(text: str) -> DocumentSnapshot:
    return DocumentSnapshot("untitled:a", 1, text)


async def explained(program: str, line: int, *answers: str) -> tuple[str, FakeEngine]:
    left = list(answers)
    engine = FakeEngine(lambda _: left.pop(0))
    said = await Explainer(engine).explain(snapshot(program), line, line)
    return said.text, engine


# --- the check -----------------------------------------------------------------------------------

KNOWN = 'for i in range(5):\n    print("Game over", lives)\n    big_name = 2.5\n'


@pytest.mark.parametrize(
    ("sentence", "grounded"),
    [
        ("It shows `lives`.", True),
        ("It shows `score`.", False),
        ("It uses `print` and `append`.", False),
        ("It runs 5 times.", True),
        ("It runs 6 times.", False),
        ("It runs five times.", True),
        ("It runs seven times.", False),
        ("It is 2.5 long.", True),
        ('It prints "Game over".', True),
        ("It prints 'game over.'", True),
        ('It prints "Hello".', False),
        ("The child's loop isn't long.", True),
        ("The big_name is set.", True),
        ("The small_name is set.", False),
        ("It calls foo().", False),
        ("It calls print().", True),
        ("See http://example.com for more.", False),
        ("Look ![here](x).", False),
        ("Look <img src=x>.", False),
        ("It does the lines again.", True),
        ("It gives seven points.", False),
        ("It probably ends the game.", False),
        ("It opens a file.", False),
        ("It draws with the turtle.", False),
        ("It is a loop.", True),
    ],
)
def test_grounded(sentence: str, grounded: bool) -> None:
    assert factcheck.grounded(sentence, KNOWN) is grounded


@pytest.mark.parametrize(
    ("sentence", "grounded"),
    [
        ("Este ciclo muestra `lives`.", True),
        ("Este ciclo muestra `score`.", False),
        ("Corre cinco veces.", True),
        ("Corre siete veces.", False),
        ("Tal vez termina el juego.", False),
        ("Abre un archivo.", False),
    ],
)
def test_grounded_in_spanish(sentence: str, grounded: bool) -> None:
    assert factcheck.grounded(sentence, KNOWN, "es") is grounded


@pytest.mark.parametrize(
    ("answer", "kept", "language"),
    [
        ("It calls print(), which is used in games.", "It calls print().", "en"),
        ("It sets the `lives`, where `lives, which` is a name.", "It sets the `lives`.", "en"),
        ("It shows `a, which b`.", "", "en"),
        ("Muestra las `lives`, lo que es un número.", "Muestra las `lives`.", "es"),
    ],
)
def test_what_a_model_adds_of_its_own_is_cut(answer: str, kept: str, language: str) -> None:
    assert factcheck.keep(answer, KNOWN, language) == kept


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("It is a loop. It runs 5 times. It is nice.", "It is a loop. It runs 5 times."),
        ("It runs 9 times. It is a loop.", ""),
        ("It is a loop. It runs 9 times.", "It is a loop."),
        ("It is a loop. And then the", "It is a loop."),
        ("It is a loop", "It is a loop."),
        ("- It is a loop.\n- It runs 5 times.", "It is a loop. It runs 5 times."),
        ("```python\nx = 1\n```\nIt is a loop.", "It is a loop."),
        ("It is a loop. It is a loop.", "It is a loop."),
        ("It is " + "very " * 60 + "long.", ""),
        ("", ""),
        ("```", ""),
    ],
    ids=["two", "first-wrong", "second-wrong", "cut", "no-stop", "list", "fence", "twice", "long",
         "empty", "only-fence"],
)  # fmt: skip
def test_keep(answer: str, kept: str) -> None:
    assert factcheck.keep(answer, KNOWN) == kept


@pytest.mark.parametrize(
    ("text", "easy"),
    [
        ("This prompts the user for a name.", "This asks the player for a name."),
        ("Each iteration runs.", "Each round runs."),
        ('It shows "integer" and `the user`.', 'It shows "integer" and `the user`.'),
        ("It generates an integer.", "It makes a whole number."),
    ],
)
def test_plainer(text: str, easy: str) -> None:
    assert plainer(text) == easy


# --- the explanation -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "text", "asked"),
    [
        pytest.param(["prints `i` 5 times."], "This prints `i` 5 times.", 1, id="good"),
        pytest.param(["This shows `i`."], "This shows `i`.", 1, id="opening-said-again"),
        pytest.param(["prints `x`.", "prints `i`."], "This prints `i`.", 2, id="second-try"),
        pytest.param(
            ["prints `x`.", "runs 7 times."], "`for` is a loop.", 2, id="facts-when-none-is-good"
        ),
        pytest.param(["", ""], "the lines under it run 5 times.", 2, id="facts-when-empty"),
    ],
)
async def test_explain(answers: list[str], text: str, asked: int) -> None:
    said, engine = await explained(LOOP, 0, *answers)
    assert text in said
    assert len(engine.requests) == asked
    assert len(said.split()) <= 60


async def test_the_model_is_told_code_context_and_facts() -> None:
    program = "import random\nunused = 1\nscore = random.randint(1, 6)\n\nprint(score)\n"
    _, engine = await explained(program, 4, "shows `score`.")
    _, engine_dice = await explained(program, 2, "picks a number.")
    prompt, dice = engine.requests[0].prompt, engine_dice.requests[0].prompt
    assert isinstance(prompt, Chat)
    assert isinstance(dice, Chat)
    assert "print(score)" in prompt.messages[1].content
    assert "score = random.randint(1, 6)" in prompt.messages[1].content
    assert "unused" not in prompt.messages[1].content
    assert "picks a whole number by luck" in dice.messages[1].content
    assert "children" in prompt.messages[0].content


@pytest.mark.parametrize(
    ("before", "after", "line", "same"),
    [
        pytest.param(LOOP, "\n\n# new\n" + LOOP, 3, True, id="moved"),
        pytest.param(LOOP, "for i  in range( 5 ):\n  print(i) # hi\n", 0, True, id="spacing"),
        pytest.param(LOOP, "for i in range(6):\n    print(i)\n", 0, False, id="number"),
        pytest.param(LOOP, "for i in range(5):\n    print(i + 1)\n", 0, False, id="body"),
        pytest.param("x = 1\n" + LOOP, "x = 2\n" + LOOP, 1, True, id="other-name"),
        pytest.param(LOOP, "for i in range(5):\n    print(i\n", 0, False, id="broken"),
    ],
)
async def test_ready_goes_by_meaning(before: str, after: str, line: int, same: bool) -> None:
    explainer = Explainer(FakeEngine("prints `i`."))
    first = 1 if before.startswith("x") else 0
    assert explainer.ready(snapshot(before), first) is None
    said = await explainer.explain(snapshot(before), first, first)
    assert explainer.ready(snapshot(before), first) == said
    assert explainer.ready(snapshot(after), line) == (said if same else None)


async def test_ready_is_not_stale_when_what_the_line_refers_to_changes() -> None:
    explainer = Explainer(FakeEngine("shows `score`."))
    await explainer.explain(snapshot("score = 1\nprint(score)\n"), 1, 1)
    assert explainer.ready(snapshot("score = 1\nprint(score)\n"), 1)
    assert explainer.ready(snapshot("score = 2\nprint(score)\n"), 1) is None


async def test_the_same_is_asked_once() -> None:
    engine = FakeEngine("prints `i`.")
    explainer = Explainer(engine)
    first = await explainer.explain(snapshot(LOOP), 0, 0)
    assert await explainer.explain(snapshot("\n" + LOOP), 1, 1) == first
    assert len(engine.requests) == 1


@pytest.mark.parametrize(
    ("program", "line", "says"),
    [
        ("", 0, "no code here"),
        ("# note\n", 0, "no code here"),
        ("x = 1\n\n", 1, "no code here"),
        ("if x = 3:\n    pass\n", 0, "use `==`"),
        ("print('hi\n", 0, "has no end"),
    ],
)
async def test_without_a_statement_no_model_is_asked(program: str, line: int, says: str) -> None:
    said, engine = await explained(program, line)
    assert says in said
    assert engine.requests == []


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("lives = 3\n", "This puts `3` into the name `lives`."),
        ("lives -= 1\n", "changes the value of the name `lives`"),
        ("print(1)\n", "This runs `print(1)`."),
        ("import turtle as t\n", "brings in tools from `turtle`"),
        ("def f(a):\n    pass\n", "It takes one value: `a`."),
        ("while x:\n    pass\n", "as long as `x` is true"),
        ("del x\n", "`del x`"),
    ],
)
def test_without_model(program: str, says: str) -> None:
    assert says in Explainer(FakeEngine()).without_model(snapshot(program), 0, 0)


async def test_a_line_inside_a_block_is_explained_by_itself() -> None:
    _, engine = await explained(LOOP, 1, "prints `i`.")
    prompt = engine.requests[0].prompt
    assert isinstance(prompt, Chat)
    assert "for i in range(5):" in prompt.messages[1].content
    assert "```python\nprint(i)\n```" in prompt.messages[1].content


async def test_priority_goes_to_the_engine() -> None:
    engine = FakeEngine("prints `i`.")
    await Explainer(engine).explain(snapshot(LOOP), 0, 0, priority=Priority.AHEAD)
    assert [request.priority for request in engine.requests] == [Priority.AHEAD]


async def test_the_engines_error_is_given() -> None:
    with pytest.raises(EngineLoading):
        await Explainer(FakeEngine(lambda _: EngineLoading())).explain(snapshot(LOOP), 0, 0)
