"""Quiz me: small questions about the lines, each with an answer that is certain."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from pippy_lsp import prompts
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.prompts import Messages
from pippy_lsp.teaching import facts, subject, words
from pippy_lsp.teaching.action import Action, Answer, Asked, Words, rows
from pippy_lsp.teaching.bindings import is_function, parameters
from pippy_lsp.teaching.program import Program, read

MOST = 3
_LEAST = 2
"""Questions; one alone is no quiz."""
_MOST_VALUES = 12
_MOST_LINES = 40
"""Lines that are read for questions."""


class Question(NamedTuple):
    """A question and its answer, in Markdown; `about` is what kind of question it is."""

    about: str
    text: str
    answer: str


def questions(snapshot: DocumentSnapshot, first: int, last: int, language: str) -> list[Question]:
    """At most three questions about the lines from `first` to `last` (from 0)."""
    program = read(snapshot.text)
    found = subject.outermost(program, first, min(last, first + _MOST_LINES))
    say = prompts.messages(language)
    nodes = [node for outer in found for node in ast.walk(outer)]
    stated = [node for node in nodes if isinstance(node, ast.stmt)]
    stated.sort(key=lambda node: (node.lineno, node.col_offset))
    near = stated[:_MOST_LINES]
    asked = [question for node in near for question in _of(say, program, node)]
    chosen: list[Question] = []
    # One of each sort first: three times the same question is no fun.
    for question in [*_firsts(asked), *asked]:
        if question not in chosen and len(chosen) < MOST:
            chosen.append(question)
    return sorted(chosen, key=asked.index)


def _firsts(asked: list[Question]) -> list[Question]:
    sorts: dict[str, Question] = {}
    for question in asked:
        sorts.setdefault(question.about, question)
    return list(sorts.values())


def _of(say: Messages, program: Program, node: ast.stmt) -> Iterator[Question]:
    if not program.sound(node):
        return
    line = node.lineno
    if isinstance(node, ast.For):
        yield from _loop(say, program, node)
    elif isinstance(node, (ast.If, ast.While)) and program.written(node.body[0]):
        test = words.code(program.source(node.test))
        yield _asked(say, "if", {"line": line}, {"test": test})
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        yield from _value(say, program, node, node.targets[0].id)
    elif is_function(node):
        names = [words.code(each.arg) for each in parameters(node)]
        values = {"name": words.code(node.name), "count": len(names)}
        yield _asked(say, "takes", values, values)
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield _asked(say, "changes", {"line": line}, {"name": words.code(node.target.id)})
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        name = getattr(node, "module", None) or node.names[0].name
        yield _asked(say, "import", {"line": line}, {"name": words.code(name)})


def _loop(say: Messages, program: Program, node: ast.For) -> Iterator[Question]:
    found = facts.rounds(program, node)
    if found is None or found.early:
        return
    yield _asked(say, "times", {"line": node.lineno}, {"count": len(found.values)})
    if isinstance(node.target, ast.Name) and 0 < len(found.values) <= _MOST_VALUES:
        values = words.series(facts.first_few(found.values))
        name = {"name": words.code(node.target.id), "line": node.lineno}
        yield _asked(say, "values", name, {**name, "values": values})


def _value(say: Messages, program: Program, node: ast.Assign, name: str) -> Iterator[Question]:
    place = {"name": words.code(name), "line": node.lineno}
    number = facts.whole_number(program, node.value)
    kind = facts.kind_of(program, node.value)
    if number is not None and not isinstance(node.value, ast.Constant):
        yield _asked(say, "number", place, {**place, "value": number})
    elif kind is not None:
        yield _asked(say, "kind", place, {**place, "kind": say.say(f"kind-{kind}")})
    else:
        yield _asked(say, "name", {"line": node.lineno}, place)


def _asked(
    say: Messages, about: str, question: dict[str, object], answer: dict[str, object]
) -> Question:
    said = say.say(f"quiz-{about}", **question)
    return Question(about, said, say.say(f"quiz-{about}-answer", **answer))


def answer(asked: Asked) -> Answer:
    """The quiz about the selected lines; its answers are to be read later."""
    found = questions(asked.snapshot, *asked.rows, asked.language)
    if not found:
        return None
    numbered = [f"{n}. {each.text}" for n, each in enumerate(found, 1)]
    answers = [f"{n}. {each.answer}" for n, each in enumerate(found, 1)]
    return Words(
        "\n".join([*numbered, "", asked.say.say("quiz-scroll")]), hidden="\n".join(answers)
    )


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    first, last = rows(snapshot, start, end)
    return len(questions(snapshot, first, last, prompts.DEFAULT_LANGUAGE)) >= _LEAST


ACTION = Action("quiz", "pippy.quiz", _available, edits=False, certain=answer)
