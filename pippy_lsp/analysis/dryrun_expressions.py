"""The values of expressions and calls, for `dryrun`: what a beginner's program works out.

What is not known for certain raises `Unknown`; what Python would refuse raises Python's own error.
"""

from __future__ import annotations

# the values are those of a child's program: any; the methods are named by `ast`'s classes
# ruff: noqa: ANN401, D102, N802
import ast
import builtins
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pippy_lsp.analysis.dryrun_values import (
    BUILTINS,
    Unknown,
    binary,
    compared,
    formatted,
    method,
    small,
)

_STEPS, _DEPTH, _CHARACTERS = 3000, 20, 2000
_SEED = 6


class Jump(Exception):
    """`break`, `continue` or `return`."""

    def __init__(self, node: ast.stmt, value: Any = None) -> None:
        self.node = node
        self.value = value


@dataclass
class Expressions:
    """The names of a run, and what an expression is worth with them."""

    typed: Sequence[str]
    asked: int = 0
    steps: int = 0
    chance: random.Random | None = None
    shown: str = ""
    names: dict[str, Any] = field(default_factory=dict)
    """The program's own names."""
    frames: list[tuple[dict[str, Any], frozenset[str]]] = field(default_factory=list)
    """Of the functions that run: their names, and those that are theirs alone."""

    def body(self, nodes: Sequence[ast.stmt]) -> None:
        """Run these statements. Raises: Unknown, Jump, and what Python would raise."""
        raise NotImplementedError

    def step(self) -> None:
        """Count one step. Raises: Unknown after too many."""
        self.steps += 1
        if self.steps > _STEPS:
            raise Unknown

    def value(self, node: ast.expr) -> Any:
        """What the expression is worth. Raises: as `body`."""
        self.step()
        work = getattr(self, f"of_{type(node).__name__}", None)
        if work is None:
            raise Unknown
        return work(node)

    def of_Constant(self, node: ast.Constant) -> Any:
        return small(node.value)

    def of_Name(self, node: ast.Name) -> Any:
        if self.frames and node.id in self.frames[-1][1]:
            if node.id not in self.frames[-1][0]:
                raise NameError
            return self.frames[-1][0][node.id]
        if node.id in self.names:
            return small(self.names[node.id])
        if hasattr(builtins, node.id) or node.id.startswith("__"):
            raise Unknown
        raise NameError

    def of_BinOp(self, node: ast.BinOp) -> Any:
        return binary(node.op, self.value(node.left), self.value(node.right))

    def of_UnaryOp(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        if isinstance(node.op, ast.Invert):
            raise Unknown
        return -value if isinstance(node.op, ast.USub) else +value

    def of_BoolOp(self, node: ast.BoolOp) -> Any:
        found: Any = None
        for part in node.values:
            found = self.value(part)
            if bool(found) != isinstance(node.op, ast.And):
                break
        return found

    def of_Compare(self, node: ast.Compare) -> Any:
        left = self.value(node.left)
        for kind, other in zip(node.ops, node.comparators, strict=True):
            right = self.value(other)
            if not compared(kind, left, right):
                return False
            left = right
        return True

    def of_IfExp(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def of_JoinedStr(self, node: ast.JoinedStr) -> str:
        return str(small("".join(self._part(each) for each in node.values)))

    def _part(self, node: ast.expr) -> str:
        if isinstance(node, ast.FormattedValue):
            spec = self.of_JoinedStr(node.format_spec) if node.format_spec else ""  # type: ignore[arg-type]
            return formatted(small(self.value(node.value)), spec, node.conversion)
        return str(self.value(node))

    def of_List(self, node: ast.List) -> list[Any]:
        return [self.value(each) for each in node.elts]

    def of_Tuple(self, node: ast.Tuple) -> tuple[Any, ...]:
        return tuple(self.value(each) for each in node.elts)

    def of_Dict(self, node: ast.Dict) -> dict[Any, Any]:
        if None in node.keys:
            raise Unknown
        return {
            self.value(key): self.value(value)
            for key, value in zip(node.keys, node.values, strict=True)
            if key is not None
        }

    def of_Subscript(self, node: ast.Subscript) -> Any:
        owner = self.value(node.value)
        if isinstance(node.slice, ast.Slice):
            ends = (node.slice.lower, node.slice.upper, node.slice.step)
            return owner[slice(*(self.value(each) if each else None for each in ends))]
        return owner[self.value(node.slice)]

    # --- calls -----------------------------------------------------------------------------

    def of_Call(self, node: ast.Call) -> Any:
        given = [self.value(each) for each in node.args]
        named = {str(each.arg): self.value(each.value) for each in node.keywords}
        if isinstance(node.func, ast.Attribute):
            if named:
                raise Unknown
            return self._attribute(node.func, given)
        if not isinstance(node.func, ast.Name):
            raise Unknown
        name = node.func.id
        own = self.names.get(name)
        if isinstance(own, str) and own.startswith("random."):
            return self._random(own.removeprefix("random."), given)
        if own is not None or (self.frames and name in self.frames[-1][1]):
            return self._own(own, given, named)
        if name == "print":
            return self._print(given, named)
        if named or name not in (*BUILTINS, "input"):
            raise Unknown
        return self._input(*given) if name == "input" else small(BUILTINS[name](*given))

    def _attribute(self, node: ast.Attribute, given: list[Any]) -> Any:
        if isinstance(node.value, ast.Name) and self.names.get(node.value.id) is random:
            return self._random(node.attr, given)
        return method(self.value(node.value), node.attr, given)

    def _random(self, name: str, given: list[Any]) -> Any:
        if name not in ("randint", "choice"):
            raise Unknown
        self.chance = self.chance or random.Random(_SEED)  # noqa: S311 - a die
        return small(getattr(self.chance, name)(*given))

    def _own(self, function: Any, given: list[Any], named: dict[str, Any]) -> Any:
        if not isinstance(function, ast.FunctionDef) or len(self.frames) >= _DEPTH:
            raise Unknown
        wanted = [each.arg for each in function.args.args]
        values = {**dict(zip(wanted, given, strict=False)), **named}
        if len(given) + len(named) != len(wanted) or set(values) != set(wanted):
            raise TypeError
        self.frames.append((values, frozenset([*wanted, *_bound(function)])))
        try:
            self.body(function.body)
        except Jump as jump:
            if not isinstance(jump.node, ast.Return):
                raise Unknown from jump
            return jump.value
        finally:
            self.frames.pop()
        return None

    def _print(self, given: list[Any], named: dict[str, Any]) -> None:
        if set(named) - {"sep", "end"}:
            raise Unknown
        sep, end = named.get("sep", " "), named.get("end", "\n")
        self._show(f"{sep.join(str(small(each)) for each in given)}{end}")

    def _input(self, prompt: Any = "") -> str:
        answer = self.typed[self.asked % len(self.typed)]
        self.asked += 1
        self._show(f"{small(prompt)}{answer}\n")
        return answer

    def _show(self, text: str) -> None:
        self.shown += text
        if len(self.shown) > _CHARACTERS:
            raise Unknown


def _bound(function: ast.FunctionDef) -> Iterator[str]:
    """The names that a function gives values to."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
