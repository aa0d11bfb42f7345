r"""What of the document the model reads: a prefix and a suffix, cut at stable places.

The engine keeps what it has read as long as the text stays the same. So the cuts depend on the
lines above the cursor and on the text after it alone: typing changes neither, and the window does
not slide with each key but jumps once in `STEP` lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pippy_lsp.completion.place import imports, plain

STEP = 32
"""Lines by which the start of the prefix jumps."""
_CHARACTERS = 1024
"""The same for a single line that is longer than the budget."""
_TOP = re.compile(r"^(?:def |class |async def |@)", re.MULTILINE)
_CHARACTERS_A_TOKEN = 3
"""Of Python source, on the low side."""
_TOKEN = re.compile(r"\d|[^\W\d_]{1,8}|[^\w\s]|_|\n")
"""Roughly what tokenizers make of Python source: a digit is a token of its own."""
_DENSE = 1.5
_MOST = (3200, 800)
"""The most characters before and after the cursor: more of a child's program helps little."""
_LEAST_SHARE = 8
"""A slow machine reads at least this part of them."""
_SECONDS = 6.0
"""How long the model may take to read the text around a cursor that was never there before."""


@dataclass(frozen=True)
class Budget:
    """The most characters before and after the cursor."""

    prefix: int
    suffix: int


@dataclass(frozen=True)
class Window:
    r"""What the model reads, with `\n` line ends."""

    prefix: str
    suffix: str
    start: int = field(default=0, compare=False)
    """Offsets in the document between which it reads all."""
    end: int = field(default=0, compare=False)


def budget(context: int, reserved: int, speed: float = 0.0) -> Budget:
    """What fits into `context` tokens when `reserved` are needed for the header and the answer, and
    what a model that reads `speed` tokens a second gets through in time.

    A context of 0 tokens is unknown and taken for a large one, a speed of 0 for a fast one.
    """
    prefix, suffix = _MOST
    eighths = int(8 * _in_time(speed) / (prefix + suffix)) if speed else 8
    eighths = max(1, min(8, eighths))
    prefix, suffix = prefix * eighths // 8, suffix * eighths // 8
    if context <= 0:
        return Budget(prefix, suffix)
    room = max(0, context - reserved) * _CHARACTERS_A_TOKEN
    return Budget(min(prefix, room * 3 // 4), min(suffix, room // 4))


def _in_time(speed: float) -> float:
    return speed * _SECONDS * _CHARACTERS_A_TOKEN


def cut(text: str, offset: int, budget: Budget) -> Window:
    """The window around `offset`."""
    if "\n" not in text and "\r" in text:
        text = text.replace("\r", "\n")
    budget = _thinned(text, offset, budget)
    start = _prefix_start(text, offset, budget.prefix)
    kept = imports(text, start) if start else ""
    if len(kept) > budget.prefix // 4:
        kept = ""
    end = _suffix_end(text, offset, budget.suffix)
    return Window(kept + plain(text[start:offset]), plain(text[offset:end]), start, end)


def _thinned(text: str, offset: int, budget: Budget) -> Budget:
    """Half the budget where the text has twice the tokens that are usual, as tables of numbers."""
    line = text.rfind("\n", 0, offset) + 1
    before = text[max(0, line - budget.prefix) : line]
    tokens = len(_TOKEN.findall(before))
    dense = tokens * _CHARACTERS_A_TOKEN > len(before) * _DENSE
    return Budget(budget.prefix // 2, budget.suffix // 2) if dense else budget


def _prefix_start(text: str, offset: int, most: int) -> int:
    if offset <= most:
        return 0
    line = text.rfind("\n", 0, offset) + 1
    if offset - line > most:
        return line + (offset - line - most + _CHARACTERS) // _CHARACTERS * _CHARACTERS
    # measured from the cursor's line, whose length changes with each key
    first = text.find("\n", max(0, line - most)) + 1
    number = text.count("\n", 0, first)
    steps = -number % STEP
    start = first
    for _ in range(steps):
        start = text.find("\n", start, line) + 1 or line
    if start >= line:
        start = first
    top = _TOP.search(text, start, min(line, start + most // 4))
    return top.start() if top else start


def _suffix_end(text: str, offset: int, most: int) -> int:
    if len(text) - offset <= most:
        return len(text)
    limit = offset + most
    tops = [match.start() for match in _TOP.finditer(text, offset + 1, limit)]
    if tops and tops[-1] - offset > most // 2:
        return tops[-1]
    return max(text.rfind("\n", offset, limit) + 1, offset) or limit
