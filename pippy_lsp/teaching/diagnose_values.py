"""Mistakes in values: texts, brackets, signs, characters that are not Python's."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from pippy_lsp.teaching.diagnosis import (
    Finding,
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

_BINARY = frozenset(
    {"+", "-", "*", "/", "//", "%", "**", "<", ">", "<=", ">=", "==", "!=", "=", "|", "&", "^"}
)
_UNARY = frozenset({"+", "-", "~", "*", "**"})
_TRIPLE = 3
_WORDS_OF_SIGNS = frozenset({"and", "or", "not", "in", "is", "if", "else", "for", "lambda"})


def unclosed_triple(case: Case) -> Iterator[Finding]:
    """A text of many lines without its end."""
    for token in case.statement:
        quotes = token.text.lstrip("rbfuRBFU")[:_TRIPLE]
        if token.kind == "unclosed" and quotes in ('"' * _TRIPLE, "'" * _TRIPLE):
            end = case.starts[case.row_of(token.start)] + len(case.lines[case.row_of(token.start)])
            yield Finding("unclosed-triple", token.start, end, {"quote": quotes})


def texts(case: Case) -> Iterator[Finding]:
    r"""`"c:\Users"`, `bf"x"`, and what is wrong inside an f-text."""
    for token in case.statement:
        if token.kind not in ("string", "unclosed"):
            continue
        prefix = token.text[: len(token.text) - len(token.text.lstrip("rbfuRBFU"))].lower()
        if says(case, r"\(unicode error\)"):
            yield at("backslash-path", token)
        elif set(prefix) >= {"b", "f"} or set(prefix) >= {"u", "f"}:
            yield at("text-letters", token, letters=prefix)
        elif "f" in prefix and (says(case, "f-string") or _stops_in(case, token)):
            yield from _f_text(token)


def _stops_in(case: Case, token: Token) -> bool:
    """Whether Python stopped in this text."""
    place = case.starts[case.row] + case.trouble.column
    return case.trouble.row == case.row and token.start <= place <= token.end


def _f_text(token: Token) -> Iterator[Finding]:
    body = token.text.replace("{{", "").replace("}}", "")
    if token.kind == "unclosed" or body.count("{") != body.count("}"):
        yield at("f-text-brackets", token)
    elif "\\" in body[body.find("{") : body.rfind("}") + 1]:
        yield at("f-text-backslash", token)
    else:
        inside = body[body.find("{") + 1 : body.rfind("}")]
        odd = any(inside.count(quote) % 2 for quote in "\"'")
        yield at("f-text-quotes" if odd else "f-text-value", token)


def dictionaries(case: Case) -> Iterator[Finding]:
    """`{1: 2, 3}`, `{1: 2, 3:}`."""
    for group in groups(case.statement):
        if group.opener.text != "{":
            continue
        parts = [part for part in split(group.inside) if part]
        pairs = [part for part in parts if any(t.text == ":" for t in part)]
        for part in parts if pairs else []:
            if part[-1].text == ":":
                yield at("dict-value", *part, key=source(case, part[:-1]))
            elif part not in pairs and part[0].text != "**" and "for" not in {t.text for t in part}:
                yield at("dict-colon", *part, key=source(case, part))


def comprehensions(case: Case) -> Iterator[Finding]:
    """`[f(x) if c for x in s]`, `[x for x in s if c else d]`, `[for x in s: x]`."""
    for group in groups(case.statement):
        flat = [t for t, d in zip(group.inside, depths(group.inside), strict=True) if d == 0]
        words = [token.text for token in flat]
        if "for" not in words or (group.is_call and "def" in {t.text for t in case.statement}):
            continue
        loop = words.index("for")
        if loop == 0:
            yield at("block-in-brackets", flat[0], word="for")
        elif group.opener.text == "[" and group.before and is_value_end(group.before):
            yield at("call-square", group.before, group.opener, name=group.before.text)
        elif "," in words[:loop] and not group.is_call:
            yield at("comprehension-pair", *flat[:loop])
        elif "if" in words[:loop] and "else" not in words[:loop]:
            yield at("comprehension-else", flat[words.index("if")])
        elif "if" in words[loop:] and "else" in words[loop + words[loop:].index("if") :]:
            yield at("comprehension-order", flat[words.index("if", loop)])


def empty_index(case: Case) -> Iterator[Finding]:
    """`[1, 2, 3][]`."""
    for group in groups(case.statement):
        before = group.before
        if group.opener.text == "[" and not group.inside and before and is_value_end(before):
            yield at("empty-index", group.opener, group.closer)


def signs(case: Case) -> Iterator[Finding]:
    """`3 */ 4`, `1 + `: a sign beside another, or at the end."""
    found = case.statement
    for one, two in pairwise(found):
        if _clash(one.text, two.text):
            yield at("two-signs", one, two, sign=case.text[one.start : two.end])
        elif one.text in ("...", ".") and two.text in (".", "..."):
            yield at("extra-dot", one, two)
    if found and found[-1].text in _BINARY and found[0].text not in ("from", "import"):
        yield at("sign-at-end", found[-1], sign=found[-1].text)


def _clash(one: str, two: str) -> bool:
    """Whether the second sign can't follow the first: `3 - -4` can."""
    stars = one in ("*", "**", "/") and two in ("*", "**")
    return (one in _BINARY and two in _BINARY - _UNARY) or stars


def backslash(case: Case) -> Iterator[Finding]:
    r"""`a = 3 \ 4`, `print(\t)`."""
    line, start = case.lines[case.row], case.starts[case.row]
    strings = [(t.start - start, t.end - start) for t in case.statement if t.kind == "string"]
    for place, char in enumerate(line.rstrip()):
        inside = any(one <= place < two for one, two in strings)
        if char == "\\" and not inside and place + 1 < len(line.rstrip()):
            yield Finding("backslash", start + place, start + place + 1)


def backquote(case: Case) -> Iterator[Finding]:
    """`a = `1``."""
    for token in case.statement:
        if token.text == "`":
            yield at("backquote", token)


def strange(case: Case) -> Iterator[Finding]:
    """`🤖 = 1`, `a = ¾`, `price = 3$`."""
    line, start = case.lines[case.row], case.starts[case.row]
    taken = [(t.start, t.end) for t in case.statement if t.kind in ("string", "unclosed")]
    for place, char in enumerate(line):
        at_ = start + place
        if any(one <= at_ < two for one, two in taken):
            continue
        if char == "#":
            return
        if unicodedata.category(char) == "No":
            yield Finding("fraction", at_, at_ + 1, {"char": char})
        elif not (char.isspace() or char.isascii() or f"a{char}".isidentifier()) or char in "?$!":
            yield Finding("strange-char", at_, at_ + 1, {"char": char})


def side_by_side(case: Case) -> Iterator[Finding]:
    """`python = a b`: two values with nothing between them."""
    for one, two in pairwise(case.statement):
        value = two.kind in ("name", "number", "string") and not keyword.iskeyword(two.text)
        if one.kind == "name" and (keyword.iskeyword(one.text) and one.text not in _CONSTANTS):
            continue
        if value and is_value_end(one) and one.text not in _WORDS_OF_SIGNS:
            yield at("side-by-side", one, two, one=one.text, two=two.text)


_CONSTANTS = frozenset({"True", "False", "None"})


RULES: list[Rule] = [
    unclosed_triple,
    texts,
    backquote,
    backslash,
    dictionaries,
    comprehensions,
    empty_index,
    signs,
]
LATE_RULES: list[Rule] = [strange, side_by_side]
