"""All nodes of a tree, quickly: a suggestion is judged between two keystrokes."""

from __future__ import annotations

import ast
from functools import lru_cache


@lru_cache(maxsize=2)
def every(tree: ast.Module) -> tuple[ast.AST, ...]:
    """As `walk`, remembered: several questions are asked of one tree, which nobody changes."""
    return tuple(walk(tree))


def walk(tree: ast.AST, without: ast.AST | None = None) -> list[ast.AST]:
    """The nodes that `ast.walk` gives, save for contexts (Load ...) and the part `without`."""
    found = [tree]
    for node in found:  # the list grows while it is gone through
        if type(node) in _LEAVES:
            continue
        for value in node.__dict__.values():
            if isinstance(value, list):
                children = [child for child in value if isinstance(child, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                children = [value]
            else:
                continue
            found += [child for child in children if child is not without]
    return found


_LEAVES = frozenset({ast.Name, ast.Constant})
"""More than half of all nodes have none below them."""
