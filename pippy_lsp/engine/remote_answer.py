"""The text of one answer of a server, as it comes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from pippy_lsp.engine import remote_api
from pippy_lsp.engine.protocol import Chat, Request, Result, Usage
from pippy_lsp.engine.text import Text


class Answer:
    """The text of one request as it comes."""

    def __init__(self, request: Request, owed: str) -> None:
        self._text = Text(request.stop)
        self._owed = owed
        self._opening = request.prompt.opening if isinstance(request.prompt, Chat) else ""
        self._began = time.perf_counter()
        self._first = 0.0
        self._last = remote_api.Piece()
        self._pieces: list[str] = []
        self._count = 0
        self._total = 0.0
        self.events: AsyncIterator[remote_api.Piece] | None = None
        self.strayed = False
        """Whether it begins with other than what is owed: nothing of it can be shown."""

    @property
    def result(self) -> Result:
        """The whole answer, once the iteration has ended."""
        last = self._last
        usage = Usage(
            prompt=last.prompt,
            evaluated=last.evaluated,
            generated=last.generated or self._count,
            first_ms=self._first,
            total_ms=self._total,
        )
        return Result("".join(self._pieces), last.finish or "cancelled", usage)

    async def __aiter__(self) -> AsyncIterator[str]:
        if self.events is None:
            self._last = remote_api.Piece(finish="length")
            return
        async for found in self.events:
            if shown := self._take(found):
                yield shown
            if self._text.stopped or found.over or self.strayed:
                break
        if rest := self._text.add(b"", final=True):
            self._pieces.append(rest)
            yield rest

    def _pay(self, text: str) -> str:
        """`text` without what is owed of it; nothing, if it begins otherwise."""
        paid = min(len(self._owed), len(text))
        if text[:paid] != self._owed[:paid]:
            self.strayed = True
            return ""
        self._owed = self._owed[paid:]
        return text[paid:]

    def _take(self, found: remote_api.Piece) -> str:
        """What of an event is shown."""
        now = (time.perf_counter() - self._began) * 1000
        self._total = now
        if found.text:
            self._count += 1
            self._first = self._first or now
        finish = found.finish or self._last.finish
        counts = found if found.generated else self._last
        shown = self._text.add(self._pay(found.text).encode())
        finish = "stop" if self._text.stopped or self.strayed else finish
        self._last = counts._replace(finish=finish)
        if not self._pieces and self._opening:
            shown = shown.removeprefix(self._opening)
        if shown:
            self._pieces.append(shown)
        return shown
