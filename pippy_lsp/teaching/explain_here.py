"""Explain this, and What does this error mean?: the actions, at a selection."""

from __future__ import annotations

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import lexer, review, traceback
from pippy_lsp.teaching.action import Action, Answer, Asked, Words, rows
from pippy_lsp.teaching.problems import Problem, in_lines, problems


def _has_code(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    first, last = rows(snapshot, start, end)
    begin = snapshot.line_starts[first]
    stop = snapshot.line_starts[last] + len(snapshot.line(last))
    return any(token.start < stop and token.end > begin for token in lexer.code(snapshot.text))


async def _explain(asked: Asked) -> Answer:
    said = await asked.explainer.explain(asked.snapshot, *asked.rows, level=asked.level)
    return Words(said.text, said.guess)


def _wrong(snapshot: DocumentSnapshot, start: int, end: int) -> Problem | None:
    folder = snapshot.path.parent if snapshot.path else None
    found = in_lines(problems(snapshot.text, folder), snapshot, *rows(snapshot, start, end))
    return next(iter(found), None)


def _has_error(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    return traceback.find(snapshot.text, start) is not None or bool(_wrong(snapshot, start, end))


def meaning(asked: Asked) -> Words:
    """What the traceback that was pasted at the place means, else the problem in its lines."""
    snapshot = asked.snapshot
    error = traceback.find(snapshot.text, asked.start)
    if error is not None:
        said = traceback.explain(
            error,
            "" if snapshot.too_long else snapshot.text,
            file=snapshot.path.name if snapshot.path else "",
            line_offset=asked.line_offset,
            advice=asked.advice,
            language=asked.language,
        )
        return Words(said.markdown)
    wrong = _wrong(snapshot, asked.start, asked.end)
    if wrong is None:
        return Words(asked.say.say("explain-error-none"))
    return Words(review.sentence(wrong, asked.say, exam=not asked.advice))


EXPLAIN = Action("explain", "pippy.explain", _has_code, edits=False, model=_explain)
EXPLAIN_ERROR = Action(
    "explain-error", "pippy.explain.error", _has_error, edits=False, certain=meaning
)
