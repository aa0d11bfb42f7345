"""publishDiagnostics and textDocument/diagnostic, by the capability sets of real clients."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types

from tests.e2e.editor import ANSWER_SECONDS, Editor, capabilities, session

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

BROKEN = "score = 1\nif score = 1:\n    print(scroe)\n"
CODES = ["assign-in-condition", "near-name"]
QUICK = {"diagnostics": {"pauseMs": 100, "linePauseMs": 1500}}
ERROR, WARNING = types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Warning


def asking() -> types.ClientCapabilities:
    """VS Code's: what vscode-languageclient 11 adds to the recorded set."""
    found = capabilities("vscode")
    assert found.text_document is not None
    assert found.workspace is not None
    found.text_document.diagnostic = types.DiagnosticClientCapabilities(
        dynamic_registration=True, related_document_support=False
    )
    found.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Editor]]:
    """Servers without a model: VS Code and Neovim ask, Kate is told."""
    clients: dict[str, Any] = {"vscode": asking(), "neovim": "neovim", "kate": "kate"}
    async with AsyncExitStack() as stack:
        found = {}
        for name, client in clients.items():
            folder = tmp_path_factory.mktemp(name)
            opened = session(folder, client, model="none", options=QUICK)
            found[name] = await stack.enter_async_context(opened)
            await found[name].ready("failed")
        yield found


async def told(editor: Editor, uri: str, codes: list[str]) -> list[types.Diagnostic]:
    """The diagnostics that the server has sent, once they are `codes`."""
    end = time.monotonic() + ANSWER_SECONDS
    while [each.code for each in editor.client.diagnostics.get(uri, [])] != codes or (
        uri not in editor.client.diagnostics
    ):
        assert time.monotonic() < end, editor.client.diagnostics.get(uri)
        await asyncio.sleep(0.02)
    return list(editor.client.diagnostics[uri])


async def pulled(editor: Editor, uri: str, previous: str | None = None) -> Any:
    document = types.TextDocumentIdentifier(uri)
    params = types.DocumentDiagnosticParams(document, previous_result_id=previous)
    return await editor.client.text_document_diagnostic_async(params)


def check(found: list[types.Diagnostic]) -> None:
    """The two problems of `BROKEN`, where they are and in words without marks."""
    assert [each.code for each in found] == CODES
    assert [each.severity for each in found] == [ERROR, WARNING]
    assert [each.range.start.line for each in found] == [1, 2]
    assert found[1].range.start.character == 10
    assert found[1].range.end.character == 15
    assert "use ==" in found[0].message
    assert "Did you mean score?" in found[1].message
    assert all(each.source == "Pippy" and "`" not in each.message for each in found)


@pytest.mark.parametrize("client", ["vscode", "neovim"])
async def test_who_asks_is_answered_and_not_told(editors: dict[str, Editor], client: str) -> None:
    editor = editors[client]
    uri = editor.open(BROKEN, "untitled:asks")
    report = await pulled(editor, uri)
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    check(list(report.items))
    again = await pulled(editor, uri, report.result_id)
    assert isinstance(again, types.RelatedUnchangedDocumentDiagnosticReport)
    assert again.result_id == report.result_id
    assert editor.client.diagnostics.get(uri, []) == []


async def test_who_does_not_ask_is_told(editors: dict[str, Editor]) -> None:
    kate = editors["kate"]
    uri = kate.open(BROKEN, "untitled:told")
    check(await told(kate, uri, CODES))
    kate.change(uri, "score = 1\nif score == 1:\n    print(score)\n")
    await told(kate, uri, [])
    kate.change(uri, BROKEN)
    await told(kate, uri, CODES)
    closed = types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
    kate.client.text_document_did_close(closed)
    await told(kate, uri, [])


async def test_the_line_in_work_is_marked_after_the_longer_pause(
    editors: dict[str, Editor],
) -> None:
    kate = editors["kate"]
    uri = kate.open("score = 1\nprnt(score)\n\n", "untitled:work")
    await told(kate, uri, ["near-name"])
    began = time.monotonic()
    kate.type(uri, types.Position(2, 0), "if score = 1:")
    sent = len(kate.client.diagnostics[uri])
    await told(kate, uri, ["near-name", "assign-in-condition"])
    assert sent == 1
    assert time.monotonic() - began >= QUICK["diagnostics"]["linePauseMs"] / 1000


async def test_who_saves_is_told_at_once(editors: dict[str, Editor]) -> None:
    kate = editors["kate"]
    uri = kate.open("score = 1\n\n", "untitled:saves")
    await told(kate, uri, [])
    kate.type(uri, types.Position(1, 0), "if score > 1:")
    saved = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri))
    kate.client.text_document_did_save(saved)
    await told(kate, uri, ["empty-block"])


async def test_what_was_held_is_asked_for_again(editors: dict[str, Editor]) -> None:
    vscode, neovim = editors["vscode"], editors["neovim"]
    for editor in (vscode, neovim):
        uri = editor.open("score = 1\n\n", "untitled:held")
        editor.type(uri, types.Position(1, 0), "if score = 1: pass")
    before = vscode.client.diagnostic_refresh_count
    report = await pulled(vscode, "untitled:held")
    assert list(report.items) == []
    end = time.monotonic() + ANSWER_SECONDS
    while vscode.client.diagnostic_refresh_count == before:
        assert time.monotonic() < end, "the client was not asked to ask again"
        await asyncio.sleep(0.02)
    report = await pulled(vscode, "untitled:held")
    assert [each.code for each in report.items] == ["assign-in-condition"]
    # Neovim can't be asked to ask again: it is answered after the longer pause.
    report = await pulled(neovim, "untitled:held")
    assert [each.code for each in report.items] == ["assign-in-condition"]


async def test_spanish_and_columns_after_an_emoji(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    options = {"language": "es", **QUICK}
    folder = tmp_path_factory.mktemp("es")
    async with session(folder, "kate", model="none", options=options) as kate:
        uri = kate.open("score = 1\nprint('😀', scroe)\n")
        (found,) = await told(kate, uri, ["near-name"])
        assert "¿Querías decir score?" in found.message
        assert (found.range.start.character, found.range.end.character) == (12, 17)


@pytest.mark.parametrize(
    ("settings", "codes"),
    [({"enabled": False}, []), ({"habits": False}, CODES)],
    ids=["off", "without-habits"],
)
async def test_it_can_be_switched_off(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, Any], codes: list[str]
) -> None:
    options = {"diagnostics": {**QUICK["diagnostics"], **settings}}
    folder = tmp_path_factory.mktemp("off")
    async with session(folder, "kate", model="none", options=options) as kate:
        uri = kate.open(BROKEN + "list = 3\n")
        await told(kate, uri, codes)


async def test_an_exam_keeps_what_is_certain(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("exam")
    (folder / ".pippy.toml").write_text("[policy]\nexam = true\n", "utf-8")
    async with session(folder, "kate", model="none", options=QUICK) as kate:
        uri = kate.open(BROKEN)
        (found,) = await told(kate, uri, CODES[:1])
        assert found.message == "Python can't read line 2."
