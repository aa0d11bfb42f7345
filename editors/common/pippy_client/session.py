"""One server for all documents of an editor: its start, its settings, its documents, its words."""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional
from urllib.parse import urlparse
from urllib.request import url2pathname

from .client import GONE, Client, OnError, OnResult
from .document import Document, Edit
from .find import NotFound, server_command
from .words import Words

SECTION = "pippy"
_CAPABILITIES: Dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "synchronization": {},
        "inlineCompletion": {},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
    "window": {"showDocument": {"support": True}, "workDoneProgress": True},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceEdit": {"documentChanges": True},
    },
}


class Listener:
    """What an editor does when the server has something to say. All on the GUI's thread."""

    def status_changed(self) -> None:
        """`Session.phase` or `Session.sentence` is another one."""

    def show(self, page: str) -> None:
        """Show a page in Markdown, as the answer to a command."""

    def say(self, sentence: str) -> None:
        """Show a short message."""

    def busy(self, sentence: str) -> None:
        """Show that the server works on what was asked for; "" when it is done."""

    def apply(self, document: Document, edits: List[Edit]) -> bool:
        """Make the edits in the editor of the document, as one step to undo."""
        raise NotImplementedError


class Session:
    """The server, as the editor sees it."""

    def __init__(
        self,
        listener: Listener,
        dispatch: Callable[[Callable[[], None]], None],
        later: Callable[[float, Callable[[], None]], object],
        *,
        settings: Dict[str, Any],
        command: str = "",
        editor: str = "",
        folder: Optional[Path] = None,
    ) -> None:
        """`settings` are the server's; `command` is for `find.server_command`, `folder` is the
        opened one. For `dispatch` and `later` see `Client`.
        """
        self.listener = listener
        self.settings = {**settings, "statusNotifications": True}
        self.words = Words(str(settings.get("language", "")))
        self.phase = "off"
        """"off", "starting", "ready" or "failed"."""
        self.sentence = self.words.say("off")
        """How things stand, for the child."""
        self._command, self._editor, self._folder = command, editor, folder
        self._dispatch, self._later = dispatch, later
        self._client: Optional[Client] = None
        self._documents: Dict[str, Document] = {}
        self._progress: Dict[Any, str] = {}
        self._status: Any = None
        atexit.register(self.stop)

    # --- on and off ------------------------------------------------------------------------

    def start(self) -> None:
        """Start the server; what goes wrong is said in `sentence`."""
        if self._client is not None:
            return
        try:
            command = server_command(self._command)
        except NotFound:
            self._stands("failed", self.words.say("not-found"))
            return
        client = Client(command, self._dispatch, self._later)
        client.on_start, client.on_stop = self._initialize, self._stopped
        client.handlers = {
            "didChangeStatus": self._status_told,
            "window/showMessage": lambda params: self.listener.say(params["message"]),
            "window/showMessageRequest": lambda params: self.listener.say(params["message"]),
            "window/showDocument": self._show_document,
            "window/workDoneProgress/create": lambda params: None,
            "$/progress": self._progressed,
            "workspace/configuration": self._configuration,
            "workspace/applyEdit": self._apply_edit,
            "client/registerCapability": lambda params: None,
        }
        self._client = client
        try:
            client.start()
        except OSError:
            self._client = None
            self._stands("failed", self.words.say("no-start", command=command[0]))

    def stop(self) -> None:
        """Shut the server down; `start` starts it again, with the documents that are open."""
        client, self._client = self._client, None
        if client is not None:
            client.stop()
        self._progress.clear()
        self._stands("off", self.words.say("off"))

    @property
    def pid(self) -> Optional[int]:
        """The server's process, while there is one."""
        return self._client.pid if self._client else None

    def _initialize(self) -> None:
        assert self._client is not None
        self._stands("starting", self.words.say("starting"))
        params = {
            "processId": os.getpid(),
            "clientInfo": {"name": self._editor},
            "rootUri": self._folder.as_uri() if self._folder else None,
            "capabilities": _CAPABILITIES,
            "initializationOptions": self.settings,
        }
        failed = self.words.say("failed")
        self._client.request(
            "initialize", params, self._initialized, lambda *_: self._stands("failed", failed)
        )

    def _initialized(self, result: Any) -> None:
        assert self._client is not None
        self._client.notify("initialized", {})
        for document in self._documents.values():
            self._client.notify("textDocument/didOpen", {"textDocument": document.item()})
        self._stands("ready", self.words.say("starting"))

    def _stopped(self, again: bool) -> None:
        self._progress.clear()
        self.listener.busy("")
        if again:
            self._stands("starting", self.words.say("restarting"))
        else:
            self._client = None
            self._stands("failed", self.words.say("failed"))

    def _stands(self, phase: str, sentence: str) -> None:
        changed = (phase, sentence) != (self.phase, self.sentence)
        self.phase, self.sentence = phase, sentence
        if changed:
            self.listener.status_changed()

    # --- settings --------------------------------------------------------------------------

    def configure(self, **settings: Any) -> None:
        """Change some of the server's settings, from now on; None takes one back."""
        for key, value in settings.items():
            if value is None:
                self.settings.pop(key, None)
            elif isinstance(value, dict):
                self.settings[key] = {**self.settings.get(key, {}), **value}
            else:
                self.settings[key] = value
        self.words = Words(str(self.settings.get("language", "")))
        if self._client is not None and self.phase == "ready":
            params = {"settings": {SECTION: self.settings}}
            self._client.notify("workspace/didChangeConfiguration", params)

    def _configuration(self, params: Any) -> Any:
        known = {SECTION: self.settings}
        return [known.get(item.get("section")) for item in params["items"]]

    # --- documents -------------------------------------------------------------------------

    def open(self, uri: str, text: str) -> Document:
        """The document is in an editor from now on."""
        document = Document(uri, text)
        self._documents[uri] = document
        if self._client is not None and self.phase == "ready":
            self._client.notify("textDocument/didOpen", {"textDocument": document.item()})
        return document

    def update(self, document: Document, text: str) -> None:
        """The document's text is now this."""
        params = document.update(text)
        if params and self._client is not None and self.phase == "ready":
            self._client.notify("textDocument/didChange", params)

    def close(self, document: Document) -> None:
        """The document's editor was closed."""
        if self._documents.pop(document.uri, None) is None:
            return
        if self._client is not None and self.phase == "ready":
            self._client.notify("textDocument/didClose", {"textDocument": document.named})

    # --- messages --------------------------------------------------------------------------

    def request(
        self, method: str, params: Any, on_result: OnResult, on_error: Optional[OnError] = None
    ) -> int:
        """Ask the server; 0 where it is not there, which `on_error` is told in one sentence."""

        def failed(code: int, sentence: str) -> None:
            if on_error is not None:
                on_error(code, sentence or self.words.say("no-answer"))

        if self._client is None or self.phase != "ready":
            sentence = self.sentence
            self._dispatch(lambda: failed(GONE, sentence))
            return 0
        return self._client.request(method, params, on_result, failed)

    def cancel(self, number: int) -> None:
        """Take a request back."""
        if self._client is not None and number:
            self._client.cancel(number)

    def notify(self, method: str, params: Any) -> None:
        """Tell the server."""
        if self._client is not None and self.phase == "ready":
            self._client.notify(method, params)

    # --- what the server says --------------------------------------------------------------

    def _status_told(self, params: Any) -> None:
        if self.phase == "ready":
            self._stands("ready", params.get("message") or self.words.say("ready"))

    def _show_document(self, params: Any) -> Any:
        parts = urlparse(params["uri"])
        if parts.scheme != "file":
            return {"success": False}
        text = Path(url2pathname(parts.path)).read_text("utf-8")
        self.listener.show(text)
        return {"success": True}

    def _progressed(self, params: Any) -> None:
        token, value = params["token"], params["value"]
        if value["kind"] == "begin":
            self._progress[token] = value["title"]
        if value["kind"] == "end":
            self._progress.pop(token, None)
            self.listener.busy(next(iter(self._progress.values()), ""))
        else:
            words = (self._progress.get(token, ""), value.get("message"))
            self.listener.busy(" · ".join(word for word in words if word))

    def _apply_edit(self, params: Any) -> Any:
        return {"applied": self.apply(params["edit"])}

    def apply(self, workspace_edit: Any) -> bool:
        """Make LSP's WorkspaceEdit in the editors; whether it changed something."""
        done = False
        for document in self._documents.values():
            edits = document.edits(workspace_edit)
            if edits:
                done = self.listener.apply(document, edits) or done
        return done
