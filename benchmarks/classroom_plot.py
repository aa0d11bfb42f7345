"""A class at one server as a picture: each child's waits, from the luckiest to the unluckiest."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.plot import HEIGHT, WIDTH, svg, text
from benchmarks.stats import percentile

_MARGIN = 60
_PERCENTILES = ((50, "#1b6ca8"), (95, "#c1440e"))


def plot(waits: Sequence[Sequence[float]], title: str) -> str:
    """An SVG: a column for each child that was answered, with the median and the 95th percentile of
    its milliseconds to the first token, and those of the whole class as lines.
    """
    children = sorted((each for each in waits if each), key=lambda each: percentile(each, 95))
    everybody = [ms for each in children for ms in each]
    high = _round_up(max((percentile(each, 95) for each in children), default=1.0))
    across, down = WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN

    def place(number: float, ms: float) -> tuple[float, float]:
        x = _MARGIN + across * (number + 0.5) / max(1, len(children))
        return x, HEIGHT - _MARGIN - down * ms / high

    parts = [text(_MARGIN, 30, title, 14)]
    for step in range(5):
        _, y = place(0, high * step / 4)
        parts.append(f'<path d="M{_MARGIN} {y:.1f}h{across}" stroke="#ddd"/>')
        parts.append(text(_MARGIN - 8, y + 4, f"{high * step / 4:.0f} ms", anchor="end"))
    for number, each in enumerate(children):
        (x, low), (_, top) = (place(number, percentile(each, share)) for share, _ in _PERCENTILES)
        parts.append(f'<path d="M{x:.1f} {low:.1f}V{top:.1f}" stroke="#bbb"/>')
    for row, (share, colour) in enumerate(_PERCENTILES):
        _, y = place(0, percentile(everybody, share) if everybody else 0.0)
        line = f'stroke="{colour}" stroke-dasharray="4 4"'
        parts.append(f'<path d="M{_MARGIN} {y:.1f}h{across}" {line}/>')
        for number, each in enumerate(children):
            x, y = place(number, percentile(each, share))
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        told = f"{share} % of a child's first tokens are there by then (line: the whole class)"
        parts.append(text(_MARGIN, 48 + 14 * row, told, 11, colour))
    parts.append(text(_MARGIN, HEIGHT - 24, "the children, by their wait"))
    return svg(HEIGHT, title, parts)


def _round_up(ms: float) -> float:
    """The next step of 1, 2, 4 or 8 hundreds, thousands ... above it."""
    power = 10.0
    while True:
        for step in (1, 2, 4, 8):
            if step * power >= ms:
                return step * power
        power *= 10
