"""The server object that every feature works on: the settings, the engine, and what they drive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import unquote

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from pippy_lsp import __version__, prompts
from pippy_lsp import policy as policies
from pippy_lsp.agents.chair import Chair
from pippy_lsp.analysis.learner import Learner
from pippy_lsp.completion.suggest import Completer
from pippy_lsp.documents import DocumentSnapshot, Encoding
from pippy_lsp.engine.frugal import Frugal
from pippy_lsp.engine.protocol import Adaptable, Engine, Status
from pippy_lsp.errors import Distress, EngineLoading, PippyError, from_code
from pippy_lsp.features.client import Client
from pippy_lsp.features.latest import Latest
from pippy_lsp.features.protocol import Protocol
from pippy_lsp.features.show import Pages, as_messages
from pippy_lsp.features.tidy import Tidy
from pippy_lsp.policy import Policy
from pippy_lsp.safety.guard import Guarded
from pippy_lsp.settings import ModelSettings, Settings, only_adapters
from pippy_lsp.sparing import Sparing
from pippy_lsp.teaching.explain import Explainer
from pippy_lsp.teaching.steps import Steps

log = logging.getLogger(__name__)
T = TypeVar("T")
EngineFactory = Callable[[ModelSettings], Engine]
REQUEST_FAILED = -32803
"""LSP's code for a request that was understood and could not be answered."""
BELOW = "\n" * 40
"""More lines than an editor shows at once."""
SHOW_SECONDS = 3.0
"""How long a client has to show a document before the words come as a message."""


@dataclass
class Figures:
    """What became of suggestions since the server was started; kept in memory only."""

    offered: int = 0
    """Given to the editor."""
    shown: int = 0
    """Told by the editor as shown; not all editors tell."""
    accepted: int = 0
    partly: int = 0
    """Taken word by word or line by line."""
    characters: int = 0
    """That the child did not have to type, of suggestions taken whole."""


class PippyServer(LanguageServer):
    """A language server with a language model behind it."""

    def __init__(self, engine_factory: EngineFactory) -> None:
        super().__init__("pippy-lsp", __version__, protocol_cls=Protocol)
        self._engine_factory = engine_factory
        self._analysis = ThreadPoolExecutor(1, "analysis")
        self._review = ThreadPoolExecutor(1, "review")
        self._tasks: set[asyncio.Task[Any]] = set()
        self.status_listeners: list[Callable[[Status], None]] = []
        self.changed_listeners: list[Callable[[DocumentSnapshot, bool], None]] = []
        """Told of each document that is opened (True) or edited (False)."""
        self.settings_listeners: list[Callable[[], None]] = []
        self._replaced: list[Engine] = []
        self._comforted = False
        self.settings = Settings()
        """The effective ones: as far as the policy allows them."""
        self.policy = Policy()
        self.pages = Pages()
        self.client = Client(types.ClientCapabilities())
        self.latest = Latest()
        self.figures = Figures()
        self.tidy = Tidy()
        self.learner = Learner()
        self.steps = Steps()
        self.sparing = Sparing()
        self.use(self.settings)

    # --- settings --------------------------------------------------------------------------

    def use(self, settings: Settings, policy: Policy | None = None) -> None:
        """Work with these settings from now on, as far as the policy allows them (None: the one
        before); another model means another engine.
        """
        self.policy = policy or self.policy
        settings = policies.apply(self.policy, settings)
        old = getattr(self, "engine", None)
        worn = getattr(old, "inner", None)
        if isinstance(worn, Adaptable) and only_adapters(settings.model, self.settings.model):
            self.background(worn.adapt(settings.model))
        elif old is None or settings.model != self.settings.model:
            # No feature gets a model but through the gate.
            self.engine = engine = Guarded(self._engine_factory(settings.model), self._comfort)
            engine.on_status(lambda status: self._on_status(engine, status))
            if old is not None:
                self.background(self._replace(old))
        self.settings = settings
        completer: Completer | None = getattr(self, "completer", None)
        if completer is not None:
            completer.stop()
        asked = Frugal(self.engine, lambda: bool(self.sparing.reason))
        self.completer = Completer(asked, settings.language, self.policy.avoid)
        self.chair = Chair(self.engine, settings.panel, sandbox=settings.sandbox)
        self.explainer = Explainer(self.engine, settings.language, self.chair)
        for listener in self.settings_listeners:
            listener()

    async def _replace(self, old: Engine) -> None:
        self._replaced.append(old)
        await old.close()
        self._replaced.remove(old)
        await self.engine.start()

    def _on_status(self, engine: Engine, status: Status) -> None:
        if engine is not self.engine:
            return  # of a model that is no longer wanted
        for listener in self.status_listeners:
            listener(status)

    @property
    def messages(self) -> prompts.Messages:
        """The sentences in the child's language."""
        return prompts.messages(self.settings.language)

    def level_of(self, snapshot: DocumentSnapshot) -> int:
        """What the child knows, 1 to 5; `auto` is worked out beside the event loop."""
        if self.settings.level != "auto":
            return self.settings.level
        uri, text, path = snapshot.uri, snapshot.text, snapshot.path
        if self.learner.changed(uri, text):
            self.background(self.analyse(lambda: self.learner.read(uri, text, path)))
        return self.policy.capped(self.learner.level(uri))

    @property
    def root(self) -> Path | None:
        """The folder that the editor has open."""
        uri = self.workspace.root_uri
        path = uris.to_fs_path(uri) if uri else self.workspace.root_path
        return Path(path) if path else None

    # --- documents and work ----------------------------------------------------------------

    def snapshot(self, uri: str) -> DocumentSnapshot:
        """The document as it is now. Take it before the first await."""
        self.tidy.touched()
        try:
            document = self.workspace.get_text_document(uri)
            text, version = document.source, document.version or 0
        except (OSError, UnicodeDecodeError):
            text, version = "", 0
        return DocumentSnapshot(uri, version, text, self._encoding(), self._beside(uri))

    def changed(self, snapshot: DocumentSnapshot, *, opened: bool = False) -> None:
        """A document was opened or edited."""
        for listener in self.changed_listeners:
            listener(snapshot, opened)

    def _beside(self, uri: str) -> dict[str, str]:
        """The texts of the open modules in the document's folder, by name."""
        uri = unquote(uri)  # as the workspace spells them
        folder = uri.rpartition("/")[0]
        return {
            each.rpartition("/")[2].removesuffix(".py"): document.source
            for each, document in self.workspace.text_documents.items()
            if each != uri and _module_in(each, folder)
        }

    def _encoding(self) -> Encoding:
        told = self.workspace.position_encoding
        found = str(getattr(told, "value", told))
        return "utf-8" if found == "utf-8" else "utf-32" if found == "utf-32" else "utf-16"

    def is_current(self, snapshot: DocumentSnapshot) -> bool:
        """Whether the document is still as it was."""
        return self.snapshot(snapshot.uri).version == snapshot.version

    async def analyse(self, work: Callable[[], T]) -> T:
        """Run CPU work of jedi or ast beside the event loop; one at a time, as jedi needs it."""
        return await asyncio.get_running_loop().run_in_executor(self._analysis, work)

    async def review(self, work: Callable[[], T]) -> T:
        """Run CPU work that asks nothing of jedi: whoever hovers meanwhile does not wait for it."""
        return await asyncio.get_running_loop().run_in_executor(self._review, work)

    def background(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` until it ends or the server shuts down; its errors are logged, not shown."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("a background task failed: %s", type(error).__name__)

    async def stop(self) -> None:
        """End all work and the worker."""
        self.tidy.end()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for engine in (*self._replaced, self.engine):
            await engine.close()
        for pool in (self._analysis, self._review):
            pool.shutdown(wait=False, cancel_futures=True)
        self.pages.close()

    # --- words -----------------------------------------------------------------------------

    async def show(self, title: str, markdown: str, hidden: str = "") -> None:
        """Show words of ours: as a document where the client can, else in messages. What is
        `hidden` stands far below, or in a message of its own.
        """
        whole = f"{markdown}{BELOW}{hidden}" if hidden else markdown
        if self.client.shows_documents and await self._show_document(title, whole):
            return
        for text in [*as_messages(markdown), *as_messages(hidden)]:
            self.say(text)

    async def _show_document(self, title: str, markdown: str) -> bool:
        """Whether the client shows it."""
        try:
            path = await asyncio.to_thread(self.pages.write, title, markdown)
            wanted = types.ShowDocumentParams(path.as_uri(), external=False, take_focus=False)
            # pygls fails on an answer that arrives after a cancel: hence the shield.
            answer = asyncio.shield(self.window_show_document_async(wanted))
            return bool((await asyncio.wait_for(answer, SHOW_SECONDS)).success)
        except Exception:  # noqa: BLE001 - whatever a client does here, the words are said
            return False

    def _comfort(self) -> None:
        """A child in trouble was heard: once in a session it is said without being asked for."""
        if not self._comforted:
            self._comforted = True
            self.say(self.messages.error(Distress()))

    def tell(self, error: PippyError) -> None:
        """Say the error's sentence in the editor; "still loading" the progress says already."""
        if not isinstance(error, EngineLoading):
            self.say(self.messages.error(error), types.MessageType.Warning)

    def error_of(self, status: Status) -> PippyError | None:
        """The error that made the engine fail."""
        return from_code(status.error, status.details) if status.error else None

    def say(self, text: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """Show a message in the editor."""
        self.window_show_message(types.ShowMessageParams(kind, text))

    # --- errors ----------------------------------------------------------------------------

    def failure(self, error: PippyError) -> JsonRpcException:
        """The error as an answer to a request."""
        return JsonRpcException(self.messages.error(error), code=REQUEST_FAILED)

    def report_server_error(self, error: Exception, source: object) -> None:
        """Log what went wrong; never a traceback in a child's editor, never the child's text."""
        if isinstance(error, (ValueError, RecursionError)) and source is JsonRpcException:
            cast("Protocol", self.protocol).unreadable()
        log.error("an error in %s: %s", getattr(source, "__name__", source), type(error).__name__)


def _module_in(uri: str, folder: str) -> bool:
    return uri.startswith("file:") and uri.endswith(".py") and uri.rpartition("/")[0] == folder
