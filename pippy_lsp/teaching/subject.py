"""What an explanation is about: the lines, and what of the program they refer to.

All that the model is told comes from here, so two programs with the same subject have the same
explanation, wherever the lines stand and however they are spaced.
"""

from __future__ import annotations

import ast
import hashlib
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from pippy_lsp import prompts
from pippy_lsp.teaching import glossary, here, lexer, resolve
from pippy_lsp.teaching.bindings import Binding, visible
from pippy_lsp.teaching.program import Program

_MOST_LINES = 12
_MOST_CONTEXT = 6
_MOST_FACTS = 4


@dataclass(frozen=True)
class Subject:
    """Lines to explain; `key` is equal when their meaning is."""

    statements: tuple[ast.stmt, ...]
    code: str
    context: str
    """The lines that give the names in the code their values, in the order of the program."""
    facts: tuple[str, ...]
    """True sentences."""
    key: str

    @property
    def known(self) -> str:
        """All text that an explanation may speak of."""
        return "\n".join([self.code, self.context, *self.facts])


def find(program: Program, first: int, last: int, language: str) -> Subject | None:
    """The subject of the lines from `first` to `last` (from 0); None where they hold no statement
    that Python can read.
    """
    statements = outermost(program, first, last)
    if not statements or not all(program.sound(node) for node in statements):
        return None
    outer = statements[0].lineno - 1
    end = min(max((node.end_lineno or 0) for node in statements), outer + _MOST_LINES)
    code = textwrap.dedent("\n".join(program.lines[outer:end])).rstrip()
    bindings = list(_referred(program, statements))
    context = [program.lines[row].strip() for row in sorted({b.row for b in bindings})]
    facts = tuple(_facts(program, statements, bindings, language))[:_MOST_FACTS]
    parts = [ast.dump(node) for node in statements]
    parts += [ast.dump(binding.node) for binding in bindings]
    key = hashlib.sha256("\0".join([language, *parts, *facts]).encode("utf-8", "replace"))
    return Subject(statements, code, "\n".join(context[:_MOST_CONTEXT]), facts, key.hexdigest())


def outermost(program: Program, first: int, last: int) -> tuple[ast.stmt, ...]:
    """The outermost statements that begin in the lines; for one line inside a statement, that."""
    found: list[ast.stmt] = []
    end = 0
    nodes = [node for node in ast.walk(program.tree) if isinstance(node, ast.stmt)]
    for node in sorted(nodes, key=lambda n: (n.lineno, n.col_offset, -(n.end_lineno or 0))):
        if first <= node.lineno - 1 <= last and node.lineno > end:
            found.append(node)
            end = node.end_lineno or node.lineno
    if not found:
        around = program.statement(first)
        return (around,) if around is not None and program.lines[first].strip() else ()
    return tuple(found)


def _referred(program: Program, statements: tuple[ast.stmt, ...]) -> Iterator[Binding]:
    """What gives the names in the statements their values, outside of them."""
    rows = {
        row for node in statements for row in range(node.lineno - 1, node.end_lineno or node.lineno)
    }
    seen: set[tuple[str, int]] = set()
    for node in (inner for outer in statements for inner in ast.walk(outer)):
        if not isinstance(node, ast.Name):
            continue
        for binding in visible(program, node.id, program.span(node)[0]):
            place = (binding.name, binding.row)
            if binding.row not in rows and binding.row not in program.broken and place not in seen:
                seen.add(place)
                yield binding


def _facts(
    program: Program, statements: tuple[ast.stmt, ...], bindings: list[Binding], language: str
) -> Iterator[str]:
    say, book = prompts.messages(language), glossary.load(language)
    for statement in statements:
        if isinstance(statement, ast.For):
            yield from here.loop_facts(say, program, statement)
    for binding in bindings:
        if isinstance(binding.node, ast.For):
            # What the loop's name becomes; how often the loop runs is another line's matter.
            yield from list(here.loop_facts(say, program, binding.node))[1:]
    told: set[str] = set()
    for name in _names(statements):
        token = lexer.at(program.text, program.span(name)[1] - 1)
        if token is None or token.text in told:
            continue
        told.add(token.text)
        full = resolve.dotted(program, token)
        if (
            full is None
            and isinstance(name, ast.Name)
            and not visible(program, token.text, token.start)
        ):
            full = f"builtins.{token.text}"
        entry = book.named(full) if full else None
        if entry is not None:
            yield entry.text


def _names(statements: tuple[ast.stmt, ...]) -> Iterator[ast.Name | ast.Attribute]:
    """What is called, in the order of the text; `print` is known to everybody."""
    for node in (inner for outer in statements for inner in ast.walk(outer)):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) or (
            isinstance(called, ast.Name) and called.id not in ("print", "range")
        ):
            yield called
