"""Puts one value into a JSON text, with comments or without, and leaves every other byte alone."""

from __future__ import annotations

import json
import re

_COMMENTS = re.compile(r'"(?:\\.|[^"\\])*"|//[^\r\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING = re.compile(r'"(?:\\.|[^"\\])*"|,(?=\s*[}\]])')
_FIRST_INDENT = re.compile(r"(?m)^([ \t]+)\S")
_DECODER = json.JSONDecoder()


class JsonError(ValueError):
    """The text is no JSON object (`line`, from 1)."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def put(text: str, path: tuple[str, ...], value: object) -> str:
    """`text` with `value` at `path`; objects on the way are made where they lack.

    Raises: JsonError where `text` is not JSON, or something on the way is no object.
    """
    if not text.strip():
        text = "{}\n"
    plain = _blank(_TRAILING, _blank(_COMMENTS, text))
    _demand_object(plain)
    at = len(plain) - len(plain.lstrip())
    for depth, key in enumerate(path, 1):
        if plain[at] != "{":
            raise JsonError(text.count("\n", 0, at) + 1)
        found = _members(plain, at).get(key)
        if found is None:
            return _inserted(text, plain, at, key, _nested(path[depth:], value))
        if depth == len(path):
            return _replaced(text, plain, found, value)
        at = found[0]
    raise AssertionError("an empty path")


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """`text` with what is no string replaced by spaces: every offset stays what it is."""

    def cover(match: re.Match[str]) -> str:
        found = match.group()
        return found if found.startswith('"') else re.sub(r"[^\r\n]", " ", found)

    return pattern.sub(cover, text)


def _demand_object(plain: str) -> None:
    try:
        found = _DECODER.decode(plain.lstrip())
    except json.JSONDecodeError as error:
        above = plain[: len(plain) - len(plain.lstrip())].count("\n")
        raise JsonError(above + error.lineno) from error
    if not isinstance(found, dict):
        raise JsonError(1)


def _members(plain: str, at: int) -> dict[str, tuple[int, int]]:
    """Where the values of the object at `at` begin and end."""
    found: dict[str, tuple[int, int]] = {}
    at = _skip(plain, at + 1)
    while plain[at] == '"':
        key, at = _DECODER.raw_decode(plain, at)
        start = _skip(plain, _skip(plain, at) + 1)
        _, end = _DECODER.raw_decode(plain, start)
        found[key] = (start, end)
        at = _skip(plain, end)
        if plain[at] == ",":
            at = _skip(plain, at + 1)
    return found


def _skip(plain: str, at: int) -> int:
    while plain[at].isspace():
        at += 1
    return at


def _nested(path: tuple[str, ...], value: object) -> object:
    for key in reversed(path):
        value = {key: value}
    return value


def _replaced(text: str, plain: str, span: tuple[int, int], value: object) -> str:
    start, end = span
    if json.loads(plain[start:end]) == value:
        return text
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return text[:start] + _written(text, value, _indent_of(line)) + text[end:]


def _inserted(text: str, plain: str, at: int, key: str, value: object) -> str:
    """A new last member of the object at `at`."""
    members = _members(plain, at)
    _, end = _DECODER.raw_decode(plain, at)
    close = end - 1
    last = max((stop for _, stop in members.values()), default=at + 1)
    # The comma goes right behind the last value, the member behind the comment that may follow it.
    commented = _blank(_COMMENTS, text)
    comma = "" if not members or commented[last:close].lstrip().startswith(",") else ","
    stop = last + len(text[last:close].rstrip())
    name = json.dumps(key, ensure_ascii=False)
    if members and "\n" not in text[at:close]:
        return f"{text[:last]}{comma} {name}: {json.dumps(value)}{text[last:]}"
    outer = _indent_of(text[text.rfind("\n", 0, at) + 1 : at])
    inner = outer + _unit(text)
    newline = _newline(text)
    tail = text[stop:close] if "\n" in text[stop:close] else newline + outer
    member = f"{newline}{inner}{name}: {_written(text, value, inner)}"
    return text[:last] + comma + text[last:stop] + member + tail + text[close:]


def _written(text: str, value: object, indent: str) -> str:
    lines = json.dumps(value, indent=_unit(text), ensure_ascii=False).split("\n")
    return f"{_newline(text)}{indent}".join(lines)


def _unit(text: str) -> str:
    """The text's own step of indentation."""
    found = _FIRST_INDENT.search(text)
    return found.group(1) if found else "  "


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
