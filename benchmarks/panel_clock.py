"""The wall time of panels over that of a greedy answer, in one run and on the same problems.

Each is asked as the product asks it, by the chair, of a model that has nothing of the problem in
its cache: reading it, writing the answers and running them is all in the time. Beside them the time
of all answers of a panel in one batch; those are given back, as answers to vote on.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from benchmarks import panel_samples, stats
from benchmarks.mbpp import Row
from benchmarks.panel_samples import ROLES, Answers
from benchmarks.panel_votes import loads, trial
from pippy_lsp.agents import roles
from pippy_lsp.agents.chair import Chair, Question
from pippy_lsp.engine.protocol import Engine, Infill, Request, complete
from pippy_lsp.settings import PanelSize

T = TypeVar("T")
_CACHED = 16
"""More prompts than the worker's cache holds."""


@dataclass(frozen=True)
class Way:
    """One way to ask."""

    name: str
    size: PanelSize
    example: bool = False
    """Whether the shown test may tell which answers are right."""


GREEDY = "greedy"
WAYS = (
    Way("`auto`, an example", "auto", example=True),
    Way("`auto`, none", "auto"),
)
BATCH = "all 5 in one batch"
_SIZE = 5


async def timed(
    engine: Engine, rows: Sequence[Row], minutes: float, heard: Callable[[Answers], None]
) -> dict[str, list[float]]:
    """Seconds of each row, by what was asked; of as many rows as are begun in that time. `heard` is
    given the answers of a batch.

    Raises: EngineError.
    """
    found: dict[str, list[float]] = {}

    async def clock(name: str, asking: Callable[[], Awaitable[T]]) -> T:
        await _forget(engine)
        began = time.perf_counter()
        said = await asking()
        found.setdefault(name, []).append(time.perf_counter() - began)
        return said

    end = time.perf_counter() + 60 * minutes
    for row in rows:
        if time.perf_counter() > end:
            break
        _, greedy = panel_samples.asked(panel_samples.prompt(), row, ROLES, 1)[0]
        await clock(GREEDY, partial(complete, engine, greedy))
        for way in WAYS:
            await clock(way.name, partial(Chair(engine, way.size).ask, _question(row, way)))
        heard(await clock(BATCH, partial(panel_samples.sample, engine, row, ROLES, _SIZE)))
    return found


def _question(row: Row, way: Way) -> Question:
    words = panel_samples.prompt()
    return Question(
        lambda role, sampling: panel_samples.request(words, row, role, sampling),
        lambda text: loads(row, text),
        roles.panel(),
        trial=trial(row, example=way.example),
    )


async def _forget(engine: Engine) -> None:
    """Fill the cache with other prompts."""
    for number in range(_CACHED):
        other = Infill(f"{chr(ord('a') + number) * 3} = {number}\n")
        await complete(engine, Request(other, max_tokens=0))


def ratios(found: dict[str, list[float]], seed: int) -> list[str]:
    """The time of each over that of greedy answers; rows are drawn again."""
    told = []
    for name, seconds in found.items():
        pairs = list(zip(seconds, found[GREEDY], strict=True))
        numbers = [float(n) for n in range(len(pairs))]

        def of(drawn: Sequence[float], pairs: list[tuple[float, float]] = pairs) -> float:
            chosen = [pairs[int(n)] for n in drawn]
            return sum(one for one, _ in chosen) / sum(two for _, two in chosen)

        one = stats.bootstrap(numbers, of, seed=seed)
        told.append(f"| {name} | {len(pairs)} | {one.value:.2f} [{one.low:.2f}, {one.high:.2f}] |")
    return ["| panel of | problems | wall time, x greedy |", "|---|---|---|", *told]
