"""An editor without a screen: starts the server as a process and talks LSP with it over stdio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient

from pippy_lsp import __version__
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import EngineCrashed, EngineError, EngineTimeout, from_code

T = TypeVar("T")
COMMAND = (sys.executable, "-m", "pippy_lsp", "--stdio")
LOAD_SECONDS = 300.0
"""How long a model may take to load from a slow disk."""
POLL_SECONDS = 0.05
_OPTIONS = {"teaching": {"explain": False}}
"""The hover need not prepare the model's explanation: the demo asks for it, and times it."""
END_SECONDS = 5.0
"""How long the server has to end by itself."""


@dataclass(frozen=True)
class Timed(Generic[T]):
    """A value and the milliseconds that it took to get it."""

    value: T
    ms: float


async def timed(work: Awaitable[T]) -> Timed[T]:
    """Await `work` and time it."""
    start = time.perf_counter()
    value = await work
    return Timed(value, 1000 * (time.perf_counter() - start))


@dataclass(frozen=True)
class Ghost:
    """Ghost text, and the offsets (characters) of what it would replace."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Action:
    """A code action with the program as it would be after it; None where there is no edit."""

    title: str
    kind: str
    after: str | None


class Editor:
    """One open document, in a server that was told what VS Code tells."""

    def __init__(self, client: LanguageClient) -> None:
        self._client = client
        self.document = DocumentSnapshot("untitled:demo.py", 1, "")

    async def open(self, uri: str, text: str) -> None:
        """Show the document."""
        self.document = DocumentSnapshot(uri, 1, text)
        item = types.TextDocumentItem(uri, "python", 1, text)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, offset: int, text: str, *, until: int | None = None) -> int:
        """Put `text` at `offset`, in place of what is there to `until`; the offset after it."""
        old = self.document
        end = offset if until is None else until
        change = types.TextDocumentContentChangePartial(old.range(offset, end), text)
        new = old.text[:offset] + text + old.text[end:]
        self.document = DocumentSnapshot(old.uri, old.version + 1, new)
        self._client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.document.version, old.uri), [change]
            )
        )
        return offset + len(text)

    def accept(self, ghost: Ghost) -> None:
        """Press Tab."""
        self.type(ghost.start, ghost.text, until=ghost.end)

    @property
    def _identifier(self) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.document.uri)

    async def ghost(self, offset: int) -> Ghost | None:
        """The first inline completion at `offset`."""
        found = await self._client.text_document_inline_completion_async(
            types.InlineCompletionParams(
                types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
                self._identifier,
                self.document.position(offset),
            )
        )
        items = found.items if isinstance(found, types.InlineCompletionList) else found or []
        if not items:
            return None
        item, place = items[0], items[0].range
        text = item.insert_text if isinstance(item.insert_text, str) else item.insert_text.value
        if place is None:
            return Ghost(text, offset, offset)
        return Ghost(text, self.document.offset(place.start), self.document.offset(place.end))

    async def hover(self, offset: int) -> str | None:
        """The hover's Markdown."""
        found = await self._client.text_document_hover_async(
            types.HoverParams(self._identifier, self.document.position(offset))
        )
        return found.contents.value if found and hasattr(found.contents, "value") else None

    async def explain(self, line: int) -> str:
        """The model's explanation of a line (from 0), as Markdown."""
        place = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 0}}
        params = {"textDocument": {"uri": self.document.uri}, "range": place}
        found = await self._client.protocol.send_request_async("pippy/explain", params)
        return str(found.text)

    async def actions(self, offset: int) -> list[types.CodeAction]:
        """The code actions at `offset`."""
        found = await self._client.text_document_code_action_async(
            types.CodeActionParams(
                self._identifier,
                self.document.range(offset, offset),
                types.CodeActionContext([]),
            )
        )
        return [each for each in found or [] if isinstance(each, types.CodeAction)]

    async def resolve(self, action: types.CodeAction) -> Action:
        """The action with its edit applied to a copy of the document."""
        if action.edit is None:
            action = await self._client.code_action_resolve_async(action)
        kind = str(getattr(action.kind, "value", action.kind) or "")
        edits = _edits(action.edit) if action.edit else []
        return Action(action.title, kind, self._applied(edits) if edits else None)

    def _applied(self, edits: list[types.TextEdit]) -> str:
        text = self.document.text
        for edit in sorted(edits, key=lambda each: each.range.start, reverse=True):
            start, end = map(self.document.offset, (edit.range.start, edit.range.end))
            text = text[:start] + edit.new_text + text[end:]
        return text

    async def wait_ready(self, progress: Callable[[float], None]) -> str:
        """Wait until the model answers; its name. `progress` is told the share that is loaded.

        Raises: what made the load fail; EngineTimeout.
        """
        until = time.monotonic() + LOAD_SECONDS
        while time.monotonic() < until:
            now = await self._client.protocol.send_request_async("pippy/status", {})
            progress(float(now.progress))
            if now.phase == "ready":
                return str(now.model.name)
            if now.phase == "failed":
                raise from_code(str(now.error), now.details._asdict())
            await asyncio.sleep(POLL_SECONDS)
        raise EngineTimeout(seconds=LOAD_SECONDS)


def _edits(edit: types.WorkspaceEdit) -> list[types.TextEdit]:
    """The plain text edits of a workspace edit of one document."""
    found: list[Any] = [each for edits in (edit.changes or {}).values() for each in edits]
    for change in edit.document_changes or []:
        if isinstance(change, types.TextDocumentEdit):
            found.extend(change.edits)
    return [each for each in found if isinstance(each, types.TextEdit)]


@asynccontextmanager
async def editor(environment: dict[str, str]) -> AsyncIterator[Editor]:
    """An editor whose server runs until the context is left.

    Raises: EngineCrashed when the server does not start or dies; EngineError when it answers with
    an error.
    """
    client = LanguageClient("pippy-lsp-demo", __version__)
    _listen(client)
    # PYTHONSAFEPATH: modules in the child's folder must not be taken for Python's own.
    environment = {**os.environ, "PYTHONSAFEPATH": "1", **environment}
    await client.start_io(*COMMAND, env=environment)
    drain = asyncio.create_task(_drain(client))
    try:
        await client.initialize_async(
            types.InitializeParams(
                capabilities=_capabilities(),
                process_id=os.getpid(),
                initialization_options=_OPTIONS,
            )
        )
        client.initialized(types.InitializedParams())
        yield Editor(client)
    except JsonRpcException as error:
        raise EngineError from error
    except RuntimeError as error:  # pygls' own, for each request that a dead server leaves open
        if not client.stopped:
            raise
        raise EngineCrashed from error
    finally:
        await _end(client)
        drain.cancel()


async def _drain(client: LanguageClient) -> None:
    """Read the server's stderr, or it would block; it is shown where it is asked for."""
    server = client._server
    if server is None or server.stderr is None:
        return
    while line := await server.stderr.readline():
        if os.environ.get("PIPPY_DEBUG") == "1":
            sys.stderr.write(line.decode("utf-8", "replace"))


async def _end(client: LanguageClient) -> None:
    """Let the server end in order, and end it if it does not."""
    server = client._server
    if server is not None and server.returncode is None:
        try:
            await asyncio.wait_for(client.shutdown_async(None), END_SECONDS)
            client.exit(None)
            await asyncio.wait_for(server.wait(), END_SECONDS)
        except (JsonRpcException, RuntimeError, TimeoutError, asyncio.TimeoutError):
            with contextlib.suppress(ProcessLookupError):
                server.kill()
    await client.stop()  # type: ignore[no-untyped-call]


def _listen(client: LanguageClient) -> None:
    """Let the server open a progress, say things and mark mistakes; the demo shows none of it."""
    for method in (
        types.WINDOW_WORK_DONE_PROGRESS_CREATE,
        types.PROGRESS,
        types.WINDOW_SHOW_MESSAGE,
        types.WINDOW_LOG_MESSAGE,
        types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
    ):
        client.feature(method)(lambda _params: None)


def _capabilities() -> types.ClientCapabilities:
    """What VS Code says of itself, as far as it matters here."""
    markdown = [types.MarkupKind.Markdown, types.MarkupKind.PlainText]
    action = types.CodeActionClientCapabilities(
        code_action_literal_support=types.ClientCodeActionLiteralOptions(
            types.ClientCodeActionKindOptions(["", "quickfix", "refactor", "refactor.rewrite"])
        ),
        data_support=True,
        resolve_support=types.ClientCodeActionResolveOptions(["edit"]),
    )
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(
            position_encodings=[types.PositionEncodingKind.Utf16]
        ),
        text_document=types.TextDocumentClientCapabilities(
            hover=types.HoverClientCapabilities(content_format=markdown),
            code_action=action,
            inline_completion=types.InlineCompletionClientCapabilities(),
        ),
        window=types.WindowClientCapabilities(work_done_progress=True),
        workspace=types.WorkspaceClientCapabilities(
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
        ),
    )
