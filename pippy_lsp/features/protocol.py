"""pygls's protocol, where what breaks the protocol is answered with an error.

pygls leaves such a request without an answer, and its editor waits for ever; and its errors carry
tracebacks. It also ends lines where LSP does not, so an edit below a form feed or a U+2028 would
land in another line.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.workspace import TextDocument, Workspace

from pippy_lsp.documents import DocumentSnapshot, Encoding

PARSE_ERROR, INVALID_REQUEST, INTERNAL_ERROR, NOT_INITIALIZED = -32700, -32600, -32603, -32002
"""Source: JSON-RPC 2.0, section 5.1, and LSP 3.17, ErrorCodes."""


_ENCODINGS: dict[str, Encoding] = {"utf-8": "utf-8", "utf-32": "utf-32"}


class Document(TextDocument):
    """A document whose lines end where LSP says, and whose positions are clamped to it."""

    def apply_change(self, change: types.TextDocumentContentChangeEvent) -> None:
        """Make the client's change in our text."""
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            super().apply_change(change)
            return
        text = self.source
        told = self.position_codec.encoding
        encoding = str(getattr(told, "value", told))
        before = DocumentSnapshot(self.uri, 0, text, _ENCODINGS.get(encoding, "utf-16"))
        start, end = before.offset(change.range.start), before.offset(change.range.end)
        self._source = text[:start] + change.text + text[max(start, end) :]


class Documents(Workspace):
    """A workspace of such documents."""

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> Document:
        codec = self.position_codec
        kind = types.TextDocumentSyncKind.Incremental
        return Document(doc_uri, source, version, language_id, sync_kind=kind, position_codec=codec)


class Protocol(LanguageServerProtocol):
    """The language server protocol, strict with others and short with errors."""

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(
        self, params: types.InitializeParams
    ) -> Generator[Any, Any, types.InitializeResult]:
        """As pygls's, with documents of our own: none is open yet."""
        result = yield from super().lsp_initialize(params)
        made = self.workspace
        kind, folders = types.TextDocumentSyncKind.Incremental, params.workspace_folders or []
        self._workspace = Documents(made.root_uri, kind, folders, made.position_encoding)
        return result

    def structure_message(self, data: dict[str, Any]) -> Any:  # noqa: ANN401 - any message
        """As pygls's; a request that can't be read is answered.

        Raises: JsonRpcException.
        """
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and "id" in data:
                named = isinstance(data["id"], (int, str)) and isinstance(data["method"], str)
                code = error.code if named else INVALID_REQUEST
                self._refuse(data["id"] if named else None, code, error.message)
            raise

    def handle_message(self, message: Any) -> None:  # noqa: ANN401 - any JSON
        """As pygls's; what is no message is answered, and requests before `initialize`."""
        if not hasattr(message, "jsonrpc"):
            self._refuse(None, INVALID_REQUEST, "Invalid Request")
        elif self._workspace is None and _is_request(message, but=types.INITIALIZE):
            self._refuse(message.id, NOT_INITIALIZED, "Server Not Initialized")
        else:
            super().handle_message(message)

    def _execute_handler(
        self,
        msg_id: Any,  # noqa: ANN401 - as pygls's
        handler: Any,  # noqa: ANN401
        callback: Any,  # noqa: ANN401
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        """As pygls's, which keeps the future of each notification for ever: one for each key."""
        super()._execute_handler(msg_id, handler, callback, args, kwargs)
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.add_done_callback(lambda _: self._request_futures.pop(msg_id, None))

    def unreadable(self) -> None:
        """Answer a message that is no JSON."""
        self._refuse(None, PARSE_ERROR, "Parse Error")

    def _refuse(self, request: int | str | None, code: int, message: str) -> None:
        error = {"code": code, "message": message}
        self._send_data({"jsonrpc": self.VERSION, "id": request, "error": error})

    def _send_response(
        self,
        msg_id: Any,  # noqa: ANN401 - as pygls's
        result: Any = None,  # noqa: ANN401
        error: types.ResponseError | None = None,
    ) -> None:
        """As pygls's, without tracebacks: they name this computer's folders and help no child."""
        if error is not None and error.code == INTERNAL_ERROR:
            error = types.ResponseError(error.code, "Internal Error")
        super()._send_response(msg_id, result, error)


def _is_request(message: Any, *, but: str) -> bool:  # noqa: ANN401 - any message
    return hasattr(message, "id") and getattr(message, "method", but) != but
