"""The concepts of one node of a tree, each with the place of the token that decides it."""

from __future__ import annotations

# one function for each class of node that is more than its name; `ast` has no common class for
# those that share a field, so some take any node
# ruff: noqa: ANN401
import ast
import builtins
import io
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pippy_lsp.analysis import levels

FORMS = frozenset({
    "boolean", "none", "bytes", "ellipsis", "complex", "empty-list", "format-spec",
    "keyword-argument", "star-argument", "default-value", "type-hint", "decorator", "loop-else",
    "chained-comparison", "several-targets", "percent-format", "dunder",
    "star-import", "import-as", "other-module",
})  # fmt: skip
"""Concepts that `ast` has no class of its own for."""
_BUILTINS = frozenset(dir(builtins)) | {"__file__"}
_OWNERS = (str, list, dict, set, tuple, int, float, bytes, io.TextIOWrapper)
METHODS = frozenset(name for owner in _OWNERS for name in dir(owner) if not name.startswith("_"))
"""The methods that are told apart; those of other objects are no concepts."""
_CONSTANTS: dict[type, str] = {
    bool: "boolean", type(None): "none", bytes: "bytes", complex: "complex",
    type(...): "ellipsis",
}  # fmt: skip


_KEYWORDS: dict[str, str] = {
    "If": "if", "While": "while", "For": "for", "With": "with", "Try": "try", "Match": "match",
    "FunctionDef": "def", "ClassDef": "class", "AsyncFunctionDef": "async", "Lambda": "lambda",
    "AsyncFor": "async", "AsyncWith": "async", "Import": "import", "ImportFrom": "from",
    "Return": "return", "Raise": "raise", "Assert": "assert", "Delete": "del", "Pass": "pass",
    "Break": "break", "Continue": "continue", "Global": "global", "Nonlocal": "nonlocal",
    "Yield": "yield", "YieldFrom": "yield", "Await": "await", "Not": "not",
    "JoinedStr": 'f"',
}  # fmt: skip
"""What a node begins with: half of it, typed by the child, decides nothing."""


class Use(NamedTuple):
    """One use of a concept. `row` counts from 1, `column` in bytes, as in `ast`."""

    concept: str
    row: int
    column: int
    """Where the token that decides it ends, or at least one byte after it begins."""
    name: str = ""
    """The builtin's name, or the variable whose method is called."""


def of(node: ast.AST) -> Iterator[Use]:
    """The concepts that `node` itself brings, without what is in it."""
    special = _SPECIAL.get(type(node))
    if special is not None:
        yield from special(node)
    elif isinstance(node, ast.stmt | ast.expr):
        yield _at(type(node).__name__, node)


def _at(concept: str, node: Any) -> Use:
    """A use that is decided where `node` begins."""
    length = len(_KEYWORDS.get(concept, " "))
    return Use(concept, node.lineno, node.col_offset + length)


def _ends(concept: str, node: Any, name: str = "", after: int = 0) -> Use:
    """A use that is decided where `node` ends, or `after` bytes later."""
    return Use(concept, node.end_lineno, node.end_col_offset + after, name)


def _name(node: ast.Name) -> Iterator[Use]:
    if node.id in _BUILTINS and isinstance(node.ctx, ast.Load):
        yield _ends(levels.builtin(node.id), node, node.id)


def _constant(node: ast.Constant) -> Iterator[Use]:
    concept = _CONSTANTS.get(type(node.value))
    if concept:
        yield _ends(concept, node)


def _call(node: ast.Call) -> Iterator[Use]:
    func = node.func
    if isinstance(func, ast.Attribute) and func.attr in METHODS:
        owner = func.value.id if isinstance(func.value, ast.Name) else ""
        yield _ends(levels.method(func.attr), func, owner)
    for keyword in node.keywords:
        yield _at("keyword-argument" if keyword.arg else "star-argument", keyword)


def _attribute(node: ast.Attribute) -> Iterator[Use]:
    yield _ends("Attribute", node)
    if node.attr.startswith("__"):
        yield _ends("dunder", node)


def _bin_op(node: ast.BinOp) -> Iterator[Use]:
    yield _at(type(node.op).__name__, node.right)
    left = node.left
    text = isinstance(left, ast.Constant) and isinstance(left.value, str)
    if text and isinstance(node.op, ast.Mod):
        yield _at("percent-format", node.right)


def _aug_assign(node: ast.AugAssign) -> Iterator[Use]:
    yield _at("AugAssign", node.value)
    yield _at(type(node.op).__name__, node.value)


def _unary_op(node: ast.UnaryOp) -> Iterator[Use]:
    yield _at(type(node.op).__name__, node)


def _bool_op(node: ast.BoolOp) -> Iterator[Use]:
    yield _at(type(node.op).__name__, node.values[1])


def _compare(node: ast.Compare) -> Iterator[Use]:
    for op, right in zip(node.ops, node.comparators, strict=True):
        yield _at(type(op).__name__, right)
    yield _at("Compare", node.comparators[0])
    if len(node.ops) > 1:
        yield _at("chained-comparison", node.comparators[1])


def _list(node: ast.List) -> Iterator[Use]:
    yield _at("List", node) if node.elts else _ends("empty-list", node)


def _tuple(node: ast.Tuple) -> Iterator[Use]:
    yield _ends("Tuple", node.elts[0], after=1) if node.elts else _ends("Tuple", node)


def _display(node: Any) -> Iterator[Use]:
    """A dict or a set: its first value shows which."""
    parts = node.elts if isinstance(node, ast.Set) else node.values
    yield _at(type(node).__name__, parts[0]) if parts else _ends(type(node).__name__, node)


def _comprehension(node: Any) -> Iterator[Use]:
    yield _at(type(node).__name__, node.generators[0].target)


def _if_exp(node: ast.IfExp) -> Iterator[Use]:
    yield _at("IfExp", node.test)


def _named_expr(node: ast.NamedExpr) -> Iterator[Use]:
    yield _at("NamedExpr", node.value)


def _subscript(node: ast.Subscript) -> Iterator[Use]:
    yield _ends("Subscript", node.value, after=1)


def _slice(node: ast.Slice) -> Iterator[Use]:
    yield _ends("Slice", node)


def _formatted(node: ast.FormattedValue) -> Iterator[Use]:
    if node.format_spec is not None or node.conversion != -1:
        yield _ends("format-spec", node.value, after=1)


def _joined(node: ast.JoinedStr) -> Iterator[Use]:
    if any(isinstance(value, ast.FormattedValue) for value in node.values):
        yield _at("JoinedStr", node)


def _assign(node: ast.Assign) -> Iterator[Use]:
    yield _at("Assign", node)
    if len(node.targets) > 1:
        yield _at("several-targets", node.targets[1])


def _definition(node: Any) -> Iterator[Use]:
    yield _at(type(node).__name__, node)
    for decorator in node.decorator_list:
        yield _at("decorator", decorator)
    if getattr(node, "returns", None) is not None:
        yield _at("type-hint", node.returns)


def _arguments(node: ast.arguments) -> Iterator[Use]:
    for default in (*node.defaults, *filter(None, node.kw_defaults)):
        yield _at("default-value", default)
    for rest in filter(None, (node.vararg, node.kwarg)):
        yield _at("star-argument", rest)


def _arg(node: ast.arg) -> Iterator[Use]:
    if node.annotation is not None:
        yield _at("type-hint", node.annotation)


def _ann_assign(node: ast.AnnAssign) -> Iterator[Use]:
    yield _at("AnnAssign", node.annotation)


def _loop(node: Any) -> Iterator[Use]:
    yield _at(type(node).__name__, node)
    if node.orelse:
        yield _at("loop-else", node.orelse[0])


def _import(node: ast.Import) -> Iterator[Use]:
    yield _at("Import", node)
    for alias in node.names:
        yield _module(alias.name, alias)
        if alias.asname:
            yield _ends("import-as", alias)


def _import_from(node: ast.ImportFrom) -> Iterator[Use]:
    yield _at("ImportFrom", node)
    column = node.col_offset + len("from ") + len((node.module or "").encode())
    yield _module("" if node.level else node.module or "", node)._replace(column=column)
    for alias in node.names:
        if alias.name == "*":
            yield _ends("star-import", alias)
        elif alias.asname:
            yield _ends("import-as", alias)


def _module(name: str, node: Any) -> Use:
    concept = levels.module(name.partition(".")[0])
    listed = concept in levels.table()
    return _ends(concept if listed else "other-module", node)


def _nothing(_: Any) -> Iterator[Use]:
    return iter(())


_SPECIAL: dict[type, Callable[[Any], Iterator[Use]]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.Attribute: _attribute,
    ast.BinOp: _bin_op,
    ast.AugAssign: _aug_assign,
    ast.UnaryOp: _unary_op,
    ast.BoolOp: _bool_op,
    ast.Compare: _compare,
    ast.List: _list,
    ast.Tuple: _tuple,
    ast.Set: _display,
    ast.Dict: _display,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.IfExp: _if_exp,
    ast.NamedExpr: _named_expr,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.FormattedValue: _formatted,
    ast.JoinedStr: _joined,
    ast.Assign: _assign,
    ast.FunctionDef: _definition,
    ast.AsyncFunctionDef: _definition,
    ast.ClassDef: _definition,
    ast.arguments: _arguments,
    ast.arg: _arg,
    ast.AnnAssign: _ann_assign,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.While: _loop,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    # what is simply there, everywhere
    ast.Expr: _nothing,
}
