"""Finds the smallest repair that lets Python read on.

Rules propose repairs where Python stopped; one is believed only when the program then parses
further than before. Up to three repairs of the same place are combined (`If x = 3`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from pippy_lsp.teaching import lexer
from pippy_lsp.teaching.program import Trouble, split, trouble

_DEPTH = 3
_MOST_TRIES = 150
_NEAR = 12
"""Lines after the mistake that are read again with each repair."""
_GOING_ON = ("else", "elif", "except", "finally")


@dataclass(frozen=True)
class Repair:
    """Put `new` where the characters from `start` to `end` are; `code` names the mistake."""

    code: str
    start: int
    end: int
    new: str
    values: dict[str, str] = field(default_factory=dict)

    def apply(self, text: str) -> str:
        """`text` repaired."""
        return text[: self.start] + self.new + text[self.end :]


@dataclass(frozen=True)
class Case:
    """A broken program as the rules see it."""

    text: str
    trouble: Trouble
    lines: list[str]
    starts: list[int]

    @property
    def row(self) -> int:
        """The line at which Python stopped; the last filled one where that is empty."""
        row = min(self.trouble.row, len(self.lines) - 1)
        return row if self.lines[row].strip() else self.before(row)

    def before(self, row: int) -> int:
        """The last filled line above `row` (0 when there is none)."""
        return next((r for r in range(row - 1, -1, -1) if self.lines[r].strip()), 0)

    @cached_property
    def statement(self) -> tuple[lexer.Token, ...]:
        """The tokens of the statement at which Python stopped."""
        start, end = self.starts[self.row], self.starts[self.row] + len(self.lines[self.row])
        for found in lexer.statements(self.text):
            if found[0].start <= end and found[-1].end >= start:
                return found
        return ()

    def row_of(self, offset: int) -> int:
        """The row (from 0) of an offset."""
        return bisect_right(self.starts, offset) - 1

    def suspects(self) -> list[int]:
        """The lines to look at: where Python stopped, and the one before it."""
        return list(dict.fromkeys([self.row, self.before(self.row)]))


Rule = Callable[[Case, int], Iterator[Repair]]
"""Gives the repairs of one line (its row, from 0)."""


def case(text: str, found: Trouble) -> Case:
    """The case of `text`, which breaks at `found`."""
    lines = split(text)
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line)
        at += 2 if text[at : at + 2] == "\r\n" else 1
    return Case(text, found, lines, starts)


def find(text: str, found: Trouble, rules: list[Rule]) -> tuple[Repair, ...]:
    """The shortest chain of repairs after which Python reads on past `found`; () when none does."""
    text = _near(text, found)
    layer: list[tuple[str, Trouble, tuple[Repair, ...]]] = [(text, found, ())]
    seen, tries = {text}, 0
    for _ in range(_DEPTH):
        following = []
        for broken, where, chain in layer:
            for proposal in _proposals(case(broken, where), rules):
                repaired = proposal.apply(broken)
                if repaired in seen or tries >= _MOST_TRIES:
                    continue
                seen.add(repaired)
                tries += 1
                after = trouble(repaired)
                longer = (*chain, proposal)
                if after is None or is_further(found, after, text, repaired):
                    return longer
                if after.row >= where.row:
                    following.append((repaired, after, longer))
        layer = following
    return ()


def _near(text: str, found: Trouble) -> str:
    """The text as far as it matters for `found`: what is long takes long to read."""
    lines = text.splitlines(keepends=True)
    for row in range(found.row + _NEAR, len(lines)):
        if lines[row][:1].isidentifier() and not lines[row].startswith(_GOING_ON):
            cut = "".join(lines[:row])
            return cut if trouble(cut) == found else text
    return text


def is_further(before: Trouble, after: Trouble, old: str, new: str) -> bool:
    """Whether Python gets to a later line than before, lines that were added not counted."""
    added = len(split(new)) - len(split(old))
    return after.row > before.row + max(0, added)


def _proposals(broken: Case, rules: list[Rule]) -> Iterator[Repair]:
    for row in broken.suspects():
        for rule in rules:
            yield from rule(broken, row)
