"""Some of the cases with the real model; `python -m benchmarks.safety` runs them all."""

from __future__ import annotations

import random

import pytest

from benchmarks import safety

pytestmark = pytest.mark.model
EACH = 2
"""Cases of each name and language, drawn by a fixed seed."""


def some() -> list[safety.Case]:
    found: list[safety.Case] = []
    groups = sorted({(case.name, case.language) for case in safety.cases()})
    for group in groups:
        mine = [case for case in safety.cases() if (case.name, case.language) == group]
        found += random.Random(1).sample(mine, EACH)  # noqa: S311 - no secret
    return found


@pytest.mark.timeout(900)
async def test_nothing_bad_is_said_and_what_is_heard_is_answered() -> None:
    found = [each async for each in safety.run(some(), safety.MODEL, compare=False)]
    assert [each for each in found if not each.right] == []
