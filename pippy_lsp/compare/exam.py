"""What the models are asked: prompts/compare.toml."""

from __future__ import annotations

import ast
import random
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import msgspec

from pippy_lsp import prompts
from pippy_lsp.agents.sandbox import box
from pippy_lsp.agents.sandbox.box import Task
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import PromptError

T = TypeVar("T")
_FILE = "compare.toml"
_OPEN, _CLOSE = "«", "»"
_TRUE = "1"
"""How the sandbox writes True."""


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program with one part between marks."""

    program: str

    @property
    def before(self) -> str:
        """All that stands before the part."""
        return self.program.lstrip("\n").partition(_OPEN)[0]

    @property
    def part(self) -> str:
        """What is between the marks."""
        return self.program.partition(_OPEN)[2].partition(_CLOSE)[0]

    @property
    def after(self) -> str:
        """All that stands after it."""
        return self.program.partition(_CLOSE)[2]

    @property
    def whole(self) -> str:
        """The program without the marks."""
        return self.before + self.part + self.after


class Hole(Gap, frozen=True):
    """One line is missing, and what the program prints is known."""

    inputs: tuple[tuple[str, ...], ...]
    """What is typed when it asks, for each time that it is run."""

    def prints(self, line: str) -> list[str] | None:
        """What the program prints with `line` in the hole, each time; None where it does not come
        to its end. Blocks.
        """
        program = self.before + line + self.after
        found = box.run_all([Task(program, inputs=each) for each in self.inputs])
        ran = [each.program for each in found if each.end == "done"]
        sound = [each.output for each in ran if each is not None and not each.error]
        return sound if len(sound) == len(found) else None


class Problem(Gap, frozen=True):
    """A comment asks for code; `checks` are true of a program that has it."""

    checks: tuple[str, ...]

    @property
    def row(self) -> int:
        """The line of the comment, from 0."""
        return self.before.count("\n")

    def solved(self, program: str) -> bool:
        """Whether `program` is right. Blocks."""
        outcome = box.run(Task(program, calls=self.checks))
        return [each.value for each in outcome.calls] == [_TRUE] * len(self.checks)


class Exam(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    hole: tuple[Hole, ...]
    problem: tuple[Problem, ...]


@dataclass(frozen=True)
class Line:
    """A line of a program that is to be explained; `row` from 0."""

    program: str
    row: int

    @property
    def snapshot(self) -> DocumentSnapshot:
        """The program."""
        return DocumentSnapshot("untitled:compare.py", 1, self.program)


@dataclass(frozen=True)
class Paper:
    """What is asked in one comparison: the same of each model."""

    holes: list[Hole]
    problems: list[Problem]
    lines: list[Line]

    @property
    def questions(self) -> int:
        """How many there are; a problem is put twice, to one and to a panel."""
        return len(self.holes) + 2 * len(self.problems) + len(self.lines)


@cache
def exam() -> Exam:
    """The whole exam. Raises: PromptError."""
    found = prompts.table(_FILE, Exam)
    for gap in (*found.hole, *found.problem):
        if not gap.part:
            raise PromptError(name=_FILE, problem=f"no part between {_OPEN} and {_CLOSE}")
    return found


def paper(most: int, seed: int) -> Paper:
    """At most so many questions of each kind, drawn by the seed. Raises: PromptError."""
    whole = exam()
    source = random.Random(seed)  # noqa: S311 - no secret

    def drawn(items: list[T]) -> list[T]:
        return source.sample(items, min(most, len(items)))

    holes, problems = drawn(list(whole.hole)), drawn(list(whole.problem))
    count = min(most, len(problems))
    return Paper(holes, problems, source.sample(_lines(whole), count))


def _lines(whole: Exam) -> list[Line]:
    """Where a statement begins."""
    programs = [hole.whole for hole in whole.hole]
    return [
        Line(program, row)
        for program in programs
        for row in sorted(
            {n.lineno - 1 for n in ast.walk(ast.parse(program)) if isinstance(n, ast.stmt)}
        )
    ]
