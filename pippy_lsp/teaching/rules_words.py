"""Repairs of one line: wrong words and signs."""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Iterator
from itertools import pairwise

from pippy_lsp.teaching import lexer
from pippy_lsp.teaching.lexer import Token
from pippy_lsp.teaching.repair import Case, Repair, Rule

HEADERS = ("if", "elif", "else", "while", "for", "def", "class", "try", "except", "finally", "with")
_STARTERS = (*HEADERS, "import", "from", "return", "print", "break", "continue")
_NO_STARTERS = ("is", "in", "as", "or", "and")
_CONDITIONS = ("if", "elif", "while")
_SIGNS = {
    ("=", ">"): ">=", ("=", "<"): "<=", ("=", "!"): "!=", ("<", ">"): "!=", ("==", "="): "==",
    ("&", "&"): "and", ("|", "|"): "or", ("<", "="): "<=", (">", "="): ">=", ("!", "="): "!=",
}  # fmt: skip
_CURLY = {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "´": "'"}
_MARKS = ("!", "?", ".")
_COUNTING = {("+", "+"): "+= 1", ("-", "-"): "-= 1"}
_DECLARING = ("let", "var", "const", "int", "float", "str", "string", "bool")
_VALUES = ("name", "number", "string")


def tokens_of(case: Case, row: int) -> list[Token]:
    """The code of one line; offsets are the program's."""
    start = case.starts[row]
    return [
        Token(token.kind, token.text, token.start + start, token.end + start)
        for token in lexer.code(case.lines[row])
    ]


def curly_quotes(case: Case, row: int) -> Iterator[Repair]:
    """“text” as word processors write it."""
    line, start = case.lines[row], case.starts[row]
    new = "".join(_CURLY.get(char, char) for char in line)
    if new != line:
        yield Repair("curly-quotes", start, start + len(line), new)


def capital_keyword(case: Case, row: int) -> Iterator[Repair]:
    """`If`, `WHILE`, `Print` without brackets."""
    for token in tokens_of(case, row):
        lower = token.text.lower()
        if token.kind == "name" and token.text != lower and lower in {*keyword.kwlist, "print"}:
            values = {"word": token.text, "right": lower}
            yield Repair("capital-keyword", token.start, token.end, lower, values)


def else_if(case: Case, row: int) -> Iterator[Repair]:
    """`else if`, `elseif`, `elsif` for `elif`."""
    found = tokens_of(case, row)
    if found and found[0].text in ("elseif", "elsif", "elseIf"):
        yield Repair("else-if", found[0].start, found[0].end, "elif")
    if len(found) > 1 and (found[0].text, found[1].text) == ("else", "if"):
        yield Repair("else-if", found[0].start, found[1].end, "elif")
    if found and found[0].text == "else" and len(found) > 2:  # noqa: PLR2004
        yield Repair("else-with-test", found[0].start, found[0].end, "elif")


def misspelled_keyword(case: Case, row: int) -> Iterator[Repair]:
    """`whlie`, `retrun`, `improt` at the start of a line."""
    found = tokens_of(case, row)
    if found and found[0].text in _NO_STARTERS and found[-1].text == ":":
        right = "for" if [token.text for token in found[2:3]] == ["in"] else "if"
        values = {"word": found[0].text, "right": right}
        yield Repair("misspelled-keyword", found[0].start, found[0].end, right, values)
    if not found or found[0].kind != "name" or keyword.iskeyword(found[0].text):
        return
    if len(found) > 1 and found[1].text in ("=", ".", "[", "+=", "-="):
        return
    near = difflib.get_close_matches(found[0].text, _STARTERS, n=2, cutoff=0.7)
    for word in near:
        if word != found[0].text:
            values = {"word": found[0].text, "right": word}
            yield Repair("misspelled-keyword", found[0].start, found[0].end, word, values)


def missing_colon(case: Case, row: int) -> Iterator[Repair]:
    """`if x > 3` without `:`, or with another sign in its place."""
    found = tokens_of(case, row)
    if not found or found[0].text not in HEADERS or found[-1].text == ":":
        return
    last = found[-1]
    yield Repair("missing-colon", last.end, last.end, ":")
    if last.text in (";", ",", ".", "="):
        yield Repair("missing-colon", last.start, last.end, ":")


def assign_in_condition(case: Case, row: int) -> Iterator[Repair]:
    """`if x = 3`."""
    found = tokens_of(case, row)
    if found and found[0].text in _CONDITIONS:
        for token in found:
            if token.text == "=":
                yield Repair("assign-in-condition", token.start, token.end, "==")


def wrong_sign(case: Case, row: int) -> Iterator[Repair]:
    """`=>`, `&&`, `< =`, `++` and others that other languages have, or that are torn apart."""
    found = tokens_of(case, row)
    for one, two in pairwise(found):
        pair, written = (one.text, two.text), case.text[one.start : two.end]
        near = two.start - one.end <= 1
        if near and pair in _SIGNS:
            right = _SIGNS[pair]
            spaced = f" {right} " if right.isalpha() else right
            new = spaced.strip() if case.text[one.start - 1 : one.start] == " " else spaced
            new = new if case.text[two.end : two.end + 1] == " " else new.rstrip() + " "
            values = {"sign": written, "right": right}
            yield Repair(
                "wrong-sign", one.start, two.end, new if right.isalpha() else right, values
            )
        elif near and pair in _COUNTING and two is found[-1]:
            values = {"sign": written, "right": _COUNTING[pair]}
            new = _COUNTING[pair]
            gap = "" if case.text[one.start - 1 : one.start] == " " else " "
            yield Repair("wrong-sign", one.start, two.end, gap + new, values)


def print_brackets(case: Case, row: int) -> Iterator[Repair]:
    """`print x`, as Python 2 had it."""
    found = tokens_of(case, row)
    for index, token in enumerate(found[:-1]):
        if token.text == "print" and found[index + 1].text != "(":
            inner = case.text[found[index + 1].start : found[-1].end]
            yield Repair("print-brackets", token.end, found[-1].end, f"({inner})")
            if found[-1].text == ")":
                yield Repair("print-brackets", token.end, found[index + 1].start, "(")
    whole = case.statement
    if len(whole) > 1 and whole[0].text == "print" and case.row_of(whole[-1].end) > row:
        inner = case.text[whole[1].start : whole[-1].end]
        yield Repair("print-brackets", whole[0].end, whole[-1].end, f"({inner})")


def missing_call_brackets(case: Case, row: int) -> Iterator[Repair]:
    """`range 5`, `def hello:`."""
    found = tokens_of(case, row)
    for one, two in pairwise(found):
        if one.text in ("range", "input", "len") and two.kind in _VALUES:
            values = {"name": one.text}
            yield Repair("call-brackets", one.end, two.end, f"({two.text})", values)
    found = found[1:] if found and found[0].text == "async" else found
    if len(found) > 1 and found[0].text == "def" and found[1].kind == "name":
        after = found[2].text if len(found) > 2 else ""  # noqa: PLR2004
        if after == "(":
            return
        yield Repair("def-brackets", found[1].end, found[1].end, "()")
        if found[-1].text == ":" and len(found) > 3:  # noqa: PLR2004
            inner = case.text[found[2].start : found[-2].end]
            yield Repair("def-brackets", found[1].end, found[-2].end, f"({inner})")


def missing_in(case: Case, row: int) -> Iterator[Repair]:
    """`for i range(5):`, `for i = range(5):`, `for i on names:`."""
    found = tokens_of(case, row)
    if len(found) < 3 or found[0].text != "for" or any(t.text == "in" for t in found):  # noqa: PLR2004
        return
    third = found[2]
    yield Repair("missing-in", found[1].end, found[1].end, " in")
    for one, two in pairwise(found[2:]):
        if (one.kind == "name" or one.text == ")") and two.kind == "name":
            yield Repair("missing-in", one.end, one.end, " in")
            break
    if third.text in ("=", "of", "on", "im", "ni", "from", "is"):
        yield Repair("missing-in", third.start, third.end, "in")


def import_order(case: Case, row: int) -> Iterator[Repair]:
    """`import randint from random`."""
    found = tokens_of(case, row)
    words = [token.text for token in found]
    if words[:1] == ["import"] and "from" in words[2:]:
        at = words.index("from")
        what = case.text[found[1].start : found[at - 1].end]
        where = case.text[found[at].end : found[-1].end].strip()
        if where:
            new = f"from {where} import {what}"
            yield Repair("import-order", found[0].start, found[-1].end, new)


def swapped_sides(case: Case, row: int) -> Iterator[Repair]:
    """`5 = lives`."""
    found = tokens_of(case, row)
    signs = [index for index, token in enumerate(found) if token.text == "="]
    if len(signs) == 1 and 0 < signs[0] < len(found) - 1:
        left = case.text[found[0].start : found[signs[0] - 1].end]
        right = case.text[found[signs[0] + 1].start : found[-1].end]
        if right.isidentifier():
            yield Repair("swapped-sides", found[0].start, found[-1].end, f"{right} = {left}")


def split_name(case: Case, row: int) -> Iterator[Repair]:
    """`my score = 3`: a name of two words."""
    found = tokens_of(case, row)
    words: list[Token] = []
    for token in found:
        if token.kind != "name" or token.text.lower() in keyword.kwlist:
            break
        words.append(token)
    if len(words) > 1 and found[len(words) : len(words) + 1] and found[len(words)].text == "=":
        name = "_".join(token.text for token in words)
        yield Repair("split-name", words[0].start, words[-1].end, name, {"right": name})


def foreign_word(case: Case, row: int) -> Iterator[Repair]:
    """`let x = 5`, `int x = 5`, `if x > 3 then`: words that other languages want."""
    found = tokens_of(case, row)
    words = [token.text for token in found]
    if len(found) > 2 and words[0] in _DECLARING and found[1].kind == "name" and words[2] == "=":  # noqa: PLR2004
        values = {"word": words[0]}
        yield Repair("foreign-word", found[0].start, found[1].start, "", values)
    for one, two, three in zip(found, found[1:], found[2:], strict=False):
        if one.text in _DECLARING and two.kind == "name" and three.text == ":=":
            yield Repair("foreign-word", one.start, two.start, "", {"word": one.text})
    if found and words[0] in HEADERS:
        last = found[-2] if words[-1] == ":" and len(found) > 1 else found[-1]
        if last.text in ("then", "do"):
            before = found[found.index(last) - 1]
            yield Repair("foreign-word", before.end, last.end, "", {"word": last.text})


def print_text(case: Case, row: int) -> Iterator[Repair]:
    """`print hello world`: words that were meant as text."""
    found = tokens_of(case, row)
    rest = found[1:]
    words = all(
        token.text in _MARKS or (token.kind == "name" and not keyword.iskeyword(token.text))
        for token in rest
    )
    if found and found[0].text == "print" and len(rest) > 1 and words:
        inner = case.text[rest[0].start : rest[-1].end]
        yield Repair("print-text", found[0].end, rest[-1].end, f'("{inner}")')


def missing_comma(case: Case, row: int) -> Iterator[Repair]:
    """Two values side by side in brackets."""
    found = tokens_of(case, row)
    depth = 0
    for one, two in pairwise(found):
        depth += (one.text in lexer.CLOSERS) - (one.text in lexer.CLOSERS.values())
        words = keyword.iskeyword(one.text) or keyword.iskeyword(two.text)
        ends = one.kind in _VALUES or one.text in lexer.CLOSERS.values()
        begins = two.kind in _VALUES and two.text not in ('""', "''")
        if depth > 0 and ends and begins and not words:
            yield Repair("missing-comma", one.end, one.end, ",")


RULES: list[Rule] = [
    curly_quotes,
    missing_colon,
    assign_in_condition,
    else_if,
    capital_keyword,
    print_text,
    print_brackets,
    misspelled_keyword,
    wrong_sign,
    missing_call_brackets,
    missing_in,
    import_order,
    swapped_sides,
    foreign_word,
    split_name,
]
LATE_RULES: list[Rule] = [missing_comma]
"""These also seem to fix what another rule explains better."""
