"""How many values a function takes, and whether a call can be right.

Of builtins from this Python itself, of standard modules from typeshed's stubs (nothing is
imported), of the child's own functions from their `def`.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from pippy_lsp.analysis import modules

_HIDDEN = "__"
"""Stubs mark what can't be given by its name so (PEP 484, positional-only arguments)."""


@dataclass(frozen=True)
class Signature:
    """What one form of a function takes."""

    positional: tuple[str, ...] = ()
    """The values that can be given in order."""
    nameless: int = 0
    """How many of them can't be given by name."""
    named: frozenset[str] = frozenset()
    """What can be given by name only."""
    needed: frozenset[str] = frozenset()
    """What has no value of its own."""
    more: bool = False
    """Whether it takes more values (`*args`)."""
    any_name: bool = False
    """Whether it takes any name (`**kwargs`)."""

    def takes(self, call: ast.Call) -> bool:
        """Whether the call gives it what it needs, and no more; a call that unpacks may."""
        keywords = [each.arg for each in call.keywords]
        if None in keywords or any(isinstance(each, ast.Starred) for each in call.args):
            return True
        count = len(call.args)
        if count > len(self.positional) and not self.more:
            return False
        given = set(self.positional[:count])
        free = {*self.positional[max(count, self.nameless) :], *self.named}
        named = {each for each in keywords if each is not None}
        return (named <= free or self.any_name) and self.needed <= given | named


def own(function: ast.FunctionDef | ast.AsyncFunctionDef, *, bound: bool = False) -> Signature:
    """The signature of a `def`; `bound` where the first value is the object itself."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    skipped = 1 if bound and positional else 0
    names = tuple(each.arg for each in positional[skipped:])
    hidden = sum(1 for name in names if name.startswith(_HIDDEN) and not name.endswith("__"))
    needed = {each.arg for each in positional[skipped : len(positional) - len(given.defaults)]}
    for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if default is None:
            needed.add(each.arg)
    return Signature(
        positional=names,
        nameless=max(hidden, len(given.posonlyargs) - skipped),
        named=frozenset(each.arg for each in given.kwonlyargs),
        needed=frozenset(needed),
        more=given.vararg is not None,
        any_name=given.kwarg is not None,
    )


def of_class(node: ast.ClassDef) -> Sequence[Signature]:
    """What a class takes to make an object; empty where that can't be known."""
    if not plain(node):
        return ()
    made = methods(node, "__init__")
    if any(each.name == "__new__" for each in node.body if isinstance(each, ast.FunctionDef)):
        return ()
    if not made:
        return (Signature(),)
    return tuple(own(each, bound=True) for each in made) if _bare(made) else ()


def of_method(node: ast.ClassDef, name: str) -> Sequence[Signature]:
    """What a method of a class takes; empty where that can't be known."""
    made = methods(node, name)
    return tuple(own(each, bound=True) for each in made) if len(made) == 1 and _bare(made) else ()


def of_functions(made: Sequence[ast.AST]) -> Sequence[Signature]:
    """What the one `def` takes; empty where that can't be known."""
    functions = [each for each in made if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    sure = len(functions) == len(made) == 1 and _bare(functions)
    return tuple(map(own, functions)) if sure else ()


def plain(node: ast.ClassDef) -> bool:
    """Whether all that the class has is written in it."""
    bases = [base.id if isinstance(base, ast.Name) else "" for base in node.bases]
    return bases in ([], ["object"]) and not node.decorator_list and not node.keywords


def methods(node: ast.ClassDef, name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All definitions of a method; none where its name is given another value too."""
    functions = (
        each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    given = (target for each in node.body for target in getattr(each, "targets", ()))
    if any(isinstance(target, ast.Name) and target.id == name for target in given):
        return []
    return [each for each in functions if each.name == name]


@cache
def of_builtin(name: str) -> Sequence[Signature]:
    """What a builtin function takes; empty where Python does not tell."""
    return _told(getattr(builtins, name, None), bound=False)


@cache
def of_builtin_method(kind: type, name: str) -> Sequence[Signature]:
    """What a method of a builtin type takes; empty where Python does not tell."""
    return _told(getattr(kind, name, None), bound=True)


@cache
def of_module(module: str, name: str) -> Sequence[Signature]:
    """What a function of a standard module takes; empty where that can't be known."""
    if made := modules.functions(module).get(name):
        return tuple(map(own, made))
    made = modules.bound_methods(module).get(name, ())
    return tuple(own(each, bound=True) for each in made)


def _told(function: object, *, bound: bool) -> Sequence[Signature]:
    if not callable(function):
        return ()
    try:
        found = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return ()
    found = found[1:] if bound and not inspect.isbuiltin(function) else found
    kinds = inspect.Parameter
    ordered = [each for each in found if each.kind in _IN_ORDER]
    return (
        Signature(
            positional=tuple(each.name for each in ordered),
            nameless=sum(1 for each in ordered if each.kind is kinds.POSITIONAL_ONLY),
            named=_names(each for each in found if each.kind is kinds.KEYWORD_ONLY),
            needed=_names(
                each for each in found if each.default is each.empty and each.kind not in _REST
            ),
            more=any(each.kind is kinds.VAR_POSITIONAL for each in found),
            any_name=any(each.kind is kinds.VAR_KEYWORD for each in found),
        ),
    )


_IN_ORDER = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _names(parameters: Iterable[inspect.Parameter]) -> frozenset[str]:
    return frozenset(each.name for each in parameters)


def _bare(functions: Sequence[ast.FunctionDef | ast.AsyncFunctionDef]) -> bool:
    """Whether no decorator may change what they take."""
    return not any(each.decorator_list for each in functions)
