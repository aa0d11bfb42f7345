"""pygls's protocol, where what breaks the protocol is answered with an error.

pygls leaves such a request without an answer, and its editor waits for ever; and its errors carry
tracebacks.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

PARSE_ERROR, INVALID_REQUEST, INTERNAL_ERROR, NOT_INITIALIZED = -32700, -32600, -32603, -32002
"""Source: JSON-RPC 2.0, section 5.1, and LSP 3.17, ErrorCodes."""


class Protocol(LanguageServerProtocol):
    """The language server protocol, strict with others and short with errors."""

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

    def unreadable(self) -> None:
        """Answer a message that is no JSON."""
        self._refuse(None, PARSE_ERROR, "Parse Error")

    def _refuse(self, request: int | str | None, code: int, message: str) -> None:
        error = {"code": code, "message": message}
        self._send_data({"jsonrpc": self.VERSION, "id": request, "error": error})

    def _send_response(
        self,
        msg_id: Any,
        result: Any = None,
        error: types.ResponseError | None = None,
    ) -> None:
        """As pygls's, without tracebacks: they name this computer's folders and help no child."""
        if error is not None and error.code == INTERNAL_ERROR:
            error = types.ResponseError(error.code, "Internal Error")
        super()._send_response(msg_id, result, error)


def _is_request(message: Any, *, but: str) -> bool:  # noqa: ANN401 - any message
    return hasattr(message, "id") and getattr(message, "method", but) != but
