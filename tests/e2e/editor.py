"""A real server process over stdio, asked by real clients' capability sets."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import converters, types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities, make_test_lsp_client

CLIENTS = Path(__file__).parent / "clients"
MODELS = {
    "plumbing": "smollm2-135m-instruct",
    "meaning": "qwen2.5-coder-0.5b-instruct",
}
LOAD_SECONDS = 120


def capabilities(client: str) -> types.ClientCapabilities:
    """What a real client says it can do: VS Code, Neovim (both with ghost text) or Kate."""
    if client == "kate":
        recorded = json.loads((CLIENTS / "kate_22.12.json").read_text("utf-8"))
        return converters.get_converter().structure(recorded, types.ClientCapabilities)
    found = client_capabilities({"vscode": "visual-studio-code", "neovim": "neovim"}[client])
    assert found.text_document is not None
    # The recorded sets are older than vscode-languageclient 10 and Neovim 0.12, which add this.
    found.text_document.inline_completion = types.InlineCompletionClientCapabilities()
    return found


class Editor:
    """A client in whose editor one document is open."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self._versions: dict[str, int] = {}

    def open(self, text: str, uri: str = "untitled:Untitled-1") -> str:
        self._versions[uri] = 1
        item = types.TextDocumentItem(uri, "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri: str, text: str) -> None:
        self._versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self._versions[uri], uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    async def inline(self, uri: str, line: int, character: int) -> list[types.InlineCompletionItem]:
        answer = await self.client.text_document_inline_completion_async(
            types.InlineCompletionParams(
                context=types.InlineCompletionContext(types.InlineCompletionTriggerKind.Invoked),
                text_document=types.TextDocumentIdentifier(uri),
                position=types.Position(line, character),
            )
        )
        assert isinstance(answer, types.InlineCompletionList)
        return list(answer.items)

    async def complete(self, uri: str, line: int, character: int) -> types.CompletionList:
        answer = await self.client.text_document_completion_async(
            types.CompletionParams(
                types.TextDocumentIdentifier(uri), types.Position(line, character)
            )
        )
        assert isinstance(answer, types.CompletionList)
        return answer

    async def hover(self, uri: str, line: int, character: int) -> types.Hover | None:
        return await self.client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        )

    async def actions(
        self, uri: str, first: int, last: int | None = None
    ) -> list[types.CodeAction]:
        answer = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(uri),
                types.Range(types.Position(first, 0), types.Position(last or first, 0)),
                types.CodeActionContext([]),
            )
        )
        return [each for each in answer or [] if isinstance(each, types.CodeAction)]

    async def status(self) -> Any:
        request: Any = self.client.protocol.send_request_async
        return await request("pippy/status", {})

    async def ready(self, phase: str = "ready") -> Any:
        """Wait until the model's status is `phase`."""
        for _ in range(LOAD_SECONDS * 10):
            status = await self.status()
            if status.phase == phase:
                return status
            await asyncio.sleep(0.1)
        raise AssertionError(f"the model is {status.phase}, not {phase}: {status.message}")


@asynccontextmanager
async def session(
    folder: Path,
    client: str = "vscode",
    model: str = "plumbing",
    options: dict[str, Any] | None = None,
    environment: dict[str, str] | None = None,
) -> AsyncIterator[Editor]:
    """An initialized session with a fresh server process."""
    config = ClientServerConfig(
        server_command=[sys.executable, "-m", "pippy_lsp", "--stdio"],
        client_factory=make_test_lsp_client,
        server_env={
            **os.environ,
            "PIPPY_MODEL": MODELS.get(model, model),
            "PYTHONWARNINGS": "ignore",
            **(environment or {}),
        },
    )
    lsp_client = await config.start()
    assert isinstance(lsp_client, LanguageClient)
    try:
        await lsp_client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities(client),
                process_id=os.getpid(),
                root_uri=folder.as_uri(),
                initialization_options=options or {},
            )
        )
        yield Editor(lsp_client, folder)
        await lsp_client.shutdown_session()
    finally:
        stop: Any = lsp_client.stop
        await stop()
