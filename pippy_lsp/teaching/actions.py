"""Which actions make sense at a place, told without the model."""

from __future__ import annotations

from typing import Literal

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import comments, fixes, lexer
from pippy_lsp.teaching.comments import comment_to_code

ActionKind = Literal["explain", "fix", "comment-to-code"]

__all__ = ["ActionKind", "available", "comment_to_code"]


def available(snapshot: DocumentSnapshot, start: int, end: int) -> list[ActionKind]:
    """The actions for the lines of a selection, in the order in which they are offered."""
    first, last = snapshot.row_column(start)[0], snapshot.row_column(end)[0]
    found: list[ActionKind] = []
    if fixes.wanted(snapshot, start, end) is not None:
        found.append("fix")
    if first == last and comments.task(snapshot.line(first)) is not None:
        found.append("comment-to-code")
    if _has_code(snapshot, first, last):
        found.append("explain")
    return found


def _has_code(snapshot: DocumentSnapshot, first: int, last: int) -> bool:
    begin = snapshot.line_starts[first]
    end = snapshot.line_starts[last] + len(snapshot.line(last))
    return any(token.start < end and token.end > begin for token in lexer.code(snapshot.text))
