"""Ghost text at a cursor: the way from a document to a suggestion."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import msgspec

from pippy_lsp import prompts
from pippy_lsp.completion import vote
from pippy_lsp.completion.cache import Cache, Entry
from pippy_lsp.completion.flight import Answer, Flight, warm
from pippy_lsp.completion.recent import Recent
from pippy_lsp.completion.scene import Scene, scene
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Engine, Priority, Request, Sampling, Usage
from pippy_lsp.settings import CompletionSettings

_LONGEST_PAUSE = 0.3
"""Seconds: on a slow machine a keystroke waits up to this long for the next one."""
_PAUSE_SHARE = 0.5
"""Of the time to the first token: the pause on a slow machine."""


_SECOND_TRY = 2
"""Other answers that are looked at when the likeliest one does not hold."""
_MOST_SHARE = 0.5
"""Of the time that a suggestion has: what the other versions may take of it."""
_TEMPERATURE = 0.9
"""Of the answers that are to differ from the likeliest one."""
_FOLLOWED = 0.4
"""Share of a suggestion's first line that a child typed along, after which it seems the wanted one:
early enough to have the next line ready, and seldom in vain."""


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


class Completer:
    """Makes suggestions with one engine; remembers the latest ones, in memory only."""

    def __init__(
        self,
        engine: Engine,
        language: str = prompts.DEFAULT_LANGUAGE,
        avoid: frozenset[str] = frozenset(),
    ) -> None:
        self._engine = engine
        self._language = language
        self._avoid = avoid
        """Concepts that no suggestion may use; see `policy`."""
        self._cache = Cache()
        self._recent = Recent()
        self._flight: Flight | None = None
        self._next: Flight | None = None
        self._shown: tuple[Scene, str] | None = None
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
        branches: int = 1,
    ) -> list[Suggestion]:
        """What could be inserted at `offset`, the best first; nothing where nothing good is known.
        At most `branches` different ones, where the child asked by hand (`invoked`).

        A suggestion that was not asked for by hand waits a moment for the next key, unless the
        answer is known already or on its way.

        Raises: EngineError, ModelError when the engine can't answer.
        """
        if settings.mode == "off":
            return []
        here = self._scene(snapshot, offset, settings, level, invoked=invoked)
        text, usage = await self._known(here), Usage()
        if text is None:
            if here.shape is None:
                return []
            if not invoked:
                await asyncio.sleep(self._pause(settings))
            text, usage = await self._ask(here, branches if invoked else 1)
        self._shown = (here, text) if text else None
        found = self._cache.get(here.window, here.variant)
        others = found.entry.others if found and not found.typed else ()
        return [
            Suggestion(each.replace("\n", snapshot.newline), offset, offset, usage)
            for each in (text, *others)
            if each
        ]

    def prepare(
        self, snapshot: DocumentSnapshot, offset: int, settings: CompletionSettings, *, level: int
    ) -> None:
        """Let the model read the text around a cursor that was put there: the child may type."""
        if settings.mode == "off" or self._busy:
            return
        here = self._scene(snapshot, offset, settings, level)
        self._stop_warming()
        request = here.request(Priority.AHEAD, only_read=True)
        self._warming = asyncio.ensure_future(warm(self._engine, request))

    def _scene(
        self,
        snapshot: DocumentSnapshot,
        offset: int,
        settings: CompletionSettings,
        level: int,
        *,
        invoked: bool = False,
    ) -> Scene:
        return scene(
            snapshot,
            offset,
            settings,
            self._engine.status.model,
            level=level,
            language=self._language,
            invoked=invoked,
            avoid=self._avoid,
            recent=self._recent,
        )

    def accepted(self) -> None:
        """The child took the suggestion that was shown last: ask for what comes after it."""
        if self._shown is not None:
            self._look_ahead(*self._shown)

    def changed(self, snapshot: DocumentSnapshot) -> None:
        """The document has a new text: stop what is on its way for another one."""
        if not snapshot.too_long:
            self._recent.changed(snapshot)
        flight = self._flight
        if flight and flight.scene.snapshot.uri == snapshot.uri and not flight.fits(snapshot.text):
            flight.cancel()

    def stop(self) -> None:
        """End what is on its way."""
        self._stop_warming()
        for flight in (self._flight, self._next):
            if flight is not None:
                flight.cancel()

    def _stop_warming(self) -> None:
        if self._warming is not None:
            self._warming.cancel()

    @property
    def _busy(self) -> bool:
        flights = (self._flight, self._next)
        flying = any(flight is not None and not flight.task.done() for flight in flights)
        return flying or self._engine.status.phase != "ready"

    def _pause(self, settings: CompletionSettings) -> float:
        """Seconds to wait for the next key: longer where an answer takes long."""
        slow = min(_LONGEST_PAUSE, _PAUSE_SHARE * self._first_seconds)
        return max(settings.debounce_ms / 1000, slow)

    async def _known(self, here: Scene) -> str | None:
        """What an earlier request has said of this place, or is about to; None when none has."""
        known = self._recall(here)
        for flight in (self._flight, self._next):
            if known is None and flight is not None and flight.serves(here):
                await flight.join(here)
                known = self._recall(here)
        return known

    def _recall(self, here: Scene) -> str | None:
        found = self._cache.get(here.window, here.variant)
        if found is None or not (here.shape or found.typed):
            return None
        text = here.rest_of(found)
        if text and found.typed >= _FOLLOWED * len(found.entry.text.strip().split("\n")[0]):
            self._look_ahead(here, text)
        return text

    def _look_ahead(self, here: Scene, text: str) -> None:
        """Ask for the line after a suggestion that the child types along, or will take."""
        after = here.after(text)
        if self._busy or after.shape is None or self._cache.get(after.window, after.variant):
            return
        request = after.request(Priority.AHEAD)
        self._next = Flight(self._engine, request, after, self._landed)

    async def _ask(self, here: Scene, branches: int) -> tuple[str, Usage]:
        """Ask the model; what was on its way for another text is given up."""
        if self._is_for_another(here):
            return "", Usage()
        self._stop_warming()
        if self._flight is not None:
            self._flight.cancel()
        if self._next is not None and not self._next.is_after(here):
            self._next.cancel()
        request = here.request(Priority.GHOST)
        self._flight = flight = Flight(self._engine, request, here, self._landed)
        asyncio.get_running_loop().call_soon(here.prepare)
        more = asyncio.ensure_future(self._others(here, request, branches))
        try:
            answer = await flight.join(here)
            if answer is None:
                return "", Usage()
            others = await more
            if here.variant.invoked and not others and answer.text and not self._recall(here):
                others = await self._others(here, request, _SECOND_TRY)
            self._add(here, others, branches)
        finally:
            more.cancel()
        self._first_seconds = flight.first_seconds
        return self._recall(here) or "", answer.usage

    def _is_for_another(self, here: Scene) -> bool:
        """Whether the child waits in another document for what was asked by hand: a request that
        comes by itself gives way.
        """
        if here.variant.invoked or self._flight is None or self._flight.task.done():
            return False
        other = self._flight.scene
        return other.variant.invoked and other.snapshot.uri != here.snapshot.uri

    async def _others(self, here: Scene, request: Request, branches: int) -> list[str]:
        """Other answers to the same prompt; the engine writes them in one batch with the first."""
        if branches <= 1:
            return []
        results = await vote.answers(
            self._engine,
            _varied(request, branches),
            lambda text: here.reading(text).done,
            _MOST_SHARE * here.settings.timeout_s,
        )
        return [here.checked(result.text) for result in results]

    def _add(self, here: Scene, others: list[str], branches: int) -> None:
        """Remember the answers that differ from the first, and from each other."""
        found = self._cache.get(here.window, here.variant)
        if found is None or found.typed:
            return
        answers = [found.entry.text, *others]
        best = vote.winner(answers)
        first = answers[best] if best >= 0 else ""
        different = [text for text in dict.fromkeys(answers) if text and text != first]
        entry = Entry(first, found.entry.shape, tuple(different[: branches - 1]))
        self._cache.put(here.window, here.variant, entry)

    def _landed(self, asked: Scene, answer: Answer) -> bool:
        text = asked.checked(answer.text)
        if asked.shape is not None and (text or answer.whole):
            self._cache.put(asked.window, asked.variant, Entry(text, asked.shape))
        return bool(text)


def _varied(request: Request, branches: int) -> list[Request]:
    """The request again, answered with some chance: one more than is wanted, for some are alike."""
    return [
        msgspec.structs.replace(request, sampling=Sampling(_TEMPERATURE, seed=seed))
        for seed in range(1, branches + 1)
    ]
