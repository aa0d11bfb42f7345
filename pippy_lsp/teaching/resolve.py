"""Which module's name a word means, from the imports alone (jedi knows the rest)."""

from __future__ import annotations

import ast

from pippy_lsp.teaching import glossary, lexer
from pippy_lsp.teaching.bindings import visible
from pippy_lsp.teaching.lexer import Token
from pippy_lsp.teaching.program import Program


def is_attribute(text: str, token: Token) -> bool:
    """Whether the word stands after a dot."""
    tokens = lexer.tokens(text)
    index = tokens.index(token)
    return index > 0 and tokens[index - 1].text == "."


def dotted(program: Program, token: Token) -> str | None:
    """The full name of a word that comes from an import: `random.randint`, `turtle`."""
    in_import = _imported_here(program, token)
    if in_import is not None:
        return in_import
    chain = _chain(program.text, token)
    if not chain:
        return None
    base = _base(program, chain[0])
    return ".".join([base, *(part.text for part in chain[1:])]) if base else None


def _chain(text: str, token: Token) -> list[Token]:
    """The names and dots that lead to `token`: a, b, c for `a.b.c`; none where a call or an index
    stands between.
    """
    tokens = lexer.tokens(text)
    index = tokens.index(token)
    chain = [token]
    while index >= 2 and tokens[index - 1].text == ".":  # noqa: PLR2004
        index -= 2
        if tokens[index].kind != "name":
            return []
        chain.insert(0, tokens[index])
    return [] if index and tokens[index - 1].text == "." else chain


def _base(program: Program, token: Token) -> str | None:
    """What module or member a plain name means."""
    mine = visible(program, token.text, token.start)
    found: set[str] = set()
    for binding in mine:
        if not isinstance(binding.node, (ast.Import, ast.ImportFrom)):
            return None
        full = _full(binding.node, token.text)
        if full is None:
            return None
        found.add(full)
    if not mine:
        return _from_star(program, token.text)
    return found.pop() if len(found) == 1 else None


def _full(node: ast.Import | ast.ImportFrom, name: str) -> str | None:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            if (alias.asname or alias.name) == name and not node.level and node.module:
                return f"{node.module}.{alias.name}"
        elif alias.asname == name:
            return alias.name
        elif not alias.asname and alias.name.split(".")[0] == name:
            return name
    return None


def _from_star(program: Program, name: str) -> str | None:
    """`forward` after `from turtle import *`."""
    modules = [
        node.module
        for node in program.tree.body
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and node.module
    ]
    book = glossary.load()
    found = [f"{module}.{name}" for module in modules if _known(book, f"{module}.{name}")]
    return found[-1] if found else None


def _known(book: glossary.Glossary, name: str) -> bool:
    """Whether the glossary has just this name of a module."""
    plain = name.replace("pygame.locals.", "pygame.")
    return plain in book.member or name in glossary.names().alias


def made(program: Program, token: Token) -> str | None:
    """The full name of an attribute of what a known call gave: `fill` in `screen.fill`, where
    `screen = pygame.display.set_mode(...)`.
    """
    chain = _chain(program.text, token)
    if len(chain) != 2:  # noqa: PLR2004
        return None
    kinds = set()
    for binding in visible(program, chain[0].text, chain[0].start):
        call = getattr(binding.node, "value", None)
        func = _dotted_expression(call.func) if isinstance(call, ast.Call) else []
        base = _base(program, Token("name", func[0], chain[0].start, 0)) if func else None
        full = ".".join([base, *func[1:]]) if base else ""
        kinds.add(glossary.names().makes.get(full, ""))
    kind = kinds.pop() if len(kinds) == 1 else ""
    return f"{kind}.{token.text}" if kind else None


def _dotted_expression(node: ast.expr) -> list[str]:
    """The names of `a.b.c`; none of what is more than names and dots."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        before = _dotted_expression(node.value)
        return [*before, node.attr] if before else []
    return []


def _imported_here(program: Program, token: Token) -> str | None:
    """The word itself inside an import statement."""
    for node in program.around(token.start):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = {alias.name for alias in node.names}
            is_module = token.text == node.module
            if token.text in names and not is_module:
                return f"{node.module}.{token.text}"
            return node.module if is_module else None
        if isinstance(node, ast.Import):
            return next((a.name for a in node.names if token.text in a.name.split(".")), None)
    return None
