"""The line of an error, and what is needed to read facts from it."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pippy_lsp.teaching.program import Program, node_rows
from pippy_lsp.teaching.traceback_text import Frame

N = TypeVar("N", bound=ast.AST)
Facts = dict[str, str]
_NEAR = 0.75


@dataclass(frozen=True)
class Scene:
    """The line of an error: in `program`, in the row `row` (from 0); `said` is from the message."""

    program: Program
    row: int
    frame: Frame
    said: Facts
    own: bool
    """Whether the program is the child's file, not the one line that the traceback shows."""

    def nodes(self, kind: type[N]) -> Iterator[N]:
        """The nodes of a kind that begin in the line."""
        for node in ast.walk(self.program.tree):
            if isinstance(node, kind) and node_rows(node)[0] == self.row + 1:
                yield node

    def one(self, kind: type[N], fits: Callable[[N], bool] = lambda _: True) -> N | None:
        """The node that the error is about, where only one can be meant."""
        found = [node for node in self.nodes(kind) if fits(node) and self.program.sound(node)]
        marked = [node for node in found if self.text(node) == self.frame.part]
        if self.frame.part and issubclass(kind, ast.expr):
            found = marked
        return found[0] if len(found) == 1 else None

    def calls(self, *names: str) -> bool:
        """Whether the line calls one of the functions: the error may have come up in there."""
        return any(getattr(call.func, "id", "") in names for call in self.nodes(ast.Call))

    def given(self, name: str) -> list[ast.Assign]:
        """The assignments to a name, in order; none where it gets values in other ways too."""
        tree = self.program.tree
        made = [each for each in assignments(tree) if getattr(each.targets[0], "id", "") == name]
        ways = sum(_binds(node, name) for node in ast.walk(tree))
        return made if len(made) == ways and self.own else []

    def text(self, node: ast.AST) -> str:
        """The node as the child wrote it."""
        return self.program.source(node)


def near(name: str, known: Iterable[str]) -> Facts:
    """The one of `known` that was meant by `name`, as the fact `right`."""
    known = list(known)
    same = [each for each in known if each.lower() == name.lower() and each != name]
    found = same or difflib.get_close_matches(name, known, n=1, cutoff=_NEAR)
    return {"right": found[0]} if found and found[0] != name else {}


def assignments(tree: ast.AST) -> list[ast.Assign]:
    """What gives one target a value, in the order of the lines."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    return sorted((node for node in found if len(node.targets) == 1), key=lambda node: node.lineno)


def _binds(node: ast.AST, name: str) -> bool:
    """Whether `node` gives `name` a value."""
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.arg):
        return node.arg == name
    if isinstance(node, ast.alias):
        return (node.asname or node.name.partition(".")[0]) == name
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)
    return isinstance(node, named) and node.name == name
