"""Whether calls can be right, and whether what is plain has the attributes that are asked of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from pippy_lsp.analysis import modules, signatures
from pippy_lsp.analysis.kinds import Imported, Kinds
from pippy_lsp.analysis.names import Problem, Region, located, meant
from pippy_lsp.analysis.signatures import Signature

_OPEN = frozenset({"__getattr__", "__getattribute__", "__slots__"})


def problems(
    tree: ast.Module, text: str, region: Region, *, elsewhere: str = "", folder: Path | None = None
) -> list[Problem]:
    """The calls in `region` that give a known function too many or too few values, or names that it
    does not take; and attributes that a builtin type or a class of the program does not have.

    `text` is what `tree` was parsed from, `elsewhere` text of the same program that the tree lacks.
    `folder` is where the program is saved: nothing is known of the modules there.
    """
    judge = _Judge(tree, Kinds(tree, text, elsewhere=elsewhere), folder)
    found = list[Problem]()
    lines = text.split("\n")
    for node in _nodes(tree, region):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            known = judge.attributes(node.value)
            if known is not None and node.attr not in known:
                found.append(located(node, node.attr, meant(node.attr, known), lines))
        elif isinstance(node, ast.Call):
            takes = judge.signatures(node.func)
            if takes and not any(each.takes(node) for each in takes):
                found.append(located(node, "", "", lines))
    return sorted(found, key=lambda problem: (problem.row, problem.column))


def _nodes(tree: ast.Module, region: Region) -> Iterator[ast.AST]:
    """What stands in the region, at least in part."""
    left: list[ast.AST] = list(tree.body)
    while left:
        node = left.pop()
        start, end = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if start is not None and end is not None:
            last = (end, getattr(node, "end_col_offset", 0) or 0)
            if start > region.last or last <= (region.row, region.column):
                continue
        yield node
        left.extend(ast.iter_child_nodes(node))


class _Judge:
    """Says of expressions what they take and have; nothing of what is not plain."""

    def __init__(self, tree: ast.Module, kinds: Kinds, folder: Path | None) -> None:
        self._tree, self._kinds, self._folder = tree, kinds, folder

    def signatures(self, function: ast.expr) -> Sequence[Signature]:
        if isinstance(function, ast.Name):
            return self._named(function.id)
        if not isinstance(function, ast.Attribute):
            return ()
        owner, name = function.value, function.attr
        if module := self._module(owner):
            return self._of_module(module, name)
        kind = self._kinds.builtin(owner)
        if kind is not None:
            return signatures.of_builtin_method(kind, name) if hasattr(kind, name) else ()
        made = self._class_of(owner)
        return signatures.of_method(made, name) if made and signatures.plain(made) else ()

    def attributes(self, owner: ast.expr) -> frozenset[str] | None:
        """What an expression has; None where that can't be known."""
        kind = self._kinds.builtin(owner)
        if kind is not None:
            return _attributes(kind)
        made = self._class_of(owner)
        if made is None or not signatures.plain(made):
            return None
        return self._given(made)

    def _named(self, name: str) -> Sequence[Signature]:
        if self._kinds.is_builtin(name):
            return signatures.of_builtin(name)
        found = self._kinds.only(name)
        if isinstance(found, ast.ClassDef):
            return signatures.of_class(found)
        if isinstance(found, Imported):
            return self._of_module(found.module, found.member) if found.member else ()
        return signatures.of_functions([found]) if isinstance(found, ast.AST) else ()

    def _module(self, owner: ast.expr) -> str:
        """The standard module that a name stands for; "" for none."""
        found = self._kinds.only(owner.id) if isinstance(owner, ast.Name) else None
        return found.module if isinstance(found, Imported) and not found.member else ""

    def _of_module(self, module: str, name: str) -> Sequence[Signature]:
        local = modules.is_local(module, self._folder)
        return () if local else signatures.of_module(module, name)

    def _class_of(self, owner: ast.expr) -> ast.ClassDef | None:
        """The class that `self`, or a name of an object, belongs to."""
        if not isinstance(owner, ast.Name):
            return None
        return self._around(owner) or self._kinds.own_class(owner)

    def _around(self, owner: ast.Name) -> ast.ClassDef | None:
        """The class of the method whose first value is `owner`."""
        for node in self._tree.body:
            if not isinstance(node, ast.ClassDef) or not _holds(node, owner):
                continue
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and _holds(method, owner):
                    return node if _is_self(method, owner.id) else None
        return None

    def _given(self, made: ast.ClassDef) -> frozenset[str] | None:
        """The attributes of a class, and all that the program gives to any object; None where they
        can be more.
        """
        inner = {
            str(getattr(each, "name", "") or getattr(each, "id", ""))
            for node in made.body
            for each in ([node] if hasattr(node, "name") else ast.walk(node))
        }
        stored = {
            node.attr
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
        }
        if inner & _OPEN or self._kinds.says("setattr") or self._kinds.says("__dict__"):
            return None
        return frozenset(inner | stored) | _attributes(object) | {"__dict__", "__module__"}


@cache
def _attributes(kind: type) -> frozenset[str]:
    return frozenset(dir(float) if kind is int else ()) | frozenset(dir(kind))


def _holds(outer: ast.stmt, inner: ast.AST) -> bool:
    row = getattr(inner, "lineno", 0)
    return outer.lineno <= row <= (outer.end_lineno or outer.lineno)


def _is_self(method: ast.FunctionDef, name: str) -> bool:
    """Whether the name is the object, all through the method."""
    given = [*method.args.posonlyargs, *method.args.args]
    rebound = any(
        isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
        for node in ast.walk(method)
    )
    inner = any(
        isinstance(node, ast.arg) and node.arg == name and node is not given[0]
        for node in ast.walk(method)
        if given
    )
    return (
        bool(given)
        and given[0].arg == name
        and not method.decorator_list
        and not (rebound or inner)
    )
