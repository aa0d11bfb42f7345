"""Means, percentiles and their 95 % intervals, for all benchmarks; seeded, so they can be repeated.

The intervals are percentile bootstraps (Efron and Tibshirani, An Introduction to the Bootstrap,
1993, chapter 13). For the share of a few yes-or-no answers Wilson's interval is better (Wilson,
JASA 22, 1927): it does not shrink to a point where all answers are the same.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ROUNDS = 2000
"""Resamples of one bootstrap."""
_Z = 1.959964
"""Standard deviations on each side of the middle 95 % of a normal distribution."""
_TAIL = 2.5
"""Percent outside of the interval on each side."""

Statistic = Callable[[Sequence[float]], float]


@dataclass(frozen=True)
class Interval:
    """A value and where the true one is in 95 of 100 cases."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """For a difference: whether it is not 0, for all that is known."""
        return self.low > 0 or self.high < 0


def mean(values: Sequence[float]) -> float:
    """The mean; NaN of nothing."""
    return math.fsum(values) / len(values) if values else math.nan


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` (0 to 100) of the values are, interpolated; NaN of nothing.

    As numpy's default ("linear", Hyndman and Fan's type 7).
    """
    if not values:
        return math.nan
    ordered = sorted(values)
    at = (len(ordered) - 1) * percent / 100
    below, above = ordered[math.floor(at)], ordered[math.ceil(at)]
    return below + (above - below) * (at - math.floor(at))


def median(values: Sequence[float]) -> float:
    """The 50th percentile."""
    return percentile(values, 50)


def bootstrap(
    values: Sequence[float], statistic: Statistic = mean, *, seed: int = 0, rounds: int = ROUNDS
) -> Interval:
    """`statistic` of the values with its interval. All NaN of nothing."""
    source = random.Random(seed)
    found = [statistic(source.choices(values, k=len(values))) for _ in range(rounds) if values]
    return Interval(statistic(values), percentile(found, _TAIL), percentile(found, 100 - _TAIL))


def difference(
    values: Sequence[float],
    others: Sequence[float],
    statistic: Statistic = mean,
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
) -> Interval:
    """`statistic` of `values` less that of `others`, which were measured on the same things.

    The pairs are resampled together: what is hard for both does not widen the interval.

    Raises: ValueError when they are not equally many.
    """
    pairs = list(zip(values, others, strict=True))
    source = random.Random(seed)
    found = []
    for _ in range(rounds if pairs else 0):
        drawn = source.choices(pairs, k=len(pairs))
        found.append(statistic([one for one, _ in drawn]) - statistic([two for _, two in drawn]))
    whole = statistic(values) - statistic(others)
    return Interval(whole, percentile(found, _TAIL), percentile(found, 100 - _TAIL))


def ratio(
    values: Sequence[float],
    others: Sequence[float],
    percent: float,
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
) -> Interval:
    """The percentile of `values` over that of `others`, which were measured on the same things;
    the pairs are resampled together.

    Raises: ValueError when they are not equally many.
    """
    pairs = list(zip(values, others, strict=True))
    source = random.Random(seed)

    def of(drawn: Sequence[tuple[float, float]]) -> float:
        below = percentile([two for _, two in drawn], percent)
        return percentile([one for one, _ in drawn], percent) / below if below else math.nan

    found = [of(source.choices(pairs, k=len(pairs))) for _ in range(rounds if pairs else 0)]
    return Interval(of(pairs), percentile(found, _TAIL), percentile(found, 100 - _TAIL))


def wilson(successes: int, total: int) -> Interval:
    """The share of successes with Wilson's interval; of nothing it may be anything from 0 to 1.

    Raises: ValueError when there are more successes than trials, or fewer than none.
    """
    if not 0 <= successes <= total:
        raise ValueError(f"{successes} successes of {total}")
    if not total:
        return Interval(math.nan, 0.0, 1.0)
    share, square = successes / total, _Z * _Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    spread = share * (1 - share) / total + square / (4 * total * total)
    half = _Z * math.sqrt(spread) / (1 + square / total)
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == total else middle + half
    return Interval(share, low, high)
