"""The engine behind the gate: no word of a model reaches a feature but through here.

Whatever asks a model is given a `Guarded`, and whatever model it is, on this computer or on another
one, stands behind it. A child in trouble is heard before the model is asked; an answer is judged
while it comes, and nothing of it is given that was not judged.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec

from pippy_lsp.engine.protocol import (
    Chat,
    Engine,
    Infill,
    ModelInfo,
    Request,
    Result,
    Status,
    StatusListener,
    Stream,
)
from pippy_lsp.errors import Distress, NotAboutCode, PippyError, Withheld, from_code
from pippy_lsp.safety import gate
from pippy_lsp.safety.gate import Context

_NEAR = 6
"""Lines above the cursor in which a child in trouble is heard while typing."""
_TAIL = re.compile(r"[\w@.+-]*\Z")
"""Kept back until what follows it is there: it may become another word, or an address."""
_LONGEST_TAIL = 80
_WINDOW = 160
"""Characters of an answer that are judged at each step; the whole is judged in the end."""
_SENTENCE_END = re.compile(r"[.!?\n]")
_LAST_COMMENT = re.compile(r"(?:[ \t]*#[^\n]*\n?)+\s*\Z")


class Guarded:
    """An `Engine` whose answers may be shown to a child."""

    def __init__(self, inner: Engine, comfort: Callable[[], None] | None = None) -> None:
        """`comfort` is called each time that a child in trouble is heard."""
        self.inner = inner
        self._comfort = comfort

    @property
    def status(self) -> Status:
        """What it is doing now."""
        return _clean_status(self.inner.status)

    def on_status(self, listener: StatusListener) -> None:
        """Call `listener` at each change of the status."""
        self.inner.on_status(lambda status: listener(_clean_status(status)))

    async def start(self) -> None:
        """Begin to load."""
        await self.inner.start()

    async def ready(self, timeout: float | None = None) -> ModelInfo:
        """Wait until the model answers (seconds).

        Raises: as the engine's own.
        """
        try:
            return await self.inner.ready(timeout)
        except PippyError as error:
            raise _clean(error) from error

    async def close(self) -> None:
        """Stop the worker."""
        await self.inner.close()

    def generate(self, request: Request) -> AbstractAsyncContextManager[Stream]:
        """Stream the answer, as far as it may be shown.

        Raises: Distress, NotAboutCode before anything is asked; Withheld for ghost text that may
        not be shown (of another answer that is so, nothing is left); else as the engine's own.
        """
        return self._generate(request)

    @asynccontextmanager
    async def _generate(self, request: Request) -> AsyncIterator[Stream]:
        said = heard(request)
        if said == "distress":
            if self._comfort is not None:
                self._comfort()
            raise Distress
        if said == "talk":
            raise NotAboutCode
        try:
            async with self.inner.generate(request) as stream:
                yield Held(stream, request)
        except PippyError as error:
            raise _clean(error) from error


class Held:
    """A stream of text that was judged."""

    def __init__(self, inner: Stream, request: Request) -> None:
        self._inner = inner
        self._context = context_of(request)
        self._typed = isinstance(request.prompt, Infill)
        self._text = ""
        self._refused = False

    @property
    def result(self) -> Result:
        """The whole answer, once the iteration has ended; no text where it may not be shown."""
        result = self._inner.result
        if self._refused:
            return Result("", "stop", result.usage)
        return msgspec.structs.replace(result, text=self._text)

    async def __aiter__(self) -> AsyncIterator[str]:
        kept = ""
        async for piece in self._inner:
            kept += piece
            ready = kept[: _released(kept)]
            kept = kept[len(ready) :]
            if ready and self._refuses(ready, whole=False):
                return
            if ready:
                yield ready
        if not self._refuses(kept, whole=True) and kept:
            yield kept

    def _refuses(self, more: str, *, whole: bool) -> bool:
        """Add `more`; whether nothing of the answer may be shown any more.

        Raises: Withheld for ghost text, whose first lines may stand on the screen already.
        """
        text, context = self._text + more, self._context
        if whole or (context.prose and _SENTENCE_END.search(more)):
            self._refused = gate.wrong(text, context) is not None
        else:
            start = max(0, len(text) - max(_WINDOW, len(more)))
            before = (context.before + text[:start])[-_WINDOW:]
            part = msgspec.structs.replace(context, before=before, prose=False)
            self._refused = gate.wrong(text[start:], part) is not None
        if self._refused and self._typed:
            raise Withheld
        self._text = "" if self._refused else text
        return self._refused


def _released(text: str) -> int:
    """How many characters of `text` are judged now; the rest may become another word."""
    tail = _TAIL.search(text)
    start = tail.start() if tail else len(text)
    return start if len(text) - start <= _LONGEST_TAIL else len(text)


def context_of(request: Request) -> Context:
    """What an answer to the request is judged by."""
    prompt = request.prompt
    if isinstance(prompt, Infill):
        line = prompt.prefix.rpartition("\n")[2]
        known = prompt.prefix + "\n" + prompt.suffix
        return Context(before=line, known=known, told=gate.comments(prompt.header))
    mine = "\n".join(each.content for each in prompt.messages if each.role == "system")
    child = "\n".join(each.content for each in prompt.messages if each.role != "system")
    before = prompt.opening.rpartition("\n")[2]
    if prompt.opening.count("```") % 2:
        return Context(before, known=f"{child}\n{prompt.opening}", told=mine)
    # Code may have the child's own address again; an explanation sends nobody there.
    return Context(before, told=mine, prose=True)


def heard(request: Request) -> gate.Heard | None:
    """What the child says in the request, if it asks for another answer than code."""
    prompt = request.prompt
    if isinstance(prompt, Infill):
        near = "\n".join(prompt.prefix.split("\n")[-_NEAR:])
        return gate.heard(gate.comments(near))
    wish = _wish(prompt)
    found = gate.heard(wish, wish=True)
    child = "\n".join(each.content for each in prompt.messages if each.role == "user")
    return found or gate.heard(gate.comments(f"{child}\n{prompt.opening}"))


def _wish(prompt: Chat) -> str:
    """What the child says to the helper: a question that comes without code, and the comment that
    is to become code.
    """
    users = [each.content for each in prompt.messages if each.role == "user"]
    question = users[-1] if users and "```" not in users[-1] else ""
    comment = _LAST_COMMENT.search(prompt.opening)
    return f"{question}\n{gate.comments(comment.group()) if comment else ''}"


def _clean_status(status: Status) -> Status:
    """The status, with an error's details as they may be shown."""
    return msgspec.structs.replace(status, details=_clean_details(status.details))


def _clean(error: PippyError) -> PippyError:
    """The error, with details that may be shown: another computer's server can write anything."""
    details = _clean_details(error.details)
    return error if details == error.details else from_code(error.code, details)


def _clean_details(details: dict[str, str | int | float]) -> dict[str, str | int | float]:
    return {
        key: "" if isinstance(value, str) and gate.wrong(value) in ("word", "phrase") else value
        for key, value in details.items()
    }
