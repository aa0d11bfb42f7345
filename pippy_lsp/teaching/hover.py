"""The hover's first layer: what the word under the cursor is, and what it does here. No model."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pippy_lsp import prompts
from pippy_lsp.analysis import jedi_facts
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.prompts import Messages
from pippy_lsp.safety import gate
from pippy_lsp.teaching import facts, glossary, here, lexer, operators, resolve, words
from pippy_lsp.teaching.bindings import is_function, visible
from pippy_lsp.teaching.glossary import Entry, Glossary
from pippy_lsp.teaching.lexer import Token
from pippy_lsp.teaching.program import Program, read


@dataclass(frozen=True)
class Hover:
    """What is shown for the characters from `start` to `end`; `text` is Markdown
    (`words.plain` takes its marks off).
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class _Question:
    """One word, and all that is needed to say what it is."""

    program: Program
    token: Token
    row: int
    column: int
    path: Path | None
    say: Messages
    book: Glossary


@dataclass(frozen=True)
class _Answer:
    entry: Entry | None = None
    sentences: tuple[str, ...] = ()


def static_hover(
    snapshot: DocumentSnapshot, offset: int, language: str = prompts.DEFAULT_LANGUAGE
) -> Hover | None:
    """What the word at `offset` is; None where there is nothing certain to say. It asks jedi, so
    it belongs into jedi's thread.
    """
    token = lexer.at(snapshot.text, offset)
    if token is None:
        return None
    row, column = snapshot.row_column(token.start)
    question = _Question(
        program=read(snapshot.text),
        token=token,
        row=row,
        column=column,
        path=snapshot.path,
        say=prompts.messages(language),
        book=glossary.load(language),
    )
    text = _compose(question.say, _answer(question))
    return Hover(text, token.start, token.end) if text else None


def _compose(say: Messages, answer: _Answer) -> str:
    parts = [answer.entry.text] if answer.entry else []
    if answer.sentences:
        parts.append(" ".join(answer.sentences))
    if answer.entry and answer.entry.example:
        parts.append(say.say("hover-example"))
        parts.append(words.fence(answer.entry.example))
    return "\n\n".join(parts)


def _answer(question: _Question) -> _Answer:
    token = question.token
    if token.kind == "name":
        return _keyword(question) if keyword.iskeyword(token.text) else _name(question)
    if token.kind == "operator":
        known = operators.is_usual(question.program, token, question.row)
        return _Answer(question.book.operator.get(token.text) if known else None)
    literal = operators.literal(token)
    return _Answer(question.book.literal.get(literal) if literal else None)


def _keyword(question: _Question) -> _Answer:
    """A keyword: what it means in general, and the statement that it begins."""
    program, word = question.program, question.token.text
    role = operators.role_of_keyword(program, question.token)
    if role != word:
        return _Answer(question.book.literal.get(role) if role else None)
    sentences: Iterator[str] = iter(())
    node = operators.header_at(program, question.token.start)
    if question.row not in program.broken:
        sentences = _header(question.say, program, node, word)
    return _Answer(question.book.keyword.get(word), tuple(sentences))


def _header(say: Messages, program: Program, node: ast.stmt | None, word: str) -> Iterator[str]:
    if isinstance(node, (ast.For, ast.AsyncFor)) and word in ("for", "in"):
        yield from here.loop(say, program, node)
    elif isinstance(node, (ast.If, ast.While)) and word in ("if", "elif", "while"):
        yield from here.branch(say, program, node, word)
    elif is_function(node) and word == "def":
        yield from here.function(say, node)
    elif isinstance(node, ast.Return) and node.value is not None and word == "return":
        yield say.say("hover-return", code=words.code(program.source(node.value)))


def _name(question: _Question) -> _Answer:
    """A name: of Python, of a module, or of the child's own."""
    program, token, book = question.program, question.token, question.book
    dotted = resolve.dotted(program, token)
    if dotted is not None:
        entry = book.named(dotted)
        return _Answer(entry) if entry else _ask_jedi(question)
    if resolve.is_attribute(program.text, token):
        full = resolve.made(program, token)
        entry = book.named(full) if full else None
        return _Answer(entry) if entry else _ask_jedi(question)
    mine = visible(program, token.text, token.start)
    if mine:
        kind = None
        if len(mine) == 1 and mine[0].how == "value":
            fact = _infer(question)
            kind = facts.JEDI_TYPES.get(fact.value_type) if fact else None
        return _Answer(None, tuple(here.own_name(question.say, program, mine, question.row, kind)))
    if hasattr(builtins, token.text) and not facts.hides_builtins(program):
        entry = book.builtin.get(token.text)
        if entry is not None:
            return _Answer(entry, tuple(_loop_of(question)))
    return _ask_jedi(question)


def _loop_of(question: _Question) -> Iterator[str]:
    """For `range` in a loop's header: what the loop does."""
    node = operators.header_at(question.program, question.token.start)
    if question.row in question.program.broken or question.token.text != "range":
        return
    if isinstance(node, ast.For) and isinstance(node.iter, ast.Call):
        start, _ = question.program.span(node.iter)
        if start == question.token.start:
            yield from here.loop(question.say, question.program, node)


def _infer(question: _Question) -> jedi_facts.NameFact | None:
    # jedi's rows end where Python's do; a form feed or the like inside a line changes nothing.
    return jedi_facts.infer(question.program.text, question.row, question.column, question.path)


def _ask_jedi(question: _Question) -> _Answer:
    """What jedi knows: the glossary's entry for its full name, else its signature and docs."""
    fact = _infer(question)
    if fact is None:
        return _Answer()
    entry = question.book.named(fact.full_name) if fact.line is None else None
    if entry is not None:
        return _Answer(entry)
    say, sentences = question.say, []
    if fact.signature:
        # jedi names a function as its module does: `down` is `pendown` to it.
        called = re.sub(r"^\w+(?=\()", question.token.text, fact.signature)
        sentences.append(say.say("hover-signature", code=words.code(called, 100)))
    if fact.doc and fact.line is None and not gate.wrong(fact.doc):
        sentences.append(words.escape(fact.doc))
    elif fact.line is not None:
        sentences.append(say.say("hover-own-line", line=fact.line + 1))
    return _Answer(None, tuple(sentences))
