"""Mistakes of a beginner's kind, made in a line that is right."""

from __future__ import annotations

import re
from collections.abc import Callable

_FOUND = re.compile(r"\"[^\"]*\"|[A-Za-z_]\w*|\d+|[^\w\s]")
Slip = Callable[[str, re.Match[str]], str]


def _without(line: str, at: re.Match[str]) -> str:
    return line[: at.start()] + line[at.end() :]


def _twice(line: str, at: re.Match[str]) -> str:
    return line[: at.end()] + at.group() + line[at.end() :]


def _apart(line: str, at: re.Match[str]) -> str:
    return line[: at.start()] + f" {at.group()} " + line[at.end() :]


def _quote_gone(line: str, at: re.Match[str]) -> str:
    return line[: at.end() - 1] + line[at.end() :]


def _semicolon(line: str, at: re.Match[str]) -> str:
    return line[: at.start()] + ";" + line[at.end() :]


def _other(line: str, at: re.Match[str]) -> str:
    other = {"(": "[", ")": "]", "[": "(", "]": ")", "=": ":", ":": "=", "+": "and", "*": "x"}
    return line[: at.start()] + other[at.group()] + line[at.end() :]


def broken(line: str) -> list[str]:
    """The line with one mistake, in each way that is known here."""
    found: list[str] = []
    for at in _FOUND.finditer(line):
        sign = at.group()
        if sign.startswith('"'):
            found += [_quote_gone(line, at), _without(line, at)]
        elif sign in "()[]:=+*":
            found += [_without(line, at), _twice(line, at), _other(line, at)]
        elif sign in ",.":
            found += [_without(line, at), _twice(line, at), _semicolon(line, at)]
        elif sign.isdigit():
            found += [_apart(line, at) + sign, _without(line, at)]
        else:
            found.append(_without(line, at))
    return list(dict.fromkeys(found))
