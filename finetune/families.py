"""Small programs of a child, and what a good teacher says of their parts: `families/*.toml`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from string import Template

import msgspec

from pippy_lsp import toml
from pippy_lsp.errors import UsageError

FOLDER = Path(__file__).parent / "families"
LICENCE = "Apache-2.0"
"""They are written for this project."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a program, and what is said of it; see the head of numbers.toml."""

    code: str
    say: str = ""
    comment: str = ""
    doc: str = ""
    inside: dict[str, str] = {}

    @property
    def length(self) -> int:
        """Its lines."""
        return len(self.code.split("\n"))


class Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Programs that are alike."""

    name: str
    level: int
    part: tuple[Part, ...]
    slots: dict[str, tuple[str, ...]] = {}
    names: tuple[str, ...] = ()


class Program(msgspec.Struct, frozen=True):
    """One program of a family, its slots filled."""

    family: str
    level: int
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    """Names in it that say what they are for."""

    @property
    def text(self) -> str:
        """The whole of it."""
        return "\n".join(part.code for part in self.parts) + "\n"

    def row(self, index: int) -> int:
        """The row (from 0) at which the part `index` begins."""
        return sum(part.length for part in self.parts[:index])


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    family: tuple[Family, ...]


def load(folder: Path = FOLDER) -> list[Family]:
    """All families, in the order of the files' names.

    Raises: UsageError where a file has another shape.
    """
    return [family for file in sorted(folder.glob("*.toml")) for family in _read(file)]


def _read(file: Path) -> tuple[Family, ...]:
    try:
        return msgspec.convert(toml.loads(file.read_text("utf-8")), _File).family
    except (toml.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(what=f"{file.name} can't be used: {error}.") from error


def programs(family: Family, most: int, chance: random.Random) -> Iterator[Program]:
    """At most so many different programs of the family."""
    seen: set[str] = set()
    for _ in range(most * 4):
        filled = {name: chance.choice(words) for name, words in family.slots.items()}
        program = _filled(family, filled)
        different = len(set(filled.values())) == len(filled)
        if different and program.text not in seen and len(seen) < most:
            seen.add(program.text)
            yield program


def _filled(family: Family, slots: dict[str, str]) -> Program:
    def fill(text: str) -> str:
        return Template(text).substitute(slots).lstrip("\n")

    parts = tuple(
        Part(
            fill(part.code),
            fill(part.say),
            fill(part.comment),
            fill(part.doc),
            {line: fill(text) for line, text in part.inside.items()},
        )
        for part in family.part
    )
    return Program(family.name, family.level, parts, tuple(slots[name] for name in family.names))
