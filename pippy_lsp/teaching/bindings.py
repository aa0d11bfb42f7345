"""Where names get their values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeGuard

from pippy_lsp.teaching.program import Program

How = Literal["value", "loop", "function", "class", "parameter", "import", "other"]
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Scope = FunctionNode | ast.ClassDef | ast.Lambda | ast.Module


@dataclass(frozen=True)
class Binding:
    """One place that gives `name` a value."""

    name: str
    how: How
    node: ast.AST
    """The statement, loop, definition, parameter or import that does it."""
    scope: Scope

    @property
    def row(self) -> int:
        """From 0."""
        return int(self.node.lineno) - 1  # type: ignore[attr-defined]


def is_function(node: object) -> TypeGuard[FunctionNode]:
    """Whether `node` is a `def`."""
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


class _Collector(ast.NodeVisitor):
    """Walks a tree and notes each binding with its scope."""

    def __init__(self, tree: ast.Module) -> None:
        self.found: list[Binding] = []
        self.declared: set[str] = set()
        self._scopes: list[Scope] = [tree]
        self.visit(tree)

    def _note(self, name: str, how: How, node: ast.AST) -> None:
        self.found.append(Binding(name, how, node, self._scopes[-1]))

    def _names(self, target: ast.AST, how: How, node: ast.AST) -> None:
        if isinstance(target, ast.Name):
            self._note(target.id, how, node)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for part in target.elts:
                self._names(part, "loop" if how == "loop" else "other", node)
        elif isinstance(target, ast.Starred):
            self._names(target.value, "other", node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._names(target, "value", node)
        self.visit(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._names(node.target, "value", node)
            self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._names(node.target, "other", node)
        self.visit(node.value)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._names(node.target, "loop", node)
        self.visit(node.iter)
        for child in [*node.body, *node.orelse]:
            self.visit(child)

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_FunctionDef(self, node: FunctionNode) -> None:
        self._note(node.name, "function", node)
        self._inside(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._note(node.name, "class", node)
        self._inside(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inside(node)

    def _inside(self, node: FunctionNode | ast.ClassDef | ast.Lambda) -> None:
        self._scopes.append(node)
        if not isinstance(node, ast.ClassDef):
            for parameter in parameters(node):
                self._note(parameter.arg, "parameter", parameter)
        self.generic_visit(node)
        self._scopes.pop()

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self._note(alias.asname or alias.name.split(".")[0], "import", node)

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._note(node.id, "other", node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._note(node.name, "other", node)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self.declared.update(node.names)

    visit_Nonlocal = visit_Global  # noqa: N815


def parameters(node: FunctionNode | ast.Lambda) -> list[ast.arg]:
    """All parameters in the order they are written."""
    spec = node.args
    several = [spec.vararg] if spec.vararg else []
    last = [spec.kwarg] if spec.kwarg else []
    return [*spec.posonlyargs, *spec.args, *several, *spec.kwonlyargs, *last]


@lru_cache(maxsize=8)
def collect(program: Program) -> tuple[tuple[Binding, ...], frozenset[str]]:
    """All bindings, in the order of the text, and the names said to be `global`."""
    collector = _Collector(program.tree)
    return tuple(sorted(collector.found, key=lambda b: b.row)), frozenset(collector.declared)


def scopes_around(program: Program, offset: int) -> Iterator[Scope]:
    """The scopes that a name at `offset` is looked up in, as Python does: classes are skipped
    unless the name stands directly in one.
    """
    first = True
    for node in program.around(offset):
        if is_function(node) or isinstance(node, ast.Lambda):
            yield node
            first = False
        elif isinstance(node, ast.ClassDef):
            if first:
                yield node
            first = False
    yield program.tree


def visible(program: Program, name: str, offset: int) -> list[Binding]:
    """The bindings that `name` at `offset` can mean; none when it is not the child's own."""
    found, declared = collect(program)
    mine = [binding for binding in found if binding.name == name]
    if name in declared:
        return mine
    for scope in scopes_around(program, offset):
        here = [binding for binding in mine if binding.scope is scope]
        if here:
            return here
    return []


def constant(program: Program, name: str) -> object | None:
    """The value of `name` where it is certain: bound once in the whole program, at its top level,
    to a plain number or text.
    """
    found, declared = collect(program)
    mine = [binding for binding in found if binding.name == name]
    if len(mine) != 1 or name in declared:
        return None
    statement = mine[0].node
    if isinstance(statement, ast.Assign) and statement in program.tree.body:
        value = statement.value
        if isinstance(value, ast.Constant) and program.sound(statement):
            return value.value
    return None
