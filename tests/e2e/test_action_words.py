"""The actions that answer with words: pippy.show, in each client's way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.e2e.editor import ANSWER_SECONDS, PATIENT, Editor, session

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

T = TypeVar("T")
GUESS = "computer's guess"
INVALID_PARAMS = -32602
LOOP = "for i in range(4):\n    print(i)\n"
BROKEN = "for i in range(4)\n    print(i)\n"
CLIENTS = ("vscode", "neovim", "kate")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quiet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Editor]]:
    """Each client, with no model: what is certain needs none."""
    folder = tmp_path_factory.mktemp("quiet")
    async with (
        session(folder, "vscode", "none") as vscode,
        session(folder, "neovim", "none") as neovim,
        session(folder, "kate", "none") as kate,
    ):
        found = {"vscode": vscode, "neovim": neovim, "kate": kate}
        for each in found.values():
            await each.ready("failed")
            await each.message()
        yield found


async def chosen(editor: Editor, uri: str, line: int, title: str) -> types.Command:
    """The command of the action in the menu."""
    found = {each.title: each for each in await editor.actions(uri, line)}
    assert title in found, list(found)
    action = found[title]
    assert action.edit is None
    assert action.command is not None
    return action.command


async def words(editor: Editor, uri: str, line: int, title: str) -> str:
    """What is shown when the action is chosen: a document's text, or a message's."""
    command = await chosen(editor, uri, line, title)
    shown, said = len(editor.client.shown_documents), len(editor.client.messages)
    assert await editor.execute(command.command, *(command.arguments or [])) is None
    if shows_documents(editor):
        text = await editor.shown(shown)
        assert text.startswith(f"# {title}\n")
        more = editor.client.messages[said:]
        assert [each for each in more if each.type is not types.MessageType.Warning] == []
        return text
    message = await editor.message(said)
    assert "```" not in message.message
    return message.message


def shows_documents(editor: Editor) -> bool:
    told = editor.client.capabilities
    assert told is not None
    window = told.window
    return bool(window and window.show_document and window.show_document.support)


@pytest.mark.parametrize("client", CLIENTS)
async def test_the_ladder_gives_a_step_each_time(quiet: dict[str, Editor], client: str) -> None:
    editor = quiet[client]
    uri = editor.open(BROKEN, f"untitled:ladder-{client}")
    said = [await words(editor, uri, 0, "Help me with this") for _ in range(4)]
    assert "What does Python expect" in said[0]
    assert "Look at the end of line 1." in said[1]
    assert "while lives > 0:" in said[2]
    assert "needs a colon" in said[3]
    assert "for i in range(4):" in said[3]
    assert not any("range(4):" in text for text in said[:3])
    assert "Hint 1 of 4" in said[0]
    assert GUESS not in "".join(said)


@pytest.mark.parametrize("client", CLIENTS)
async def test_an_example_of_the_word(quiet: dict[str, Editor], client: str) -> None:
    uri = quiet[client].open("while True:\n    pass\n", f"untitled:example-{client}")
    said = await words(quiet[client], uri, 0, "Show me an example")
    assert "as long as its test is true" in said
    assert "while n > 0:" in said


@pytest.mark.parametrize("client", CLIENTS)
async def test_an_error_is_explained(quiet: dict[str, Editor], client: str) -> None:
    text = "x = 1\nprint(scroe)\n# NameError: name 'scroe' is not defined\n"
    uri = quiet[client].open(text, f"untitled:error-{client}")
    for line in (1, 2):
        said = await words(quiet[client], uri, line, "What does this error mean?")
        assert "not know" in said
        assert "scroe" in said


@pytest.mark.parametrize("client", ["vscode", "neovim"])
async def test_the_answers_of_a_quiz_are_far_below(quiet: dict[str, Editor], client: str) -> None:
    uri = quiet[client].open(LOOP, f"untitled:quiz-{client}")
    said = await words(quiet[client], uri, 0, "Quiz me about this code")
    questions, _, answers = said.partition("\n" * 30)
    assert "How many times do the lines under line 1 run?" in questions
    assert "0, 1, 2, 3" in answers
    assert "0, 1, 2, 3" not in questions


async def test_the_answers_of_a_quiz_are_a_message_of_their_own(quiet: dict[str, Editor]) -> None:
    kate = quiet["kate"]
    said = len(kate.client.messages)
    uri = kate.open(LOOP, "untitled:quiz-kate")
    assert "0, 1, 2, 3" not in await words(kate, uri, 0, "Quiz me about this code")
    assert "0, 1, 2, 3" in (await kate.message(said + 1)).message


async def test_what_needs_a_model_costs_a_sentence_without_one(quiet: dict[str, Editor]) -> None:
    editor = quiet["vscode"]
    uri = editor.open("# print the numbers from 1 to 5\n# how do I make a loop?\n", "untitled:none")
    for line, title in ((0, "Help me with this"), (1, "Ask Pippy")):
        command = await chosen(editor, uri, line, title)
        said = len(editor.client.messages)
        for _ in range(4 if line == 0 else 1):
            await editor.execute(command.command, *(command.arguments or []))
        message = (await editor.message(said)).message
        assert message == (await editor.status()).message


NOWHERE = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}


@pytest.mark.parametrize(
    "arguments",
    [[], ["help"], ["help", "untitled:a", 1], ["dance", "untitled:a", NOWHERE]],
    ids=["none", "too-few", "no-range", "no-such-action"],
)
async def test_wrong_arguments_cost_one_sentence(
    quiet: dict[str, Editor], arguments: list[object]
) -> None:
    with pytest.raises(JsonRpcException) as caught:
        await quiet["vscode"].execute("pippy.show", *arguments)
    assert caught.value.code == INVALID_PARAMS
    assert "\n" not in caught.value.message
    assert "Traceback" not in caught.value.message


async def test_the_policy_stops_the_ladder(tmp_path: Path) -> None:
    (tmp_path / ".pippy.toml").write_text(
        '[policy]\nhighestStep = 2\nactionsOff = ["quiz", "ask"]\n'
    )
    async with session(tmp_path, "vscode", "none") as editor:
        uri = editor.open(BROKEN + "# how do I make a loop?\n")
        said = [await words(editor, uri, 0, "Help me with this") for _ in range(4)]
        assert "Hint 2 of 2. This is the last one." in said[1]
        assert said[1] == said[2] == said[3]
        assert await editor.actions(uri, 2) == []
        editor.change(uri, LOOP)
        titles = [each.title for each in await editor.actions(uri, 0)]
        assert "Quiz me about this code" not in titles
        assert "Help me with this" in titles


async def test_no_ladder_where_the_policy_has_no_step(tmp_path: Path) -> None:
    (tmp_path / ".pippy.toml").write_text("[policy]\nhighestStep = 0\n")
    async with session(tmp_path, "vscode", "none") as editor:
        titles = [each.title for each in await editor.actions(editor.open(LOOP), 0)]
        assert "Help me with this" not in titles
        assert "Explain this" in titles


# --- with the model ------------------------------------------------------------------------


async def test_the_last_step_of_a_wish_is_the_code(editor: Editor) -> None:
    uri = editor.open("# print the numbers from 1 to 5\n", "untitled:wish")
    said = [await words(editor, uri, 0, "Help me with this") for _ in range(4)]
    assert "```" not in said[0] + said[1]
    assert "What must Python know first" in said[0]
    assert "print(" in said[3]
    assert GUESS in said[3]


async def test_only_the_model_shows_a_progress(editor: Editor) -> None:
    begun = set(editor.client.progress_reports)
    uri = editor.open("# print the numbers from 2 to 4\n", "untitled:progress")
    for _ in range(3):
        await words(editor, uri, 0, "Help me with this")
    assert set(editor.client.progress_reports) == begun
    await words(editor, uri, 0, "Help me with this")
    (token,) = set(editor.client.progress_reports) - begun
    reports = editor.client.progress_reports[token]
    assert isinstance(reports[0], types.WorkDoneProgressBegin)
    assert (reports[0].title, reports[0].cancellable) == ("Help me with this", True)
    assert isinstance(reports[-1], types.WorkDoneProgressEnd)


async def test_a_wish_can_be_taken_back_at_its_progress(editor: Editor) -> None:
    begun, shown = set(editor.client.progress_reports), len(editor.client.shown_documents)
    uri = editor.open("# how do I make a guessing game with a loop?\n", "untitled:back")
    command = await chosen(editor, uri, 0, "Ask Pippy")
    await editor.execute(command.command, *(command.arguments or []))
    fresh = await until(lambda: set(editor.client.progress_reports) - begun)
    (token,) = fresh
    await until(lambda: editor.client.progress_reports[token])
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    reports = editor.client.progress_reports[token]
    await until(lambda: isinstance(reports[-1], types.WorkDoneProgressEnd))
    assert len(editor.client.shown_documents) == shown


async def until(found: Callable[[], T]) -> T:
    """Wait for something that is true."""
    for _ in range(int(ANSWER_SECONDS * 50)):
        if value := found():
            return value
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")


async def test_a_line_is_explained(editor: Editor) -> None:
    uri = editor.open("total = 3 + 4\nprint(total)\n", "untitled:explain")
    said = await words(editor, uri, 0, "Explain this")
    assert 5 <= len(said.split()) <= 80
    assert GUESS in said


@pytest.mark.parametrize("client", ["vscode", "kate"])
async def test_a_question_in_a_comment_is_answered(
    editor: Editor, client: str, tmp_path: Path
) -> None:
    text = "# how do I make a random number?\n"
    if client == "vscode":
        said = await words(editor, editor.open(text, "untitled:question"), 0, "Ask Pippy")
    else:
        async with session(tmp_path, "kate", "meaning", PATIENT) as kate:
            await kate.ready()
            said = await words(kate, kate.open(text), 0, "Ask Pippy")
    assert "random" in said
    assert "run it" in said
    assert GUESS in said
