"""Inputs to run candidates on: found in code and docstrings, and made from what was found.

What is found: calls with literal arguments, and a docstring's `>>>` lines. What is made: small
changes of those, by their types, as EvalPlus makes them (Liu et al., arXiv 2305.01210); and where
nothing was found, guesses from the names of the parameters.
"""

from __future__ import annotations

import ast
import doctest
import itertools
import warnings
from collections.abc import Iterator

MOST = 12
"""Calls that a candidate is tried on."""
_PER_CALL = 6
"""Changes of one call."""
_NUMBERS, _TEXTS = ("2", "7", "0"), ("'hello'", "'Anna'", "''")
_LISTS = ("[3, 1, 2]", "['b', 'a']", "[]")
_TEXT_NAMES = frozenset(
    {"text", "word", "name", "s", "string", "str", "sentence", "message", "letter", "char", "line"}
)
_LIST_NAMES = frozenset(
    {"list", "lst", "items", "numbers", "nums", "values", "words", "names", "arr", "array", "data"}
)


def parsed(code: str) -> ast.Module:
    """The tree of `code`; an empty one where Python can't read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def functions(code: str) -> list[ast.FunctionDef]:
    """The functions that `code` defines at its top."""
    return [node for node in parsed(code).body if isinstance(node, ast.FunctionDef)]


def calls_in(code: str, name: str) -> list[str]:
    """Calls of the function `name` in `code` whose arguments are all written out."""
    found = [
        ast.unparse(node)
        for node in ast.walk(parsed(code))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == name
        and all(_is_literal(each) for each in _arguments(node))
    ]
    return list(dict.fromkeys(found))


def examples_in(code: str) -> list[str]:
    """What the docstrings in `code` show, as expressions that are true: `double(2) == (4)`."""
    found = []
    for node in ast.walk(parsed(code)):
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
            continue
        try:
            shown = doctest.DocTestParser().get_examples(ast.get_docstring(node) or "")
        except ValueError:  # a docstring that is badly indented
            continue
        pairs = ((each.source.strip(), each.want.strip()) for each in shown)
        found += [f"{call} == ({value})" for call, value in pairs if _is_value(call, value)]
    return list(dict.fromkeys(found))


def made_from(calls: list[str]) -> list[str]:
    """Calls with arguments that are a little different, one argument at a time."""
    found: list[str] = []
    for call in calls:
        node = parsed(call).body[0]
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            continue
        found += itertools.islice(_changed(node.value), _PER_CALL)
    return [call for call in dict.fromkeys(found) if call not in calls]


def guessed(function: ast.FunctionDef) -> list[str]:
    """Calls of a function that nobody calls yet, by the names and annotations of its parameters."""
    given = function.args
    wanted = [*given.posonlyargs, *given.args]
    wanted = wanted[: len(wanted) - len(given.defaults)]
    choices = [_guesses(argument) for argument in wanted]
    rows = zip(*choices, strict=True) if choices else iter([()])
    return [f"{function.name}({', '.join(row)})" for row in rows]


def probes(code: str, around: str = "") -> list[str]:
    """Calls to try the functions of `code` on: those in it and `around` it, and what is made."""
    found: list[str] = []
    for function in functions(code):
        known = calls_in(f"{around}\n{code}", function.name)
        found += [*known, *made_from(known)] if known else guessed(function)
    return found[:MOST]


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _is_value(call: str, value: str) -> bool:
    """Whether an example is one expression whose value is written out."""
    tree = parsed(f"({value})").body
    if not value or len(parsed(call).body) != 1 or len(tree) != 1:
        return False
    one, other = parsed(call).body[0], tree[0]
    return isinstance(one, ast.Expr) and isinstance(other, ast.Expr) and _is_literal(other.value)


def _changed(call: ast.Call) -> Iterator[str]:
    """Each argument in turn, changed in each way; in turns, so that all arguments get some."""
    values = [ast.literal_eval(node) for node in call.args]
    ways = [_variants(value) for value in values]
    for change in range(max((len(way) for way in ways), default=0)):
        for index, way in enumerate(ways):
            if change < len(way):
                texts = [repr(way[change] if i == index else v) for i, v in enumerate(values)]
                yield f"{ast.unparse(call.func)}({', '.join(texts)})"


def _variants(value: object) -> list[object]:  # noqa: PLR0911 - one line a type
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, 0, value * 2 + 1, -value]
    if isinstance(value, float):
        return [value + 0.5, 0.0, -value]
    if isinstance(value, str):
        return [value[::-1], value[1:], value + value[:1].upper(), ""]
    if isinstance(value, (list, tuple)):
        kind, items = type(value), list(value)
        inner = [_first(each) for each in items]
        ways = [items[::-1], items[1:], *([inner] if items else []), items[:1] + items, []]
        return [kind(way) for way in ways]
    if isinstance(value, (set, frozenset)):
        return [type(value)(list(value)[1:]), type(value)()]
    if isinstance(value, dict):
        return [dict(list(value.items())[1:]), {key: _first(each) for key, each in value.items()}]
    return []


def _first(value: object) -> object:
    found = _variants(value)
    return found[0] if found else value


def _guesses(argument: ast.arg) -> tuple[str, ...]:
    name = argument.arg.lower().strip("_").split("_")[-1]
    kind = ast.unparse(argument.annotation).lower() if argument.annotation else ""
    if kind.startswith("str") or name in _TEXT_NAMES:
        return _TEXTS
    return _LISTS if kind.startswith("list") or name in _LIST_NAMES else _NUMBERS
