"""Write a docstring: one sentence under the head of a function."""

from __future__ import annotations

import ast

from pippy_lsp import prompts
from pippy_lsp.agents import roles
from pippy_lsp.analysis.syntax import indent_of
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Chat, Message, Request, complete
from pippy_lsp.teaching import factcheck, lexer, plainer, subject
from pippy_lsp.teaching.action import Action, Answer, Asked, rows
from pippy_lsp.teaching.bindings import FunctionNode, is_function
from pippy_lsp.teaching.edits import Edit
from pippy_lsp.teaching.program import Program, read, trouble
from pippy_lsp.teaching.subject import Subject

_TRIES = 3
_MAX_TOKENS = 40
_MOST_WORDS = 20


def function(snapshot: DocumentSnapshot, start: int, end: int) -> FunctionNode | None:
    """The function whose head is in the selection's first line, where it has room for a docstring
    and none yet.
    """
    program, row = read(snapshot.text), rows(snapshot, start, end)[0]
    node = program.statement(row) if not program.mended else None
    if not is_function(node) or node.lineno - 1 != row or ast.get_docstring(node) is not None:
        return None
    return node if node.body[0].lineno > node.lineno else None


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    return function(snapshot, start, end) is not None


async def answer(asked: Asked) -> Answer:
    """The edit that writes the docstring; None where the model says nothing good.

    Raises: as `Engine.generate`.
    """
    node = function(asked.snapshot, asked.start, asked.end)
    program = read(asked.snapshot.text)
    row = asked.rows[0]
    found = subject.find(program, row, row, asked.language) if node is not None else None
    if node is None or found is None:
        return None
    role = roles.load("teacher", asked.language)
    for number in range(_TRIES):
        request = _request(found, asked, role, number)
        sentence = _sentence((await complete(asked.engine, request)).text, found, asked.language)
        edit = _written(asked, program, node, sentence) if sentence else None
        if edit is not None:
            return edit
    return None


def _request(found: Subject, asked: Asked, role: roles.Role, number: int) -> Request:
    prompt = prompts.job("docstring", asked.language).render(who=role.who, code=found.code)
    messages = (Message("system", prompt.system.strip()), Message("user", prompt.user.strip()))
    chat = Chat(messages, prompt.opening.rstrip("\n"))
    return Request(chat, _MAX_TOKENS, ('"""', "\n"), role.sample(number))


def _sentence(text: str, found: Subject, language: str) -> str:
    """The first sentence, where it speaks of the function alone and in few words."""
    said = factcheck.keep(next(iter(factcheck.sentences(text)), ""), found.known)
    said = plainer.plainer(said, language).replace("`", "")
    good = said and len(said.split()) <= _MOST_WORDS and '"' not in said and "\\" not in said
    return said[:1].upper() + said[1:] if good else ""


def _written(asked: Asked, program: Program, node: FunctionNode, sentence: str) -> Edit | None:
    body = node.body[0]
    first = min([body.lineno, *(each.lineno for each in getattr(body, "decorator_list", []))])
    above = next(
        (n for n in range(node.lineno - 1, first - 1) if _ends(program.lines[n])), first - 2
    )
    at = program.starts[above] + len(program.lines[above])
    indent = indent_of(program.lines[body.lineno - 1])
    text = f'{asked.snapshot.newline}{indent}"""{sentence}"""'
    edit = Edit(at, at, text, asked.say.say("docstring-done"))
    return edit if trouble(edit.apply(program.text)) is None else None


def _ends(line: str) -> bool:
    """Whether the head of a function may end with this line."""
    code = lexer.code(line)
    return bool(code) and code[-1].text == ":"


ACTION = Action("docstring", "refactor.rewrite", _available, edits=True, model=answer)
