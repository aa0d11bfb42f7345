"""A panel: several roles answer at once, the judge drops what is wrong, a vote takes the best.

No more answers are drawn than are needed: the panel stops when enough agree, as in Aggarwal et al.,
"Let's Sample Step by Step" (arXiv 2305.11860). The worker writes answers that are under way
together in one batch, and reads the start that their prompts share once.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from pippy_lsp.agents.roles import Role
from pippy_lsp.agents.votes import Candidate, Vote
from pippy_lsp.engine.protocol import Engine, Request, Result, Sampling

Builder = Callable[[Role, Sampling], Request]
Judge = Callable[[str], str | None]
FIRST, AGREED = 0.75, 0.85
"""How sure a panel is to be: `FIRST` takes the first answer that passes, `AGREED` wants two that
agree and none against them."""


@dataclass(frozen=True)
class Rules:
    """How long the panel sits."""

    samples: int
    """The most that are drawn."""
    sure: float = AGREED
    """Settled is a vote whose leading answer is the commonest with this chance; see `chance`."""
    enough: Callable[[str], bool] | None = None
    """Tells that a sample's text is long enough; None reads each to its end."""
    together: int = 4
    """The most that are drawn at the same time."""


@dataclass(frozen=True)
class Verdict:
    """What the panel came to."""

    winner: Candidate | None
    """None when the judge let nothing pass."""
    asked: int
    """Samples that were begun."""
    candidates: tuple[Candidate, ...]
    """Those that the judge let pass, in order."""
    tokens: int = 0
    """Tokens that were generated for all of them."""
    read: int = 0
    """Tokens of their prompts that had to be read; what they share is read once."""

    @property
    def text(self) -> str | None:
        """The winner's text."""
        return self.winner.text if self.winner else None


async def ask(
    engine: Engine,
    roles: Sequence[Role],
    build: Builder,
    judge: Judge,
    vote: Vote,
    rules: Rules,
) -> Verdict:
    """Ask the roles in turn, and let the answers vote.

    `build` makes a role's request; `judge` gives the text to use, or None to refuse it.

    Raises: as `Engine.generate`.
    """
    sitting = _Sitting(engine, roles, build, judge, vote, rules)
    try:
        while not sitting.over:
            sitting.call()
            await sitting.hear()
    finally:
        await sitting.dismiss()
    return await sitting.verdict()


def chance(first: int, second: int) -> float:
    """How sure it is that an answer with `first` votes is commoner than one with `second`: that a
    coin which fell so is not in favour of the other side, with nothing known before (a Beta
    distribution; Aggarwal et al., section 3).
    """
    throws = first + second + 1
    ways = sum(math.comb(throws, heads) for heads in range(first + 1))
    return float(ways / 2**throws)


class Tally:
    """Counts the answers that mean the same, as they come in."""

    def __init__(self, samples: int, sure: float) -> None:
        self._left = samples
        self._sure = sure
        self._counts: Counter[Hashable] = Counter()

    def add(self, key: Hashable | None) -> None:
        """One answer more; None counts for nothing."""
        self._left -= 1
        if key is not None:
            self._counts[key] += 1

    @property
    def settled(self) -> bool:
        """Whether the answers that are still to come are not needed."""
        return self._settles(0)

    @property
    def lacking(self) -> int:
        """The fewest answers that could still settle it; at least one."""
        fewer = (more for more in range(1, self._left) if self._settles(more))
        return next(fewer, max(1, self._left))

    def _settles(self, more: int) -> bool:
        """Whether it is settled once the leading answer has so many votes more."""
        first, second = self._leading
        first, left = first + more, self._left - more
        return bool(first) and (chance(first, second) >= self._sure or first > second + left)

    @property
    def _leading(self) -> tuple[int, int]:
        best = [count for _, count in self._counts.most_common(2)]
        first, second = [*best, 0, 0][:2]
        return first, second


@dataclass
class _Seat:
    """One sample on its way; `written` counts the pieces of text, which are tokens."""

    number: int
    role: Role
    task: asyncio.Task[Result] | None = None
    written: int = 0
    read: int = 0


class _Sitting:
    def __init__(
        self,
        engine: Engine,
        roles: Sequence[Role],
        build: Builder,
        judge: Judge,
        vote: Vote,
        rules: Rules,
    ) -> None:
        self._engine, self._roles, self._build = engine, roles, build
        self._judge, self._vote, self._rules = judge, vote, rules
        self._tally = Tally(rules.samples, rules.sure)
        self._seats: list[_Seat] = []
        self._running: dict[asyncio.Task[Result], _Seat] = {}
        self._passed: list[Candidate] = []

    @property
    def over(self) -> bool:
        """Whether nothing more is to be heard."""
        out_of_seats = len(self._seats) == self._rules.samples and not self._running
        return self._tally.settled or out_of_seats

    def call(self) -> None:
        """Begin as many samples as the vote lacks; in a round after the first, as many as a batch
        takes: it takes little longer than one answer, and the rest stops at one that settles it.
        """
        later = self._seats and not self._running
        wanted = self._rules.together if later else self._tally.lacking
        wanted = min(wanted, self._rules.together) - len(self._running)
        for _ in range(min(wanted, self._rules.samples - len(self._seats))):
            number = len(self._seats)
            seat = _Seat(number, self._roles[number % len(self._roles)])
            self._seats.append(seat)
            self._running[asyncio.ensure_future(self._sample(seat))] = seat

    async def hear(self) -> None:
        """Wait for the next answers, and count them. Raises: EngineError."""
        done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        for task in sorted(done, key=lambda each: self._running[each].number):
            seat = self._running.pop(task)
            text = self._judge(task.result().text)
            if text is None:
                self._tally.add(None)
                continue
            self._passed.append(Candidate(text, seat.role.name, seat.number))
            self._tally.add(await self._same(text))

    async def dismiss(self) -> None:
        """Stop those that are still on their way."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        for task in self._running:
            with contextlib.suppress(asyncio.CancelledError):
                task.exception()  # or asyncio says that nobody asked

    async def verdict(self) -> Verdict:
        """What they came to."""
        passed = sorted(self._passed, key=lambda each: each.number)
        winner = None
        if passed:
            slow, choose = self._vote.slow, self._vote.choose
            winner = await asyncio.to_thread(choose, passed) if slow else choose(passed)
        tokens = sum(seat.written for seat in self._seats)
        read = sum(seat.read for seat in self._seats)
        return Verdict(winner, len(self._seats), tuple(passed), tokens, read)

    async def _same(self, text: str) -> Hashable | None:
        same = self._vote.same
        return await asyncio.to_thread(same, text) if self._vote.slow else same(text)

    async def _sample(self, seat: _Seat) -> Result:
        request = self._build(seat.role, seat.role.sample(seat.number))
        text, enough = "", self._rules.enough
        async with self._engine.generate(request) as stream:
            async for piece in stream:
                text += piece
                seat.written += 1
                if enough is not None and enough(text):
                    break
        usage = stream.result.usage
        seat.read = usage.evaluated
        seat.written = max(seat.written, usage.generated)
        return stream.result
