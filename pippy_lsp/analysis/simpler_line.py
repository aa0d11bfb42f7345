"""Simpler words within one line: no f-string, no type hints."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pippy_lsp.analysis import nodes
from pippy_lsp.analysis.statement import Statement

_SIMPLE = (
    ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Call, ast.Attribute, ast.Subscript,
    ast.operator, ast.unaryop, ast.expr_context, ast.keyword,
)  # fmt: skip
"""What may stand in an f-string that is rewritten."""


def without_f_strings(statement: Statement) -> str:
    """The statement with `"Hi " + name` for `f"Hi {name}"`, in print with commas where the spaces
    come out the same; "" where there is none, or it is not certain.
    """
    node = statement.node
    found = [child for child in ast.walk(node) if isinstance(child, ast.JoinedStr)]
    if statement.header or not found or not _str_is_plain(statement.tree):
        return ""
    texts = _texts(statement.tree)
    spans: list[tuple[int, int, str]] = []
    for call, value in _values(node):
        if not isinstance(value, ast.JoinedStr):
            continue
        parts = _parts(value)
        if not parts:
            return ""
        quote = statement.text(value)[-1:]
        commas = _commas(parts, quote) if call and _in_print(statement, call, value) else ""
        new = commas or _sum(parts, quote, texts)
        spans.append((value.col_offset, value.end_col_offset or 0, new))
    return statement.replaced(spans).strip() if len(spans) == len(found) else ""


def _str_is_plain(tree: ast.Module) -> bool:
    """Whether `str` is Python's own, and nothing has a way of its own to be formatted."""
    return not any(
        isinstance(node, ast.ClassDef)
        or (isinstance(node, ast.Name) and node.id == "str" and not isinstance(node.ctx, ast.Load))
        or getattr(node, "name", "") == "str"
        or (isinstance(node, ast.arg) and node.arg == "str")
        for node in nodes.every(tree)
    )


def _values(node: ast.stmt) -> Iterator[tuple[ast.Call | None, ast.expr]]:
    """The expressions that stand alone: between commas, after `=`, after `return`."""
    if isinstance(node, ast.Assign | ast.Return) and node.value is not None:
        yield None, node.value
    for child in ast.walk(node):
        if isinstance(child, ast.Call):
            yield from ((child, value) for value in child.args)
            yield from ((None, keyword.value) for keyword in child.keywords)


def _parts(value: ast.JoinedStr) -> list[ast.expr]:
    """The literals and the expressions; empty where one is not simple."""
    found: list[ast.expr] = []
    for part in value.values:
        if isinstance(part, ast.FormattedValue):
            plain = part.format_spec is None and part.conversion == -1
            if not plain or not all(isinstance(child, _SIMPLE) for child in ast.walk(part.value)):
                return []
            found.append(part.value)
        else:
            found.append(part)
    inside = [part.value for part in value.values if isinstance(part, ast.FormattedValue)]
    # `{"a"}` is a literal too, and would be taken for one
    return [] if any(isinstance(each, ast.Constant) for each in inside) else found


def _in_print(statement: Statement, call: ast.Call, value: ast.expr) -> bool:
    """Whether `value` stands in a print that puts a space between its values."""
    func = call.func
    named = isinstance(func, ast.Name) and func.id == "print"
    if not named or any(keyword.arg in (None, "sep") for keyword in call.keywords):
        return False
    number = call.args.index(value)
    before = (call.args[number - 1] if number else func).end_col_offset or 0
    data = statement.line.encode()
    opened = data[before : value.col_offset].strip()
    closed = data[value.end_col_offset or 0 :].strip()[:1]
    return opened in (b"(", b",") and closed in (b")", b",")


def _commas(parts: list[ast.expr], quote: str) -> str:
    """The parts as values of print; "" where there would be a space too many."""
    found: list[str] = []
    last = len(parts) - 1
    for number, part in enumerate(parts):
        if not isinstance(part, ast.Constant):
            if number < last and not isinstance(parts[number + 1], ast.Constant):
                return ""
            found.append(ast.unparse(part))
            continue
        text = str(part.value)
        if 0 < number < last and text == " ":
            continue
        if number:
            if not text.startswith(" "):
                return ""
            text = text[1:]
        if number < last:
            if not text.endswith(" "):
                return ""
            text = text[:-1]
        found.append(_quoted(text, quote))
    return ", ".join(found)


def _sum(parts: list[ast.expr], quote: str, texts: set[str]) -> str:
    found = list[str]()
    for part in parts:
        if isinstance(part, ast.Constant):
            found.append(_quoted(str(part.value), quote))
        elif isinstance(part, ast.Name) and part.id in texts:
            found.append(part.id)
        else:
            found.append(f"str({ast.unparse(part)})")
    return " + ".join(found)


def _quoted(text: str, quote: str) -> str:
    """`text` as Python writes it, with the quote that the program uses where that is simple."""
    plain = repr(text)
    simple = quote in ("'", '"') and quote not in text and "\\" not in plain
    return f"{quote}{text}{quote}" if simple else plain


def _texts(tree: ast.Module) -> set[str]:
    """The names that only ever stand for text: what input gives, and text that is written."""
    stored = [
        node.id
        for node in nodes.every(tree)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    ]
    texts = [
        node.targets[0].id
        for node in nodes.every(tree)
        if isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and _is_text(node.value)
    ]
    arguments = {node.arg for node in nodes.every(tree) if isinstance(node, ast.arg)}
    others = {str(getattr(node, "name", "")) for node in nodes.every(tree)} | {"input"} & set(
        stored
    )
    if "input" in others | arguments:
        return set()
    return {name for name in texts if stored.count(name) == texts.count(name)} - arguments - others


def _is_text(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "input"
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def without_hints(statement: Statement) -> str:
    """The statement without type hints; "" where it has none, or they may have a meaning."""
    node = statement.node
    data = statement.line.encode()
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        inside = statement.parents and isinstance(statement.parents[-1], ast.ClassDef)
        if inside or not isinstance(node.target, ast.Name):
            return ""
        start = node.target.end_col_offset or 0
        return statement.replaced([(start, node.annotation.end_col_offset or 0, "")]).strip()
    if not isinstance(node, ast.FunctionDef) or node.decorator_list or not _one_row(node):
        return ""
    spans = [
        (argument.col_offset + len(argument.arg.encode()), argument.annotation.end_col_offset, "")
        for argument in ast.walk(node.args)
        if isinstance(argument, ast.arg) and argument.annotation
    ]
    if node.returns is not None:
        arrow = data.rfind(b"->", 0, node.returns.col_offset)
        spans.append((len(data[:arrow].rstrip()), node.returns.end_col_offset, ""))
    found = [(start, end or 0, new) for start, end, new in spans]
    return re.sub(r"\s+$", "", statement.replaced(found)).lstrip() if found else ""


def _one_row(node: ast.FunctionDef) -> bool:
    """Whether the whole header is on one row, and nothing else is."""
    parts = [*ast.walk(node.args), *(ast.walk(node.returns) if node.returns else ())]
    rows = [part.end_lineno for part in parts if isinstance(part, ast.expr | ast.arg)]
    return all(row == node.lineno for row in rows) and node.body[0].lineno > node.lineno
