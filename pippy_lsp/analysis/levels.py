"""The child's levels, as `prompts/levels.toml` has them.

A concept is a string: `For` (a class of `ast`), `len()` (a builtin), `.append()` (a method),
`import random` (a module), `keyword-argument` (a form; see `concept_nodes.FORMS`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import msgspec

from pippy_lsp import prompts

DEFAULT = 2
"""The level of a child of whom nothing is known yet."""


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a child of this level knows, and how much is suggested at once."""

    number: int
    name: str
    lines: int
    """The most lines of one suggestion."""
    knows: dict[str, str]
    """A noun phrase for prompts, by language; always in English."""
    nodes: tuple[str, ...] = ()
    """Concepts that this level adds to those below it: classes of `ast`."""
    forms: tuple[str, ...] = ()
    builtins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()

    def known(self, language: str) -> str:
        """What it knows, in that language, or in English."""
        return self.knows.get(language) or self.knows[prompts.DEFAULT_LANGUAGE]

    def adds(self) -> Iterator[str]:
        """The concepts that this level adds to those below it."""
        yield from self.nodes
        yield from self.forms
        yield from map(builtin, self.builtins)
        yield from map(method, self.methods)
        yield from map(module, self.modules)


class _Levels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    level: tuple[Level, ...]
    brings: dict[str, tuple[str, ...]]


def builtin(name: str) -> str:
    """The concept of a built-in name."""
    return f"{name}()"


def method(name: str) -> str:
    """The concept of a method."""
    return f".{name}()"


def module(name: str) -> str:
    """The concept of a module, by the first part of its name."""
    return f"import {name}"


@cache
def levels() -> tuple[Level, ...]:
    """All levels, the lowest first.

    Raises: PromptError when the table can't be read.
    """
    return tuple(sorted(_file().level, key=lambda level: level.number))


@cache
def _file() -> _Levels:
    return prompts.table("levels.toml", _Levels)


@cache
def brought_by(concept: str) -> frozenset[str]:
    """The concepts that a child can't use without meeting `concept`."""
    return frozenset(by for by, brought in _file().brings.items() if concept in brought)


def level(number: int) -> Level:
    """The level `number`, or the nearest one there is."""
    return min(levels(), key=lambda found: abs(found.number - number))


@cache
def table() -> dict[str, int]:
    """Every concept that is named, with the lowest level that knows it."""
    return {concept: each.number for each in reversed(levels()) for concept in each.adds()}


@cache
def highest() -> int:
    """The level that knows all of Python."""
    return levels()[-1].number


def needed(concept: str) -> int:
    """The lowest level that knows `concept`; the highest for what no level names."""
    return table().get(concept, highest())
