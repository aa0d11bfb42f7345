"""What becomes of suggestions: Copilot's notifications, counted in memory, never a text.

`textDocument/didShowCompletion` and `textDocument/didPartiallyAcceptCompletion` are those of
Copilot's language server; an item's command tells that it was taken.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from pippy_lsp.features.base import PippyServer

ACCEPT = "pippy.accept"


def register(server: PippyServer) -> None:
    """Answer the methods."""

    @server.command(ACCEPT)
    def accept(ls: PippyServer, characters: int) -> None:
        ls.figures.accepted += 1
        ls.figures.characters += max(0, characters)
        ls.completer.accepted()

    @server.feature("textDocument/didShowCompletion")
    def did_show_completion(ls: PippyServer, params: Any) -> None:  # noqa: ANN401 - any JSON
        ls.figures.shown += 1

    @server.feature("textDocument/didPartiallyAcceptCompletion")
    def did_partially_accept_completion(ls: PippyServer, params: Any) -> None:  # noqa: ANN401
        ls.figures.partly += 1


def command(characters: int) -> types.Command:
    """What an editor runs when the suggestion is taken."""
    return types.Command("", ACCEPT, arguments=[characters])
