"""Add comments: a line above each of the selected statements that says what it does."""

from __future__ import annotations

import ast

from pippy_lsp import prompts
from pippy_lsp.agents import roles
from pippy_lsp.analysis.syntax import indent_of
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Chat, Message, Request, complete
from pippy_lsp.teaching import factcheck, plainer, subject, words
from pippy_lsp.teaching.action import Action, Answer, Asked, rows
from pippy_lsp.teaching.edits import minimal
from pippy_lsp.teaching.program import Program, parse, read
from pippy_lsp.teaching.subject import Subject

MOST = 5
"""Comments at once."""
_MAX_TOKENS = 24
_MOST_WORDS, _LONGEST = 14, 76
_COMPOUND = (ast.For, ast.While, ast.If, ast.FunctionDef, ast.With, ast.Try, ast.ClassDef)


def places(program: Program, first: int, last: int) -> list[ast.stmt]:
    """The statements of the lines from `first` to `last` (from 0) that want a comment: those that
    have none, and of a single block its parts too.
    """
    if first == last and program.lines[first].lstrip().startswith("#"):
        return []
    found = list(subject.outermost(program, first, last))
    if len(found) == 1 and isinstance(found[0], _COMPOUND) and last > first:
        found += found[0].body
    wanted = [node for node in found if _wants(program, node)]
    # what is printed says itself what it is
    return ([node for node in wanted if not _prints(node)] or wanted)[:MOST]


def _prints(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    called = call.func if isinstance(call, ast.Call) else None
    return isinstance(called, ast.Name) and called.id == "print"


def _row(node: ast.stmt) -> int:
    """The row (from 0) of its first line."""
    decorators = getattr(node, "decorator_list", [])
    return int(min([node.lineno, *(each.lineno for each in decorators)])) - 1


def _wants(program: Program, node: ast.stmt) -> bool:
    row = _row(node)
    line, above = program.lines[row], program.lines[row - 1].strip() if row else ""
    has_one = above.startswith("#") or "#" in line
    alone = line.lstrip().startswith("@") or program.span(node)[0] == program.starts[row] + len(
        indent_of(line)
    )
    return alone and not has_one and not line.lstrip().startswith("elif") and _is_code(node)


def _is_code(node: ast.stmt) -> bool:
    """A docstring says itself what is meant."""
    return not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    program = read(snapshot.text)
    return not program.mended and bool(places(program, *rows(snapshot, start, end)))


async def answer(asked: Asked) -> Answer:
    """The edit that writes the comments; None where nothing can be said.

    Raises: as `Engine.generate`.
    """
    program = read(asked.snapshot.text)
    said: dict[int, str] = {}
    for node in places(program, *asked.rows):
        comment = await _comment(asked, program, node)
        if comment and comment not in said.values():
            said[_row(node)] = comment
    text, newline = program.text, asked.snapshot.newline
    for row in sorted(said, reverse=True):
        at = program.starts[row]
        text = f"{text[:at]}{indent_of(program.lines[row])}# {said[row]}{newline}{text[at:]}"
    before, after = parse(program.text), parse(text)
    if not said or ast.dump(_tree(before)) != ast.dump(_tree(after)):
        return None
    return minimal(program.text, text, asked.say.say("comments-done"))


def _tree(parsed: object) -> ast.AST:
    return parsed if isinstance(parsed, ast.AST) else ast.Pass()


async def _comment(asked: Asked, program: Program, node: ast.stmt) -> str:
    """What the model says of the statement, or what is certain of it."""
    row = node.lineno - 1
    certain = _fitting(words.plain(asked.explainer.without_model(asked.snapshot, row, row)))
    if _is_plain(node):
        return certain
    found = subject.find(program, row, row, asked.language)
    if found is None:
        return ""
    role = roles.load("teacher", asked.language)
    prompt = prompts.job("comments", asked.language).render(who=role.who, code=found.code)
    messages = (Message("system", prompt.system.strip()), Message("user", prompt.user.strip()))
    chat = Chat(messages, prompt.opening.rstrip("\n"))
    request = Request(chat, _MAX_TOKENS, ("\n", "```"), role.sample(0))
    text = (await complete(asked.engine, request)).text
    return _checked(text, found, asked.language) or certain


def _is_plain(node: ast.stmt) -> bool:
    """Whether what is certain of the statement is all there is to say."""
    plain = isinstance(node, ast.Assign | ast.AugAssign | ast.Import | ast.ImportFrom)
    return plain and not any(isinstance(each, ast.Call) for each in ast.walk(node))


def _checked(text: str, found: Subject, language: str) -> str:
    """The comment, where it speaks of the code alone."""
    kept = factcheck.keep(text.strip().lstrip("# "), found.known)
    kept = _fitting(plainer.plainer(kept, language).replace("`", ""))
    return kept if len(kept.split()) <= _MOST_WORDS else ""


def _fitting(text: str) -> str:
    """The first sentence, where it fits in a line."""
    sentence = next(iter(factcheck.sentences(text)), "")
    return sentence[:1].upper() + sentence[1:] if len(sentence) <= _LONGEST else ""


ACTION = Action("comments", "refactor.rewrite", _available, edits=True, model=answer)
