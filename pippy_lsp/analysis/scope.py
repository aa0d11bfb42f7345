"""A scope of a program, and what a walk through it meets: for `scopes`."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Scope:
    """The names of a module, a class, a function or a comprehension."""

    kind: str
    bound: dict[str, str] = field(default_factory=dict)
    """Name -> the module it stands for, dotted; "" for anything else."""
    elsewhere: set[str] = field(default_factory=set)
    """Names that `global` or `nonlocal` sends to an outer scope."""
    open: bool = False
    """Something like `from x import *` has bound names that can't be known."""
    body: tuple[ast.AST, ...] = ()
    """What a function does."""


@dataclass(frozen=True)
class Unbound:
    """A name that nothing binds where it is used, and the names that are bound there."""

    node: ast.Name
    visible: frozenset[str]
    local: bool = False
    """`score += 1` made it a name of the function, which has no value yet."""


@dataclass(frozen=True)
class ModuleUse:
    """`attribute` is taken from `module`: `random.randint`, `from random import randint`."""

    node: ast.AST
    module: str
    attribute: str


def gets_value(body: Iterable[ast.AST], name: str) -> bool:
    """Whether something in `body` other than `name += ...` may bind `name`."""
    changed = set[ast.AST]()
    for node in (each for part in body for each in ast.walk(part)):
        if isinstance(node, ast.AugAssign):
            changed.add(node.target)
        elif isinstance(node, ast.Name) and node.id == name and node not in changed:
            if isinstance(node.ctx, ast.Store):
                return True
        elif name in (getattr(node, "name", None), getattr(node, "asname", None)):
            return True
    return False
