"""A real server process over stdio, asked by real clients' capability sets."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Union

from lsprotocol import converters, types
from pygls import uris
from pygls.protocol import default_converter
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from pytest_lsp.client import register_lsp_features

CLIENTS = Path(__file__).parent / "clients"
MODELS = {
    "plumbing": "smollm2-135m-instruct",
    "meaning": "qwen2.5-coder-0.5b-instruct",
}
PATIENT = {
    "completion": {"timeoutS": 60},
    "teaching": {"timeoutS": 60},
    "sparing": {"when": "never"},
}
"""Settings for a machine that is busy with other things."""
REQUEST_CANCELLED = -32800
LOAD_SECONDS = 120
ANSWER_SECONDS = 60.0
"""For what the model says in 3 to 9 seconds on an idle machine."""


def capabilities(client: str) -> types.ClientCapabilities:
    """What a real client says it can do: VS Code, Neovim (both with ghost text) or Kate.

    Kate's are what Kate 22.12.3 sent in its `initialize`.
    """
    if client == "kate":
        recorded = json.loads((CLIENTS / "kate_22.12.3.json").read_text("utf-8"))
        return converters.get_converter().structure(recorded, types.ClientCapabilities)
    found = client_capabilities({"vscode": "visual-studio-code", "neovim": "neovim"}[client])
    assert found.text_document is not None
    # The recorded sets are older than vscode-languageclient 10 and Neovim 0.12, which add this.
    found.text_document.inline_completion = types.InlineCompletionClientCapabilities()
    return found


def _converter() -> Any:
    """pygls's; lsprotocol 2025.0.0 takes an action that has a command for a command."""
    make: Any = default_converter
    converter = make()

    def structure(value: dict[str, Any], _: object) -> Any:
        is_command = isinstance(value.get("command"), str)
        return converter.structure(value, types.Command if is_command else types.CodeAction)

    # pygls and lsprotocol ask for the type by this spelling of it
    either: Any = Union[types.Command, types.CodeAction]  # noqa: UP007
    converter.register_structure_hook(either, structure)
    return converter


class StrictClient(LanguageClient):
    """Keeps what pytest-lsp passes over: a warning raised in a handler, an answer of no request."""

    def __init__(self) -> None:
        super().__init__(converter_factory=_converter)
        self.surprises: list[Exception] = []
        self.statuses: list[Any] = []
        self.sent_edits: list[types.ApplyWorkspaceEditParams] = []
        self.registered: list[types.Registration] = []
        register_lsp_features(self)

        def status(params: Any) -> None:
            self.statuses.append(params)

        def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            self.sent_edits.append(params)
            return types.ApplyWorkspaceEditResult(applied=True)

        def register(params: types.RegistrationParams) -> None:
            self.registered.extend(params.registrations)

        self.feature("didChangeStatus")(status)
        self.feature(types.CLIENT_REGISTER_CAPABILITY)(register)
        self.feature(types.WORKSPACE_APPLY_EDIT)(apply)

    def report_server_error(self, error: Exception, source: Any) -> None:
        self.surprises.append(error)
        super().report_server_error(error, source)


class Editor:
    """A client in whose editor documents are open."""

    def __init__(
        self, client: StrictClient, folder: Path, server: types.InitializeResult, seconds: float
    ) -> None:
        self.client = client
        self.folder = folder
        self.server = server
        self.seconds_to_initialize = seconds
        """From the start of the process to the answer."""
        self.texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}

    # --- documents -------------------------------------------------------------------------

    @property
    def encoding(self) -> str:
        """What the columns count: "utf-8" or "utf-16"."""
        found = self.server.capabilities.position_encoding or types.PositionEncodingKind.Utf16
        return found.value if isinstance(found, types.PositionEncodingKind) else found

    def open(self, text: str, uri: str = "untitled:Untitled-1") -> str:
        self._versions[uri] = 1
        self.texts[uri] = text
        item = types.TextDocumentItem(uri, "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def open_at(self, marked: str, uri: str) -> tuple[str, types.Position]:
        """Open the text without its mark `|`; the document and the mark's place."""
        before, after = marked.split("|")
        return self.open(before + after, uri), self.position(before)

    def position(self, before: str) -> types.Position:
        """The place after the text `before`."""
        line = before.rsplit("\n", 1)[-1]
        size = 1 if self.encoding == "utf-8" else 2
        coded = line.encode("utf-8" if size == 1 else "utf-16-le")
        return types.Position(before.count("\n"), len(coded) // size)

    def change(self, uri: str, text: str) -> None:
        self.texts[uri] = text
        self._tell(uri, types.TextDocumentContentChangeWholeDocument(text))

    def type(self, uri: str, place: types.Position, text: str) -> None:
        """Put `text` in, and tell the server that change alone."""
        edit = types.TextEdit(types.Range(place, place), text)
        self.texts[uri] = self.applied(self.texts[uri], [edit])
        self._tell(uri, types.TextDocumentContentChangePartial(edit.range, text))

    def _tell(self, uri: str, change: types.TextDocumentContentChangeEvent) -> None:
        self._versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def applied(self, text: str, edits: Iterable[types.TextEdit]) -> str:
        """`text` after the edits, as a client makes them."""
        (edit,) = edits
        start, end = self._offset(text, edit.range.start), self._offset(text, edit.range.end)
        return text[:start] + edit.new_text + text[end:]

    def _offset(self, text: str, place: types.Position) -> int:
        lines = text.splitlines(keepends=True)
        before = "".join(lines[: place.line])
        line = lines[place.line] if place.line < len(lines) else ""
        name, size = ("utf-8", 1) if self.encoding == "utf-8" else ("utf-16-le", 2)
        coded = line.encode(name)[: place.character * size]
        return len(before) + len(coded.decode(name))

    def edits(self, change: types.WorkspaceEdit | None) -> list[types.TextEdit]:
        """The edits of one document that a workspace edit makes."""
        assert change is not None
        found: list[types.TextEdit] = []
        for edits in (change.changes or {}).values():
            found.extend(edits)
        for each in change.document_changes or []:
            assert isinstance(each, types.TextDocumentEdit)
            found.extend(edit for edit in each.edits if isinstance(edit, types.TextEdit))
        return found

    # --- what an editor asks ---------------------------------------------------------------

    async def inline(
        self,
        uri: str,
        line: int,
        character: int,
        chosen: types.SelectedCompletionInfo | None = None,
    ) -> list[types.InlineCompletionItem]:
        """Ghost text asked for by hand; `chosen` is selected in the list of completions."""
        kind = types.InlineCompletionTriggerKind.Invoked
        answer = await self.client.text_document_inline_completion_async(
            types.InlineCompletionParams(
                context=types.InlineCompletionContext(kind, chosen),
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

    async def offers(
        self, uri: str, where: types.Range, only: Iterable[str] | None = None
    ) -> list[types.CodeAction | types.Command]:
        """The actions and commands for a selection."""
        context = types.CodeActionContext([], only=None if only is None else list(only))
        answer = await self.client.text_document_code_action_async(
            types.CodeActionParams(types.TextDocumentIdentifier(uri), where, context)
        )
        return list(answer or [])

    async def actions(
        self, uri: str, first: int, last: int | None = None, only: Iterable[str] | None = None
    ) -> list[types.CodeAction]:
        """The actions for the cursor in line `first`, or for a selection to the start of `last`."""
        end = types.Position(first if last is None else last, 0)
        answer = await self.offers(uri, types.Range(types.Position(first, 0), end), only)
        return [each for each in answer if isinstance(each, types.CodeAction)]

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        return await self.client.code_action_resolve_async(action)

    async def execute(self, command: str, *arguments: Any) -> Any:
        params = types.ExecuteCommandParams(command, list(arguments))
        return await self.client.workspace_execute_command_async(params)

    async def request(self, method: str, params: Any, name: str | None = None) -> Any:
        """A request of any method; `name` is its id, for `cancel`."""
        send: Any = self.client.protocol.send_request_async
        return await send(method, params, name)

    def cancel(self, name: str) -> None:
        """Take a request back. Its answer is an error with the code REQUEST_CANCELLED."""
        self.client.protocol.notify(types.CANCEL_REQUEST, types.CancelParams(name))

    async def status(self) -> Any:
        return await self.request("pippy/status", {})

    async def ready(self, phase: str = "ready") -> Any:
        """Wait until the model's status is `phase`."""
        for _ in range(LOAD_SECONDS * 10):
            status = await self.status()
            if status.phase == phase:
                return status
            await asyncio.sleep(0.1)
        raise AssertionError(f"the model is {status.phase}, not {phase}: {status.message}")

    async def message(self, after: int = 0) -> types.ShowMessageParams:
        """The message that the server shows after it has shown `after` of them."""
        end = time.monotonic() + ANSWER_SECONDS
        while len(self.client.messages) <= after:
            assert time.monotonic() < end, "nothing was said"
            await asyncio.sleep(0.02)
        return self.client.messages[after]

    async def shown(self, after: int = 0) -> str:
        """The text of the document that the server shows after it has shown `after` of them."""
        end = time.monotonic() + ANSWER_SECONDS
        while len(self.client.shown_documents) <= after:
            assert time.monotonic() < end, "nothing was shown"
            await asyncio.sleep(0.02)
        path = uris.to_fs_path(self.client.shown_documents[after].uri)
        return await asyncio.to_thread(Path(path or "").read_text, "utf-8")


@asynccontextmanager
async def session(
    folder: Path,
    client: str | types.ClientCapabilities = "vscode",
    model: str = "plumbing",
    options: dict[str, Any] | None = None,
    environment: dict[str, str] | None = None,
    configuration: dict[str, Any] | None = None,
) -> AsyncIterator[Editor]:
    """An initialized session with a fresh server process.

    `configuration` is what the client answers to `workspace/configuration`.
    """
    config = ClientServerConfig(
        server_command=[sys.executable, "-m", "pippy_lsp", "--stdio"],
        client_factory=StrictClient,
        server_env={
            **os.environ,
            "PIPPY_MODEL": MODELS.get(model, model),
            "PYTHONWARNINGS": "ignore",
            **(environment or {}),
        },
    )
    began = time.monotonic()
    lsp_client = await config.start()
    assert isinstance(lsp_client, StrictClient)
    lsp_client.set_configuration({"pippy": configuration or {}})
    try:
        server = await lsp_client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities(client) if isinstance(client, str) else client,
                process_id=os.getpid(),
                root_uri=folder.as_uri(),
                initialization_options=options or {},
            )
        )
        yield Editor(lsp_client, folder, server, time.monotonic() - began)
        await lsp_client.shutdown_session()
        assert [str(each) for each in lsp_client.surprises] == []
    finally:
        process: Any = lsp_client._server
        if process.returncode is None:  # the test failed; stop() would wait for the server
            process.kill()
        stop: Any = lsp_client.stop
        await stop()
