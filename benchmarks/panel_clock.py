"""The wall time of panels over that of a greedy answer, in one run and on the same problems.

Each is asked as the product asks it, by the chair, of a model that has nothing of the problem in
its cache: reading it, writing the answers and running them is all in the time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import panel_samples, stats
from benchmarks.mbpp import Row
from benchmarks.panel_votes import loads, trial
from pippy_lsp.agents import roles
from pippy_lsp.agents.chair import Chair, Question
from pippy_lsp.engine.protocol import Engine, Infill, Request, complete
from pippy_lsp.settings import PanelSize

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
    Way("5, none", 5),
)


async def timed(engine: Engine, rows: Sequence[Row], minutes: float = 60) -> dict[str, list[float]]:
    """Seconds of each row, by what was asked; of as many rows as are begun in that time.

    Raises: EngineError.
    """
    found: dict[str, list[float]] = {name: [] for name in (GREEDY, *(way.name for way in WAYS))}
    end = time.perf_counter() + 60 * minutes
    for row in rows:
        if time.perf_counter() > end:
            break
        _, greedy = panel_samples.asked(panel_samples.prompt(), row, panel_samples.ROLES, 1)[0]
        await _forget(engine)
        began = time.perf_counter()
        await complete(engine, greedy)
        found[GREEDY].append(time.perf_counter() - began)
        for way in WAYS:
            await _forget(engine)
            began = time.perf_counter()
            await Chair(engine, way.size).ask(_question(row, way))
            found[way.name].append(time.perf_counter() - began)
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
