"""What the model is doing, told in the ways that editors show: progress, message, notification."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from pippy_lsp.engine.protocol import Status
from pippy_lsp.features.base import PippyServer

DID_CHANGE_STATUS = "didChangeStatus"
"""As Copilot's server calls it; sent where `statusNotifications` is set."""
ANSWER_SECONDS = 2.0


def register(server: PippyServer) -> None:
    """Follow the engine's status."""
    server.status_listeners.append(Reporter(server).changed)


class Reporter:
    """Tells the client about each change, once."""

    def __init__(self, server: PippyServer) -> None:
        self._server = server
        self._phase = "stopped"
        self._said = ""
        self._noted = ""
        self._open: asyncio.Task[bool] | None = None
        self._loads = 0

    def changed(self, status: Status) -> None:
        """The engine's status is now `status`."""
        if self._server.settings.status_notifications:
            self._server.protocol.notify(DID_CHANGE_STATUS, self._copilot(status))
        if status.phase == "loading":
            self._loading(status)
        elif status.phase != self._phase or (status.error and status.phase == "ready"):
            self._end(status)
        self._phase = status.phase

    def _copilot(self, status: Status) -> dict[str, object]:
        kinds = {"ready": "Normal", "failed": "Error", "loading": "Normal", "stopped": "Inactive"}
        busy = status.busy or status.phase == "loading"
        return {"busy": busy, "message": self._sentence(status), "kind": kinds[status.phase]}

    def _sentence(self, status: Status) -> str:
        error = self._server.error_of(status)
        if error is not None:
            return self._server.messages.error(error)
        name = status.model.name if status.model else ""
        if status.model and status.model.server:
            return self._server.messages.say("status-remote", server=status.model.server)
        return self._server.messages.say(f"status-{status.phase}", name=name)

    def _loading(self, status: Status) -> None:
        if self._open is None and self._server.client.progress:
            self._loads += 1
            self._open = self._server.background(self._begin(self._token))
        elif self._open and self._open.done() and self._open.result():
            report = types.WorkDoneProgressReport(percentage=int(status.progress * 100))
            self._server.work_done_progress.report(self._token, report)

    @property
    def _token(self) -> str:
        """A token is for one progress only."""
        return f"pippy-model-{self._loads}"

    async def _begin(self, token: str) -> bool:
        """Open a progress; False where the client does not want it after all."""
        progress = self._server.work_done_progress
        try:
            created = asyncio.shield(progress.create_async(token))
            await asyncio.wait_for(created, ANSWER_SECONDS)
        except Exception:  # noqa: BLE001 - whatever a client does here, the model is loaded
            return False
        title = self._server.messages.say("progress-loading")
        progress.begin(token, types.WorkDoneProgressBegin(title, percentage=0))
        return True

    def _end(self, status: Status) -> None:
        sentence = self._sentence(status)
        if self._open is not None:
            self._server.background(self._close(self._open, self._token, sentence))
            self._open = None
        if status.error and sentence != self._said:
            self._said = sentence
            self._server.say(sentence, types.MessageType.Warning)
        elif status.phase == "ready" and not status.error:
            self._said = ""
            self._note(status)

    def _note(self, status: Status) -> None:
        """Say once for each server that what the child writes leaves this computer."""
        place = status.model.server if status.model else ""
        if place and place != self._noted:
            self._noted = place
            self._server.say(self._server.messages.say("remote-note", server=place))

    async def _close(self, opened: asyncio.Task[bool], token: str, sentence: str) -> None:
        if await opened:
            progress = self._server.work_done_progress
            progress.end(token, types.WorkDoneProgressEnd(message=sentence))
            progress.tokens.pop(token, None)  # pygls keeps it for ever
