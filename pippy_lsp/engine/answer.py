"""The text of one answer of the worker, as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from pippy_lsp.engine import wire
from pippy_lsp.engine.protocol import Result, Usage
from pippy_lsp.errors import PippyError


class Answer:
    """One request on its way; the text arrives in `pieces`, a None ends it."""

    def __init__(self, slot: int) -> None:
        """`slot` is its place on the board of flags."""
        self.slot = slot
        self.pieces: asyncio.Queue[str | PippyError | None] = asyncio.Queue()
        self._text: list[str] = []
        self._least = 1.0
        self.done: wire.Done | None = None

    @property
    def result(self) -> Result:
        """The whole answer, once the iteration has ended."""
        finish = self.done.finish if self.done else "cancelled"
        usage = self.done.usage if self.done else Usage()
        return Result("".join(self._text), finish, usage, self._least)

    def put(self, piece: wire.Piece) -> None:
        """More of the text has come."""
        self._least = piece.least
        self.pieces.put_nowait(piece.text)

    async def __aiter__(self) -> AsyncIterator[str]:
        while (piece := await self.pieces.get()) is not None:
            if isinstance(piece, PippyError):
                raise piece
            self._text.append(piece)
            yield piece
