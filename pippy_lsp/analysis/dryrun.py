"""What a small program shows on the screen, worked out step by step and without running it.

It knows the Python of a beginner, and says nothing where it does not know. Nothing of the machine
can be reached: the values are numbers, texts and collections of them.
"""

from __future__ import annotations

# the values are those of a child's program: any; the methods are named by `ast`'s classes
# ruff: noqa: ANN401, N802, N815
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
_TYPED = (("Sam",), ("Sam", "5"), ("5",))
"""What the person at the keyboard may answer, over and over."""
_MISTAKES = (ArithmeticError, LookupError, TypeError, ValueError, NameError, AttributeError)


@dataclass(frozen=True)
class Run:
    """What a run shows; `crashed` where Python would stop it with an error."""

    lines: tuple[str, ...] = ()
    typed: bool = False
    """Whether somebody has typed what `input` asks for."""
    chance: bool = False
    """Whether it may be other lines the next time."""
    crashed: bool = False


def run(tree: ast.Module) -> Run | None:
    """What the program shows; None where that is not certain."""
    for typed in _TYPED:
        machine = _Machine(typed)
        try:
            machine.body(tree.body)
        except (Unknown, RecursionError, _Jump):
            return None
        except _MISTAKES:
            if not machine.asked:
                return machine.ran(crashed=True)
        else:
            return machine.ran(crashed=False)
    return None


class _Jump(Exception):
    """`break`, `continue` or `return`."""

    def __init__(self, node: ast.stmt, value: Any = None) -> None:
        self.node = node
        self.value = value


@dataclass
class _Machine:
    typed: Sequence[str]
    asked: int = 0
    steps: int = 0
    chance: random.Random | None = None
    shown: str = ""
    names: dict[str, Any] = field(default_factory=dict)
    """The program's own names."""
    frames: list[tuple[dict[str, Any], frozenset[str]]] = field(default_factory=list)
    """Of the functions that run: their names, and those that are theirs alone."""

    def ran(self, *, crashed: bool) -> Run:
        lines = tuple(line.rstrip() for line in self.shown.splitlines())
        return Run(lines, bool(self.asked), self.chance is not None, crashed)

    # --- statements ------------------------------------------------------------------------

    def body(self, nodes: Sequence[ast.stmt]) -> None:
        for node in nodes:
            self.step()
            work = getattr(self, f"do_{type(node).__name__}", None)
            if work is None:
                raise Unknown
            work(node)

    def step(self) -> None:
        self.steps += 1
        if self.steps > _STEPS:
            raise Unknown

    def do_Expr(self, node: ast.Expr) -> None:
        self.value(node.value)

    def do_Pass(self, node: ast.Pass) -> None:
        pass

    def do_Assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.store(target, value)

    def do_AugAssign(self, node: ast.AugAssign) -> None:
        old = self.value(node.target)
        if isinstance(old, list):
            raise Unknown  # it changes the list itself
        self.store(node.target, binary(node.op, old, self.value(node.value)))

    def store(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            (self.frames[-1][0] if self.frames else self.names)[target.id] = small(value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = list(value)
            if len(parts) != len(target.elts):
                raise ValueError
            for each, part in zip(target.elts, parts, strict=True):
                self.store(each, part)
        elif isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Slice):
            owner = self.value(target.value)
            owner[self.value(target.slice)] = value
            small(owner)
        else:
            raise Unknown

    def do_If(self, node: ast.If) -> None:
        self.body(node.body if self.value(node.test) else node.orelse)

    def do_While(self, node: ast.While) -> None:
        while self.value(node.test):
            self.step()
            if not self.round(node.body):
                return
        self.body(node.orelse)

    def do_For(self, node: ast.For) -> None:
        for value in small(self.value(node.iter)):
            self.step()
            self.store(node.target, value)
            if not self.round(node.body):
                return
        self.body(node.orelse)

    def round(self, body: Sequence[ast.stmt]) -> bool:
        """One round of a loop; whether it goes on."""
        try:
            self.body(body)
        except _Jump as jump:
            if isinstance(jump.node, ast.Return):
                raise
            return isinstance(jump.node, ast.Continue)
        return True

    def do_Break(self, node: ast.stmt) -> None:
        raise _Jump(node)

    do_Continue = do_Break

    def do_Return(self, node: ast.Return) -> None:
        raise _Jump(node, self.value(node.value) if node.value else None)

    def do_FunctionDef(self, node: ast.FunctionDef) -> None:
        spec = node.args
        odd = [spec.vararg, spec.kwarg, *spec.kwonlyargs, *spec.posonlyargs, *node.decorator_list]
        if any(odd) or spec.defaults or self.frames:
            raise Unknown
        self.names[node.name] = node

    def do_Import(self, node: ast.Import) -> None:
        if [(each.name, each.asname) for each in node.names] != [("random", None)]:
            raise Unknown
        self.names["random"] = random

    def do_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module != "random" or any(each.asname for each in node.names):
            raise Unknown
        for each in node.names:
            self.names[each.name] = f"random.{each.name}"

    # --- values ----------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Any:
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
        except _Jump as jump:
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
