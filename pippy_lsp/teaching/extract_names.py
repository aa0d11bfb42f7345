"""What lines need from the program around them, and what they give back to it.

Everything that is not certain is refused: the answer is then the key of the sentence that says why.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_LEAVES = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal, ast.Delete)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_INNER = (*_FUNCTIONS, ast.ClassDef, ast.Lambda, ast.GeneratorExp)
_IMPORTS = (ast.Import, ast.ImportFrom)
_UNSURE = (*_INNER, *_IMPORTS, ast.NamedExpr, ast.Match, ast.AsyncFor, ast.AsyncWith)
_LOOKS_AT_NAMES = frozenset({"locals", "vars", "globals", "dir", "eval", "exec", "super"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)


@dataclass(frozen=True)
class Flow:
    """The names that lines take, and those that they give back, each in a steady order."""

    parameters: tuple[str, ...]
    results: tuple[str, ...]


def flow(tree: ast.Module, nodes: Sequence[ast.stmt], parents: Sequence[ast.AST]) -> Flow | str:
    """What `nodes` need and give, or the key of why they can't be moved."""
    refused = _cannot_move(nodes)
    inside = [each for each in parents if isinstance(each, (*_FUNCTIONS, ast.ClassDef))]
    if refused or len([each for each in inside if isinstance(each, _FUNCTIONS)]) > 1:
        return refused or "extract-unsure"
    if inside and not isinstance(inside[-1], ast.FunctionDef):
        return "extract-unsure"
    scope = inside[-1] if inside else tree
    return _Work(tree, scope, nodes, parents).flow()


def _cannot_move(nodes: Sequence[ast.stmt]) -> str:
    for node in (each for outer in nodes for each in ast.walk(outer)):
        if isinstance(node, _LEAVES):
            return "extract-leaves"
        if isinstance(node, _UNSURE):
            return "extract-unsure"
        if isinstance(node, ast.Name) and node.id in _LOOKS_AT_NAMES:
            return "extract-unsure"
        if isinstance(node, ast.Attribute) and node.attr.startswith("__"):
            return "extract-unsure"
    return "extract-leaves" if any(_jumps(nodes)) else ""


def _jumps(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """`break` and `continue` of a loop that is not in `nodes`."""
    for node in nodes:
        if isinstance(node, (ast.Break, ast.Continue)):
            yield node
        elif isinstance(node, (ast.For, ast.While)):
            yield from _jumps(node.orelse)
        else:
            yield from _jumps(ast.iter_child_nodes(node))


def _stores(node: ast.AST) -> set[str]:
    """The names that `node` binds; a comprehension's own names are nobody else's."""
    found: set[str] = set()
    left = [node]
    while left:
        each = left.pop()
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load):
            found.add(each.id)
        elif isinstance(each, ast.alias):
            found.add(each.asname or each.name.partition(".")[0])
        elif isinstance(each, ast.ExceptHandler) and each.name:
            found.add(each.name)
        if isinstance(each, (*_FUNCTIONS, ast.ClassDef)) and each is not node:
            found.add(each.name)
        elif not isinstance(each, (*_COMPREHENSIONS, ast.Lambda, ast.GeneratorExp)):
            left.extend(ast.iter_child_nodes(each))
    return found


def _loads(node: ast.AST) -> set[str]:
    changed = {n.target.id for n in ast.walk(node)
               if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}  # fmt: skip
    return changed | {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }


@dataclass
class _Work:
    tree: ast.Module
    scope: ast.AST
    nodes: Sequence[ast.stmt]
    parents: Sequence[ast.AST]

    def flow(self) -> Flow | str:
        bound = set().union(*map(_stores, self.nodes))
        needs: set[str] = set()
        sure = _walk(self.nodes, set(), needs)
        outer = self._bound_outside()
        before = self._surely_before()
        later = bound & self._read_outside()
        looped = any(isinstance(each, (ast.For, ast.While)) for each in self._around())
        taken = needs & outer
        if looped:
            later |= bound & needs
        taken |= later - sure
        if taken - before or self._is_shared(bound, taken):
            return "extract-unsure"
        tried = any(isinstance(each, (ast.Try, ast.With)) for each in self._around())
        if tried and later:
            return "extract-unsure"
        order = list(dict.fromkeys(self._order()))
        return Flow(
            tuple(name for name in order if name in taken),
            tuple(name for name in order if name in later),
        )

    def _around(self) -> list[ast.AST]:
        """What holds the lines inside of their scope."""
        held = list(self.parents)
        return held[held.index(self.scope) + 1 :]

    def _order(self) -> Iterator[str]:
        found = [n for each in self.nodes for n in ast.walk(each) if isinstance(n, ast.Name)]
        for node in sorted(found, key=lambda n: (n.lineno, n.col_offset)):
            yield node.id
        yield from sorted(set().union(*map(_stores, self.nodes)))

    def _outside(self) -> Iterator[ast.AST]:
        """The nodes of the scope that are not in the lines, functions in it left out."""
        left: list[ast.AST] = list(ast.iter_child_nodes(self.scope))
        while left:
            node = left.pop()
            if node in self.nodes:
                continue
            yield node
            if not isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.Lambda)):
                left.extend(ast.iter_child_nodes(node))

    def _bound_outside(self) -> set[str]:
        """The variables of the scope; a program's functions and modules are seen everywhere."""
        found: set[str] = set()
        for node in self._outside():
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                found.add(node.id)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                found.add(node.name)
            elif isinstance(node, ast.arg):
                found.add(node.arg)
            elif self.scope is not self.tree and isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                found.add(node.name)
            elif self.scope is not self.tree and isinstance(node, ast.alias):
                found.add(node.asname or node.name.partition(".")[0])
        return found

    def _read_outside(self) -> set[str]:
        """What is read in the scope after the lines, or before them in a loop around."""
        looped = any(isinstance(each, (ast.For, ast.While)) for each in self._around())
        end = self.nodes[-1].end_lineno or 0
        changed = {n.target for n in self._outside() if isinstance(n, ast.AugAssign)}
        return {
            node.id
            for node in self._outside()
            if isinstance(node, ast.Name)
            and (isinstance(node.ctx, (ast.Load, ast.Del)) or node in changed)
            and (looped or node.lineno > end)
        }

    def _surely_before(self) -> set[str]:
        """The names that have a value whenever the lines are reached."""
        found: set[str] = set()
        chain = [*self._around(), self.nodes[0]]
        holder: ast.AST = self.scope
        if isinstance(holder, _FUNCTIONS):
            found |= {n.arg for n in ast.walk(holder.args) if isinstance(n, ast.arg)}
        for inner in chain:
            found |= _before(holder, inner)
            holder = inner
        return found

    def _is_shared(self, bound: set[str], taken: set[str]) -> bool:
        """Whether a function elsewhere could see or change one of the names meanwhile."""
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.Global, ast.Nonlocal)) and set(node.names) & (bound | taken):
                return True
        inner = [
            node
            for node in ast.walk(self.scope)
            if isinstance(node, (*_FUNCTIONS, ast.Lambda, ast.ClassDef, ast.GeneratorExp))
            and node is not self.scope
        ]
        return any(bound & (_loads(node) - _own(node)) for node in inner)


def _own(node: ast.AST) -> set[str]:
    """The names that a function has for itself."""
    arguments = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    return arguments | (_stores(node) if isinstance(node, _FUNCTIONS) else set())


def _before(holder: ast.AST, inner: ast.AST) -> set[str]:
    """What has a value in `holder` once its part `inner` is reached."""
    found: set[str] = set()
    if isinstance(holder, ast.For) and inner in holder.body:
        found |= _stores(holder.target)
    if isinstance(holder, ast.With):
        for item in holder.items:
            found |= _stores(item.optional_vars) if item.optional_vars else set()
    for _, value in ast.iter_fields(holder):
        if isinstance(value, list) and inner in value:
            body = [each for each in value[: value.index(inner)] if isinstance(each, ast.stmt)]
            found |= _walk(body, set(), set())
            gone = {
                n.id
                for each in body
                for n in ast.walk(each)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Del)
            }
            found -= gone
    return found


def _walk(body: Sequence[ast.stmt], sure: set[str], needs: set[str]) -> set[str]:
    """The names that have a value after `body`; `needs` gets what it reads before."""
    sure = set(sure)
    for node in body:
        if isinstance(node, (ast.For, ast.While, ast.If, ast.Try, ast.With)):
            sure |= _block(node, sure, needs)
            continue
        needs |= _loads(node) - sure
        if not isinstance(node, ast.Expr):
            sure |= {node.name} if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) else _stores(node)
    return sure


def _block(
    node: ast.For | ast.While | ast.If | ast.Try | ast.With, sure: set[str], needs: set[str]
) -> set[str]:
    if isinstance(node, ast.For):
        needs |= (_loads(node.iter) | _loads(node.target)) - sure
        _walk(node.body, sure | _stores(node.target), needs)
        _walk(node.orelse, sure, needs)
        return set()
    if isinstance(node, ast.While):
        needs |= _loads(node.test) - sure
        _walk(node.body, sure, needs)
        _walk(node.orelse, sure, needs)
        return set()
    if isinstance(node, ast.If):
        needs |= _loads(node.test) - sure
        yes, no = _walk(node.body, sure, needs), _walk(node.orelse, sure, needs)
        return yes & no
    if isinstance(node, ast.With):
        inner = set(sure)
        for item in node.items:
            needs |= _loads(item.context_expr) - inner
            inner |= _stores(item.optional_vars) if item.optional_vars else set()
        return _walk(node.body, inner, needs)
    for part in (node.body, *[handler.body for handler in node.handlers], node.orelse):
        _walk(part, sure, needs)
    for handler in node.handlers:
        needs |= _loads(handler.type) - sure if handler.type else set()
    _walk(node.finalbody, sure, needs)
    return set()
