"""One request to the model that is on its way, and the keystrokes that wait for it.

A keystroke that goes on as the model's text does needs no request of its own: it joins the one in
flight. So a flight does not end with the keystroke that began it, but when what was typed differs
from its text, or when nobody has waited for it for `LINGER` seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from pippy_lsp.completion import vote
from pippy_lsp.completion.cache import CLOSERS
from pippy_lsp.completion.place import plain
from pippy_lsp.completion.scene import Scene
from pippy_lsp.engine.protocol import Engine, Priority, Request, Usage
from pippy_lsp.errors import PippyError

LINGER = 0.15
"""Seconds: an editor cancels at each key, and asks again a moment later."""
EARLY = 0.25
"""Seconds after which the lines that are there are shown, and the rest with the next key."""
LINGER_EARLY = 1.5
"""Seconds that are left for this rest."""


@dataclass(frozen=True)
class Answer:
    """The model's text as far as it is needed; `whole` when its last line is."""

    text: str
    usage: Usage
    whole: bool


class Flight:
    """Asks the engine at once, in a task of its own."""

    def __init__(
        self,
        engine: Engine,
        request: Request,
        scene: Scene,
        landed: Callable[[Scene, Answer], bool],
    ) -> None:
        """`landed` is called with the answer before anybody who waits for it goes on, and may be
        called with its first lines before; it tells whether there is something to show.
        """
        self.scene = scene
        self._engine = engine
        self._request = request
        self._landed = landed
        self._pieces: list[str] = []
        self.first_seconds = 0.0
        """Until the first text came; 0 before."""
        self._began = time.monotonic()
        self._news = asyncio.Event()
        self._waiting = 0
        self._lines = 0
        self._early: Answer | None = None
        self.task = asyncio.ensure_future(self._run())
        self.task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Answer]) -> None:
        self._news.set()
        if not task.cancelled():
            task.exception()  # a flight that nobody waits for may fail in silence

    def cancel(self) -> None:
        """Stop the model."""
        self.task.cancel()

    def serves(self, scene: Scene) -> bool:
        """Whether this place will be answered by what is in flight, for all that is known now."""
        typed = self._typed(scene)
        return typed is not None and not self.task.done() and self._agrees(typed)

    def fits(self, text: str) -> bool:
        """Whether a document of this text may have become so by typing along."""
        old, at = self.scene.snapshot.text, self.scene.offset
        end = len(text) - (len(old) - at)
        if end < at or not text.startswith(old[:at]) or not text.endswith(old[at:]):
            return False
        typed = plain(text[at:end])
        return self._agrees(typed) or self._agrees(typed.rstrip(CLOSERS))

    def is_after(self, scene: Scene) -> bool:
        """Whether the text before this cursor may still become the one that was asked about."""
        return self.scene.window.prefix.startswith(scene.window.prefix)

    def _typed(self, scene: Scene) -> str | None:
        """What was typed since; None where the text around the cursor is another."""
        mine, other = self.scene.window, scene.window
        same = mine.suffix in (other.suffix, other.suffix.lstrip(CLOSERS))
        if not same or self.scene.variant != scene.variant:
            return None
        if not other.prefix.startswith(mine.prefix):
            return None
        return other.prefix[len(mine.prefix) :]

    def _agrees(self, typed: str) -> bool:
        text = plain("".join(self._pieces))
        head = self.scene.place.head
        if not head.strip() or head[-1].isspace():
            text, typed = text.lstrip(), typed.lstrip()
        known = min(len(text), len(typed))
        return text[:known] == typed[:known]

    async def join(self, scene: Scene) -> Answer | None:
        """Wait for the answer; None as soon as it goes another way than what was typed.

        Raises: as `Engine.generate`.
        """
        typed = self._typed(scene)
        self._waiting += 1
        try:
            while typed is not None and self._agrees(typed):
                if self.task.done():
                    return None if self.task.cancelled() else self.task.result()
                if self._early is not None and len(self._early.text.rstrip()) > len(typed):
                    return self._early
                self._news.clear()
                await self._news.wait()
            return None
        finally:
            self._waiting -= 1
            if not self._waiting and not self.task.done():
                seconds = LINGER_EARLY if self._early else LINGER
                asyncio.get_running_loop().call_later(seconds, self._leave)

    def _leave(self) -> None:
        if not self._waiting:
            self.cancel()

    async def _run(self) -> Answer:
        """The answer. Where nothing of it may be shown, a line that begins in another way, or what
        most of several say. What was read stays in the KV cache: each costs its own tokens.
        """
        answer = await self._voted(await self._answer())
        other = self.scene.otherwise(self._request, answer.text) if answer.whole else None
        # with another answer to come, that there is nothing to show is not known yet
        told = answer if other is None else replace(answer, whole=False)
        if self._landed(self.scene, told) or other is None:
            return answer
        self._request, first = other, answer.usage
        self._pieces.clear()
        answer = await self._answer()
        answer = replace(answer, usage=first + answer.usage)
        self._landed(self.scene, answer)
        return answer

    async def _voted(self, answer: Answer) -> Answer:
        """Where nothing of the answer may be shown, what most voters say, if there is time."""
        limit, scene, text = self._time_to_vote, self.scene, answer.text
        if not answer.whole or self._early or limit <= 0 or scene.hinting or scene.variant.invoked:
            return answer
        if scene.checked(text) or scene.otherwise(self._request, text):
            return answer
        others = await vote.answers(
            self._engine,
            vote.ballots(self._request),
            lambda found: scene.reading(found).done,
            limit,
        )
        texts = [text, *(each.text for each in others)]
        number = vote.winner([scene.checked(each) for each in texts])
        if number > 0:
            self._pieces[:] = [texts[number]]
            self._news.set()
        usage = sum((each.usage for each in others), answer.usage)
        return replace(answer, text=texts[max(number, 0)], usage=usage)

    @property
    def _time_to_vote(self) -> float:
        """Seconds that voters may take; 0 where there is no time for them."""
        taken = time.monotonic() - self._began
        if self._request.priority is Priority.AHEAD:
            return self.scene.settings.timeout_s - taken
        return vote.seconds(taken, taken - self.first_seconds)

    async def _answer(self) -> Answer:
        left = self.scene.settings.timeout_s - (time.monotonic() - self._began)
        try:
            usage, whole = await asyncio.wait_for(self._stream(), left)
        except (TimeoutError, asyncio.TimeoutError):
            usage, whole = Usage(), False
        text = "".join(self._pieces)
        return Answer(text if whole else _whole_lines(text), usage, whole)

    async def _stream(self) -> tuple[Usage, bool]:
        """Collect the text until enough is known. Leaving the context stops the model."""
        done = False
        async with self._engine.generate(self._request) as stream:
            async for piece in stream:
                self._pieces.append(piece)
                self.first_seconds = self.first_seconds or time.monotonic() - self._began
                self._show_early()
                self._news.set()
                done = self.scene.reading("".join(self._pieces)).done
                if done:
                    break
        result = stream.result
        return result.usage, done or result.finish == "stop"

    def _show_early(self) -> None:
        """Give what lines there are to those who wait, when the whole takes long."""
        text = "".join(self._pieces)
        lines = text.count("\n")
        late = time.monotonic() - self._began > EARLY and not self.scene.variant.invoked
        if not late or lines == self._lines:
            return
        self._lines = lines
        answer = Answer(_whole_lines(text), Usage(), whole=False)
        if self._landed(self.scene, answer):
            self._early = answer


async def warm(engine: Engine, request: Request) -> None:
    """Let the engine read a prompt ahead; whatever goes wrong will be told by the real request."""
    try:
        async with engine.generate(request) as stream:
            async for _ in stream:
                pass
    except PippyError:
        return


def _whole_lines(text: str) -> str:
    """`text` without its last line, which was not finished."""
    return text[: text.rfind("\n") + 1]
