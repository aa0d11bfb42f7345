"""What a small program shows on the screen, worked out step by step and without running it.

It knows the Python of a beginner, and says nothing where it does not know. Nothing of the machine
can be reached: the values are numbers, texts and collections of them.
"""

from __future__ import annotations

# the values are those of a child's program: any; the methods are named by `ast`'s classes
# ruff: noqa: ANN401, N802, N815
import ast
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pippy_lsp.analysis.dryrun_expressions import Expressions, Jump
from pippy_lsp.analysis.dryrun_values import Unknown, binary, small

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
        except (Unknown, RecursionError, Jump):
            return None
        except _MISTAKES:
            if not machine.asked:
                return machine.ran(crashed=True)
        else:
            return machine.ran(crashed=False)
    return None


class _Machine(Expressions):
    """Runs statements."""

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
        except Jump as jump:
            if isinstance(jump.node, ast.Return):
                raise
            return isinstance(jump.node, ast.Continue)
        return True

    def do_Break(self, node: ast.stmt) -> None:
        raise Jump(node)

    do_Continue = do_Break

    def do_Return(self, node: ast.Return) -> None:
        raise Jump(node, self.value(node.value) if node.value else None)

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
