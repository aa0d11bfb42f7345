"""Several answers to one prompt, and the one that most of them mean.

Sampling and voting, as Li et al. do it for whole tasks ("More Agents Is All You Need", arXiv
2402.05120), for the line at the cursor: where the likeliest line may not be shown, and by hand. The
samples are written in one batch, and share what was read. To vote on each line in doubt gains a
small model nearly nothing, and doubles what a keystroke costs (`benchmarks.vote` and `.typing`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from pippy_lsp.agents.votes import normalised
from pippy_lsp.engine.protocol import Engine, Request, Result, Sampling, complete

VOTERS = 4
"""Answers beside the likeliest one."""
_TEMPERATURE = 0.8
_BATCH = 2.5
"""How much longer a token takes when the voters write theirs with it."""
_SHARE, _LEAST = 0.5, 0.15
"""A child who waits may wait for the vote by this share of what the answer took, and at least by so
many seconds."""


def ballots(request: Request) -> list[Request]:
    """The request again, for each voter."""
    return [
        msgspec.structs.replace(request, sampling=Sampling(_TEMPERATURE, seed=seed))
        for seed in range(1, VOTERS + 1)
    ]


async def answers(
    engine: Engine, requests: Sequence[Request], enough: Callable[[str], bool], limit: float
) -> list[Result]:
    """What the engine has answered after `limit` seconds; what fails or is late is left out."""
    work = [asyncio.ensure_future(complete(engine, each, enough)) for each in requests]
    try:
        await asyncio.wait(work, timeout=limit)
        ended = [each for each in work if each.done() and not each.cancelled()]
        failed = [each.exception() for each in ended]
        return [each.result() for each, error in zip(ended, failed, strict=True) if error is None]
    finally:
        for each in work:
            each.cancel()


def seconds(asked: float, writing: float) -> float:
    """How long the voters may take where the answer took `asked` seconds and `writing` of them were
    to write it; 0 where that would not be enough for them.
    """
    limit = max(_LEAST, _SHARE * asked)
    return limit if _BATCH * writing <= limit else 0.0


def winner(texts: Sequence[str]) -> int:
    """The number of the first text of the largest group whose first lines mean the same; of equal
    groups, of the first. Texts that are "" have no vote; -1 where no other is there.
    """
    keys = [normalised(text.strip().split("\n")[0]) if text.strip() else "" for text in texts]
    counts = Counter(filter(None, keys))
    if not counts:
        return -1
    best = max(counts.values())
    return next(number for number, key in enumerate(keys) if counts[key] == best and key)
