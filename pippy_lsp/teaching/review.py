"""All that is to be said about a program: what stops it, and what is most likely not meant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.prompts import Messages
from pippy_lsp.teaching import habits
from pippy_lsp.teaching.problems import Problem, problems
from pippy_lsp.teaching.program import read

UNFINISHED = frozenset({"empty-block"})
"""What is no mistake while the child is about to write the next line."""
OPEN = frozenset({"unclosed-bracket", "unclosed-triple"})
"""What a line further down may still close."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for."""

    habits: bool = True
    """Also what runs and is most likely not meant."""
    exam: bool = False
    """Only what is certain."""


def review(source: str, folder: Path | None, wanted: Wanted) -> list[Problem]:
    """The problems of `source`, the first in the text first; a place has one at most."""
    found = list(problems(source, folder))
    if wanted.exam:
        return [each for each in found if each.severity == "error"]
    if wanted.habits:
        taken = {(each.start, each.end) for each in found}
        found += [h for h in habits.find(read(source)) if (h.start, h.end) not in taken]
    return sorted(found, key=lambda problem: problem.start)


def sentence(problem: Problem, messages: Messages, *, exam: bool = False) -> str:
    """What is wrong, why and where, as Markdown. In an exam only what and where: no fix."""
    if exam:
        kind = "name" if problem.is_name else "syntax"
        return messages.say(f"problem-exam-{kind}", **problem.values)
    return messages.say(problem.key, **problem.values)


def settled(
    found: list[Problem], snapshot: DocumentSnapshot, row: int, *, quiet: bool
) -> list[Problem]:
    """The problems that don't come from the line in work, `row` (from 0); once the child is
    `quiet`, those too, except that a block has yet to be written.
    """
    last_filled = row
    while last_filled > 0 and not snapshot.line(last_filled).strip():
        last_filled -= 1

    def waits(problem: Problem) -> bool:
        first = snapshot.row_column(problem.start)[0]
        last = snapshot.row_column(problem.end)[0]
        if problem.code in UNFINISHED and last_filled in (first, last):
            return True
        return not quiet and first <= row and (last >= last_filled or problem.code in OPEN)

    return [problem for problem in found if not waits(problem)]
