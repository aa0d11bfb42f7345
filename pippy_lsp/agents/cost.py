"""What a panel costs on this computer, and how large a one there is time for."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from pippy_lsp.engine import state
from pippy_lsp.engine.protocol import Engine, Infill, ModelInfo, Request, Sampling, complete
from pippy_lsp.settings import PanelSize

SECONDS = 8.0
"""The longest that `auto` lets a panel take: a child that asked for something waits about so long
before doing something else."""
FULL, SMALL = 5, 3
"""Panels: where examples tell which answers are right, and where there are none, as then more
answers were found to gain nothing (see docs/panel.md). The cost of the full one is measured.
"""
USUAL = 64
"""Tokens of a usual answer: a few lines of code, or two sentences."""
_SIZES = (FULL, SMALL)
"""What `auto` chooses from, before a single answer."""
_MORE = 0.36
"""How much longer each further answer in a batch makes a step, where it was not measured: 15.7 ms a
step for one answer of Qwen2.5-Coder 1.5B, 33 for four, 55 for eight, on two cores."""
_DECODE_SHARE = 0.2
"""Tokens written for each token that is read, where the speed of writing was not measured."""
_MEASURED_TOKENS = 24


@dataclass(frozen=True)
class Pace:
    """How fast answers are written here."""

    decode_tps: float
    """Tokens a second of one answer alone; 0 where nothing is known."""
    more: float = _MORE
    """How much longer, as a share, each further answer makes a step."""

    def ratio(self, samples: int) -> float:
        """How many times as long as one answer so many take that are written together."""
        return 1 + self.more * (samples - 1)

    def seconds(self, samples: int, tokens: int) -> float:
        """How long so many answers of that many tokens take; infinite where nothing is known."""
        if self.decode_tps <= 0:
            return float("inf")
        return tokens / self.decode_tps * self.ratio(samples)


def pace(model: ModelInfo | None) -> Pace:
    """The pace of a model: as `doctor` has measured it, else guessed by how fast it reads."""
    if model is None:
        return Pace(0.0)
    known = state.load().speeds.get(model.name)
    if known is None:
        return Pace(model.speed * _DECODE_SHARE)
    more = (known.panel - 1) / (FULL - 1) if known.panel >= 1 else _MORE
    return Pace(known.decode_tps, more)


def size(wanted: PanelSize, pace: Pace, tokens: int, most: int = FULL) -> int:
    """How many answers of about so many tokens are asked for; `auto` asks for at most `most`."""
    if wanted == "off":
        return 1
    if wanted != "auto":
        return wanted
    fitting = (n for n in _SIZES if n <= most and pace.seconds(n, tokens) <= SECONDS)
    return next(fitting, 1)


def report(wanted: PanelSize, model: ModelInfo | None) -> dict[str, int | float]:
    """What an answer of `USUAL` tokens costs with this model: how many vote, the seconds of that
    and of one alone, and how many times as long as one `FULL` take. Empty where nothing is known.
    """
    found = pace(model)
    if found.decode_tps <= 0:
        return {}
    count = size(wanted, found, USUAL)
    return {
        "size": count,
        "seconds": round(found.seconds(count, USUAL), 1),
        "alone": round(found.seconds(1, USUAL), 1),
        "full": FULL,
        "ratio": round(found.ratio(FULL), 1),
    }


async def measure(engine: Engine) -> float:
    """How many times as long as one answer `FULL` of them take, written together.

    Raises: EngineError.
    """
    requests = [
        Request(
            Infill("# A story about a cat\nlines = [\n", heal=False),
            max_tokens=_MEASURED_TOKENS,
            sampling=Sampling(1.0, seed=seed),
        )
        for seed in range(FULL)
    ]
    await complete(engine, requests[0])  # what is read is read now
    return await _seconds(engine, requests) / max(1e-9, await _seconds(engine, requests[:1]))


async def _seconds(engine: Engine, requests: list[Request]) -> float:
    """Wall time a token of each answer: some end early."""
    began = time.perf_counter()
    results = await asyncio.gather(*(complete(engine, each) for each in requests))
    longest = max(result.usage.generated for result in results)
    return (time.perf_counter() - began) / max(1, longest)
