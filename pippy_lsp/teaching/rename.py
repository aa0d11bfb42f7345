"""Better names: a name that says nothing gets one that does, wherever it is written in the file.

The model proposes; jedi finds the places, and the scopes of the program are asked whether they are
all of them and no others.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator
from functools import cache

import msgspec

from pippy_lsp import prompts
from pippy_lsp.agents import roles
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Chat, Message, Request, complete
from pippy_lsp.teaching import lexer, places, words
from pippy_lsp.teaching.action import Action, Answer, Asked, Refused, rows
from pippy_lsp.teaching.bindings import Binding, collect
from pippy_lsp.teaching.edits import minimal
from pippy_lsp.teaching.problems import unknown_names
from pippy_lsp.teaching.program import Program, read, trouble

_TRIES = 3
_MAX_TOKENS = 12
_MOST_LINES = 12
_NEW = re.compile(r"\s*([a-z][a-z0-9_]{2,24})[`.\s]*")
_LOOKS_AT_NAMES = re.compile(r"\b(?:locals|globals|vars|eval|exec|getattr|setattr|__all__)\b")
_CHOSEN = frozenset({"value", "loop", "function", "parameter"})


class _Vague(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names that say nothing; see `prompts/vague.toml`."""

    names: tuple[str, ...]
    counters: tuple[str, ...]
    """Fine for a loop."""
    places: tuple[str, ...]
    """Fine where both are there."""


@cache
def _vague() -> _Vague:
    return prompts.table("vague.toml", _Vague)


def poor(program: Program, first: int, last: int) -> Binding | None:
    """The first name that the lines from `first` to `last` (from 0) give a value, and that says
    nothing.
    """
    return next(
        (each for each in _bound(program, first, last) if _says_nothing(program, each)), None
    )


def _bound(program: Program, first: int, last: int) -> Iterator[Binding]:
    found, _ = collect(program)
    yield from (
        each
        for each in found
        if first <= each.row <= last
        and each.how in _CHOSEN
        and not isinstance(each.scope, ast.ClassDef | ast.Lambda)
    )


def _says_nothing(program: Program, each: Binding) -> bool:
    known, name = _vague(), each.name
    if each.how == "loop" and name in known.counters:
        return False
    mine = {binding.name for binding in collect(program)[0]}
    if name in known.places and len(mine & set(known.places)) > 1:
        return False
    bare = name.rstrip("0123456789")
    return name.isascii() and name != "_" and (len(bare) == 1 or bare in known.names)


def renamed(snapshot: DocumentSnapshot, binding: Binding, new: str) -> str | None:
    """The program with `new` for the name of `binding`; None where that is not certain. It asks
    jedi, so it belongs into jedi's thread.
    """
    program, old = read(snapshot.text), binding.name
    if _LOOKS_AT_NAMES.search(program.text) or _is_shared(snapshot) or not _is_free(program, new):
        return None
    found = places.written(snapshot, binding)
    text = program.text
    for at in reversed(found):
        text = text[:at] + new + text[at + len(old) :]
    again = read(text)
    wrong = trouble(text) is not None or _left(again, program, old)
    return None if not found or wrong else text


def _is_free(program: Program, new: str) -> bool:
    """Whether nothing has the name yet."""
    taken = keyword.iskeyword(new) or keyword.issoftkeyword(new) or hasattr(builtins, new)
    named = {token.text for token in lexer.code(program.text) if token.kind == "name"}
    named |= {node.id for node in ast.walk(program.tree) if isinstance(node, ast.Name)}
    return not taken and new not in named


def _is_shared(snapshot: DocumentSnapshot) -> bool:
    """Whether another program that is open takes names from this one."""
    module = snapshot.path.stem if snapshot.path else ""
    pattern = re.compile(rf"^\s*(?:from|import)\s+{re.escape(module)}\b", re.MULTILINE)
    return bool(module) and any(pattern.search(text) for text in snapshot.opened.values())


def _left(again: Program, before: Program, old: str) -> bool:
    """Whether the old name is still used where the new one is meant."""
    if any(isinstance(node, ast.keyword) and node.arg == old for node in ast.walk(again.tree)):
        return True
    most = len(again.lines)
    return bool(unknown_names(again.text, 0, most) - unknown_names(before.text, 0, most))


# --- the action ----------------------------------------------------------------------------


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    program = read(snapshot.text)
    return not program.mended and poor(program, *rows(snapshot, start, end)) is not None


async def _answer(asked: Asked) -> Answer:
    program = read(asked.snapshot.text)
    found = poor(program, *asked.rows)
    if found is None:
        return None
    role = roles.load("developer", asked.language)
    tried: set[str] = set()
    for number in range(_TRIES):
        request = _request(program, found, asked, role, number)
        match = _NEW.fullmatch((await complete(asked.engine, request)).text)
        new = match.group(1) if match else ""
        if not new or new in tried or new in _vague().names:
            continue
        tried.add(new)
        text = await asked.analyse(lambda new=new: renamed(asked.snapshot, found, new))  # type: ignore[misc]
        if text is not None:
            names = {"old": words.code(found.name), "new": words.code(new)}
            return minimal(asked.snapshot.text, text, asked.say.say("names-done", **names))
    return Refused("names-none", {"name": words.code(found.name)})


def _request(
    program: Program, found: Binding, asked: Asked, role: roles.Role, number: int
) -> Request:
    """The lines that have the name, and the wish for another."""
    pattern = re.compile(rf"\b{re.escape(found.name)}\b")
    lines = [line for line in program.lines if pattern.search(line)][:_MOST_LINES]
    prompt = prompts.job("names", asked.language).render(
        who=role.who, name=found.name, code="\n".join(lines)
    )
    messages = (Message("system", prompt.system.strip()), Message("user", prompt.user.strip()))
    chat = Chat(messages, prompt.opening.rstrip("\n"))
    return Request(chat, _MAX_TOKENS, ("`", "\n"), role.sample(number))


ACTION = Action("names", "refactor.rewrite", _available, edits=True, model=_answer)
