"""What operators, builtins and methods give in a dry run, for values that stay small.

Nothing here can look at the machine: only numbers, texts and collections of them go in and out.
"""

from __future__ import annotations

# the values are those of a child's program: any
# ruff: noqa: ANN401
import ast
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

_BITS, _LONGEST, _MOST, _LEVELS = 128, 500, 2000, 4
"""The largest number (bits), text or collection (elements), with those in it, and how deep."""
_BASE, _EXPONENT = 1000, 12
_SPEC = re.compile(r"[<>^]?\d?\d?,?(?:\.\d)?[dfs%]?")
_SIMPLE = (bool, int, float, str, list, tuple, dict, range, type(None))


class Unknown(Exception):
    """The dry run can't tell what happens here."""


def small(value: Any) -> Any:
    """`value`, unless it is of another sort or too large.

    Raises: Unknown.
    """
    _measure(value, _LEVELS)
    return value


def _measure(value: Any, levels: int) -> int:
    """The elements in `value`, with those of the collections in it.

    Raises: Unknown.
    """
    if not isinstance(value, _SIMPLE) or not levels:
        raise Unknown
    if isinstance(value, (float, type(None))):
        return 1
    if isinstance(value, int):
        if value.bit_length() > _BITS:
            raise Unknown
        return 1
    if len(value) > _LONGEST:
        raise Unknown
    if isinstance(value, (str, range)):
        return 1 + len(value)
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    size = 0
    for part in parts:
        size += _measure(part, levels - 1)
        if size > _MOST:
            raise Unknown
    return size


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
}  # fmt: skip


def binary(kind: ast.operator, left: Any, right: Any) -> Any:
    """`left` and `right` joined by an operator.

    Raises: Unknown; what Python raises.
    """
    work = _BINARY.get(type(kind))
    if work is None or (isinstance(kind, ast.Mod) and isinstance(left, str)):
        raise Unknown
    if isinstance(kind, ast.Pow) and not (_up_to(left, _BASE) and _up_to(right, _EXPONENT)):
        raise Unknown
    if isinstance(kind, ast.Mult):
        for text, times in ((left, right), (right, left)):
            if isinstance(text, (str, list, tuple)) and not _up_to(times, _LONGEST):
                raise Unknown
    return small(work(left, right))


def _up_to(value: Any, most: int) -> bool:
    return isinstance(value, (int, float)) and abs(value) <= most


def compared(kind: ast.cmpop, left: Any, right: Any) -> Any:
    """Raises: what Python raises."""
    return _COMPARED[type(kind)](left, right)


def formatted(value: Any, spec: str, conversion: int) -> str:
    """A value in an f-string.

    Raises: Unknown; what Python raises.
    """
    if conversion != -1 or not _SPEC.fullmatch(spec):
        raise Unknown
    return format(value, spec)


def _range(*numbers: int) -> range:
    found = range(*numbers)
    return small(found)  # type: ignore[no-any-return]


def _round(value: Any, digits: int = 0) -> Any:
    if not _up_to(digits, _EXPONENT):
        raise Unknown
    return round(value, digits) if digits else round(value)


def _sum(values: Sequence[Any]) -> Any:
    total: Any = 0
    for value in values:
        total = binary(ast.Add(), total, value)
    return total


BUILTINS: dict[str, Callable[..., Any]] = {
    "range": _range, "len": len, "str": str, "int": int, "float": float, "abs": abs, "min": min,
    "max": max, "sum": _sum, "sorted": sorted, "list": list, "tuple": tuple, "round": _round,
    "bool": bool, "enumerate": lambda *given: list(enumerate(*given)),
    "reversed": lambda values: list(reversed(values)),
    "zip": lambda *given: list(zip(*given, strict=False)),
}  # fmt: skip
_METHODS: dict[type, tuple[str, ...]] = {
    str: (
        "upper", "lower", "title", "capitalize", "strip", "lstrip", "rstrip", "replace", "split",
        "join", "find", "startswith", "endswith", "count", "index", "isdigit", "isalpha",
        "isupper", "islower", "swapcase",
    ),
    list: (
        "append", "pop", "insert", "remove", "sort", "reverse", "index", "count", "extend",
        "clear", "copy",
    ),
    dict: ("get", "keys", "values", "items", "pop"),
}  # fmt: skip


def method(owner: Any, name: str, given: list[Any]) -> Any:
    """What `owner.name(*given)` gives.

    Raises: Unknown; what Python raises.
    """
    if name not in _METHODS.get(type(owner), ()):
        raise Unknown
    found = getattr(owner, name)(*given)
    small(owner)
    views = isinstance(owner, dict) and name in ("keys", "values", "items")
    return small(list(found) if views else found)
