"""workspace/executeCommand, and the requests of our own: pippy/explain and pippy/status."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.e2e.editor import ANSWER_SECONDS, REQUEST_CANCELLED, Editor, session

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

GUESS = "computer's guess"
LOOP = "for i in range(5):\n    print(i)\n"
INVALID_PARAMS, REQUEST_FAILED = -32602, -32803


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def failed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A server without a model."""
    async with session(tmp_path_factory.mktemp("failed"), model="none") as found:
        await found.ready("failed")
        await found.message()
        yield found


def place(uri: str, first: int, last: int) -> dict[str, Any]:
    """The parameters of pippy/explain."""
    where = types.Range(types.Position(first, 0), types.Position(last, 0))
    return {
        "textDocument": {"uri": uri},
        "range": {
            "start": {"line": where.start.line, "character": 0},
            "end": {"line": where.end.line, "character": 0},
        },
    }


# --- pippy.explain -------------------------------------------------------------------------


async def test_explain_shows_the_explanation_and_a_progress(editor: Editor) -> None:
    shown, begun = len(editor.client.shown_documents), set(editor.client.progress_reports)
    uri = editor.open(LOOP, "untitled:explain")
    assert await editor.execute("pippy.explain", uri, 0, 1) is None
    text = await editor.shown(shown)
    assert text.startswith("# Explain this\n")
    assert GUESS in text
    assert 5 <= len(text.split()) <= 80
    (token,) = set(editor.client.progress_reports) - begun
    reports = editor.client.progress_reports[token]
    assert isinstance(reports[0], types.WorkDoneProgressBegin)
    assert reports[0].cancellable
    assert isinstance(reports[-1], types.WorkDoneProgressEnd)


async def test_explain_can_be_cancelled_at_its_progress(editor: Editor) -> None:
    said, begun = len(editor.client.messages), set(editor.client.progress_reports)
    uri = editor.open("for k in range(9):\n    print(k * k)\n", "untitled:cancel")
    await editor.execute("pippy.explain", uri, 0, 1)
    for _ in range(int(ANSWER_SECONDS * 50)):
        fresh = set(editor.client.progress_reports) - begun
        if fresh and editor.client.progress_reports[next(iter(fresh))]:
            break
        await asyncio.sleep(0.02)
    (token,) = fresh
    cancel = types.WorkDoneProgressCancelParams(token)
    editor.client.window_work_done_progress_cancel(cancel)
    for _ in range(int(ANSWER_SECONDS * 50)):
        reports = editor.client.progress_reports[token]
        if isinstance(reports[-1], types.WorkDoneProgressEnd):
            break
        await asyncio.sleep(0.02)
    assert isinstance(reports[-1], types.WorkDoneProgressEnd)
    assert len(editor.client.messages) == said


async def test_explain_without_a_model_costs_one_sentence(failed: Editor) -> None:
    said = len(failed.client.messages)
    await failed.execute("pippy.explain", failed.open(LOOP), 0, 0)
    message = await failed.message(said)
    assert message.type == types.MessageType.Warning
    assert "\n" not in message.message
    assert message.message == (await failed.status()).message


async def test_nothing_to_explain_is_said(failed: Editor) -> None:
    shown = len(failed.client.shown_documents)
    await failed.execute("pippy.explain", failed.open("\n", "untitled:blank"), 0, 0)
    assert "There is no code here yet." in await failed.shown(shown)


async def test_what_no_model_made_is_called_no_guess(failed: Editor) -> None:
    shown = len(failed.client.shown_documents)
    await failed.execute("pippy.explain", failed.open("\n", "untitled:no-guess"), 0, 0)
    assert GUESS not in await failed.shown(shown)


async def test_a_client_that_shows_no_documents_gets_a_message(tmp_path: Path) -> None:
    async with session(tmp_path, "kate", "none") as editor:
        await editor.ready("failed")
        await editor.message()
        await editor.execute("pippy.explain", editor.open("\n"), 0, 0)
        assert (await editor.message(1)).message == "There is no code here yet."
        assert editor.client.shown_documents == []


async def test_what_was_shown_is_gone_with_the_session(tmp_path: Path) -> None:
    cache = {"PIPPY_CACHE_DIR": str(tmp_path)}
    async with session(tmp_path, "vscode", "none", environment=cache) as editor:
        await editor.ready("failed")
        await editor.execute("pippy.explain", editor.open("\n"), 0, 0)
        assert await editor.shown()
        assert [path.suffix for path in inside(tmp_path / "shown")] == ["", ".md"]
    assert inside(tmp_path / "shown") == []


def inside(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


# --- wrong arguments -----------------------------------------------------------------------

WRONG: dict[str, tuple[str, list[Any]]] = {
    "none": ("pippy.explain", []),
    "too-few": ("pippy.explain", ["untitled:a"]),
    "too-many": ("pippy.explain", ["untitled:a", 0, 0, 0]),
    "text-for-a-line": ("pippy.explain", ["untitled:a", "first", "last"]),
    "too-few-for-apply": ("pippy.apply", ["fix"]),
    "unknown-command": ("pippy.dance", []),
}


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_arguments_cost_one_sentence(failed: Editor, name: str) -> None:
    command, arguments = WRONG[name]
    with pytest.raises(JsonRpcException) as caught:
        await failed.execute(command, *arguments)
    assert caught.value.code == INVALID_PARAMS
    assert_is_a_sentence(caught.value)
    assert (await failed.status()).phase == "failed"


@pytest.mark.parametrize(
    "lines", [(-5, 999), (99, 99), (1, 0)], ids=["around", "beyond", "backwards"]
)
async def test_lines_outside_the_program_are_no_trouble(
    failed: Editor, lines: tuple[int, int]
) -> None:
    said, shown = len(failed.client.messages), len(failed.client.shown_documents)
    await failed.execute("pippy.explain", failed.open(LOOP), *lines)
    if lines == (99, 99):
        assert_is_plain(await failed.shown(shown))
    else:
        assert_is_plain((await failed.message(said)).message)


def assert_is_a_sentence(error: JsonRpcException) -> None:
    assert_is_plain(error.message)
    assert "\n" not in error.message
    assert error.data is None


def assert_is_plain(said: str) -> None:
    for sign in ("Traceback", 'File "', "Error:", "object has no"):
        assert sign not in said


# --- pippy/explain -------------------------------------------------------------------------


async def test_the_request_answers_with_the_explanation(editor: Editor) -> None:
    said = len(editor.client.messages)
    uri = editor.open("total = 3 + 4\nprint(total)\n", "untitled:request")
    answer = await editor.request("pippy/explain", place(uri, 0, 1))
    assert GUESS in answer.text
    assert len(editor.client.messages) == said, "a plug-in shows it, not the server"


async def test_the_request_can_be_cancelled(editor: Editor) -> None:
    uri = editor.open("for n in range(7):\n    print(n + n)\n", "untitled:taken-back")
    request = asyncio.ensure_future(editor.request("pippy/explain", place(uri, 0, 1), "ask"))
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


async def test_the_request_without_a_model_fails_in_one_sentence(failed: Editor) -> None:
    uri = failed.open(LOOP, "untitled:failed")
    with pytest.raises(JsonRpcException) as caught:
        await failed.request("pippy/explain", place(uri, 0, 0))
    assert caught.value.code == REQUEST_FAILED
    assert caught.value.message == (await failed.status()).message


WRONG_REQUESTS: dict[str, Any] = {
    "nothing": {},
    "no-range": {"textDocument": {"uri": "untitled:a"}},
    "a-list": [],
    "no-parameters": None,
    "text-for-a-line": {
        "textDocument": {"uri": "untitled:a"},
        "range": {"start": {"line": "x", "character": 0}, "end": {"line": 0, "character": 0}},
    },
}


@pytest.mark.parametrize("name", WRONG_REQUESTS)
async def test_a_wrong_request_costs_one_sentence(failed: Editor, name: str) -> None:
    with pytest.raises(JsonRpcException) as caught:
        await failed.request("pippy/explain", WRONG_REQUESTS[name])
    assert caught.value.code == INVALID_PARAMS
    assert_is_a_sentence(caught.value)


# --- pippy.doctor --------------------------------------------------------------------------


async def doctor(editor: Editor) -> list[dict[str, Any]]:
    checks: list[dict[str, Any]] = (await editor.execute("pippy.doctor"))["checks"]
    return checks


async def test_the_doctor_shows_what_became_of_suggestions(editor: Editor) -> None:
    seen = len(editor.client.shown_documents)
    before = (await doctor(editor))[-1]["data"]
    await editor.shown(seen)
    editor.client.protocol.notify("textDocument/didShowCompletion", {"item": {}})
    await editor.execute("pippy.accept", 12)
    checks = await doctor(editor)
    assert [each["code"] for each in checks if each["state"] == "problem"] == []
    codes = {each["code"] for each in checks}
    assert codes >= {"computer", "cpu", "memory", "packages", "cache", "policy", "model", "panel"}
    after = checks[-1]
    assert after["data"]["shown"] - before["shown"] == 1
    assert after["data"]["characters"] - before["characters"] == 12
    assert after["text"] in await editor.shown(seen + 1)


async def test_the_doctor_says_what_is_wrong_with_the_model(failed: Editor) -> None:
    (wrong,) = [each for each in await doctor(failed) if each["state"] == "problem"]
    assert wrong["code"] == "model-unknown"
    assert_is_plain(wrong["text"])


# --- pippy/status --------------------------------------------------------------------------


async def test_the_status_tells_the_model(editor: Editor) -> None:
    status = await editor.status()
    assert (status.phase, status.error, status.message) == ("ready", "", "")
    assert status.model.name == "qwen2.5-coder-0.5b-instruct"
    assert status.model.infill
    assert status.panel.size >= 1
    assert status.panel.ratio > 1
    assert status.spent.prompt >= status.spent.evaluated >= 0


@pytest.mark.parametrize("params", [{}, None, []], ids=["object", "none", "list"])
async def test_the_status_tells_what_is_wrong(failed: Editor, params: Any) -> None:
    status = await failed.request("pippy/status", params)
    assert (status.phase, status.error) == ("failed", "model-unknown")
    assert '"none"' in status.message
    assert_is_plain(status.message)
