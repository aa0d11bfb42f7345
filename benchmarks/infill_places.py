"""Cursors in children's programs, each where one line was taken out, to see what is shown there.

Three kinds: at the end of the line above, on an empty line with the indentation that an editor
leaves there, and in the middle of the line, of which the child has typed the first part.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["end", "empty", "middle"]
KINDS: tuple[Kind, ...] = ("end", "empty", "middle")
_PARTS = re.compile(r"\w+|[^\w\s]|\s+")


@dataclass(frozen=True)
class Place:
    """A cursor in a program, and the program as its author wrote it."""

    name: str
    before: str
    after: str
    whole: str

    @property
    def document(self) -> str:
        """What the editor holds."""
        return self.before + self.after


def places(programs: dict[str, str]) -> list[Place]:
    """Every line of the programs in each kind."""
    found: list[Place] = []
    for name, text in programs.items():
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                found += [_place(name, text, number, kind) for kind in KINDS]
    return found


def subset(all_places: list[Place], count: int, seed: int) -> list[Place]:
    """`count` of them, drawn by chance, in their order."""
    if count >= len(all_places):
        return all_places
    chosen = set(random.Random(seed).sample(range(len(all_places)), count))
    return [place for number, place in enumerate(all_places) if number in chosen]


def _place(name: str, text: str, number: int, kind: Kind) -> Place:
    lines = text.splitlines(keepends=True)
    line = lines[number - 1]
    above, below = "".join(lines[: number - 1]), "".join(lines[number:])
    label = f"{name}:{number} {kind}"
    if kind == "end":
        return Place(label, above.removesuffix("\n"), "\n" + below, text)
    indent = line[: len(line) - len(line.lstrip())]
    if kind == "empty":
        return Place(label, above + indent, "\n" + below, text)
    ends = [match.end() for match in _PARTS.finditer(line.rstrip()) if match.end() > len(indent)]
    cut = random.Random(label).choice(ends[:-1] or ends)
    return Place(label, above + line[:cut], "\n" + below, text)
