"""Whether every name in some lines exists, and if not, which one was meant."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pippy_lsp.analysis import modules, scope, scopes

_SURE = 0.85
"""Likeness (difflib's ratio) from which a name is taken for a slip of another."""
_CLEAR = 0.06
"""How much more alike than the second the best match must be."""
_SHORTEST = 4
"""Shorter names are alike by chance."""


@dataclass(frozen=True)
class Problem:
    """A name that does not exist. `row` counts from 1 in the tree, `column` in characters."""

    row: int
    column: int
    name: str
    mend: str = ""
    """The name that was certainly meant; "" where none is certain."""


@dataclass(frozen=True)
class Region:
    """The part of a program that is judged: from (row, column), both as in `ast`, to a last row."""

    row: int
    column: int
    last: int


def problems(
    tree: ast.Module, text: str, region: Region, *, elsewhere: str = "", folder: Path | None = None
) -> list[Problem]:
    """Every name used in `region` that nothing binds, and every attribute a module does not have.

    `text` is what `tree` was parsed from. `elsewhere` is text of the same program that the tree
    lacks: what is written there counts as known. `folder` is where the program is saved: its
    modules are the child's own, and nothing is known of them.
    """

    def wanted(node: ast.AST) -> bool:
        end = (getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0))
        start = getattr(node, "lineno", 0)
        return end > (region.row, region.column) and start <= region.last

    walk = scopes.Walk(wanted)
    try:
        walk.run(tree, text)
    except RecursionError:
        return [Problem(region.row, 0, "")]
    lines = text.split("\n")
    found = [
        *_unbound(walk.unbound, elsewhere, lines),
        *_attributes(walk.uses, folder, lines),
        *_imports(walk.imports, folder, lines),
    ]
    return sorted(found, key=lambda problem: (problem.row, problem.column))


def _unbound(found: Iterable[scope.Unbound], elsewhere: str, lines: list[str]) -> Iterable[Problem]:
    for each in found:
        name = each.node.id
        if each.local:
            if not re.search(rf"\b(?:global|nonlocal)\b.*\b{re.escape(name)}\b", elsewhere):
                yield located(each.node, name, "", lines)
            continue
        if elsewhere and re.search(rf"\b{re.escape(name)}\b", elsewhere):
            continue
        near = _same_words(name, each.visible) or _slip(name, scopes.BUILTINS | each.visible)
        yield located(each.node, name, near, lines)


def _attributes(
    uses: Iterable[scope.ModuleUse], folder: Path | None, lines: list[str]
) -> Iterable[Problem]:
    for use in uses:
        known = modules.attributes(use.module)
        if known is None or use.attribute in known or modules.is_local(use.module, folder):
            continue
        if use.attribute in modules.undocumented(use.module):
            continue
        yield located(use.node, use.attribute, meant(use.attribute, known), lines)


def _imports(
    imports: Iterable[tuple[ast.AST, str]], folder: Path | None, lines: list[str]
) -> Iterable[Problem]:
    for node, module in imports:
        if not modules.exists(module, folder):
            yield located(node, module, "", lines)


def located(node: ast.AST, name: str, mend: str, lines: list[str]) -> Problem:
    """The problem at its place in the text: the end of an attribute, the start of all else."""
    row = getattr(node, "lineno", 1)
    byte = getattr(node, "col_offset", 0)
    if isinstance(node, ast.Attribute):
        row = node.end_lineno or row
        byte = (node.end_col_offset or 0) - len(name.encode())
    line = lines[row - 1] if row <= len(lines) else ""
    return Problem(row, len(line.encode()[:byte].decode(errors="ignore")), name, mend)


def meant(attribute: str, known: Iterable[str]) -> str:
    """The one public attribute of those that are known which `attribute` certainly means; "" where
    none is certain.
    """
    public = {name for name in known if not name.startswith("_")}
    return _same_words(attribute, public) or _slip(attribute, public)


def _same_words(name: str, known: Iterable[str]) -> str:
    """The one known name with the same words: `userName` for `user_name`."""
    plain = name.replace("_", "").lower()
    same = [other for other in known if other.replace("_", "").lower() == plain]
    return same[0] if len(same) == 1 else ""


def _slip(name: str, known: Iterable[str]) -> str:
    """The one known name that `name` is a slip of.

    A number or a plural is another thing, not a slip: `player2` is not `player1`, nor `colors`
    the variable `color`.
    """
    if len(name) < _SHORTEST:
        return ""
    near = difflib.get_close_matches(name, list(known), n=2, cutoff=_SURE - _CLEAR)
    if not near:
        return ""
    scores = [difflib.SequenceMatcher(None, name, other).ratio() for other in near]
    clear = len(scores) == 1 or scores[0] - scores[1] >= _CLEAR
    other = near[0]
    digits = [re.findall(r"\d+", each) for each in (name, other)]
    plural = {name, other} in ({name, f"{name}s"}, {other, f"{other}s"})
    if scores[0] < _SURE or not clear or plural or digits[0] != digits[1]:
        return ""
    return other
