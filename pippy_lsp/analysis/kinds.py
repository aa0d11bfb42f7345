"""What names stand for in a program, where that is plain: a builtin type, a class, a module.

A name is known only if everything in the program that binds it says the same. Whoever reads one
function's text can't know more either, and what is not plain is never judged.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_BUILTIN_CALLS: dict[str, type] = {
    "str": str, "input": str, "repr": str, "chr": str, "int": int, "len": int, "ord": int,
    "float": float, "bool": bool, "list": list, "sorted": list, "dict": dict, "set": set,
    "tuple": tuple,
}  # fmt: skip
"""What builtin functions give whatever they are called with."""
_METHOD_CALLS: dict[type, dict[str, type]] = {
    str: {
        **dict.fromkeys(
            (
                *("capitalize", "center", "format", "join", "ljust", "lower", "lstrip", "replace"),
                *("rjust", "rstrip", "strip", "swapcase", "title", "upper", "zfill"),
            ),
            str,
        ),
        **dict.fromkeys(("count", "find", "index", "rfind", "rindex"), int),
        **dict.fromkeys(("split", "splitlines", "rsplit"), list),
    },
    list: {"copy": list, "count": int, "index": int},
    dict: {"copy": dict},
    set: {"copy": set, "union": set, "intersection": set, "difference": set},
}
_DISPLAYS: dict[type[ast.expr], type] = {
    ast.JoinedStr: str, ast.List: list, ast.ListComp: list, ast.Dict: dict, ast.DictComp: dict,
    ast.Set: set, ast.SetComp: set, ast.Tuple: tuple, ast.Compare: bool,
}  # fmt: skip
_PLAIN = (str, int, float, bool, list, dict, set, tuple)
_NUMBERS = (int, float)
_DEPTH = 6
"""Names that stand for other names, followed so far."""


@dataclass(frozen=True)
class Imported:
    """`import module as name`, or with a `member` of it."""

    module: str
    member: str = ""


@dataclass(frozen=True)
class Value:
    """A name that is given the value of an expression."""

    expression: ast.expr


Binding = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | Imported | Value | None
"""None for what binds a name to something that is not plain."""


class Kinds:
    """What names stand for in one program."""

    def __init__(self, tree: ast.Module, text: str, *, elsewhere: str = "") -> None:
        """`text` is what the tree was parsed from; `elsewhere` is text of the same program that the
        tree lacks: no name that is bound there is judged.
        """
        self._tree, self._text, self._elsewhere = tree, text, elsewhere
        self._bindings: dict[str, list[Binding]] = {}

    def bindings(self, name: str) -> list[Binding]:
        """All that binds the name, in any scope; what can't be known is None."""
        if name not in self._bindings:
            self._bindings[name] = list(self._bound(name))
        return self._bindings[name]

    def only(self, name: str) -> Binding:
        """The one thing that binds the name; None where there is another one."""
        found = self.bindings(name)
        return found[0] if len(found) == 1 else None

    def says(self, word: str) -> bool:
        """Whether the word stands anywhere in the program."""
        return word in self._text or word in self._elsewhere

    def is_builtin(self, name: str) -> bool:
        """Whether the name is the builtin one."""
        return hasattr(builtins, name) and not self.bindings(name)

    def builtin(self, node: ast.expr, depth: int = 0) -> type | None:
        """The builtin type that the expression has; None where that is not plain."""
        found: type | None = None
        if isinstance(node, ast.Constant):
            found = type(node.value) if type(node.value) in _PLAIN else None
        elif type(node) in _DISPLAYS:
            found = _DISPLAYS[type(node)]
        elif depth > _DEPTH:
            found = None
        elif isinstance(node, ast.Name):
            found = self._of_name(node.id, depth + 1)
        elif isinstance(node, ast.Call):
            found = self._of_call(node, depth + 1)
        elif isinstance(node, ast.BinOp):
            found = self._of_sum(node, depth + 1)
        return found

    def own_class(self, node: ast.expr) -> ast.ClassDef | None:
        """The child's class that the expression is an object of; None where that is not plain."""
        if not isinstance(node, ast.Name):
            return None
        values = self.bindings(node.id)
        made = [self._class_called(each.expression) for each in values if isinstance(each, Value)]
        first = made[0] if made and len(made) == len(values) else None
        return first if all(each is first for each in made) else None

    def _class_called(self, node: ast.expr) -> ast.ClassDef | None:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return None
        found = self.only(node.func.id)
        return found if isinstance(found, ast.ClassDef) else None

    def _of_name(self, name: str, depth: int) -> type | None:
        found = self.bindings(name)
        known = {
            self.builtin(each.expression, depth) if isinstance(each, Value) else None
            for each in found
        }
        return next(iter(known)) if len(known) == 1 else None

    def _of_call(self, node: ast.Call, depth: int) -> type | None:
        if isinstance(node.func, ast.Name):
            name = node.func.id
            return _BUILTIN_CALLS.get(name) if self.is_builtin(name) else None
        if isinstance(node.func, ast.Attribute):
            owner = self.builtin(node.func.value, depth)
            return _METHOD_CALLS.get(owner, {}).get(node.func.attr) if owner else None
        return None

    def _of_sum(self, node: ast.BinOp, depth: int) -> type | None:
        left, right = self.builtin(node.left, depth), self.builtin(node.right, depth)
        if left is str and isinstance(node.op, ast.Add | ast.Mod | ast.Mult):
            return str
        if left is right is list and isinstance(node.op, ast.Add):
            return list
        if left in _NUMBERS and right in _NUMBERS and isinstance(node.op, ast.Add | ast.Sub):
            return float if float in (left, right) else int
        return None

    def _bound(self, name: str) -> Iterator[Binding]:
        if self._elsewhere and _binds(name).search(self._elsewhere):
            yield None
            return
        rows = [
            self._text.count("\n", 0, match.start()) + 1
            for match in _binds(name).finditer(self._text)
        ]
        if self._stars:
            yield None
        for node in self._statements(rows):
            yield from _in(node, name)

    def _statements(self, rows: list[int]) -> Iterator[ast.stmt]:
        """The statements of the program in which the rows are."""
        for node in self._tree.body if rows else ():
            if any(node.lineno <= row <= (node.end_lineno or row) for row in rows):
                yield node

    @cached_property
    def _stars(self) -> bool:
        return re.search(r"^\s*from\s+\S+\s+import\s+\*", self._text, re.MULTILINE) is not None


def _binds(name: str) -> re.Pattern[str]:
    """What may bind the name, and some more."""
    name = re.escape(name)
    return re.compile(
        rf"\b(?:def|class|import|as|for|global|nonlocal|lambda|case|del)\b[^\n]*\b{name}\b"
        rf"|\b(?:def\s+\w+|import)\s*\([^)]*?\b{name}\b"
        rf"|\b{name}\b[^\n(]*=(?!=)"
    )


def _in(statement: ast.stmt, name: str) -> Iterator[Binding]:
    """What binds `name` in a statement. A class gives its names to its body alone: nothing is known
    of them.
    """
    methods, targets = set[ast.AST](), set[ast.AST]()
    for node in ast.walk(statement):
        if isinstance(node, ast.ClassDef):
            methods.update(node.body)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            yield from _assigned(node, name, targets)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name == name:
                yield None if node in methods else node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imported(node, name)
        elif isinstance(node, ast.Name) and node.id == name and node not in targets:
            if not isinstance(node.ctx, ast.Load):
                yield None
        elif _otherwise(node, name):
            yield None


def _assigned(
    node: ast.Assign | ast.AnnAssign | ast.AugAssign, name: str, seen: set[ast.AST]
) -> Iterator[Binding]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        if isinstance(target, ast.Name) and target.id == name:
            seen.add(target)
            if isinstance(node, ast.AugAssign):
                # `lives -= 1` leaves a number what it is, `share /= 2` does not
                yield None if isinstance(node.op, ast.Div) else Value(node.value)
            elif node.value is not None:
                yield Value(node.value)


def _imported(node: ast.Import | ast.ImportFrom, name: str) -> Iterator[Binding]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            if (alias.asname or alias.name) == name:
                yield Imported(node.module, alias.name) if node.module and not node.level else None
        elif (alias.asname or alias.name) == name:
            yield Imported(alias.name)
        elif not alias.asname and alias.name.partition(".")[0] == name:
            yield None


def _otherwise(node: ast.AST, name: str) -> bool:
    """Whether a node that is no `Name` binds the name."""
    if isinstance(node, ast.arg):
        return node.arg == name
    if isinstance(node, ast.alias):
        return False  # its statement was looked at
    return name in (getattr(node, "name", None), getattr(node, "rest", None))
