"""The raw model: greedy, without a header, a reading or checks, in each order, healed and not.

Our own engine spells the prompts, so that the file and the code below are the same as ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from benchmarks import humaneval
from benchmarks.humaneval import Row
from pippy_lsp.engine import launch, wire
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Engine, Infill, Request, complete
from pippy_lsp.engine.spelling import Order
from pippy_lsp.settings import ModelSettings

ORDERS: tuple[Order, ...] = ("suffix-first", "prefix-first")
TOKENS = 128
"""More than any line of HumanEval has."""
READY_SECONDS = 300.0


@dataclass(frozen=True)
class Way:
    """How the raw model is asked."""

    order: Order
    heal: bool
    whole: bool = False
    """All that it writes is the answer, and not the first line of it."""

    def __str__(self) -> str:
        healed = "healed" if self.heal else "not healed"
        return f"{self.order}, {healed}{', all lines' if self.whole else ''}"


WAYS = tuple(Way(order, heal) for order in ORDERS for heal in (True, False))
Answers = dict[Way, list[str]]
"""The model's text for each row."""


def engine(model: str, order: Order, context: int = 4096) -> LlamaEngine:
    """Our engine with the model, asked in that order; `context` is in tokens."""

    def locate(settings: ModelSettings) -> wire.Load:
        return msgspec.structs.replace(launch.locate(settings), order=order)

    return LlamaEngine(ModelSettings(name=model, context=context), locate)


async def ask(asked: Engine, row: Row, *, heal: bool, first_line: bool = False) -> str:
    """What the model writes in the hole; no more than its first line where that is enough."""
    prompt = Infill(row.before, row.after, heal=heal)
    request = Request(prompt, max_tokens=TOKENS)
    return (await complete(asked, request, has_line if first_line else None)).text


def has_line(text: str) -> bool:
    return "\n" in text.lstrip("\n")


async def answers(
    model: str, rows: Sequence[Row], step: Callable[[], None], *, first_line: bool = False
) -> Answers:
    """The model's text for each row in each way; `step` is called after each.

    Raises: ModelError, EngineError.
    """
    found: Answers = {way: [] for way in WAYS}
    for order in ORDERS:
        asked = engine(model, order)
        try:
            await asked.ready(READY_SECONDS)
            for row in rows:
                for heal in (True, False):
                    found[Way(order, heal)].append(
                        await ask(asked, row, heal=heal, first_line=first_line)
                    )
                    step()
        finally:
            await asked.close()
    return found


def best(passed: dict[Way, list[bool]], exact: dict[Way, list[bool]]) -> Way:
    """The way that passes most; of equals, the one with most exact matches."""
    return max(passed, key=lambda way: (sum(passed[way]), sum(exact[way])))


def put(found: Answers, *, whole: bool = True) -> dict[Way, list[str]]:
    """What is put in the holes: the first line of each answer, and all of it."""
    first = {way: [humaneval.first_line(text) for text in texts] for way, texts in found.items()}
    if not whole:
        return first
    all_lines = {
        replace(way, whole=True): [text.strip("\n") for text in texts]
        for way, texts in found.items()
    }
    return {**first, **all_lines}
