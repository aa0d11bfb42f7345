"""Where plain requests are sent: in beginners' programs, at names, after dots and in words."""

from __future__ import annotations

import io
import keyword
import random
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Method = Literal["completion", "hover"]
METHODS: tuple[Method, ...] = ("completion", "hover")


@dataclass(frozen=True)
class Spot:
    """One request: the child has typed `typed` at `offset` just before it."""

    name: str
    method: Method
    text: str
    """The program before that key."""
    offset: int
    typed: str

    @property
    def cursor(self) -> int:
        """Where the request asks; for a hover, on the name."""
        return self.offset + len(self.typed)


def spots(programs: dict[str, str]) -> list[Spot]:
    """All places of the programs."""
    return [spot for name, text in programs.items() for spot in _spots(name, text)]


def subset(found: list[Spot], count: int, seed: int) -> list[Spot]:
    """`count` of them for each method, in a random order: the same for the same seed."""
    source = random.Random(seed)
    chosen = []
    for method in METHODS:
        of_it = [spot for spot in found if spot.method == method]
        chosen += source.sample(of_it, min(count, len(of_it)))
    source.shuffle(chosen)
    return chosen


def _spots(name: str, text: str) -> Iterator[Spot]:
    """A name whose first two letters were typed, what follows a dot, and names to hover over.

    For a hover the key before is one of its own line's, as the mouse comes after typing.
    """
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for token in _tokens(text):
        row, column = token.start
        offset = starts[row - 1] + column
        if token.type == tokenize.OP and token.string == ".":
            end = starts[row] - 1 if row < len(starts) else len(text)
            yield Spot(name, "completion", text[:offset] + text[end:], offset, ".")
        elif token.type == tokenize.NAME:
            if len(token.string) > 2 and not keyword.iskeyword(token.string):
                rest = text[: offset + 1] + text[offset + len(token.string) :]
                yield Spot(name, "completion", rest, offset + 1, token.string[1])
            yield Spot(name, "hover", text[:offset] + text[offset + 1 :], offset, token.string[0])


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError):
        return
