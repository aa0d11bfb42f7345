"""Tokens of a program that may be broken.

`tokenize` stops at the first mistake, and its mistakes differ between Python versions. A child's
program is broken most of the time, so this reads on: what is not Python is a token too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["comment", "string", "unclosed", "number", "name", "operator", "newline", "other"]

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\r\n]*)
  | (?P<string>[rbfuRBFU]{0,2}(?:
        \"{3}(?:[^\\]|\\.)*?\"{3} | '{3}(?:[^\\]|\\.)*?'{3}
      | "(?!"")(?:[^"\\\r\n]|\\(?:\r\n|.))*" | '(?!'')(?:[^'\\\r\n]|\\(?:\r\n|.))*' ))
  | (?P<unclosed>[rbfuRBFU]{0,2}(?: (?:\"{3}|'{3}).* | ["'][^\r\n]* ))
  | (?P<number>(?:0[xXoObB][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?)
  | (?P<name>[^\W\d]\w*)
  | (?P<operator>\*\*=|//=|>>=|<<=|\.\.\.|[-+*/%@&|^=!<>:]=
        |->|\*\*|//|<<|>>|[-+*/%@&|^~<>=()\[\]{},:;.])
  | (?P<newline>\r\n|\n|\r)
  | (?P<space>[ \t\f\\]+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of a program; offsets count characters."""

    kind: Kind
    text: str
    start: int
    end: int


@lru_cache(maxsize=64)
def tokens(text: str) -> tuple[Token, ...]:
    """All tokens of `text` but spaces."""
    return tuple(
        Token(match.lastgroup, match.group(), match.start(), match.end())  # type: ignore[arg-type]
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "space"
    )


def code(text: str) -> list[Token]:
    """The tokens of `text` that mean something to Python."""
    return [token for token in tokens(text) if token.kind not in ("comment", "newline")]


def at(text: str, offset: int) -> Token | None:
    """The token under the cursor: the one that begins there, else the one that ends there."""
    touching = [
        token
        for token in tokens(text)
        if token.start <= offset <= token.end and token.kind != "newline"
    ]
    inside = [token for token in touching if offset < token.end]
    words = [token for token in touching if token.kind in ("name", "string", "number")]
    for choice in ([t for t in words if t in inside], words, inside, touching):
        if choice:
            return choice[0]
    return None


_PAIRS = {")": "(", "]": "[", "}": "{"}
CLOSERS = {opener: closer for closer, opener in _PAIRS.items()}


@lru_cache(maxsize=64)
def brackets(text: str) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """The brackets that are never closed, and those that close nothing."""
    opened: list[Token] = []
    extra: list[Token] = []
    for token in tokens(text):
        if token.kind != "operator":
            continue
        if token.text in CLOSERS:
            opened.append(token)
        elif token.text in _PAIRS:
            if opened and opened[-1].text == _PAIRS[token.text]:
                opened.pop()
            else:
                extra.append(token)
    return tuple(opened), tuple(extra)


@lru_cache(maxsize=64)
def statements(text: str) -> tuple[tuple[Token, ...], ...]:
    """The tokens of each statement: a line, or several where a bracket is open. A line that a
    backslash continues counts as two.
    """
    found: list[tuple[Token, ...]] = []
    current: list[Token] = []
    depth = 0
    for token in tokens(text):
        if token.kind == "comment":
            continue
        if token.kind == "newline":
            if depth <= 0 and current:
                found.append(tuple(current))
                current, depth = [], 0
            continue
        if token.kind == "operator":
            depth += (token.text in CLOSERS) - (token.text in _PAIRS)
        current.append(token)
    return (*found, tuple(current)) if current else tuple(found)
