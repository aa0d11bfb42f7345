"""Mistakes in what gets a value, or is to have a name."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from pippy_lsp.teaching import lexer
from pippy_lsp.teaching.diagnosis import (
    Finding,
    Group,
    Rule,
    at,
    depths,
    groups,
    is_value_end,
    says,
    source,
    split,
)
from pippy_lsp.teaching.lexer import Token
from pippy_lsp.teaching.repair import Case

_SIGNS = frozenset({"+", "-", "*", "/", "//", "%", "**", "<", ">", "==", "and", "or", "not"})
_CONSTANTS = frozenset({"True", "False", "None", "__debug__"})


def keyword_as_name(case: Case) -> Iterator[Finding]:
    """`def = 2`, `None = 1`, `a.pass = 2`, `dict(True=1)`."""
    found = case.statement
    for place, token in enumerate(found):
        if not keyword.iskeyword(token.text) and token.text != "__debug__":
            continue
        before = found[place - 1].text if place else ""
        after = found[place + 1].text if place + 1 < len(found) else ""
        whole = place == 0 or before in ("=", "(", ",")
        if before == "." or (whole and after == "=" and token.text != "lambda"):
            yield at("keyword-as-name", token, word=token.text)


def assigned(case: Case) -> Iterator[Finding]:
    """`len("a") = 3`, `1 = 2`, `a + 1 = 2`: no name on the left."""
    found = list(case.statement)
    parts = split(found, "=")
    if len(parts) == 1 or found[0].text in ("if", "elif", "while", "for", "def", "class", "lambda"):
        return
    for left in parts[:-1]:
        if left and (code := _no_target(left)):
            yield at(code, *left, left=source(case, left))


def _no_target(left: list[Token]) -> str:
    """What the left side of `=` is, where it can't get a value; "" where it can."""
    texts = {t.text for t, depth in zip(left, depths(left), strict=True) if depth == 0}
    last = left[-1].text
    if left[0].text == "*" and "," not in texts:
        return "star-alone"
    if len(left) == 1:
        kinds = {"number": "assign-to-number", "string": "assign-to-text"}
        return kinds.get(left[0].kind, "assign-to-value" if last == "..." else "")
    if texts & _SIGNS and left[0].text != "*":
        return "assign-to-sum"
    if texts & {"if", "lambda"} or left[0].text == "{" or _yields_or_loops(left):
        return "assign-to-value"
    opened = [t for t, depth in zip(left, depths(left), strict=True) if t.text == "(" and not depth]
    place = left.index(opened[-1]) if opened else 0
    if last == ")" and place and is_value_end(left[place - 1]):
        return "assign-to-call"
    return ""


def _yields_or_loops(left: list[Token]) -> bool:
    return any(token.text in ("for", "yield") for token in left)


def deleted(case: Case) -> Iterator[Finding]:
    """`del f(a)`, `del True`, `del (*x)`."""
    found = list(case.statement)
    if found and found[0].text == "del" and len(found) > 1:
        yield at("del-what", *found[1:], what=source(case, found[1:]))


def for_target(case: Case) -> Iterator[Finding]:
    """`for "char" in word:`."""
    found = case.statement
    if len(found) > 2 and found[0].text == "for" and found[1].kind in ("string", "number"):  # noqa: PLR2004
        yield at("for-target", found[1], what=found[1].text)


def walrus(case: Case) -> Iterator[Finding]:
    """`(True := 1)`, `[(i := 1) for i in a]`."""
    found = case.statement
    for place, token in enumerate(found):
        if token.text == ":=" and place:
            before = found[place - 1]
            if says(case, "rebind|iterable expression"):
                yield at("walrus-loop", before, token, name=before.text)
            elif before.kind != "name" or before.text in _CONSTANTS:
                yield at("walrus-left", before, token, left=before.text)


def in_a_call(case: Case) -> Iterator[Finding]:
    """`f("key"=1)`, `f(a=1, b)`, `f(a=1, a=2)`, `f(x for x in y, 1)`."""
    for group in groups(case.statement):
        if group.is_call and case.statement[0].text not in ("def", "class"):
            yield from _arguments(case, group)


def _arguments(case: Case, group: Group) -> Iterator[Finding]:
    seen: set[str] = set()
    parts = [part for part in split(group.inside) if part]
    for part in parts:
        named = len(part) > 1 and part[1].text == "="
        if named and part[0].kind in ("string", "number"):
            yield at("named-text", part[0], part[1], name=part[0].text)
        elif named and part[0].text in seen:
            yield at("named-twice", part[0], name=part[0].text)
        elif seen and not named and part[0].text not in ("*", "**"):
            yield at("named-order", *part, what=source(case, part))
        elif "for" in [t.text for t in part] and len(parts) > 1 and part[0].text not in ("(", "["):
            yield at("generator-brackets", *part)
        if named:
            seen.add(part[0].text)


def assigned_in_brackets(case: Case) -> Iterator[Finding]:
    """`a = (b = 2)`."""
    for group in groups(case.statement):
        if group.opener.text == "(" and not group.is_call:
            for place, token in enumerate(group.inside):
                outer = depths(group.inside)[place] == 0
                if token.text == "=" and outer:
                    yield at("assign-in-brackets", group.opener, group.closer)


def stars(case: Case) -> Iterator[Finding]:
    """`*a`, `{"a": *b}`, `[*x for x in y]`."""
    found = case.statement
    for place, token in enumerate(found):
        before = found[place - 1].text if place else ""
        if token.text in ("*", "**") and before in ("", "=", ":", "[", "{", "(", "return"):
            if before in ("[", "{") and not any(t.text == "for" for t in found):
                continue
            yield at("star-alone", token, found[min(place + 1, len(found) - 1)], left=token.text)


def digits_first(case: Case) -> Iterator[Finding]:
    """`36abc = 3`, `2pi`, `1f`, `3.0i`, `1.5e`, `0x12g`."""
    found = case.statement
    for place, (one, two) in enumerate(pairwise(found)):
        if one.kind != "number" or two.kind != "name" or one.end != two.start:
            continue
        whole = source(case, [one, two])
        digits = re.match(r"[\d._]*", whole)
        name = whole[digits.end() :] if digits else whole
        if any(unicodedata.category(char) == "No" for char in two.text):
            continue
        after = found[place + 2].text if place + 2 < len(found) else ""
        if place == 0 and after in ("=", "") and digits and digits.group().isdigit():
            yield at("name-digit", one, two, name=whole)
        elif one.text[:2].lower() in ("0x", "0o", "0b"):
            yield at("number-digits", one, two, number=whole)
        elif two.text in ("i", "I"):
            yield at("number-i", one, two, number=whole, right=f"{one.text}j")
        elif two.text in ("e", "E"):
            yield at("number-exponent", one, two, number=whole, right=f"{whole}3")
        else:
            right = f"{whole[: -len(name)]} * {name}"
            yield at("number-name", one, two, number=whole, right=right)


def wrong_digit(case: Case) -> Iterator[Finding]:
    """`0o18`, `0b12`."""
    for token in lexer.code(case.lines[case.row]):
        base = {"0o": "01234567_", "0b": "01_"}.get(token.text[:2].lower(), "")
        if token.kind == "number" and base and set(token.text[2:]) - set(base):
            start = case.starts[case.row]
            yield Finding(
                "number-digits", start + token.start, start + token.end, {"number": token.text}
            )


EARLY_RULES: list[Rule] = [keyword_as_name, digits_first, wrong_digit]
RULES: list[Rule] = [
    deleted,
    for_target,
    walrus,
    in_a_call,
    assigned,
    assigned_in_brackets,
    stars,
]
