"""The table of actions, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Sequence

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import (
    annotate,
    ask,
    comments,
    docstring,
    example,
    explain_here,
    extract,
    fixes,
    ladder,
    quiz,
    rename,
    simplify,
)
from pippy_lsp.teaching.action import Action

ACTIONS: tuple[Action, ...] = (
    fixes.ACTION,
    explain_here.EXPLAIN_ERROR,
    ask.ACTION,
    comments.ACTION,
    ladder.ACTION,
    explain_here.EXPLAIN,
    example.ACTION,
    annotate.ACTION,
    docstring.ACTION,
    simplify.ACTION,
    rename.ACTION,
    extract.ACTION,
    quiz.ACTION,
)
BY_NAME = {action.name: action for action in ACTIONS}


def available(
    snapshot: DocumentSnapshot, start: int, end: int, among: Sequence[Action] = ACTIONS
) -> list[Action]:
    """The actions that make sense for a selection, told without the model."""
    return [action for action in among if action.available(snapshot, start, end)]
