"""Ghost text at a cursor: the way from a document to a suggestion."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pippy_lsp import prompts
from pippy_lsp.analysis.levels import level as level_of
from pippy_lsp.completion import context
from pippy_lsp.completion.cache import Cache, Entry, Found
from pippy_lsp.completion.checks import Checker
from pippy_lsp.completion.context import Window
from pippy_lsp.completion.place import Place, place
from pippy_lsp.completion.reading import Reading, read
from pippy_lsp.completion.shape import Shape, decide
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Engine, Infill, Priority, Request, Usage
from pippy_lsp.settings import CompletionSettings

_TOKENS_A_LINE = 32
_TOKENS_MOST = 192
_RESERVED = 256
"""Tokens of context kept free for the header and the answer."""


@dataclass(frozen=True)
class Suggestion:
    """One ghost text."""

    text: str
    """What is inserted, with the document's own line ends."""
    start: int
    """Offsets (characters) of what it replaces; both are the cursor where nothing is."""
    end: int
    usage: Usage
    """What the engine spent on it; all zero where it was not asked."""


@dataclass(frozen=True)
class _Answer:
    text: str
    usage: Usage


class Completer:
    """Makes suggestions with one engine; remembers the latest ones, in memory only."""

    def __init__(self, engine: Engine, language: str = prompts.DEFAULT_LANGUAGE) -> None:
        self._engine = engine
        self._prompt = prompts.job("inline", language)
        self._cache = Cache()

    async def suggest(
        self,
        snapshot: DocumentSnapshot,
        offset: int,
        settings: CompletionSettings,
        *,
        level: int,
        invoked: bool = False,
    ) -> list[Suggestion]:
        """What could be inserted at `offset`, the best first; nothing where nothing good is known.

        Raises: EngineError, ModelError when the engine can't answer.
        """
        if settings.mode == "off":
            return []
        at = place(snapshot.text, offset)
        lines = settings.max_lines if invoked else min(settings.max_lines, level_of(level).lines)
        shape = decide(at, settings.mode, max(1, lines), invoked=invoked)
        window = self._window(snapshot, offset)
        folder = snapshot.path.parent if snapshot.path else None
        variant = (settings.mode, lines, level, invoked)
        found = self._cache.get(window, variant)
        if found and (shape or found.typed):
            text, usage = self._along(found, at, shape, folder), Usage()
        elif shape is None:
            return []
        else:
            answer = await self._ask(at, shape, window, level, settings.timeout_s)
            text, usage = self._checked(answer.text, at, shape, folder), answer.usage
            self._cache.put(window, variant, Entry(text, shape))
        if not text:
            return []
        return [Suggestion(text.replace("\n", snapshot.newline), offset, offset, usage)]

    def _window(self, snapshot: DocumentSnapshot, offset: int) -> Window:
        model = self._engine.status.model
        return context.cut(
            snapshot.text, offset, context.budget(model.context if model else 0, _RESERVED)
        )

    def _along(self, found: Found, at: Place, shape: Shape | None, folder: Path | None) -> str:
        """What is left of an earlier answer, judged again where it is now."""
        if not found.typed:
            return found.entry.text
        before = found.entry.shape
        kept = shape or before
        # as much as was shown: the rest must not shrink while the child types along it
        kept = replace(kept, lines=max(kept.lines, before.lines), most=max(kept.most, before.most))
        return Checker(at, replace(kept, lead=""), folder).best(tuple(found.rest.split("\n")))

    def _checked(self, raw: str, at: Place, shape: Shape, folder: Path | None) -> str:
        lines = read(raw, at, shape, ended=True).lines
        return Checker(at, shape, folder).best(lines) if lines else ""

    async def _ask(
        self, at: Place, shape: Shape, window: Window, level: int, seconds: float
    ) -> _Answer:
        """The model's text, as far as it is needed and came in time."""
        header = self._prompt.render(knows=level_of(level).knows).header
        request = Request(
            Infill(window.prefix + shape.lead, window.suffix, header),
            max_tokens=min(_TOKENS_MOST, _TOKENS_A_LINE * (shape.most + 1)),
            stop=("\n",) if shape.inside else (),
            priority=Priority.GHOST,
        )
        pieces: list[str] = []
        stream = self._stream(request, pieces, partial(read, place=at, shape=shape, ended=False))
        try:
            usage, whole = await asyncio.wait_for(stream, seconds)
        except asyncio.TimeoutError:
            usage, whole = Usage(), False
        text = "".join(pieces)
        return _Answer(text if whole else _whole_lines(text), usage)

    async def _stream(
        self, request: Request, pieces: list[str], look: Callable[[str], Reading]
    ) -> tuple[Usage, bool]:
        """Collect the text until enough is known; what it cost, and whether its last line is whole.

        Leaving the context stops the model.
        """
        done = False
        async with self._engine.generate(request) as stream:
            async for piece in stream:
                pieces.append(piece)
                done = look("".join(pieces)).done
                if done:
                    break
        result = stream.result
        return result.usage, done or result.finish == "stop"


def _whole_lines(text: str) -> str:
    """`text` without its last line, which was not finished."""
    return text[: text.rfind("\n") + 1]
