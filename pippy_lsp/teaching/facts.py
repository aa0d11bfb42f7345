"""What the syntax alone says for certain: how often a loop runs, what a value is."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pippy_lsp.teaching.bindings import constant, is_function, visible
from pippy_lsp.teaching.program import Program

_BIG = 10**12
_MAX_SHOWN = 10_000
_ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_HARMLESS = ("turtle", "random", "math", "time", "tkinter")
"""Modules whose `import *` hides no builtin that a beginner uses."""
_ENDERS = {"exit", "quit", "_exit"}
_CALLS = {"input": "text", "str": "text", "int": "whole", "len": "whole", "float": "point"}
_DISPLAYS: dict[type[ast.expr], str] = {
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
    ast.JoinedStr: "text",
}
_CONSTANTS: dict[type, str] = {
    bool: "truth",
    int: "whole",
    float: "point",
    str: "text",
    type(None): "none",
}
JEDI_TYPES = {
    "int": "whole",
    "float": "point",
    "str": "text",
    "bool": "truth",
    "list": "list",
    "dict": "dict",
    "set": "set",
    "tuple": "tuple",
}


@dataclass(frozen=True)
class Rounds:
    """What a `for` loop walks over."""

    values: Sequence[object]
    """The values that the loop's name becomes, in order."""
    early: bool
    """Whether a line in the loop can end it before the last value."""


def rounds(program: Program, loop: ast.For | ast.AsyncFor) -> Rounds | None:
    """How often `loop` runs; None where the text does not say so for certain."""
    if isinstance(loop, ast.AsyncFor) or not program.sound(loop):
        return None
    values = _values(program, loop.iter)
    if values is None:
        return None
    return Rounds(values, any(_leaves(loop.body)))


def _values(program: Program, node: ast.expr) -> Sequence[object] | None:
    """What the expression gives when it is walked over."""
    if isinstance(node, ast.Call):
        return _range(program, node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        values = [part.value for part in node.elts if isinstance(part, ast.Constant)]
        return values if len(values) == len(node.elts) else None
    return None


def _range(program: Program, call: ast.Call) -> range | None:
    named = isinstance(call.func, ast.Name) and call.func.id == "range"
    if not named or call.keywords or not 1 <= len(call.args) <= 3:  # noqa: PLR2004
        return None
    start, _ = program.span(call)
    if visible(program, "range", start) or hides_builtins(program):
        return None
    numbers = [whole_number(program, argument) for argument in call.args]
    known = [number for number in numbers if number is not None and abs(number) < _BIG]
    if len(known) < len(call.args) or (len(known) == 3 and known[2] == 0):  # noqa: PLR2004
        return None
    return range(*known)


def hides_builtins(program: Program) -> bool:
    """Whether a `from x import *` could give a builtin's name another meaning."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.names[0].name == "*"
        and node.module not in _HARMLESS
        for node in ast.walk(program.tree)
    )


def whole_number(program: Program, node: ast.expr) -> int | None:
    """The value of an expression of whole numbers, where it is certain."""
    value: object = None
    if isinstance(node, ast.Constant):
        value = node.value
    elif isinstance(node, ast.Name):
        value = constant(program, node.id)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = whole_number(program, node.operand)
        value = None if inner is None else -inner
    elif isinstance(node, ast.BinOp):
        value = _worked_out(program, node)
    return value if type(value) is int else None


def _worked_out(program: Program, node: ast.BinOp) -> int | None:
    left, right = whole_number(program, node.left), whole_number(program, node.right)
    if left is None or right is None or max(abs(left), abs(right)) > _BIG:
        return None
    work = _ARITHMETIC.get(type(node.op))
    return work(left, right) if work else None


def _leaves(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """The statements by which a loop can end early. A `break` of an inner loop counts too: it is
    better to say "up to" once too often than to promise a number that is wrong.
    """
    for node in body:
        if isinstance(node, (ast.Return, ast.Raise, ast.Break)) or _ends_program(node):
            yield node
        elif not is_function(node) and not isinstance(node, ast.ClassDef):
            yield from _leaves(_blocks(node))


def _blocks(node: ast.stmt) -> list[ast.stmt]:
    """The statements directly inside a statement."""
    found: list[ast.stmt] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            found.append(child)
        elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
            found.extend(child.body)
    return found


def _ends_program(node: ast.stmt) -> bool:
    """Whether the statement itself calls exit, quit or sys.exit."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    called = node.value.func
    name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
    return name in _ENDERS


def kind_of(program: Program, node: ast.expr) -> str | None:
    """The kind of value an expression gives: "whole", "point", "text", "truth", "none", "list",
    "dict", "set", "tuple"; None where the text does not say it.
    """
    if isinstance(node, ast.Constant):
        return _CONSTANTS.get(type(node.value))
    if type(node) in _DISPLAYS:
        return _DISPLAYS[type(node)]
    if isinstance(node, ast.Compare):
        return "truth"
    if isinstance(node, ast.UnaryOp):
        return "truth" if isinstance(node.op, ast.Not) else kind_of(program, node.operand)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        own = visible(program, node.func.id, program.span(node)[0])
        return None if own else _CALLS.get(node.func.id)
    return None


def shown(value: object) -> str:
    """A value as the child would write it."""
    return f'"{value}"' if isinstance(value, str) and '"' not in value else repr(value)


def body_lines(program: Program, body: Sequence[ast.stmt]) -> list[int]:
    """The rows (from 0) that hold code of a block."""
    first, last = body[0].lineno - 1, (body[-1].end_lineno or body[-1].lineno) - 1
    rows = range(first, min(last + 1, len(program.lines)))
    return [
        row
        for row in rows
        if program.lines[row].strip() and not program.lines[row].lstrip().startswith("#")
    ]


def first_few(values: Sequence[object]) -> list[str]:
    """All values when they are few; of very many, enough to abbreviate."""
    if len(values) > _MAX_SHOWN:
        return [shown(value) for value in [*values[:20], values[-1]]]
    return [shown(value) for value in values]
