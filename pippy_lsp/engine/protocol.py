"""What the rest of the program knows of a model.

An `Engine` takes a `Request` and streams text back. Leaving the stream's context cancels what is
still running, so a task that is cancelled stops the model too:

    async with engine.generate(request) as stream:
        async for piece in stream:
            ...
    stream.result.usage.generated
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, runtime_checkable

import msgspec

from pippy_lsp.settings import ModelSettings

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "cancelled"]


class Priority(enum.IntEnum):
    """Lower runs first, and interrupts what runs with a higher number."""

    GHOST = 0
    """Ghost text: the child is typing."""
    ASKED = 1
    """The child asked for it and waits: an action, a command."""
    AHEAD = 2
    """Prepared before it is asked for: an explanation of the line under the cursor."""


class Sampling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the next token is chosen; the defaults are greedy."""

    temperature: float = 0.0
    """0 takes the likeliest token; higher is more varied."""
    top_k: int = 40
    """Only the k likeliest tokens; 0 means all. Not used when greedy."""
    top_p: float = 0.95
    """Only the likeliest tokens that together have this probability. Not used when greedy."""
    seed: int = 0
    """The same seed, prompt and model give the same text."""


class Infill(msgspec.Struct, frozen=True, tag="infill"):
    """Text between `prefix` and `suffix`; `header` is the system prompt as comment lines.

    The header is put before the prefix, so the model reads it as the top of the file. A model
    without infill tokens is given header + prefix alone.
    """

    prefix: str
    suffix: str = ""
    header: str = ""
    heal: bool = True
    """Take the prefix's last token back and let the model spell it anew (token healing)."""


class Message(msgspec.Struct, frozen=True):
    """One turn of a chat."""

    role: Role
    content: str


class Chat(msgspec.Struct, frozen=True, tag="chat"):
    """Messages for an instruct model; `opening` is what the answer must start with."""

    messages: tuple[Message, ...]
    opening: str = ""


class Request(msgspec.Struct, frozen=True):
    """One thing asked of the model."""

    prompt: Infill | Chat
    max_tokens: int = 64
    """0 only reads the prompt, so that the next request with the same start is answered sooner."""
    stop: tuple[str, ...] = ()
    """The text ends before the first of these."""
    sampling: Sampling = Sampling()
    priority: Priority = Priority.ASKED
    avoid: tuple[str, ...] = ()
    """What the text must not begin with, after white space: a word, or the start of a symbol. The
    tokens for it are never drawn there, which is cheaper than to refuse the text afterwards."""
    only: tuple[str, ...] = ()
    """Words, one of which the text must begin with, after white space; empty where any will do."""
    begun: str = ""
    """What of one of these words stands before the cursor already."""
    weigh: bool = False
    """Tell how sure the model was (`Result.least`), which takes a little of each token's time."""


class Usage(msgspec.Struct, frozen=True):
    """What an answer cost. Times are in milliseconds since the request reached the worker."""

    prompt: int = 0
    """Tokens in the prompt."""
    evaluated: int = 0
    """Prompt tokens that were not in the KV cache already."""
    generated: int = 0
    first_ms: float = 0.0
    total_ms: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        """Both together, with no time to a first token."""
        return Usage(
            prompt=self.prompt + other.prompt,
            evaluated=self.evaluated + other.evaluated,
            generated=self.generated + other.generated,
            total_ms=self.total_ms + other.total_ms,
        )


class Result(msgspec.Struct, frozen=True):
    """A whole answer."""

    text: str
    finish: Finish
    usage: Usage = Usage()
    least: float = 1.0
    """The probability of its least likely token, 0 to 1; 1 where that was not asked for."""


class ModelInfo(msgspec.Struct, frozen=True):
    """What is loaded."""

    name: str
    path: str
    size: int = 0
    """Bytes of the file."""
    context: int = 0
    """Tokens that fit in the context."""
    infill: bool = False
    """Whether it has infill tokens."""
    load_seconds: float = 0.0
    speed: float = 0.0
    """Prompt tokens a second, measured while loading; 0 where it is unknown."""
    teacher: str = ""
    """The name of another model that answers chats; "" where this one does."""
    server: str = ""
    """The address of another computer that it runs on, to which text is sent; "" for this one."""


Phase = Literal["stopped", "loading", "ready", "failed"]


class Status(msgspec.Struct, frozen=True):
    """What the engine is doing now. `error` and `details` are set when `phase` is "failed", or when
    the model answers without something that was wanted, as an adapter.
    """

    phase: Phase = "stopped"
    model: ModelInfo | None = None
    progress: float = 0.0
    """Share of the model that is loaded, 0 to 1."""
    busy: bool = False
    error: str = ""
    details: dict[str, str | int | float] = msgspec.field(default_factory=dict)
    spent: Usage = Usage()
    """What all requests together have cost, those that were given up too."""


class Stream(Protocol):
    """Pieces of text as they come; `result` is complete when the iteration has ended."""

    @property
    def result(self) -> Result:
        """The whole answer, once the iteration has ended."""

    def __aiter__(self) -> AsyncIterator[str]: ...


StatusListener = Callable[[Status], None]


class Engine(Protocol):
    """A language model, wherever it runs."""

    @property
    def status(self) -> Status:
        """What it is doing now."""

    def on_status(self, listener: StatusListener) -> None:
        """Call `listener` on the event loop at each change of the status."""

    async def start(self) -> None:
        """Begin to load; returns at once. Errors are told by the status."""

    async def ready(self, timeout: float | None = None) -> ModelInfo:
        """Wait until the model answers (seconds).

        Raises: the error that made the load fail; EngineTimeout; EngineClosed.
        """

    def generate(self, request: Request) -> AbstractAsyncContextManager[Stream]:
        """Stream the answer; leaving the context cancels it.

        Raises: EngineError, ModelError when the engine can't answer. It does not wait for a model
        that is still loading: EngineLoading.
        """

    async def close(self) -> None:
        """Stop the worker; can be called twice."""


@runtime_checkable
class Adaptable(Protocol):
    """An engine that can wear other adapters without loading its model again."""

    async def adapt(self, settings: ModelSettings) -> None:
        """Wear what these settings name; all else in them is as before."""


async def complete(
    engine: Engine, request: Request, enough: Callable[[str], bool] | None = None
) -> Result:
    """The whole answer at once, or as much of it as is `enough`.

    Raises: as `Engine.generate`.
    """
    text = ""
    async with engine.generate(request) as stream:
        async for piece in stream:
            text += piece
            if enough is not None and enough(text):
                break
    return stream.result
