"""Fix this: the smallest edit that lets Python read on. Rules first, then the panel."""

from __future__ import annotations

import difflib
from pathlib import Path

from pippy_lsp import prompts
from pippy_lsp.agents import roles, votes
from pippy_lsp.agents.chair import Chair, Question
from pippy_lsp.agents.roles import Role
from pippy_lsp.analysis.syntax import unit_of
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Chat, Engine, Message, Request, Sampling
from pippy_lsp.teaching import answers, repair
from pippy_lsp.teaching.action import Action, Answer, Asked
from pippy_lsp.teaching.edits import Edit, minimal
from pippy_lsp.teaching.problems import Problem, in_lines, problems, unknown_names
from pippy_lsp.teaching.program import read, split, trouble
from pippy_lsp.teaching.rules_layout import indent_of

_TRIES = 3
"""Answers at most where no panel sits."""
_MAX_TOKENS = 64
_USUAL = 24
"""Tokens of a usual line."""
_WINDOW = 4
"""Lines above and below the wrong one that the model sees."""
_LIKE = 0.5
"""A line less like the old one than this is another line, not a fix."""


async def fix(
    engine: Engine,
    snapshot: DocumentSnapshot,
    start: int,
    end: int,
    language: str = prompts.DEFAULT_LANGUAGE,
    *,
    chair: Chair | None = None,
) -> Edit | None:
    """The edit that repairs the mistake at the selection; None when there is none, or no good fix.
    `chair` holds the panel (None: as `auto` does).

    Raises: as `Engine.generate`; only where the rules alone find no fix.
    """
    found = wanted(snapshot, start, end)
    if found is None:
        return None
    known = certain(snapshot, found, language)
    return known or await _ask(chair or Chair(engine), snapshot, found, language)


def wanted(snapshot: DocumentSnapshot, start: int, end: int) -> Problem | None:
    """The problem that "Fix this" means at a selection: one in its lines, a certain one first; else
    the syntax error next to it, as Python often notices a mistake one line later.
    """
    found = problems(snapshot.text, _folder(snapshot))
    first, last = snapshot.row_column(start)[0], snapshot.row_column(end)[0]
    here = in_lines(found, snapshot, first, last)
    if not here:
        near = in_lines(found, snapshot, first - 1, last + 1)
        here = [problem for problem in near if not problem.is_name]
    return min(here, key=lambda problem: problem.repaired is None, default=None)


def certain(
    snapshot: DocumentSnapshot, problem: Problem, language: str = prompts.DEFAULT_LANGUAGE
) -> Edit | None:
    """The fix that needs no model."""
    if problem.repaired is None:
        return None
    return minimal(snapshot.text, problem.repaired, why(problem, language))


def why(problem: Problem, language: str = prompts.DEFAULT_LANGUAGE) -> str:
    """What was wrong, in one or two sentences of Markdown."""
    return prompts.messages(language).say(problem.key, **problem.values)


def _folder(snapshot: DocumentSnapshot) -> Path | None:
    return snapshot.path.parent if snapshot.path else None


async def _ask(
    chair: Chair, snapshot: DocumentSnapshot, problem: Problem, language: str
) -> Edit | None:
    """The panel's fix of the wrong line, or of the one above it."""
    if problem.is_name:
        return None
    row = snapshot.row_column(problem.start)[0]

    def build(role: Role, sampling: Sampling) -> Request:
        return _request(snapshot, row, problem, role, sampling, language)

    def judge(answer: str) -> str | None:
        return _repaired(snapshot, row, answer)

    team = [roles.load(name, language) for name in ("expert", "developer", "teacher")]
    question = Question(build, judge, team, votes.by_ast, tokens=_USUAL, tries=_TRIES)
    verdict = await chair.ask(question)
    if verdict.text is None:
        return None
    return minimal(snapshot.text, verdict.text, why(problem, language))


def _request(
    snapshot: DocumentSnapshot,
    row: int,
    problem: Problem,
    role: Role,
    sampling: Sampling,
    language: str,
) -> Request:
    lines = split(snapshot.text)
    window = lines[max(0, row - _WINDOW) : row + _WINDOW + 1]
    prompt = prompts.job("fix", language).render(
        who=role.who,
        code="\n".join(window),
        line=lines[row].strip(),
        problem=why(problem, language),
    )
    messages = (Message("system", prompt.system.strip()), Message("user", prompt.user.strip()))
    return Request(Chat(messages, prompt.opening), _MAX_TOKENS, ("```",), sampling)


def _repaired(snapshot: DocumentSnapshot, row: int, answer: str) -> str | None:
    """The program with the answer's line in place of the wrong one, when that is a good fix."""
    lines = answers.code_lines(answer)
    old, before = snapshot.line(row), trouble(snapshot.text)
    if not lines or before is None:
        return None
    best = max(lines, key=lambda line: _likeness(line, old))
    new = answers.placed([best], indent_of(old), unit_of("\n".join(split(snapshot.text))))[0]
    if new == old or _likeness(new, old) < _LIKE:
        return None
    start = snapshot.line_starts[row]
    text = snapshot.text[:start] + new + snapshot.text[start + len(old) :]
    after = trouble(text)
    if after is not None and not repair.is_further(before, after, snapshot.text, text):
        return None
    known = set(unknown_names(snapshot.text, 0, len(read(text).lines), _folder(snapshot)))
    fresh = unknown_names(text, row, row, _folder(snapshot)) - known
    return None if any(name not in old for name in fresh) else text


def _likeness(one: str, two: str) -> float:
    return difflib.SequenceMatcher(None, one.strip(), two.strip()).ratio()


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    return wanted(snapshot, start, end) is not None


def _certain(asked: Asked) -> Answer:
    found = wanted(asked.snapshot, asked.start, asked.end)
    return certain(asked.snapshot, found, asked.language) if found else None


async def _answer(asked: Asked) -> Answer:
    start, end, chair = asked.start, asked.end, asked.chair
    return await fix(asked.engine, asked.snapshot, start, end, asked.language, chair=chair)


ACTION = Action(
    "fix", "quickfix", _available, edits=True, eager=True, certain=_certain, model=_answer
)
