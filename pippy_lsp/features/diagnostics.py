"""publishDiagnostics and textDocument/diagnostic: what is wrong, in a child's words, in a pause."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.calm import Calm
from pippy_lsp.settings import DiagnosticsSettings
from pippy_lsp.teaching import review, words
from pippy_lsp.teaching.problems import Problem
from pippy_lsp.teaching.review import Wanted

SOURCE = "Pippy"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "hint": types.DiagnosticSeverity.Information,
}


def register(server: PippyServer) -> None:
    """Answer the methods, and follow the documents."""
    teller = Teller(server)
    server.changed_listeners.append(teller.changed)
    server.settings_listeners.append(teller.again)

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, types.DiagnosticOptions(False, False, SOURCE))
    async def diagnostic(
        ls: PippyServer, params: types.DocumentDiagnosticParams
    ) -> types.DocumentDiagnosticReport:
        return await teller.pulled(params.text_document.uri, params.previous_result_id)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(ls: PippyServer, params: types.DidSaveTextDocumentParams) -> None:
        teller.saved(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(ls: PippyServer, params: types.DidCloseTextDocumentParams) -> None:
        teller.closed(params.text_document.uri)


class Teller:
    """Tells a document's problems when the child pauses. A client that asks for them is answered
    then; one that does not is told. Never both: editors would show each of them twice.
    """

    def __init__(self, server: PippyServer) -> None:
        self._server = server
        self._calm = Calm()
        self._following: dict[str, asyncio.Task[None]] = {}

    # --- the documents ---------------------------------------------------------------------

    def changed(self, snapshot: DocumentSnapshot, opened: bool) -> None:
        """A document was opened or edited."""
        (self._calm.opened if opened else self._calm.edited)(snapshot.uri, snapshot.text)
        self._follow(snapshot.uri)

    def saved(self, uri: str) -> None:
        """Who saves wants to know all."""
        self._calm.saved(uri)
        self._follow(uri)

    def closed(self, uri: str) -> None:
        """Take the marks away."""
        self._stop(uri)
        self._calm.closed(uri)
        if not self._server.client.pulls_diagnostics:
            self._publish(types.PublishDiagnosticsParams(uri, []))

    def again(self) -> None:
        """The settings or the policy are others now."""
        for uri in self._server.workspace.text_documents:
            self._follow(uri)
        self._refresh()

    # --- push ------------------------------------------------------------------------------

    def _follow(self, uri: str) -> None:
        self._stop(uri)
        self._following[uri] = self._server.background(self._tell(uri))

    def _stop(self, uri: str) -> None:
        if before := self._following.pop(uri, None):
            before.cancel()

    async def _tell(self, uri: str) -> None:
        """Tell what is certain after the pause, and the rest after the longer one."""
        await self._pause(uri, self._settings.pause_ms)
        if await self._push(uri):
            await self._pause(uri, self._settings.line_pause_ms)
            await self._push(uri)
            self._refresh()

    async def _push(self, uri: str) -> bool:
        """Whether something was held back. To a client that asks nothing is sent."""
        snapshot = self._server.snapshot(uri)
        found, held = await self._found(snapshot)
        if not self._server.client.pulls_diagnostics and self._server.is_current(snapshot):
            marks = [self._diagnostic(snapshot, each) for each in found]
            version = snapshot.version if self._server.client.versioned_diagnostics else None
            self._publish(types.PublishDiagnosticsParams(uri, marks, version))
        return held

    def _publish(self, params: types.PublishDiagnosticsParams) -> None:
        self._server.text_document_publish_diagnostics(params)

    def _refresh(self) -> None:
        if self._server.client.refreshes_diagnostics:
            self._server.background(self._ask_again())

    async def _ask_again(self) -> None:
        await asyncio.shield(self._server.workspace_diagnostic_refresh_async(None))

    # --- pull ------------------------------------------------------------------------------

    async def pulled(self, uri: str, previous: str | None) -> types.DocumentDiagnosticReport:
        """The answer to a client that asks, given in the next pause."""
        await self._pause(uri, self._settings.pause_ms)
        snapshot = self._server.snapshot(uri)
        found, held = await self._found(snapshot)
        if held and not self._server.client.refreshes_diagnostics:
            await self._pause(uri, self._settings.line_pause_ms)
            snapshot = self._server.snapshot(uri)
            found, _ = await self._found(snapshot)
        marks = [self._diagnostic(snapshot, each) for each in found]
        name = f"{hash(tuple(map(repr, marks))):x}"
        if name == previous:
            return types.RelatedUnchangedDocumentDiagnosticReport(name)
        return types.RelatedFullDocumentDiagnosticReport(marks, result_id=name)

    # --- what there is to tell -------------------------------------------------------------

    @property
    def _settings(self) -> DiagnosticsSettings:
        return self._server.settings.diagnostics

    async def _pause(self, uri: str, milliseconds: int) -> None:
        # each edit makes the pause longer
        while (left := milliseconds / 1000 - self._calm.quiet(uri)) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    async def _found(self, snapshot: DocumentSnapshot) -> tuple[list[Problem], bool]:
        """The problems to tell now, and whether there are others."""
        if not self._settings.enabled or snapshot.too_long:
            return [], False
        wanted = Wanted(habits=self._settings.habits, exam=self._server.policy.exam)
        folder = snapshot.path.parent if snapshot.path else None
        text = snapshot.text
        found = await self._server.review(lambda: review.review(text, folder, wanted))
        row = self._calm.row(snapshot.uri)
        if row is None:
            return found, False
        quiet = self._calm.quiet(snapshot.uri) * 1000 >= self._settings.line_pause_ms
        told = review.settled(found, snapshot, row, quiet=quiet)
        return told, len(told) < len(found) and not quiet

    def _diagnostic(self, snapshot: DocumentSnapshot, problem: Problem) -> types.Diagnostic:
        server = self._server
        sentence = review.sentence(problem, server.messages, exam=server.policy.exam)
        return types.Diagnostic(
            range=snapshot.range(problem.start, problem.end),
            message=words.plain(sentence),
            severity=_SEVERITIES[problem.severity],
            code=problem.code,
            source=SOURCE,
        )
