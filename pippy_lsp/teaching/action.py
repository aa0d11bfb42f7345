"""What an action is: a name, a kind, where it is offered, and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pippy_lsp import prompts
from pippy_lsp.agents.chair import Chair
from pippy_lsp.analysis import levels
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Engine
from pippy_lsp.teaching.edits import Edit
from pippy_lsp.teaching.explain import Explainer
from pippy_lsp.teaching.steps import HIGHEST, Steps

T = TypeVar("T")


class Analyse(Protocol):
    """Runs work of jedi in the one thread that jedi has."""

    async def __call__(self, work: Callable[[], T]) -> T:
        """The result of `work`."""


async def at_once(work: Callable[[], T]) -> T:
    """`work`, here: for who has one thread only."""
    return work()


@dataclass(frozen=True)
class Asked:
    """A wish: an action at the selection from `start` to `end` (offsets)."""

    engine: Engine
    explainer: Explainer
    steps: Steps
    snapshot: DocumentSnapshot
    start: int
    end: int
    level: int = levels.DEFAULT
    language: str = prompts.DEFAULT_LANGUAGE
    avoid: frozenset[str] = frozenset()
    """Concepts that are not to be shown; see `policy`."""
    highest_step: int = HIGHEST
    """How far the ladder of hints may go; see `policy`."""
    line_offset: int = 0
    """Lines that the editor puts above a program when it runs it."""
    advice: bool = True
    """Whether to say what to do about an error; an exam leaves it out."""
    analyse: Analyse = at_once
    chair: Chair | None = None
    """Holds the panels (None: as `auto` does)."""

    @property
    def rows(self) -> tuple[int, int]:
        """The first and the last line (from 0) of the selection."""
        return rows(self.snapshot, self.start, self.end)

    @property
    def say(self) -> prompts.Messages:
        """The sentences in the child's language."""
        return prompts.messages(self.language)


@dataclass(frozen=True)
class Words:
    """An answer to read, in Markdown; `guess` is true where a model said it."""

    text: str
    guess: bool = False
    hidden: str = ""
    """What is to be read later, as the answers of a quiz."""


@dataclass(frozen=True)
class Refused:
    """Why nothing is done: a sentence of the messages."""

    key: str
    values: dict[str, object] = field(default_factory=dict)


Answer = Edit | Words | Refused | None
"""None where nothing good was found."""


@dataclass(frozen=True)
class Action:
    """One action. `name` is its key in the messages (`action-NAME`) and in the policy.

    `certain` answers without the model, `model` with it; where there are both, the model is asked
    when `certain` gives None.
    """

    name: str
    kind: str
    """LSP's kind of code action."""
    available: Callable[[DocumentSnapshot, int, int], bool]
    """Told without the model, for a selection."""
    edits: bool
    """Whether its answer is an edit, and no words."""
    eager: bool = False
    """Whether it is worth waiting for the model, for an editor that must have an edit at once."""
    certain: Callable[[Asked], Answer] | None = None
    model: Callable[[Asked], Awaitable[Answer]] | None = None


def rows(snapshot: DocumentSnapshot, start: int, end: int) -> tuple[int, int]:
    """The lines of a selection; one that ends before a line's first sign does not hold it."""
    first = snapshot.row_column(start)[0]
    last, column = snapshot.row_column(end)
    return first, last - 1 if last > first and column == 0 else last
