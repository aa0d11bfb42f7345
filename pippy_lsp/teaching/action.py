"""What an action is: a name, a kind, where it is offered, and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pippy_lsp import prompts
from pippy_lsp.analysis import levels
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Engine
from pippy_lsp.teaching.edits import Edit


@dataclass(frozen=True)
class Asked:
    """A wish: an action at the selection from `start` to `end` (offsets)."""

    engine: Engine
    snapshot: DocumentSnapshot
    start: int
    end: int
    level: int = levels.DEFAULT
    language: str = prompts.DEFAULT_LANGUAGE
    avoid: frozenset[str] = frozenset()
    """Concepts that are not to be shown; see `policy`."""

    @property
    def rows(self) -> tuple[int, int]:
        """The first and the last line (from 0) of the selection."""
        return rows(self.snapshot, self.start, self.end)


@dataclass(frozen=True)
class Words:
    """An answer to read, in Markdown; `guess` is true where a model said it."""

    text: str
    guess: bool = False


@dataclass(frozen=True)
class Refused:
    """Why nothing is done: a sentence of the messages."""

    key: str
    values: dict[str, object] = field(default_factory=dict)


Answer = Edit | Words | Refused | None
"""None where nothing good was found."""


@dataclass(frozen=True)
class Action:
    """One action. `name` is its key in the messages (`action-NAME`) and in the policy."""

    name: str
    kind: str
    """LSP's kind of code action."""
    available: Callable[[DocumentSnapshot, int, int], bool]
    """Told without the model, for a selection."""
    answer: Callable[[Asked], Awaitable[Answer]]
    edits: bool
    """Whether its answer is an edit, and no words."""
    certain: bool = False
    """Whether it needs no model."""


def rows(snapshot: DocumentSnapshot, start: int, end: int) -> tuple[int, int]:
    """The lines of a selection; one that ends before a line's first sign does not hold that line."""
    first = snapshot.row_column(start)[0]
    last, column = snapshot.row_column(end)
    return first, last - 1 if last > first and column == 0 else last
