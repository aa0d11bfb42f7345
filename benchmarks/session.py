"""Our side: the real server process over stdio, asked as VS Code's client asks.

Each change asks for ghost text and takes the request before back; where the cursor has rested for a
quarter of a second VS Code asks which code actions there are. The server's other features stay out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from benchmarks.replay import Answer, Spent
from benchmarks.traces import Key, Section
from pippy_lsp.demo_client import editor
from pippy_lsp.documents import DocumentSnapshot

REST_SECONDS = 0.25
"""How long the cursor rests before VS Code asks for code actions."""


class Session:
    """An editor that shows ghost text; each keystroke takes the request before it back."""

    def __init__(self, client: LanguageClient, folder: Path, *, profile: bool = False) -> None:
        self._client = client
        self._folder = folder
        self._profile = profile
        self._document: DocumentSnapshot | None = None
        self._opened = 0
        self._asked = 0
        self._pending: tuple[str, Future[Any]] | None = None
        self._number = -1
        self._notes: set[asyncio.Task[None]] = set()
        self._resting: asyncio.TimerHandle | None = None
        self.answers: dict[int, Answer] = {}

    @property
    def pid(self) -> int:
        """The server's process; the worker is below it."""
        server = self._client._server
        assert server is not None  # noqa: S101 - the editor has started it
        return server.pid

    async def open(self, section: Section) -> None:
        """Close the program before and open this one, saved in a folder of its own."""
        self._take_back()
        if self._document is not None:
            old = types.TextDocumentIdentifier(self._document.uri)
            self._client.text_document_did_close(types.DidCloseTextDocumentParams(old))
        self._opened += 1
        file = self._folder / f"{self._opened}-{section.name}.py"
        file.write_text(section.document, "utf-8", newline="")
        self._document = DocumentSnapshot(file.as_uri(), 1, section.document)
        self.answers, self._number = {}, -1
        item = types.TextDocumentItem(self._document.uri, "python", 1, section.document)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        self._rest(len(section.before))

    def press(self, number: int, key: Key, document: str) -> None:
        """Send the change, take the request before back and ask again.

        VS Code asks where the text has changed, not where only the cursor has moved.
        """
        old = self._document
        assert old is not None  # noqa: S101 - opened before
        self._number = number
        self._rest(key.cursor)
        if key.kind == "move":
            self._take_back()
            return
        change = types.TextDocumentContentChangePartial(old.range(key.start, key.end), key.text)
        new = self._document = DocumentSnapshot(old.uri, old.version + 1, document)
        self._client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(new.version, new.uri), [change]
            )
        )
        self._take_back()
        self._ask(number, new, key.cursor)

    def _ask(self, number: int, document: DocumentSnapshot, cursor: int) -> None:
        params = types.InlineCompletionParams(
            types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
            types.TextDocumentIdentifier(document.uri),
            document.position(cursor),
        )
        self._asked += 1
        name = f"ghost-{self._asked}"
        future = self._client.protocol.send_request(
            types.TEXT_DOCUMENT_INLINE_COMPLETION, params, msg_id=name
        )
        self._pending = (name, future)
        future.add_done_callback(lambda done: self._answered(number, document, cursor, done))

    def _rest(self, cursor: int) -> None:
        """The cursor is there now; if it stays, ask for code actions."""
        if self._resting is not None:
            self._resting.cancel()
        loop = asyncio.get_running_loop()
        self._resting = loop.call_later(REST_SECONDS, self._ask_actions, cursor)

    def _ask_actions(self, cursor: int) -> None:
        assert self._document is not None  # noqa: S101 - opened before
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(self._document.uri),
            self._document.range(cursor, cursor),
            types.CodeActionContext([], trigger_kind=types.CodeActionTriggerKind.Automatic),
        )
        self._client.protocol.send_request(types.TEXT_DOCUMENT_CODE_ACTION, params)

    def close(self) -> None:
        """Ask nothing more."""
        if self._resting is not None:
            self._resting.cancel()

    def _take_back(self) -> None:
        if self._pending is not None and not self._pending[1].done():
            self._client.cancel_request(types.CancelParams(self._pending[0]))
        self._pending = None

    def _answered(
        self, number: int, document: DocumentSnapshot, cursor: int, done: Future[Any]
    ) -> None:
        at = time.perf_counter()
        if number != self._number or done.cancelled() or done.exception() is not None:
            return
        found = done.result()
        items = found.items if isinstance(found, types.InlineCompletionList) else found or []
        self.answers[number] = Answer(at, _inserted(items[0], document, cursor) if items else "")
        if self._profile:
            task = asyncio.ensure_future(self._note(number, self.answers[number]))
            self._notes.add(task)
            task.add_done_callback(self._notes.discard)

    async def _note(self, number: int, answer: Answer) -> None:
        """Put into the answer what the model had spent when it came."""
        spent = await self.spent()
        if spent is not None and self.answers.get(number) is answer:
            self.answers[number] = replace(answer, spent=spent)

    async def spent(self) -> Spent | None:
        """The counters of `pippy/status`, where it tells them."""
        status = await self._client.protocol.send_request_async("pippy/status", {})
        told = getattr(status, "spent", None)
        if told is None:
            return None
        return Spent(int(told.evaluated), int(told.generated))


def _inserted(item: types.InlineCompletionItem, document: DocumentSnapshot, cursor: int) -> str:
    """What accepting the item puts at the cursor; "" where it changes what stands before it."""
    text = item.insert_text if isinstance(item.insert_text, str) else item.insert_text.value
    start = document.offset(item.range.start) if item.range else cursor
    typed = document.text[start:cursor]
    return text[len(typed) :] if text.startswith(typed) else ""


@asynccontextmanager
async def session(model: str, folder: Path, *, profile: bool = False) -> AsyncIterator[Session]:
    """Our server with that model loaded, until the context is left.

    Raises: what made the load fail; EngineTimeout; EngineCrashed.
    """
    async with editor({"PIPPY_MODEL": model}) as found:
        await found.wait_ready(lambda _share: None)
        side = Session(found._client, folder, profile=profile)
        yield side
        side.close()
