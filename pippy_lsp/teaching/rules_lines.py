"""Repairs of whole lines: imports, quote marks inside a text, an `else` in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pippy_lsp.teaching.repair import Case, Repair, Rule
from pippy_lsp.teaching.rules_layout import indent_of
from pippy_lsp.teaching.rules_words import tokens_of

_OPENERS = {
    "else": ("if", "elif", "for", "while", "try", "except"),
    "elif": ("if", "elif"),
    "except": ("try", "except"),
    "finally": ("try", "except", "else"),
}


def import_and(case: Case, row: int) -> Iterator[Repair]:
    """`from math import sin and cos`."""
    found = tokens_of(case, row)
    if not found or found[0].text not in ("import", "from"):
        return
    for place, token in enumerate(found):
        if token.text == "and" and place:
            before = found[place - 1]
            if before.text == ",":
                yield Repair("import-and", before.end, token.end, "")
            else:
                yield Repair("import-and", before.end, token.end, ",")


def except_brackets(case: Case, row: int) -> Iterator[Repair]:
    """`except NameError, ValueError as err:`."""
    found = tokens_of(case, row)
    words = [token.text for token in found]
    if words[:1] != ["except"] or "," not in words:
        return
    end = words.index("as") if "as" in words else len(words) - (words[-1] == ":")
    if end > 1:
        inner = case.text[found[1].start : found[end - 1].end]
        yield Repair("except-many", found[1].start, found[end - 1].end, f"({inner})")


def else_place(case: Case, row: int) -> Iterator[Repair]:
    """An `else` that does not stand under its `if`."""
    found = tokens_of(case, row)
    if row != case.trouble.row or not found or found[0].text not in _OPENERS:
        return
    old, start = indent_of(case.lines[row]), case.starts[row]
    for above in range(row - 1, -1, -1):
        first = next(iter(tokens_of(case, above)), None)
        indent = indent_of(case.lines[above])
        if first and first.text in _OPENERS[found[0].text] and indent != old:
            values = {"word": found[0].text, "other": str(above + 1)}
            yield Repair("else-place", start, start + len(old), indent, values)
            return


def quote_inside(case: Case, row: int) -> Iterator[Repair]:
    """`'I don't mind.'`: the text ends too soon."""
    line, start = case.lines[row], case.starts[row]
    for quote, other in (("'", '"'), ('"', "'")):
        one, two = line.find(quote), line.rfind(quote)
        inside = line[one + 1 : two]
        if not 0 <= one < two or quote not in inside or other in inside or quote * 3 in line:
            continue
        # one inside a word, as in don't; in pairs around a word, as in "say "hi" to me"
        second = inside.index(quote)
        before, after = inside[:second][-1:], inside[second + 1 : second + 2]
        one_inside = inside.count(quote) % 2 == 1 and before.isalnum() and after.isalnum()
        if one_inside or (inside.count(quote) % 2 == 0 and before.isspace() and after.isalnum()):
            values = {"quote": quote, "right": other}
            new = f"{other}{inside}{other}"
            yield Repair("quote-inside", start + one, start + two + 1, new, values)


def backslash_quote(case: Case, row: int) -> Iterator[Repair]:
    r"""`"abc\"`: the backslash takes the quote mark into the text."""
    for token in tokens_of(case, row):
        if token.kind == "unclosed" and token.text.rstrip(" )]").endswith(("\\'", '\\"')):
            at = token.start + len(token.text.rstrip(" )]")) - 2
            yield Repair("backslash-quote", at, at, "\\", {"quote": token.text.rstrip(" )]")[-1]})


def import_comma(case: Case, row: int) -> Iterator[Repair]:
    """`from math import sin cos`."""
    found = tokens_of(case, row)
    words = [token.text for token in found]
    if "import" not in words[:4] or words[0] not in ("import", "from"):
        return
    for one, two in pairwise(found[words.index("import") + 1 :]):
        if one.kind == two.kind == "name" and "as" not in (one.text, two.text):
            yield Repair("missing-comma", one.end, one.end, ",")


RULES: list[Rule] = [import_and, import_comma, except_brackets, else_place]
QUOTES: list[Rule] = [backslash_quote, quote_inside]
