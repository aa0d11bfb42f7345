"""Values as text, so that what is equal to Python reads the same in two processes."""

from __future__ import annotations

import math
import re

MOST = 2000
"""Characters of one value."""
_DEPTH = 6
_ITEMS = 200
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_WHOLE = 1e15
"""Floats below it that are whole numbers are told as such: 4.0 == 4."""


def plain(value: object) -> str:
    """`value` in at most `MOST` characters."""
    try:
        return _plain(value, _DEPTH)[:MOST]
    except Exception as error:  # noqa: BLE001 - the value's own __repr__, a number too long for str
        return f"<{type(value).__name__}: {type(error).__name__}>"[:MOST]


def _plain(value: object, depth: int) -> str:  # noqa: PLR0911 - one line a kind
    if isinstance(value, (bool, int)):
        return str(int(value))
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str):
        return repr(str(value[:MOST]))
    if depth == 0 or not isinstance(value, (list, tuple, set, frozenset, dict)):
        return _ADDRESS.sub("", repr(value))
    if isinstance(value, dict):
        pairs = [
            f"{_plain(key, depth - 1)}: {_plain(each, depth - 1)}"
            for key, each in list(value.items())[:_ITEMS]
        ]
        return f"dict({', '.join(sorted(pairs))})"
    parts = [_plain(each, depth - 1) for each in list(value)[:_ITEMS]]
    if isinstance(value, (set, frozenset)):
        return f"set({', '.join(sorted(parts))})"
    text = f"{', '.join(parts)}; {len(value)}"
    return f"[{text}]" if isinstance(value, list) else f"({text})"


def _number(value: float) -> str:
    if math.isfinite(value) and value == int(value) and abs(value) < _WHOLE:
        return str(int(value))
    return format(value, ".9g")
