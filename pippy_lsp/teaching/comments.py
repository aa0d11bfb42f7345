"""Turn this comment into code: a few lines under the comment that asks for them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from pippy_lsp import prompts
from pippy_lsp.agents import roles
from pippy_lsp.agents.chair import Chair, Question
from pippy_lsp.agents.roles import Role
from pippy_lsp.analysis import levels
from pippy_lsp.analysis.syntax import compile_error_line, unit_of, width
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Chat, Engine, Message, Request, Sampling
from pippy_lsp.teaching import answers, checked, repair, topic, traceback
from pippy_lsp.teaching.action import Action, Answer, Asked, rows
from pippy_lsp.teaching.edits import Edit
from pippy_lsp.teaching.problems import unknown_names
from pippy_lsp.teaching.program import parse, read, split, trouble
from pippy_lsp.teaching.rules_layout import indent_of
from pippy_lsp.teaching.trial import trial

_TRIES = 3
_MAX_TOKENS = 160
_OVER = 3
"""Lines more than are wanted, after which no more is read."""
_BEFORE, _AFTER = 30, 10
"""Lines around the comment that the model sees."""
_COMMENT = re.compile(r"[ \t]*#+[ \t]*(?P<text>[^#\r\n].*)?$")
_SETTING = re.compile(r"!|.*coding[:=]|\s*(?:type|noqa|pylint|fmt|ruff|mypy)\b\s*:?")
_LEAST_WORDS = 2


def task(line: str) -> str | None:
    """What a comment line asks for; None where it is no comment, or one that is not for people."""
    match = _COMMENT.match(line)
    text = (match.group("text") or "").strip() if match else ""
    if len(text.split()) < _LEAST_WORDS or _SETTING.match(text):
        return None
    # A line of code that was put out of use is no wish.
    tree = parse(text)
    is_code = isinstance(tree, ast.Module) and not all(_could_be_words(n) for n in tree.body)
    return None if is_code else text


def wish(snapshot: DocumentSnapshot, row: int) -> str | None:
    """The task in line `row` (from 0), unless it is a question or an error that was pasted."""
    line = snapshot.line(row)
    is_other = topic.question(line) or traceback.find(snapshot.text, snapshot.line_starts[row])
    return None if is_other else task(line)


def _could_be_words(node: ast.stmt) -> bool:
    """`yes or no` and `apples in basket` are Python as well as English."""
    return isinstance(node, ast.Expr) and isinstance(
        node.value, (ast.Name, ast.Compare, ast.BoolOp)
    )


@dataclass(frozen=True)
class _Gap:
    """Where the new lines go."""

    snapshot: DocumentSnapshot
    row: int
    """The row (from 0) of the comment's last line; the code comes under it."""
    indent: str
    level: levels.Level
    avoid: frozenset[str]

    @property
    def most(self) -> int:
        """Lines."""
        return self.level.lines


async def comment_to_code(
    engine: Engine,
    snapshot: DocumentSnapshot,
    line: int,
    level: int,
    language: str = prompts.DEFAULT_LANGUAGE,
    avoid: frozenset[str] = frozenset(),
    *,
    chair: Chair | None = None,
) -> Edit | None:
    """The lines that the comment in `line` (from 0) asks for, as an edit under it; None where
    nothing good was found within what a child of `level` knows. `avoid` names concepts that are not
    to be shown. `chair` holds the panel (None: as `auto` does).

    Raises: as `Engine.generate`.
    """
    if task(snapshot.line(line)) is None:
        return None
    known = levels.level(level)
    gap = _Gap(snapshot, line, indent_of(snapshot.line(line)), known, avoid)

    def build(role: Role, sampling: Sampling) -> Request:
        return _request(gap, role, sampling, language)

    parts: list[str] = []

    def judge(answer: str) -> str | None:
        lines = _new_lines(gap, answers.code_lines(answer))
        if len(lines) > gap.most:
            parts.extend(filter(None, [judged(gap, _first_statements(lines, gap.most))]))
            return None
        return judged(gap, lines)

    def enough(answer: str) -> bool:
        return len([line for line in answer.splitlines() if line.strip()]) > gap.most + _OVER

    tried = trial(split(snapshot.text), gap.row, gap.indent)
    question = Question(
        build, judge, roles.panel(language), trial=tried, enough=enough, tries=_TRIES
    )
    verdict = await (chair or Chair(engine)).ask(question)
    # Nothing was short enough for this level: the beginning is a help too.
    code = verdict.text or next(iter(parts), None)
    if code is None:
        return None
    end = snapshot.line_starts[line] + len(snapshot.line(line))
    newline = snapshot.newline
    text = newline + code.replace("\n", newline)
    return Edit(end, end, text, prompts.messages(language).say("fix-comment"))


def _request(gap: _Gap, role: Role, sampling: Sampling, language: str) -> Request:
    lines = split(gap.snapshot.text)
    before = [line for line in lines[max(0, gap.row - _BEFORE) : gap.row] if line.strip()]
    after = [line for line in lines[gap.row + 1 : gap.row + 1 + _AFTER] if line.strip()]
    say = prompts.messages(language)
    prompt = prompts.job("comment_to_code", language).render(
        who=role.who,
        knows=gap.level.known(language),
        lines=gap.most,
        before="\n".join(before),
        task=lines[gap.row],
        after=say.say("comment-after", code="\n".join(after)) if after else "",
    )
    messages = (Message("system", prompt.system.strip()), Message("user", prompt.user.strip()))
    return Request(Chat(messages, prompt.opening), _MAX_TOKENS, ("```",), sampling)


def _first_statements(lines: list[str], most: int) -> list[str]:
    """As many whole statements as fit in `most` lines."""
    tree = parse("\n".join(answers.placed(lines, "", "    ")))
    if not isinstance(tree, ast.Module):
        return []
    ends = [node.end_lineno or 0 for node in tree.body]
    return lines[: max([end for end in ends if end <= most], default=0)]


def judged(gap: _Gap, lines: list[str]) -> str | None:
    """The new lines at the comment's indentation, when they are good where they land."""
    unit = unit_of("\n".join(split(gap.snapshot.text)))
    if not lines or len(lines) > gap.most:
        return None
    placed = answers.placed(lines, gap.indent, unit)
    text = gap.snapshot.text
    end = gap.snapshot.line_starts[gap.row] + len(gap.snapshot.line(gap.row))
    new = text[:end] + "".join(f"\n{line}" for line in placed) + text[end:]
    if not _fits(gap, text, new, len(placed)):
        return None
    first = gap.row + 1
    plain = checked.plain(new, first, gap.row + len(placed), gap.level.number, gap.avoid)
    return "\n".join(plain) if plain and len(plain) <= gap.most else None


def _new_lines(gap: _Gap, lines: list[str]) -> list[str]:
    """The answer without what the program has already: its own lines said again at the start, and
    the lines that follow the comment.
    """
    own = {line.strip() for line in split(gap.snapshot.text) if line.strip()}
    wish = gap.snapshot.line(gap.row).strip()
    stripped = [line.strip() for line in lines]
    if wish in stripped:
        lines = lines[stripped.index(wish) + 1 :]
    lines = [line for line in lines if not line.strip().startswith("#")]
    following = next(
        (line.strip() for line in split(gap.snapshot.text)[gap.row + 1 :] if line.strip()), None
    )
    kept: list[str] = []
    for line in lines:
        if line.strip() == following:
            break
        repeats = line.strip() in own and (
            not kept or line.strip().startswith(("import ", "from "))
        )
        if line.strip() and not repeats:
            kept.append(line)
    return kept


def _fits(gap: _Gap, old: str, new: str, added: int) -> bool:
    """Whether the new lines parse where they are, use known names and make nothing worse."""
    before, after = trouble(old), trouble(new)
    first, last = gap.row + 1, gap.row + added
    if after is not None:
        # What was broken before may stay so, where it was; the new lines are judged without it.
        same = before is not None and after.row - before.row in (0, added)
        if not same and not (before and repair.is_further(before, after, old, new)):
            return False
    if any(first <= row <= last for row in read(new).broken):
        return False
    if first <= compile_error_line(read(new).tree) - 1 <= last:
        return False
    folder = gap.snapshot.path.parent if gap.snapshot.path else None
    return not unknown_names(new, first, last, folder) and not _captures(gap, new, last)


def _captures(gap: _Gap, new: str, last: int) -> bool:
    """Whether the line after the new ones stands further in: it would fall into their block."""
    after = next((line for line in split(new)[last + 1 :] if line.strip()), "")
    return width(indent_of(after)) > width(gap.indent)


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    first, last = rows(snapshot, start, end)
    return first == last and wish(snapshot, first) is not None


async def _answer(asked: Asked) -> Answer:
    return await comment_to_code(
        asked.engine,
        asked.snapshot,
        asked.rows[0],
        asked.level,
        asked.language,
        asked.avoid,
        chair=asked.chair,
    )


ACTION = Action(
    "comment-to-code", "refactor.rewrite", _available, edits=True, eager=True, model=_answer
)
