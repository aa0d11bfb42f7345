"""pippy/ask and the command pippy.ask."""

from __future__ import annotations

import ast
import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.e2e.editor import ANSWER_SECONDS, REQUEST_CANCELLED, Editor, session

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

GUESS = "computer's guess"
LOOP = "how do I make a loop that counts to five?"
INVALID_PARAMS, REQUEST_FAILED = -32602, -32803


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def failed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A server without a model."""
    async with session(tmp_path_factory.mktemp("failed"), model="none") as found:
        await found.ready("failed")
        await found.message()
        yield found


async def test_an_answer_has_three_parts_that_belong_together(editor: Editor) -> None:
    answer = await editor.request("pippy/ask", {"question": LOOP})
    assert answer.guess
    assert 3 <= len(answer.words.split()) <= 60
    assert isinstance(ast.parse(answer.code), ast.Module)
    assert any(isinstance(n, ast.For | ast.While) for n in ast.walk(ast.parse(answer.code)))
    assert "run it" in answer.running
    for part in (answer.words, answer.code, answer.running, GUESS):
        assert part in answer.markdown
    if "It shows" in answer.running:
        assert output_of(answer.code).rstrip() in answer.running


def output_of(program: str) -> str:
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, input="5\n", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_it_knows_the_program_that_it_is_asked_about(editor: Editor) -> None:
    uri = editor.open("dragons = 3\nprint(dragons)\n", "untitled:dragons")
    params = {
        "question": "why does dragons stay the same?",
        "textDocument": {"uri": uri},
        "position": {"line": 1, "character": 0},
    }
    answer = await editor.request("pippy/ask", params)
    assert "only help with Python" not in answer.words


async def test_what_is_not_about_code_gets_the_fixed_line(failed: Editor) -> None:
    answer = await failed.request("pippy/ask", {"question": "do you love me?"})
    assert answer.words.startswith("I can only help with Python.")
    assert answer.markdown == answer.words
    assert (answer.code, answer.running, answer.guess) == ("", "", False)


async def test_the_request_can_be_cancelled(editor: Editor) -> None:
    question = {"question": "how do I make a game with a loop and a score?"}
    request = asyncio.ensure_future(editor.request("pippy/ask", question, "ask"))
    await asyncio.sleep(0.3)
    editor.cancel("ask")
    with pytest.raises(JsonRpcException) as caught:
        await request
    assert caught.value.code == REQUEST_CANCELLED
    for _ in range(int(ANSWER_SECONDS * 20)):
        if not (await editor.status()).busy:
            break
        await asyncio.sleep(0.05)
    assert not (await editor.status()).busy


async def test_the_clients_own_progress_is_used(editor: Editor) -> None:
    params = {"question": "what is a loop?", "workDoneToken": "mine"}
    editor.client.progress_reports["mine"] = []
    await editor.request("pippy/ask", params)
    reports = editor.client.progress_reports["mine"]
    assert isinstance(reports[0], types.WorkDoneProgressBegin)
    assert (reports[0].title, reports[0].cancellable) == ("Ask Pippy", True)
    assert isinstance(reports[-1], types.WorkDoneProgressEnd)


async def test_the_request_without_a_model_fails_in_one_sentence(failed: Editor) -> None:
    with pytest.raises(JsonRpcException) as caught:
        await failed.request("pippy/ask", {"question": LOOP})
    assert caught.value.code == REQUEST_FAILED
    assert caught.value.message == (await failed.status()).message


WRONG: dict[str, Any] = {
    "nothing": {},
    "no-words": {"question": "  "},
    "a-number": {"question": 3},
    "a-list": [],
    "no-parameters": None,
    "text-for-a-line": {"question": "what is a loop?", "position": {"line": "x"}},
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_request_costs_one_sentence(failed: Editor, name: str) -> None:
    with pytest.raises(JsonRpcException) as caught:
        await failed.request("pippy/ask", WRONG[name])
    assert caught.value.code == INVALID_PARAMS
    assert "\n" not in caught.value.message


async def test_the_command_shows_the_answer(editor: Editor) -> None:
    shown = len(editor.client.shown_documents)
    assert await editor.execute("pippy.ask", "how do I print hello?") is None
    text = await editor.shown(shown)
    assert text.startswith("# Ask Pippy\n")
    assert "```python" in text
    assert "hello" in text.lower()


async def test_the_command_without_a_question_says_how_to_ask(failed: Editor) -> None:
    said = len(failed.client.messages)
    await failed.execute("pippy.ask")
    assert "ends in a question mark" in (await failed.message(said)).message
