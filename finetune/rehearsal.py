"""An engine that answers what we want, so that the product itself writes the prompt, and judges
the answer: what is trained is what is asked, and no answer is taught that would not be shown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pippy_lsp.engine.protocol import ModelInfo, Request, Result, Status, StatusListener

_CONTEXT = 2048
"""Tokens, for those who ask how much a prompt may hold."""


class _Said:
    def __init__(self, text: str) -> None:
        self.result = Result(text, "stop")

    async def __aiter__(self) -> AsyncIterator[str]:
        yield self.result.text


class Rehearsal:
    """Keeps the first request, and answers each with `answer` up to the request's stops."""

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self.asked: Request | None = None

    @property
    def status(self) -> Status:
        """Ready."""
        return Status("ready", ModelInfo("rehearsal", "", context=_CONTEXT, infill=True))

    def on_status(self, listener: StatusListener) -> None:
        """Nothing ever changes."""

    async def start(self) -> None:
        """There is nothing to load."""

    async def ready(self, timeout: float | None = None) -> ModelInfo:  # noqa: ARG002
        """At once."""
        return ModelInfo("rehearsal", "", context=_CONTEXT, infill=True)

    @asynccontextmanager
    async def generate(self, request: Request) -> AsyncIterator[_Said]:
        """The answer."""
        self.asked = self.asked or request
        cut = min((at for s in request.stop if (at := self._answer.find(s)) >= 0), default=None)
        yield _Said(self._answer[:cut])

    async def close(self) -> None:
        """There is nothing to stop."""
