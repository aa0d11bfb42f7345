"""Plots as SVG, for the pages: curves and bars with their intervals.

Nothing but text is needed for these few shapes, and the same figures give the same file, which a
test compares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#1b6ca8", "#c1440e", "#3a7d44", "#7b4b94", "#8a8d91", "#222222", "#c9a227")
WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 50, 60
_TICKS = 5
_ROW = 26
_BARS_LEFT = 290


@dataclass(frozen=True)
class Curve:
    """A line through points; `low` and `high` are its intervals, or empty."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True)
class Axis:
    """What an axis says, and whether each step is ten times the last."""

    label: str
    log: bool = False
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Bar:
    """One bar, with its interval where it has one."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    colour: int = 0


@dataclass(frozen=True)
class _Scale:
    """Values to pixels."""

    least: float
    most: float
    start: float
    length: float
    log: bool

    def __call__(self, value: float) -> float:
        low, high, at = self.least, self.most, min(max(value, self.least), self.most)
        if self.log:
            low, high, at = math.log10(low), math.log10(high), math.log10(at)
        return self.start + self.length * (at - low) / (high - low or 1)

    def ticks(self) -> list[float]:
        if self.log:
            first, last = math.floor(math.log10(self.least)), math.ceil(math.log10(self.most))
            every = [10.0**n for n in range(first, last + 1)]
            return [tick for tick in every if self.least <= tick <= self.most]
        step = _round_step((self.most - self.least) / _TICKS)
        first = math.ceil(self.least / step)
        return [n * step for n in range(first, math.floor(self.most / step + 1e-9) + 1)]


def _round_step(step: float) -> float:
    """The next of 1, 2, 5 and their tenfolds."""
    power = 10.0 ** math.floor(math.log10(step or 1))
    return next(each * power for each in (1, 2, 5, 10) if each * power >= step * 0.999)


def _scale(axis: Axis, values: Sequence[float], start: float, length: float) -> _Scale:
    known = [value for value in values if not axis.log or value > 0] or [1.0]
    least = axis.least if axis.least is not None else min(known)
    most = axis.most if axis.most is not None else max(known)
    if axis.log:
        least, most = 10.0 ** math.floor(math.log10(least)), 10.0 ** math.ceil(math.log10(most))
    if most <= least:
        most = least * 10 if axis.log else least + 1
    return _Scale(least, most, start, length, axis.log)


def curves(title: str, x: Axis, y: Axis, found: Sequence[Curve]) -> str:
    """Curves with their names beside them."""
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    xs = _scale(x, [value for each in found for value in each.x], LEFT, across)
    ys = _scale(y, [v for c in found for v in (*c.y, *c.low, *c.high)], TOP + down, -down)
    parts = [text(LEFT, 28, title, 14)]
    for tick in ys.ticks():
        at = ys(tick)
        parts.append(f'<path d="M{LEFT} {at:.1f}h{across}" stroke="#ddd"/>')
        parts.append(text(LEFT - 8, at + 4, _number(tick), anchor="end"))
    bottom = TOP + down + 20
    parts += [text(xs(tick), bottom, _number(tick), anchor="middle") for tick in xs.ticks()]
    for number, curve in enumerate(found):
        parts += _curve(curve, COLOURS[number % len(COLOURS)], xs, ys)
        colour = COLOURS[number % len(COLOURS)]
        parts.append(text(LEFT + across + 12, TOP + 12 + 20 * number, curve.name, 12, colour))
    parts.append(text(LEFT + across / 2, HEIGHT - 14, x.label, anchor="middle"))
    parts.append(text(LEFT, TOP - 8, y.label, 11, "#555"))
    return svg(HEIGHT, title, parts)


def _curve(
    curve: Curve, colour: str, xs: Callable[[float], float], ys: Callable[[float], float]
) -> list[str]:
    points = [(xs(x), ys(y)) for x, y in zip(curve.x, curve.y, strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    if len(points) <= 20:
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    for (x, _), low, high in zip(points, curve.low, curve.high, strict=False):
        span = f"M{x:.1f} {ys(low):.1f}V{ys(high):.1f}"
        parts.append(f'<path d="{span}" stroke="{colour}" stroke-opacity=".5"/>')
    return parts


def bars(
    title: str, label: str, found: Sequence[Bar], limit: tuple[float, str] | None = None
) -> str:
    """Bars to the right, a row each; `limit` is a line across them and what it says."""
    height = TOP + _ROW * len(found) + BOTTOM
    values = [value for bar in found for value in (bar.value, bar.high or 0.0)]
    most = max([*values, limit[0] if limit else 0.0, 1e-9])
    xs = _Scale(0.0, most, _BARS_LEFT, WIDTH - _BARS_LEFT - 80, log=False)
    bottom = TOP + _ROW * len(found)
    parts = [text(16, 28, title, 14)]
    for tick in xs.ticks():
        parts.append(f'<path d="M{xs(tick):.1f} {TOP}V{bottom}" stroke="#ddd"/>')
        parts.append(text(xs(tick), bottom + 18, _number(tick), anchor="middle"))
    for number, bar in enumerate(found):
        y = TOP + _ROW * number
        colour = COLOURS[bar.colour % len(COLOURS)]
        width = xs(bar.value) - _BARS_LEFT
        parts.append(text(_BARS_LEFT - 8, y + 17, bar.name, anchor="end"))
        parts.append(
            f'<rect x="{_BARS_LEFT}" y="{y + 5}" width="{width:.1f}" height="16" fill="{colour}" '
            'fill-opacity=".75"/>'
        )
        if bar.low is not None and bar.high is not None:
            span = f"M{xs(bar.low):.1f} {y + 13}H{xs(bar.high):.1f}"
            parts.append(f'<path d="{span}" stroke="#222" stroke-width="1.5"/>')
        end = xs(max(bar.value, bar.high or 0.0))
        parts.append(text(end + 6, y + 17, _number(bar.value)))
    if limit:
        parts.append(f'<path d="M{xs(limit[0]):.1f} {TOP - 6}V{bottom}" stroke="#c1440e"/>')
        parts.append(text(xs(limit[0]) + 4, TOP - 8, limit[1], 11, "#c1440e"))
    parts.append(text((_BARS_LEFT + WIDTH - 80) / 2, bottom + 42, label))
    return svg(height, title, parts)


def text(
    x: float, y: float, words: str, size: int = 12, colour: str = "#222", anchor: str = "start"
) -> str:
    """Words at a place."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def svg(height: float, title: str, parts: Sequence[str]) -> str:
    """The file, `WIDTH` wide, of shapes and words on white."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'font-family="sans-serif" font-size="12">\n<title>{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
