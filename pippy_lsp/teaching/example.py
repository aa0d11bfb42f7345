"""Show me an example: of the word at the cursor, from the glossary."""

from __future__ import annotations

from pippy_lsp import prompts
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import facts, glossary, lexer, resolve, words
from pippy_lsp.teaching.action import Action, Answer, Asked, Words, rows
from pippy_lsp.teaching.bindings import visible
from pippy_lsp.teaching.glossary import Entry
from pippy_lsp.teaching.lexer import Token
from pippy_lsp.teaching.program import Program, read


def entry(snapshot: DocumentSnapshot, offset: int, language: str) -> Entry | None:
    """The glossary's entry, with an example, for the word at `offset` or else the first one in its
    line that has one.
    """
    program, book = read(snapshot.text), glossary.load(language)
    at, row = lexer.at(snapshot.text, offset), snapshot.row_column(offset)[0]
    start = snapshot.line_starts[row]
    end = start + len(snapshot.line(row))
    line = [each for each in lexer.code(snapshot.text) if start <= each.start < end]
    for token in [*([at] if at in line else []), *line]:
        found = _entry(program, book, token) if token is not None else None
        if found is not None and found.example:
            return found
    return None


def _entry(program: Program, book: glossary.Glossary, token: Token) -> Entry | None:
    if token.kind != "name":
        return None
    if token.text in book.keyword:
        return book.keyword[token.text]
    full = resolve.dotted(program, token)
    if full is not None:
        return book.named(full)
    if resolve.is_attribute(program.text, token) or facts.hides_builtins(program):
        return None
    return None if visible(program, token.text, token.start) else book.builtin.get(token.text)


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    first, last = rows(snapshot, start, end)
    return first == last and entry(snapshot, start, prompts.DEFAULT_LANGUAGE) is not None


def answer(asked: Asked) -> Answer:
    """The example, under what the word means."""
    found = entry(asked.snapshot, asked.start, asked.language)
    return Words(f"{found.text}\n\n{words.fence(found.example)}") if found else None


ACTION = Action("example", "pippy.example", _available, edits=False, certain=answer)
