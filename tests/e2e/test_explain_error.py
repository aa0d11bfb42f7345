"""pippy/explainError and the command pippy.explainError, without a model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from pygls.exceptions import JsonRpcException

from tests.e2e.editor import Editor, session

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

PROGRAM = "scores = [4, 5, 6]\nprint(scores[3])\n"
ERROR = """\
Traceback (most recent call last):
  File "game.py", line 4, in <module>
    print(scores[3])
          ~~~~~~^^^
IndexError: list index out of range
"""
PASTED = "".join(f"# {line}\n" for line in ERROR.splitlines())
INVALID_PARAMS = -32602


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A server without a model."""
    async with session(tmp_path_factory.mktemp("errors"), model="none") as found:
        await found.ready("failed")
        yield found


async def test_the_request_answers_with_words_and_the_line(server: Editor) -> None:
    uri = server.open(PROGRAM, "untitled:asked")
    params = {"textDocument": {"uri": uri}, "error": ERROR, "lineOffset": 2}
    answer = await server.request("pippy/explainError", params)
    assert "`scores` has 3 things" in answer.markdown
    assert answer.line == 1
    assert (answer.range.start.line, answer.range.start.character) == (1, 0)
    assert (answer.range.end.line, answer.range.end.character) == (1, 16)


async def test_the_request_needs_no_document(server: Editor) -> None:
    answer = await server.request("pippy/explainError", {"error": ERROR})
    assert "`scores` has no place number `3`" in answer.markdown
    assert not hasattr(answer, "line")


async def test_what_is_no_error_is_said_to_be_none(server: Editor) -> None:
    answer = await server.request("pippy/explainError", {"error": "Hello!"})
    assert "no error" in answer.markdown


WRONG: dict[str, Any] = {
    "nothing": {},
    "no-text": {"error": 3},
    "text-for-a-line": {"error": ERROR, "lineOffset": "two"},
    "a-list": [],
    "null": None,
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_request_costs_one_sentence(server: Editor, name: str) -> None:
    with pytest.raises(JsonRpcException) as caught:
        await server.request("pippy/explainError", WRONG[name])
    assert caught.value.code == INVALID_PARAMS
    assert "text of an error" in caught.value.message


# id, the program, the cursor's line, words that are shown
PLACES: dict[str, tuple[str, int, str]] = {
    "pasted": (PROGRAM + PASTED, 4, "`scores` has 3 things"),
    "a mistake in the line": ("score = 1\nprint(scroe)\n", 1, "`scroe`"),
    "nothing": (PROGRAM, 0, "no error"),
}


@pytest.mark.parametrize("name", PLACES)
async def test_the_command_shows_a_document(server: Editor, name: str) -> None:
    text, line, words = PLACES[name]
    shown = len(server.client.shown_documents)
    uri = server.open(text, f"untitled:{name}")
    assert await server.execute("pippy.explainError", uri, line, 3) is None
    found = await server.shown(shown)
    assert found.startswith("# What does this error mean?\n")
    assert words in found
