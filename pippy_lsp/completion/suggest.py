"""Ghost text at a cursor: the way from a document to a suggestion."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pippy_lsp import prompts
from pippy_lsp.analysis.levels import level as level_of
from pippy_lsp.completion import context
from pippy_lsp.completion.cache import Cache, Entry, Found
from pippy_lsp.completion.checks import Checker
from pippy_lsp.completion.context import Window
from pippy_lsp.completion.flight import Answer, Flight, Scene, warm
from pippy_lsp.completion.place import Place, place
from pippy_lsp.completion.reading import read
from pippy_lsp.completion.shape import Shape, decide
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Engine, Infill, Priority, Request, Usage
from pippy_lsp.settings import CompletionSettings

_TOKENS_A_LINE = 32
_TOKENS_MOST = 192
_RESERVED = 256
"""Tokens of context kept free for the header and the answer."""
_LONGEST_PAUSE = 0.3
"""Seconds: on a slow machine a keystroke waits up to this long for the next one."""
_PAUSE_SHARE = 0.5
"""Of the time to the first token: the pause on a slow machine."""


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
class _Variant:
    """What a suggestion depends on, beside the text."""

    mode: str
    lines: int
    level: int
    invoked: bool


class Completer:
    """Makes suggestions with one engine; remembers the latest ones, in memory only."""

    def __init__(self, engine: Engine, language: str = prompts.DEFAULT_LANGUAGE) -> None:
        self._engine = engine
        self._prompt = prompts.job("inline", language)
        self._cache = Cache()
        self._flight: Flight | None = None
        self._warming: asyncio.Task[None] | None = None
        self._first_seconds = 0.0

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

        A suggestion that was not asked for by hand waits a moment for the next key, unless the
        answer is known already or on its way.

        Raises: EngineError, ModelError when the engine can't answer.
        """
        if settings.mode == "off":
            return []
        scene = self._scene(snapshot, offset, settings, level, invoked=invoked)
        folder = snapshot.path.parent if snapshot.path else None
        text, usage = await self._known(scene, folder), Usage()
        if text is None:
            if scene.shape is None:
                return []
            if not invoked:
                await asyncio.sleep(self._pause(settings))
            text, usage = await self._ask(scene, scene.shape, folder, level, settings.timeout_s)
        if not text:
            return []
        return [Suggestion(text.replace("\n", snapshot.newline), offset, offset, usage)]

    def prepare(
        self, snapshot: DocumentSnapshot, offset: int, settings: CompletionSettings, *, level: int
    ) -> None:
        """Let the model read the text around a cursor that was put there: the child may type."""
        scene = self._scene(snapshot, offset, settings, level, invoked=False)
        busy = self._flight is not None and not self._flight.task.done()
        if settings.mode == "off" or busy or self._engine.status.phase != "ready":
            return
        self._stop_warming()
        request = self._request(scene, scene.shape, level, max_tokens=0)
        self._warming = asyncio.ensure_future(warm(self._engine, request))

    def stop(self) -> None:
        """End what is on its way."""
        self._stop_warming()
        if self._flight is not None:
            self._flight.cancel()

    def _stop_warming(self) -> None:
        if self._warming is not None:
            self._warming.cancel()

    def _scene(
        self,
        snapshot: DocumentSnapshot,
        offset: int,
        settings: CompletionSettings,
        level: int,
        *,
        invoked: bool,
    ) -> Scene:
        at = place(snapshot.text, offset)
        lines = settings.max_lines if invoked else min(settings.max_lines, level_of(level).lines)
        shape = decide(at, settings.mode, max(1, lines), invoked=invoked)
        variant = _Variant(settings.mode, lines, level, invoked)
        return Scene(self._window(snapshot, offset), variant, at, shape)

    def _window(self, snapshot: DocumentSnapshot, offset: int) -> Window:
        model = self._engine.status.model
        room, speed = (model.context, model.speed) if model else (0, 0.0)
        return context.cut(snapshot.text, offset, context.budget(room, _RESERVED, speed))

    def _pause(self, settings: CompletionSettings) -> float:
        """Seconds to wait for the next key: longer where an answer takes long."""
        slow = min(_LONGEST_PAUSE, _PAUSE_SHARE * self._first_seconds)
        return max(settings.debounce_ms / 1000, slow)

    async def _known(self, scene: Scene, folder: Path | None) -> str | None:
        """What an earlier request has said of this place, or is about to; None when none has."""
        known = self._recall(scene, folder)
        if known is None and self._flight is not None and self._flight.serves(scene):
            await self._flight.join(scene)
            known = self._recall(scene, folder)
        return known

    def _recall(self, scene: Scene, folder: Path | None) -> str | None:
        found = self._cache.get(scene.window, scene.variant)
        if found is None or not (scene.shape or found.typed):
            return None
        return self._along(found, scene.place, scene.shape, folder)

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
        self, scene: Scene, shape: Shape, folder: Path | None, level: int, seconds: float
    ) -> tuple[str, Usage]:
        """Ask the model; what was on its way for another text is given up."""
        self.stop()
        request = self._request(scene, shape, level)
        look = partial(read, place=scene.place, shape=shape, ended=False)

        def landed(answer: Answer) -> None:
            text = self._checked(answer.text, scene.place, shape, folder)
            if text or answer.whole:
                self._cache.put(scene.window, scene.variant, Entry(text, shape))

        self._flight = flight = Flight(self._engine, request, scene, look, landed, seconds)
        answer = await flight.join(scene)
        if answer is None:
            return "", Usage()
        self._first_seconds = flight.first_seconds
        return self._recall(scene, folder) or "", answer.usage

    def _request(
        self, scene: Scene, shape: Shape | None, level: int, max_tokens: int | None = None
    ) -> Request:
        header = self._prompt.render(knows=level_of(level).knows).header
        most = min(_TOKENS_MOST, _TOKENS_A_LINE * ((shape.most if shape else 0) + 1))
        lead = shape.lead if shape else ""
        return Request(
            Infill(scene.window.prefix + lead, scene.window.suffix, header),
            max_tokens=most if max_tokens is None else max_tokens,
            stop=("\n",) if shape and shape.inside else (),
            priority=Priority.GHOST if max_tokens is None else Priority.AHEAD,
        )
