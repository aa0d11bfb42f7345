"""Which concepts a program uses, each with the place of the token that decides it.

The place matters where a child wrote a part of an expression: in `[n for n in names]` it is what
comes after `for` that makes a comprehension of a list. Concepts are spelled as in `levels`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pippy_lsp.analysis import concept_nodes, levels, nodes
from pippy_lsp.analysis.concept_nodes import Use


class Region(NamedTuple):
    """A part of a text: rows from 1, columns in bytes; from the first to before the last place."""

    row: int
    column: int
    last_row: int
    last_column: int

    def has(self, use: Use) -> bool:
        """Whether the token that decides `use` is in here, at least its last part."""
        place = (use.row, use.column)
        return (self.row, self.column) < place <= (self.last_row, self.last_column)

    def meets(self, node: ast.AST) -> bool:
        """Whether some of `node` is in here; true of one without a place."""
        row: int | None = getattr(node, "lineno", None)
        last: int | None = getattr(node, "end_lineno", None)
        if row is None or last is None:
            return True
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        row = min([row, *(decorator.lineno for decorator in decorators)])
        return row <= self.last_row and last >= self.row


def used(tree: ast.Module) -> list[Use]:
    """What a program uses, in no special order; its own functions are no builtins."""
    bound = _bound(tree)
    return [use for use in _uses(nodes.every(tree)) if not bound.hides(use)]


def beyond(
    tree: ast.Module,
    region: Region,
    level: int,
    known: frozenset[str] = frozenset(),
    avoid: frozenset[str] = frozenset(),
) -> Use | None:
    """The first concept in `region` that is too hard for `level`, or that `avoid` names.

    What is used outside of the region is known to the child whatever the level says, and so is
    what `known` names; not so what is to be avoided.
    """
    if level >= levels.highest() and not avoid:
        return None
    hard = [
        use
        for use in _uses(_meeting(tree, region))
        if region.has(use)
        and (
            use.concept in avoid
            or (use.concept not in known and levels.needed(use.concept) > level)
        )
    ]
    if not hard:
        return None
    ways = {use.concept: {use.concept, *levels.brought_by(use.concept)} for use in hard}
    met = _met(tree, region, set().union(*ways.values()))
    left = [use for use in hard if use.concept in avoid or not ways[use.concept] & met]
    if any(use.name for use in left):
        bound = _bound(tree)
        left = [use for use in left if not bound.hides(use)]
    return min(left, key=lambda use: (use.row, use.column), default=None)


@dataclass(frozen=True)
class _Bound:
    """The names that a program binds, and those of modules and objects of classes."""

    names: frozenset[str]
    others: frozenset[str]

    def hides(self, use: Use) -> bool:
        """Whether what looks like a builtin, or its method, is the program's own."""
        if not use.name:
            return False
        return use.name in (self.others if use.concept.startswith(".") else self.names)


def _bound(tree: ast.Module) -> _Bound:
    names, others = set[str](), set[str]()
    for node in nodes.every(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            others.add((node.asname or node.name).partition(".")[0])
        if isinstance(node, ast.Assign) and _makes_object(node.value):
            others.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return _Bound(frozenset(names | others), frozenset(others))


def _makes_object(value: ast.expr) -> bool:
    """Whether this is `Turtle()` or `turtle.Turtle()`: classes have a capital letter."""
    if not isinstance(value, ast.Call):
        return False
    func = value.func
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    return bool(name[:1].isupper())


def _uses(found: Iterable[ast.AST]) -> Iterator[Use]:
    for node in found:
        yield from concept_nodes.of(node)


def _met(tree: ast.Module, region: Region, wanted: set[str]) -> set[str]:
    """Those of the concepts `wanted` that are used outside of `region`."""
    found = set[str]()
    for use in _uses(nodes.every(tree)):
        if use.concept in wanted and use.concept not in found and not region.has(use):
            found.add(use.concept)
            if len(found) == len(wanted):
                break
    return found


def _meeting(tree: ast.Module, region: Region) -> Iterator[ast.AST]:
    """The nodes that meet `region`."""
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        if region.meets(node):
            yield node
            left.extend(ast.iter_child_nodes(node))
