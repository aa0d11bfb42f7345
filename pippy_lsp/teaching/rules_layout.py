"""Repairs of what holds a program together: quotes, brackets, indentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from pippy_lsp.analysis.syntax import unit_of
from pippy_lsp.teaching import lexer
from pippy_lsp.teaching.diagnosis import is_value_end
from pippy_lsp.teaching.repair import Case, Repair, Rule
from pippy_lsp.teaching.rules_words import HEADERS, tokens_of

_TAIL = re.compile(r"[\s)\]}:,]*$")
_TRIPLE = 3


def indent_of(line: str) -> str:
    """The white space that the line starts with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def unclosed_quote(case: Case, row: int) -> Iterator[Repair]:
    """A text without its second quote mark, or with another one there."""
    for token in tokens_of(case, row):
        if token.kind != "unclosed":
            continue
        quote = token.text.lstrip("rbfuRBFU")[0]
        text = case.lines[row][token.start - case.starts[row] :]
        if text.lstrip("rbfuRBFU").startswith(quote * _TRIPLE):
            continue
        tail = _TAIL.search(text)
        bare = token.start + (tail.start() if tail else len(text))
        other = "'" if quote == '"' else '"'
        if case.text[bare - 1] == other and bare - 1 > token.start:
            yield Repair("mixed-quotes", bare - 1, bare, quote, {"quote": quote})
        yield Repair("unclosed-quote", bare, bare, quote, {"quote": quote})
        end = token.start + len(text.rstrip())
        if end != bare:
            for place in range(bare + 1, end + 1):
                yield Repair("unclosed-quote", place, place, quote, {"quote": quote})


def unopened_quote(case: Case, row: int) -> Iterator[Repair]:
    """`print(hello")`: a quote mark before the word is missing."""
    line, start = case.lines[row], case.starts[row]
    for match in re.finditer(r"(?:^|[=(\[{,:+])\s*(?=\w)", line):
        rest = line[match.end() :]
        quote = next((char for char in rest if char in "\"'"), "")
        if quote and rest.count(quote) % 2 and quote * _TRIPLE not in rest:
            at = start + match.end()
            yield Repair("unopened-quote", at, at, quote, {"quote": quote})


def unclosed_bracket(case: Case, row: int) -> Iterator[Repair]:
    """A bracket that is opened and never closed: closed at the end of a line."""
    opened, _ = lexer.brackets(case.text)
    next_row = next((r for r in range(row + 1, len(case.lines)) if case.lines[r].strip()), row)
    left = [*_left_open(case, row), *_left_open(case, next_row)]
    for token in reversed(list(dict.fromkeys([*opened, *left]))):
        closer = lexer.CLOSERS[token.text]
        values = {"bracket": token.text, "right": closer}
        place = case.row_of(token.start)
        for candidate in dict.fromkeys([place, row]):
            if candidate >= place:
                for at in _line_ends(case, candidate):
                    yield Repair("unclosed-bracket", at, at, closer, values)


def _left_open(case: Case, row: int) -> tuple[lexer.Token, ...]:
    """The brackets that are open above a line that begins a statement: what closes them further
    down was meant for others.
    """
    line, above = tokens_of(case, row), tokens_of(case, case.before(row)) if row else []
    if not line or not above or not is_value_end(above[-1]):
        return ()
    words = [token.text for token in line]
    begins = words[0] in (*HEADERS, "return", "import", "from", "print", "break", "continue")
    if not begins and not (line[0].kind == "name" and words[1:2] == ["="]):
        return ()
    return lexer.brackets(case.text[: case.starts[row]])[0]


def _line_ends(case: Case, row: int) -> Iterator[int]:
    """Where a closing bracket can stand at the end of a line: before its colon, at its end."""
    found = tokens_of(case, row)
    if not found:
        return
    if found[-1].text == ":" and found[0].text in HEADERS:
        yield found[-1].start
    else:
        yield found[-1].end
    if found[-1].text == ",":
        yield found[-1].start


def extra_bracket(case: Case, row: int) -> Iterator[Repair]:
    """A bracket that closes nothing, or one of the wrong kind."""
    opened, extra = lexer.brackets(case.text)
    for token in extra:
        if case.row_of(token.start) not in (row, row + 1):
            continue
        for opener in opened:
            right = lexer.CLOSERS[opener.text]
            if right != token.text and opener.start < token.start:
                values = {"bracket": token.text, "right": right}
                yield Repair("wrong-bracket", token.start, token.end, right, values)
        yield from _opener(case, row, token)
        yield Repair("extra-bracket", token.start, token.end, "", {"bracket": token.text})


def _opener(case: Case, row: int, closer: lexer.Token) -> Iterator[Repair]:
    """Where the bracket that `closer` closes can have been forgotten."""
    opener = next(o for o, c in lexer.CLOSERS.items() if c == closer.text)
    values = {"bracket": closer.text, "right": opener}
    found = [token for token in tokens_of(case, row) if token.start <= closer.start]
    for one, two in pairwise(found):
        value = two.kind in ("name", "number", "string")
        called = opener == "(" and one.kind == "name" and value and is_value_end(one)
        begins = one.text in ("=", "(", ",", "in", "return")
        if called or (begins and (opener != "(" or two.start == closer.start)):
            yield Repair("unopened-bracket", two.start, two.start, opener, values)


def missing_indent(case: Case, row: int) -> Iterator[Repair]:
    """The line under a header is not moved in, or there is none."""
    if "expected an indented block" not in case.trouble.reason:
        return
    header = next((r for r in range(row, -1, -1) if _ends_in_colon(case, r)), None)
    if header is None:
        return
    inner = indent_of(case.lines[header]) + unit_of("\n".join(case.lines))
    follows = header + 1 <= case.row and case.trouble.row < len(case.lines)
    if follows and case.row > header and tokens_of(case, case.row):
        start, old = case.starts[case.row], indent_of(case.lines[case.row])
        values = {"header": str(header + 1)}
        yield Repair("missing-indent", start, start + len(old), inner, values)
    else:
        end = case.starts[header] + len(case.lines[header])
        newline = "\r\n" if "\r\n" in case.text else "\n"
        yield Repair("empty-block", end, end, f"{newline}{inner}pass")


def _ends_in_colon(case: Case, row: int) -> bool:
    found = tokens_of(case, row)
    return bool(found) and found[-1].text == ":"


def wrong_indent(case: Case, row: int) -> Iterator[Repair]:
    """A line that is moved in too far, or to no line above it, or with tabs among spaces."""
    reason = case.trouble.reason
    if not any(word in reason for word in ("unexpected indent", "unindent", "tabs and spaces")):
        return
    old, start = indent_of(case.lines[row]), case.starts[row]
    above = [indent_of(line) for line in case.lines[:row] if line.strip()]
    width = len(old.expandtabs(4))
    options = sorted(set(above) or {""}, key=lambda i: abs(len(i.expandtabs(4)) - width))
    if "unexpected indent" in reason and above:
        options = [above[-1], *options]
    for new in dict.fromkeys(options):
        if new != old:
            yield Repair("wrong-indent", start, start + len(old), new)


RULES: list[Rule] = [
    missing_indent,
    wrong_indent,
    unclosed_quote,
    extra_bracket,
    unclosed_bracket,
    unopened_quote,
]
