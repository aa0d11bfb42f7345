"""What runs, or may run, and is most likely not meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pippy_lsp.teaching import words
from pippy_lsp.teaching.problems import Problem, Severity
from pippy_lsp.teaching.program import Program

_EXITS = (ast.Break, ast.Return, ast.Raise)
_LEAVING = frozenset({"exit", "quit", "_exit", "abort", "bye", "kill"})
"""Functions that end a program."""
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def find(program: Program) -> Iterator[Problem]:
    """The habits of a program, in no order. Nothing is said of what could not be read."""
    yield from _compared_for_assigned(program)
    yield from _shadowed(program)
    yield from _inputs(program)
    yield from _endless(program)


def _made(
    program: Program, node: ast.AST, code: str, severity: Severity, **values: object
) -> Iterator[Problem]:
    if not program.sound(node):
        return
    start, end = program.span(node)
    row = node.lineno  # type: ignore[attr-defined]
    yield Problem(code, start, end, f"problem-{code}", {"line": row, **values}, severity=severity)


# --- `x == 5` alone in its line --------------------------------------------------------------


def _compared_for_assigned(program: Program) -> Iterator[Problem]:
    for node in ast.walk(program.tree):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare)):
            continue
        test = node.value
        target = isinstance(test.left, (ast.Name, ast.Attribute, ast.Subscript))
        if target and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
            name = words.code(program.source(test.left))
            yield from _made(program, node, "compare-alone", "warning", name=name)


# --- names of Python's own that the program takes ----------------------------------------------

_OWN = frozenset(
    """print input int float str list dict set tuple bool len range sum max min abs round sorted
    open type map zip filter any all next iter ord chr enumerate reversed""".split()  # noqa: SIM905
)
"""Builtins that a beginner uses, and would miss."""


def _shadowed(program: Program) -> Iterator[Problem]:
    for scope, stores in _scopes(program.tree):
        calls = [node for node in ast.walk(scope) if isinstance(node, ast.Call)]
        for name in dict.fromkeys(store.id for store in stores if store.id in _OWN):
            first = min((s for s in stores if s.id == name), key=lambda s: (s.lineno, s.col_offset))
            after = [c.lineno for c in calls if c.lineno > first.lineno and _called(c) == name]
            said = words.code(name)
            if after:
                other = min(after)
                yield from _made(program, first, "shadowed-used", "warning", name=said, other=other)
            else:
                yield from _made(program, first, "shadowed", "hint", name=said)


def _scopes(tree: ast.Module) -> Iterator[tuple[ast.AST, list[ast.Name]]]:
    """The program and its functions, each with the names that it gives a value itself."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        scope = waiting.pop()
        stores: list[ast.Name] = []
        inside = list(ast.iter_child_nodes(scope))
        while inside:
            node = inside.pop()
            if isinstance(node, _INNER):
                waiting.append(node)
                continue
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                stores.append(node)
            inside += ast.iter_child_nodes(node)
        if not isinstance(scope, ast.ClassDef):
            yield scope, stores


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


# --- what input() gives is a text ------------------------------------------------------------


def _inputs(program: Program) -> Iterator[Problem]:
    """A name that only ever holds what `input()` gave, or `input()` itself, beside a number."""
    texts = _names_of_input(program.tree)

    def is_text(node: ast.expr) -> bool:
        return _is_input(node) or (isinstance(node, ast.Name) and node.id in texts)

    for node in ast.walk(program.tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            left, right = node.left, node.comparators[0]
            code = "input-compared"
            if not isinstance(node.ops[0], (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
                continue
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Div)):
            left, right = node.left, node.right
            code = "input-sum"
        else:
            continue
        for one, other in ((left, right), (right, left)):
            if is_text(one) and _is_number(other):
                name = program.source(one)
                values = {"name": words.code(name), "number": words.code(program.source(other))}
                right_way = words.code(f"int({name})")
                yield from _made(program, node, code, "warning", **values, right=right_way)


def _names_of_input(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    others: set[str] = set()
    plain: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is_input(node.value):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.add(target.id)
                    plain.add(id(target))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            if id(node) not in plain:
                others.add(node.id)
        elif isinstance(node, ast.arg):
            others.add(node.arg)
    return found - others


def _is_input(node: ast.expr) -> bool:
    call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return call and node.func.id == "input"  # type: ignore[attr-defined]


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


# --- loops without an end --------------------------------------------------------------------


def _endless(program: Program) -> Iterator[Problem]:
    for parent in ast.walk(program.tree):
        for body in (getattr(parent, "body", []), getattr(parent, "orelse", [])):
            if isinstance(body, list):
                yield from _endless_in(program, body)


def _endless_in(program: Program, body: list[ast.stmt]) -> Iterator[Problem]:
    for place, node in enumerate(body):
        if not isinstance(node, ast.While) or _leaves(node.body):
            continue
        after = body[place + 1 :]
        always = isinstance(node.test, ast.Constant) and bool(node.test.value)
        if always and after:
            other = after[0].lineno
            yield from _made(program, node.test, "never-after", "warning", other=other)
        elif not always and (names := _never_changed(node)):
            said = words.series([words.code(name) for name in names])
            yield from _made(program, node.test, "endless", "warning", names=said)


def _leaves(body: list[ast.stmt]) -> bool:
    """Whether a statement of a loop's body can end it: `break` of this loop, `return`, `exit()`."""
    for node in _in_loop(body):
        if isinstance(node, _EXITS):
            return True
        if isinstance(node, ast.Call):
            func = node.func
            name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            if name in _LEAVING:
                return True
        if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await)):
            return True
    return False


def _in_loop(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of a loop's body; a `break` of a loop inside it is not its own."""
    for statement in body:
        stack: list[tuple[ast.AST, bool]] = [(statement, False)]
        while stack:
            node, inner = stack.pop()
            if isinstance(node, _INNER) or (inner and isinstance(node, ast.Break)):
                continue
            yield node
            deeper = inner or isinstance(node, (ast.While, ast.For))
            stack += [(child, deeper) for child in ast.iter_child_nodes(node)]


def _never_changed(node: ast.While) -> list[str]:
    """The names of the test, where the body can't change what they stand for."""
    parts = list(ast.walk(node.test))
    if not all(isinstance(p, _PLAIN) for p in parts if isinstance(p, ast.expr)):
        return []
    names = list(dict.fromkeys(part.id for part in parts if isinstance(part, ast.Name)))
    for inner in (part for statement in node.body for part in ast.walk(statement)):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            if inner.id in names:
                return []
        elif _may_change_any(inner):
            return []
    return names


_PLAIN = (ast.Name, ast.Constant, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp)
_HARMLESS = frozenset({*_OWN, "sleep"})


def _may_change_any(node: ast.AST) -> bool:
    """Whether it may give any name a value: the program's own functions may."""
    if isinstance(node, ast.Call):
        return _called(node) not in _HARMLESS
    return isinstance(node, (ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom))
