"""The lines of a program that run for certain: a mistake in one stops the program."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

_MAYBE = (
    ast.BoolOp, ast.IfExp, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
"""Expressions of which a part may never run."""
_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Import, ast.ImportFrom)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BUILTIN = frozenset(dir(builtins))
_LEAVING = frozenset({"exit", "quit", "_exit", "abort"})


def rows(tree: ast.Module) -> set[int]:
    """The rows (from 1) of what runs for certain, unless something before it went wrong."""
    found: set[int] = set()
    inside = [node for each in ast.walk(tree) if isinstance(each, _FUNCTIONS) for node in each.body]
    own_may_leave = any(_leaves(node, own=False) for node in inside)
    _collect(tree.body, found, own_may_leave)
    return found


def _collect(body: list[ast.stmt], found: set[int], own: bool) -> bool:
    """Whether what follows `body` runs for certain too; `own`: a function of the child's own may
    end the program.
    """
    for statement in body:
        for part in _heads(statement):
            if not any(isinstance(node, _MAYBE) for node in ast.walk(part)):
                found.update(range(part.lineno, (part.end_lineno or part.lineno) + 1))  # type: ignore[attr-defined]
        if isinstance(statement, ast.With) and not _collect(statement.body, found, own):
            return False
        if not isinstance(statement, (*_FUNCTIONS, ast.ClassDef)) and _leaves(statement, own=own):
            return False
    return True


def _heads(statement: ast.stmt) -> Iterator[ast.AST]:
    """The parts of a statement that run when it is reached."""
    if isinstance(statement, _SIMPLE):
        yield statement
    elif isinstance(statement, (ast.If, ast.While)):
        yield statement.test
    elif isinstance(statement, ast.For):
        yield statement.iter
    elif isinstance(statement, ast.With):
        yield from (item.context_expr for item in statement.items)


def _leaves(statement: ast.stmt, *, own: bool) -> bool:
    """Whether the program may end in `statement`, or never get past it."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.While) and isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Call):
            func = node.func
            name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            if name in _LEAVING or (own and name not in _BUILTIN):
                return True
    return False
