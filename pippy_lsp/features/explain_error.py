"""pippy/explainError: what an error of a running program means. No model: it is always at hand."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import PippyError
from pippy_lsp.features import perform
from pippy_lsp.features.base import PippyServer
from pippy_lsp.teaching import explain_here, traceback
from pippy_lsp.teaching.traceback import Explained, Traceback

EXPLAIN_ERROR = "pippy.explainError"


def register(server: PippyServer) -> None:
    """Answer the methods."""

    @server.feature("pippy/explainError")
    async def explain_error(ls: PippyServer, params: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        snapshot, error, line_offset = _asked(ls, params)
        try:
            ls.policy.demand(explain_here.EXPLAIN_ERROR.name)
        except PippyError as refused:
            raise ls.failure(refused) from refused
        said = await ls.analyse(lambda: _explain(ls, snapshot, traceback.parse(error), line_offset))
        return _answer(snapshot, said)

    @server.command(EXPLAIN_ERROR)
    async def explain_error_at(ls: PippyServer, uri: str, line: int, character: int) -> None:
        snapshot = ls.snapshot(uri)
        at = snapshot.offset(types.Position(line, character))
        wish = perform.asked(ls, snapshot, at, at)
        ls.background(perform.show(ls, explain_here.EXPLAIN_ERROR, wish))


def _asked(ls: PippyServer, params: Any) -> tuple[DocumentSnapshot, str, int]:  # noqa: ANN401 - any JSON
    """`{textDocument?: {uri}, error, lineOffset?}`, as pygls gives what it does not know.

    Raises: JsonRpcException for anything else.
    """
    error = getattr(params, "error", None)
    offset = getattr(params, "lineOffset", None)
    offset = ls.settings.teaching.line_offset if offset is None else offset
    uri = getattr(getattr(params, "textDocument", None), "uri", "")
    if not isinstance(error, str) or not isinstance(offset, int) or not isinstance(uri, str):
        sentence = ls.messages.say("request-error")
        raise JsonRpcException(sentence, code=JsonRpcInvalidParams.CODE)
    snapshot = ls.snapshot(uri) if uri else DocumentSnapshot("", 0, "")
    return snapshot, error, offset


def _explain(
    ls: PippyServer, snapshot: DocumentSnapshot, error: Traceback | None, line_offset: int
) -> Explained:
    if error is None:
        return Explained(ls.messages.say("explain-error-none"))
    return traceback.explain(
        error,
        "" if snapshot.too_long else snapshot.text,
        file=snapshot.path.name if snapshot.path else "",
        line_offset=line_offset,
        advice=not ls.policy.exam,
        language=ls.settings.language,
    )


def _answer(snapshot: DocumentSnapshot, said: Explained) -> dict[str, Any]:
    """`{markdown, range?, line?}`; the line counts from 0, as LSP's do."""
    if said.row is None:
        return {"markdown": said.markdown}
    line = snapshot.line(said.row)
    start = snapshot.line_starts[said.row] + len(line) - len(line.lstrip())
    place = snapshot.range(start, snapshot.line_starts[said.row] + len(line.rstrip()))
    return {"markdown": said.markdown, "range": place, "line": said.row}
