"""Repairs of signs: commas, semicolons, operators, and characters that only look right."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from itertools import pairwise

from pippy_lsp.teaching import lexer
from pippy_lsp.teaching.diagnosis import depths, groups, is_value_end
from pippy_lsp.teaching.repair import Case, Repair, Rule
from pippy_lsp.teaching.rules_words import tokens_of

_ALIKE = {
    "⁄": "/", "∕": "/", "÷": "/", "×": "*", "−": "-", "–": "-", "—": "-", "‚": ",", "，": ",",
    "、": ",", "：": ":", "；": ";", "（": "(", "）": ")", "‹": "<", "›": ">", "≤": "<=",
    "≥": ">=", "≠": "!=", "＝": "=", "\u00a0": " ", "\u200b": "", "\ufeff": "",
}  # fmt: skip
_TORN = {("*", "*"): "**", ("/", "/"): "//", ("/", "="): "/=", ("*", "="): "*=", ("%", "="): "%=",
         ("//", "="): "//=", ("**", "="): "**="}  # fmt: skip
_PROMPTS = (">>> ", ">>>", "... ")


def prompt(case: Case, row: int) -> Iterator[Repair]:
    """`>>> print("hi")`, copied from a console."""
    line, start = case.lines[row], case.starts[row]
    for mark in _PROMPTS:
        if line.startswith(mark):
            yield Repair("prompt", start, start + len(mark), "", {"mark": mark.strip()})


def angle_quotes(case: Case, row: int) -> Iterator[Repair]:
    """`‹ hello ›`."""
    line, start = case.lines[row], case.starts[row]
    one, two = line.find("‹"), line.rfind("›")
    if 0 <= one < two:
        new = f'"{line[one + 1 : two]}"'
        yield Repair("curly-quotes", start + one, start + two + 1, new)


def look_alike(case: Case, row: int) -> Iterator[Repair]:
    """A character that only looks like one of Python's."""
    for place, char in enumerate(case.lines[row]):
        if char in _ALIKE:
            at, right = case.starts[row] + place, _ALIKE[char]
            yield Repair("look-alike", at, at + 1, right, {"char": char, "right": right or " "})


def semicolons(case: Case, row: int) -> Iterator[Repair]:
    """`[1; 2; 3]`, `def f():;`."""
    found = case.statement
    inner = depths(found)
    wrong = [
        token for token, depth in zip(found, inner, strict=True) if token.text == ";" and depth
    ]
    if wrong:
        text, start = case.text[wrong[0].start : wrong[-1].end], wrong[0].start
        places = [token.start - start for token in wrong]
        new = "".join("," if at in places else char for at, char in enumerate(text))
        yield Repair("semicolon", start, wrong[-1].end, new)
    line = tokens_of(case, row)
    if len(line) > 1 and line[-1].text == ";":
        yield Repair("extra-semicolon", line[-1].start, line[-1].end, "")


def extra_comma(case: Case, row: int) -> Iterator[Repair]:
    """`f(1, , 2)`, `from math import sin,`."""
    found = tokens_of(case, row)
    for one, two in pairwise(found):
        if one.text == two.text == ",":
            yield Repair("extra-comma", two.start, two.end, "")
    if found and found[-1].text == "," and found[0].text in ("import", "from"):
        yield Repair("extra-comma", found[-1].start, found[-1].end, "")


def torn_sign(case: Case, row: int) -> Iterator[Repair]:
    """`2 * * 5`, `a / = b`."""
    for one, two in pairwise(tokens_of(case, row)):
        if (right := _TORN.get((one.text, two.text))) and one.end < two.start:
            values = {"sign": case.text[one.start : two.end], "right": right}
            yield Repair("wrong-sign", one.start, two.end, right, values)


def dict_equal(case: Case, _: int) -> Iterator[Repair]:
    """`{"Alice" = 22}`."""
    for group in groups(case.statement):
        if group.opener.text != "{":
            continue
        inner = depths(group.inside)
        wrong = [t for t, d in zip(group.inside, inner, strict=True) if t.text == "=" and d == 0]
        if wrong:
            text, start = case.text[wrong[0].start : wrong[-1].end], wrong[0].start
            places = [token.start - start for token in wrong]
            new = "".join(":" if at in places else char for at, char in enumerate(text))
            yield Repair("dict-equal", start, wrong[-1].end, new)


def walrus_alone(case: Case, row: int) -> Iterator[Repair]:
    """`a := 3`."""
    found = tokens_of(case, row)
    if len(found) > 2 and found[0].kind == "name" and found[1].text == ":=":  # noqa: PLR2004
        yield Repair("walrus-alone", found[1].start, found[1].end, "=")


def hyphen_name(case: Case, row: int) -> Iterator[Repair]:
    """`my-score = 3`."""
    found = tokens_of(case, row)
    words = [token.text for token in found]
    if "=" not in words:
        return
    left = found[: words.index("=")]
    names, hyphens = left[::2], left[1::2]
    plain = all(t.kind == "name" and not keyword.iskeyword(t.text) for t in names)
    if len(left) > 2 and len(left) % 2 and plain and {t.text for t in hyphens} == {"-"}:  # noqa: PLR2004
        name = "_".join(token.text for token in names)
        yield Repair("hyphen-name", left[0].start, left[-1].end, name, {"right": name})


def dot_before_bracket(case: Case, row: int) -> Iterator[Repair]:
    """`len.("hello")`."""
    for one, two in pairwise(tokens_of(case, row)):
        if one.text == "." and two.text in ("(", "["):
            yield Repair("extra-dot", one.start, one.end, "")


def backslash_for_slash(case: Case, row: int) -> Iterator[Repair]:
    r"""`a = 3 \ 4.0`."""
    for one, two in pairwise(tokens_of(case, row)):
        between = case.text[one.end : two.start]
        if between.strip() == "\\" and is_value_end(one):
            at = one.end + between.index("\\")
            yield Repair("wrong-sign", at, at + 1, "/", {"sign": "\\", "right": "/"})


def leading_zero(case: Case, row: int) -> Iterator[Repair]:
    """`x = 01`."""
    for token in tokens_of(case, row):
        right = token.text.lstrip("0_")
        if (
            token.kind == "number"
            and token.text.startswith("0")
            and right.replace("_", "").isdigit()
        ):
            values = {"number": token.text, "right": right}
            yield Repair("leading-zero", token.start, token.end, right, values)


def comma_at_line_end(case: Case, row: int) -> Iterator[Repair]:
    """Two lines of a list or a dictionary with no comma between them."""
    for one in (case.before(row), row):
        found = tokens_of(case, one)
        below = next((line for r in _below(case, one) if (line := tokens_of(case, r))), [])
        if not found or not below or not is_value_end(found[-1]):
            continue
        begins = below[0].kind in ("name", "number", "string") or below[0].text in lexer.CLOSERS
        opened, _ = lexer.brackets(case.text[: found[-1].end])
        if opened and begins and not keyword.iskeyword(below[0].text):
            yield Repair("missing-comma", found[-1].end, found[-1].end, ",")


def _below(case: Case, row: int) -> range:
    return range(row + 1, min(row + 4, len(case.lines)))


EARLY_RULES: list[Rule] = [
    prompt,
    angle_quotes,
    look_alike,
    semicolons,
    extra_comma,
    dict_equal,
    leading_zero,
]
RULES: list[Rule] = [
    torn_sign,
    walrus_alone,
    hyphen_name,
    dot_before_bracket,
    backslash_for_slash,
]
LATE_RULES: list[Rule] = [comma_at_line_end]
