"""Where in a file one name is written: jedi says it, and the tree must agree.

jedi alone is not enough: of a parameter that gets a new value it tells only some places.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pippy_lsp.analysis import jedi_facts
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching.bindings import Binding, collect, is_function, visible
from pippy_lsp.teaching.program import Program, read, split

_Named = ast.Name | ast.arg | ast.FunctionDef | ast.AsyncFunctionDef


def written(snapshot: DocumentSnapshot, binding: Binding) -> list[int]:
    """The offsets at which the name of `binding` is written, in order; none where they are not
    certain. It asks jedi, so it belongs into jedi's thread.
    """
    program, name = read(snapshot.text), binding.name
    inside = set(_inside_texts(program.tree))
    nodes = [node for node in _nodes(program, binding) if _is_ours(program, node, binding)]
    plain = {_offset(program, node, name) for node in nodes if node not in inside}
    found: set[int] = set()
    for at in sorted(plain):
        if at not in found:
            found |= _asked(snapshot, program, at)
    # Before Python 3.12 a name in an f-string has no right place in the tree, so it is counted.
    others = found - plain
    counted = len(others) == len([node for node in nodes if node in inside]) + _said(program, name)
    right = all(re.match(rf"{re.escape(name)}(?!\w)", program.text[at:]) for at in found)
    return sorted(found) if plain <= found and counted and right else []


def _asked(snapshot: DocumentSnapshot, program: Program, at: int) -> set[int]:
    row = len(split(program.text[:at])) - 1
    places = jedi_facts.references(program.text, row, at - program.starts[row], snapshot.path)
    return {program.starts[row] + column for row, column in places}


def _nodes(program: Program, binding: Binding) -> Iterator[_Named]:
    """The nodes that say the name."""
    for node in ast.walk(program.tree):
        said = (
            getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "name", None)
        )
        if said == binding.name and isinstance(node, _Named):
            yield node


def _is_ours(program: Program, node: _Named, binding: Binding) -> bool:
    """Whether the name means `binding` there; one that is `global` somewhere is so everywhere."""
    if binding.name in collect(program)[1]:
        return True
    at = _offset(program, node, binding.name)
    return {each.scope for each in visible(program, binding.name, at)} == {binding.scope}


def _offset(program: Program, node: _Named, name: str) -> int:
    start = program.span(node)[0]
    if not is_function(node):
        return start
    match = re.compile(rf"\b(?<!\.){re.escape(name)}\b").search(program.text, start + len("def"))
    return match.start() if match else start


def _inside_texts(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes in f-strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from ast.walk(node)


def _said(program: Program, name: str) -> int:
    """How often the name stands in a `global` or `nonlocal`."""
    nodes = (n for n in ast.walk(program.tree) if isinstance(n, ast.Global | ast.Nonlocal))
    return sum(node.names.count(name) for node in nodes)
