"""Mistakes that have a name and no certain repair: what they are and where.

Each rule looks at the statement at which Python stopped. The tokens tell as much as they can, as
CPython's words differ from version to version; its own are asked where only the compiler knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from pippy_lsp.teaching import lexer
from pippy_lsp.teaching.lexer import Token
from pippy_lsp.teaching.repair import Case


@dataclass(frozen=True)
class Finding:
    """The mistake `code` from `start` to `end`; `values` are code for its sentence."""

    code: str
    start: int
    end: int
    values: dict[str, str] = field(default_factory=dict)


Rule = Callable[[Case], Iterator[Finding]]


def first(case: Case, rules: list[Rule]) -> Finding | None:
    """What the first rule finds that finds anything."""
    return next((found for rule in rules for found in rule(case)), None)


def at(code: str, *tokens: Token, **values: str) -> Finding:
    """The mistake from the first of the tokens to the last."""
    return Finding(code, tokens[0].start, tokens[-1].end, values)


def source(case: Case, tokens: list[Token] | tuple[Token, ...]) -> str:
    """The text from the first token to the last."""
    return case.text[tokens[0].start : tokens[-1].end] if tokens else ""


def says(case: Case, pattern: str) -> re.Match[str] | None:
    """Whether Python's own words match."""
    return re.search(pattern, case.trouble.reason)


def depths(tokens: tuple[Token, ...] | list[Token]) -> list[int]:
    """How many brackets are open at each token; a bracket itself counts as outside."""
    found, depth = [], 0
    for token in tokens:
        closing = token.kind == "operator" and token.text in lexer.CLOSERS.values()
        depth -= closing
        found.append(depth)
        depth += token.kind == "operator" and token.text in lexer.CLOSERS
    return found


def split(tokens: list[Token], sign: str = ",") -> list[list[Token]]:
    """The tokens between the signs that stand in no bracket."""
    parts: list[list[Token]] = [[]]
    for token, depth in zip(tokens, depths(tokens), strict=True):
        if token.text == sign and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


@dataclass(frozen=True)
class Group:
    """A pair of brackets in a statement, and what is between them."""

    opener: Token
    closer: Token
    before: Token | None
    """The token before the opener."""
    inside: list[Token]

    @property
    def is_call(self) -> bool:
        """Whether something is called, not only put in brackets."""
        before = self.before
        return self.opener.text == "(" and before is not None and is_value_end(before)


def groups(tokens: tuple[Token, ...]) -> Iterator[Group]:
    """The pairs of brackets that are closed, the outer first."""
    inner = depths(tokens)
    for place, token in enumerate(tokens):
        if token.kind == "operator" and token.text in lexer.CLOSERS:
            depth = inner[place]
            rest = range(place + 1, len(tokens))
            inside = list(takewhile(lambda i, d=depth: inner[i] > d, rest))  # type: ignore[misc]
            end = place + 1 + len(inside)
            if end < len(tokens):
                before = tokens[place - 1] if place else None
                yield Group(token, tokens[end], before, [tokens[i] for i in inside])


def is_value_end(token: Token) -> bool:
    """Whether a value can end here, so that a bracket after it belongs to it."""
    if token.kind == "name":
        return token.text not in _NO_VALUES
    return token.kind in ("string", "number") or token.text in lexer.CLOSERS.values()


_NO_VALUES = frozenset(
    """and or not in is if elif else while for return lambda yield del assert import from as with
    raise except""".split()  # noqa: SIM905
)
