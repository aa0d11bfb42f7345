"""The child's levels, as `prompts/levels.toml` has them."""

from __future__ import annotations

from functools import cache

import msgspec

from pippy_lsp import prompts


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a child of this level knows, and how much is suggested at once."""

    number: int
    name: str
    lines: int
    """The most lines of one suggestion."""
    knows: str
    """A noun phrase in English, for prompts."""


class _Levels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    level: tuple[Level, ...]


@cache
def levels() -> tuple[Level, ...]:
    """All levels, the lowest first.

    Raises: PromptError when the table can't be read.
    """
    found = prompts.table("levels.toml", _Levels).level
    return tuple(sorted(found, key=lambda level: level.number))


def level(number: int) -> Level:
    """The level `number`, or the nearest one there is."""
    return min(levels(), key=lambda found: abs(found.number - number))
