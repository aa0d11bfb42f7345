"""One statement of one line, with its text and what is around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pippy_lsp.analysis import nodes


@dataclass(frozen=True)
class Statement:
    """A statement, or the header of a compound one, that has a line to itself."""

    tree: ast.Module
    node: ast.stmt
    parents: tuple[ast.AST, ...]
    """What it is in, the outermost first."""
    line: str
    header: bool
    """Whether `line` is the first line of a compound statement."""

    @property
    def indent(self) -> str:
        """The white space before it."""
        return self.line[: len(self.line) - len(self.line.lstrip(" \t"))]

    @property
    def comment(self) -> str:
        """The comment after it, with the space before; "" where there is none."""
        return "" if self.header else self._cut(self.node.end_col_offset or 0, None).rstrip()

    def text(self, node: ast.AST) -> str:
        """The text of a node of this line."""
        return self._cut(node.col_offset, node.end_col_offset)  # type: ignore[attr-defined]

    def around(self, node: ast.expr) -> tuple[str, str]:
        """The statement's text before and after one of its nodes."""
        before = self._cut(self.node.col_offset, node.col_offset)
        return before, self._cut(node.end_col_offset or 0, self.node.end_col_offset)

    def renamed(self, node: ast.expr, names: Mapping[str, str]) -> str:
        """The text of a node with other names for some variables."""
        spans = [
            (child.col_offset, child.end_col_offset or 0, names[child.id])
            for child in ast.walk(node)
            if isinstance(child, ast.Name) and child.id in names
        ]
        return self.replaced(spans, node.col_offset, node.end_col_offset)

    def replaced(
        self, spans: list[tuple[int, int, str]], start: int = 0, end: int | None = None
    ) -> str:
        """The line from `start` to `end` (in bytes) with other text for some spans of bytes."""
        data = self.line.encode()
        end = len(data) if end is None else end
        for first, last, new in sorted(spans, reverse=True):
            encoded = new.encode()
            data = data[:first] + encoded + data[last:]
            end += len(encoded) - (last - first)
        return data[start:end].decode(errors="replace")

    def _cut(self, start: int, end: int | None) -> str:
        return self.line.encode()[start:end].decode(errors="replace")


def at(tree: ast.Module, source: str, row: int) -> Statement | None:
    """The statement at `row`; None where it shares its line or has more than one."""
    found = _innermost(tree, row)
    if found is None:
        return None
    node, parents = found
    line = source.split("\n")[row - 1]
    data = line.encode()
    if node.lineno != row or data[: node.col_offset].strip():
        return None
    if isinstance(node, ast.FunctionDef):
        return Statement(tree, node, parents, line, header=True)
    rest = data[node.end_col_offset or 0 :].strip()
    if node.end_lineno != row or (rest and not rest.startswith(b"#")):
        return None
    return Statement(tree, node, parents, line, header=False)


def _innermost(tree: ast.Module, row: int) -> tuple[ast.stmt, tuple[ast.AST, ...]] | None:
    parents: list[ast.AST] = []
    node: ast.AST = tree
    while True:
        inner = next((child for child in _children(node) if _covers(child, row)), None)
        if inner is None:
            break
        parents.append(node)
        node = inner
    return (node, tuple(parents)) if isinstance(node, ast.stmt) else None


def _covers(node: ast.AST, row: int) -> bool:
    return node.lineno <= row <= (node.end_lineno or 0)  # type: ignore[attr-defined,no-any-return]


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """The statements and handlers directly in `node`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.match_case):
            yield from child.body
        elif isinstance(child, ast.stmt | ast.ExceptHandler):
            yield child


def names_in(tree: ast.AST, without: ast.AST | None = None) -> set[str]:
    """Every name that is bound or read in `tree`, save in the part `without`."""
    found = set[str]()
    for node in nodes.walk(tree, without):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            found.update(node.names)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(getattr(node, "name", None), str):
            found.add(node.name)  # type: ignore[attr-defined]
    return found
