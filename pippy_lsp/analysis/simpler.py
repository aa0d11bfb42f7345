"""The same program in simpler words: a loop for a comprehension, `if` and `else` for a ternary.

A rewrite is made only where it certainly keeps the meaning; everything else is left to the caller,
who then shows nothing. Only statements of one line are rewritten.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pippy_lsp.analysis import concept_nodes, nodes, simpler_line
from pippy_lsp.analysis.statement import Statement, at, names_in

_ODD = (
    ast.Lambda, ast.NamedExpr, ast.Starred, ast.Await, ast.Yield, ast.YieldFrom,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
"""What has a scope or a moment of its own: it may mean something else in another place."""
_LOOKS_AT_NAMES = frozenset({"locals", "vars", "globals", "dir", "eval", "exec"})
_RESULT = "result"


class Simpler(NamedTuple):
    """New lines for the rows from `first` to `last` (from 1)."""

    first: int
    last: int
    lines: tuple[str, ...]


def rewrite(
    tree: ast.Module, source: str, row: int, unit: str, taken: frozenset[str] = frozenset()
) -> Simpler | None:
    """The statement at `row` in simpler words; None where none are certain.

    `tree` is the tree of `source`, `unit` its step of indentation; `taken` are names that are
    used in text that the tree lacks.
    """
    statement = at(tree, source, row)
    if statement is None:
        return None
    for attempt in _ATTEMPTS:
        lines = attempt(_Work(statement, unit, taken))
        if lines:
            return Simpler(row, row, tuple(statement.indent + line for line in lines))
    return None


@dataclass(frozen=True)
class _Work:
    """One statement that is to be rewritten."""

    statement: Statement
    unit: str
    taken: frozenset[str]

    def text(self, node: ast.AST) -> str:
        return self.statement.text(node)

    def fresh(self, wanted: str, used: set[str]) -> str:
        """`wanted`, or with a number after it, so that it is no name in `used`."""
        number, name = 1, wanted
        while name in used:
            number += 1
            name = f"{wanted}{number}"
        return name


def _ternary(work: _Work) -> list[str]:
    """`if` and `else` for `x = a if c else b`, and the same in `return` and in a simple call."""
    statement = work.statement
    chosen = _chosen(statement.node)
    if chosen is None or _has(chosen, *_ODD):
        return []
    before, after = statement.around(chosen)
    if not isinstance(statement.node, ast.Expr) and (after or before.rstrip().endswith("(")):
        return []
    return [
        f"if {work.text(chosen.test)}:{statement.comment}",
        f"{work.unit}{before}{work.text(chosen.body)}{after}",
        "else:",
        f"{work.unit}{before}{work.text(chosen.orelse)}{after}",
    ]


def _chosen(node: ast.stmt) -> ast.IfExp | None:
    """The ternary that is all that this statement has to work out."""
    if isinstance(node, ast.Assign | ast.Return):
        value = node.value
        return value if isinstance(value, ast.IfExp) else None
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return None
    call = node.value
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    found = [value for value in values if isinstance(value, ast.IfExp)]
    rest = [value for value in values if not isinstance(value, ast.IfExp)]
    func = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    # what the question calls could change a variable that was read before it
    kinds = ast.Constant if found and _has(found[0].test, ast.Call) else ast.Name | ast.Constant
    plain = isinstance(func, ast.Name) and all(isinstance(value, kinds) for value in rest)
    return found[0] if len(found) == 1 and plain else None


def _loop(work: _Work) -> list[str]:
    """A loop for `x = [... for ...]` or `{...: ... for ...}`, also in `return`."""
    statement, node = work.statement, work.statement.node
    if not isinstance(node, ast.Assign | ast.Return):
        return []
    made = node.value
    if not isinstance(made, ast.ListComp | ast.DictComp) or not _is_plain(made):
        return []
    others = names_in(statement.tree, without=made) | names_in(made.generators[0].iter)
    others |= work.taken
    empty = "[]" if isinstance(made, ast.ListComp) else "{}"
    name = _target(statement, made)
    if isinstance(node, ast.Return):
        name = work.fresh(_RESULT, others | names_in(made))
        first, last = f"{name} = {empty}{statement.comment}", [f"return {name}"]
    else:
        first, last = f"{statement.around(made)[0]}{empty}{statement.comment}", []
    if not name or name in names_in(made) or not _may_wait(statement, name, made, others):
        return []
    body = _body(work, made, name, others | {name})
    return [first, *body, *last] if body else []


def _target(statement: Statement, made: ast.expr) -> str:
    """The variable that gets the list; "" where it is not a single plain name."""
    before, after = statement.around(made)
    match = re.fullmatch(r"(\w+)\s*=\s*", before)
    return match.group(1) if match and not after else ""


def _is_plain(made: ast.ListComp | ast.DictComp) -> bool:
    inner = [child for child in ast.walk(made) if child is not made]
    if any(isinstance(child, _ODD) for child in inner):
        return False
    if any(generator.is_async for generator in made.generators):
        return False
    # `x[k()] = v()` works out the value first, a comprehension the key
    return isinstance(made, ast.ListComp) or not _has(made.key, ast.Call)


def _may_wait(statement: Statement, name: str, made: ast.expr, others: set[str]) -> bool:
    """Whether nobody can see that the list is there before it is full."""
    inside = [type(parent) for parent in statement.parents]
    if ast.Try in inside or (inside and inside[-1] is ast.ClassDef) or others & _LOOKS_AT_NAMES:
        return False
    if not any(name in names_in(function) for function in _onlookers(statement, name)):
        return True
    own = {getattr(node, "name", "") for node in nodes.every(statement.tree)}
    calls = [node.func for node in ast.walk(made) if isinstance(node, ast.Call)]
    return all(
        func.attr in concept_nodes.METHODS
        if isinstance(func, ast.Attribute)
        else isinstance(func, ast.Name) and func.id not in own
        for func in calls
    )


def _onlookers(statement: Statement, name: str) -> Sequence[ast.AST]:
    """The functions that could read the variable `name` of this statement while it runs."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    around = [parent for parent in statement.parents if isinstance(parent, functions)]
    found = [node for node in nodes.every(statement.tree) if isinstance(node, functions)]
    if not around:
        return found
    shared = any(
        isinstance(node, ast.Global | ast.Nonlocal) and name in node.names
        for node in ast.walk(around[-1])
    )
    if shared:
        return found
    return [node for node in ast.walk(around[-1]) if isinstance(node, functions)][1:]


def _body(work: _Work, made: ast.ListComp | ast.DictComp, name: str, used: set[str]) -> list[str]:
    """The loops, with what they do for each element; the loops' variables outlive them, so they
    get names of their own.
    """
    renamed: dict[str, str] = {}
    for old in sorted(_loop_names(made)):
        renamed[old] = work.fresh(old, used | set(renamed.values()))
    depth, lines = 0, list[str]()

    def add(line: str, *, deeper: bool = True) -> None:
        nonlocal depth
        lines.append(work.unit * depth + line)
        depth += deeper

    def text(node: ast.expr) -> str:
        return work.statement.renamed(node, renamed)

    for number, generator in enumerate(made.generators):
        source = text(generator.iter) if number else work.text(generator.iter)
        add(f"for {text(generator.target)} in {source}:")
        for condition in generator.ifs:
            add(f"if {text(condition)}:")
    if isinstance(made, ast.ListComp):
        add(f"{name}.append({text(made.elt)})", deeper=False)
    else:
        add(f"{name}[{text(made.key)}] = {text(made.value)}", deeper=False)
    return lines if _loop_names(made) else []


def _loop_names(made: ast.ListComp | ast.DictComp) -> set[str]:
    """The loops' variables; none where something else is a target too."""
    found = set[str]()
    for generator in made.generators:
        for node in ast.walk(generator.target):
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.expr) and not isinstance(node, ast.Tuple | ast.List):
                return set()
    return found


def _line(work: _Work) -> list[str]:
    line = simpler_line.without_f_strings(work.statement)
    line = line or simpler_line.without_hints(work.statement)
    return [line] if line else []


def _has(node: ast.AST, *kinds: type[ast.AST]) -> bool:
    return any(isinstance(child, kinds) for child in ast.walk(node))


_ATTEMPTS: tuple[Callable[[_Work], list[str]], ...] = (_ternary, _loop, _line)
