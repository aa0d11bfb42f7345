"""Which of its meanings a sign or a keyword has here: `*` is not always "times"."""

from __future__ import annotations

import ast

from pippy_lsp.teaching.lexer import Token
from pippy_lsp.teaching.program import Program

_BINARY: dict[str, type[ast.operator]] = {"*": ast.Mult, "**": ast.Pow, "%": ast.Mod}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def is_usual(program: Program, token: Token, row: int) -> bool:
    """Whether the sign has the meaning that the glossary gives."""
    wanted = _BINARY.get(token.text)
    if wanted is None:
        return True
    if row in program.broken:
        return False
    for node in program.around(token.start):
        if isinstance(node, ast.BinOp) and isinstance(node.op, wanted):
            between = program.span(node.left)[1] <= token.start < program.span(node.right)[0]
            formats = wanted is ast.Mod and _is_text(node.left)
            return between and not formats
    return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def literal(token: Token) -> str | None:
    """The glossary's word for what stands for itself."""
    if token.kind == "comment":
        return "comment"
    if token.kind == "string":
        prefix = token.text[: min(token.text.find(q) for q in "\"'" if q in token.text)].lower()
        return None if "b" in prefix else "filled-text" if "f" in prefix else "text"
    if token.kind != "number" or token.text[-1] in "jJ":
        return None
    hexadecimal = token.text[:2].lower() == "0x"
    point = not hexadecimal and any(sign in token.text for sign in ".eE")
    return "point-number" if point else "whole-number"


def header_at(program: Program, offset: int) -> ast.stmt | None:
    """The statement whose first part (before its block) holds `offset`."""
    for node in program.around(offset):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            if not body or offset < program.span(body[0])[0]:
                return node
            return None
    return None


def role_of_keyword(program: Program, token: Token) -> str | None:
    """The keyword itself where it has its usual meaning, else the glossary's literal that says
    what it is here; None where neither is sure.
    """
    word = token.text
    if word not in ("for", "if", "else", "from", "in"):
        return word
    if word == "else":
        return _else(program, token.start)
    for node in program.around(token.start):
        if isinstance(node, _COMPREHENSIONS) and word in ("for", "if", "in"):
            inside = word == "in" and not _between_target_and_iter(program, node, token.start)
            return word if inside else "one-line-loop"
        if isinstance(node, ast.IfExp) and word == "if":
            return "one-line-choice"
        if isinstance(node, (ast.YieldFrom, ast.Raise)) and word == "from":
            return None
        if isinstance(node, ast.stmt):
            break
    return word


def _between_target_and_iter(
    program: Program,
    node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp,
    offset: int,
) -> bool:
    return any(
        program.span(part.target)[1] <= offset < program.span(part.iter)[0]
        for part in node.generators
    )


def _else(program: Program, offset: int) -> str | None:
    for node in program.around(offset):
        if isinstance(node, ast.IfExp):
            return "one-line-choice"
        orelse = getattr(node, "orelse", None)
        if not isinstance(node, ast.stmt) or not orelse:
            continue
        before = program.span(node.body[-1])[1]  # type: ignore[attr-defined]
        if before <= offset < program.span(orelse[0])[0]:
            if isinstance(node, ast.If):
                return "else"
            return "try-else" if isinstance(node, ast.Try) else "loop-else"
    return "else" if not program.tree.body or program.broken else None
