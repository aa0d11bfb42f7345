"""Slips that beginners make, put into programs that can be read: one in each copy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pippy_lsp.teaching import lexer
from pippy_lsp.teaching.program import split

_HEADER = re.compile(r"(if|elif|while|for|def|class|else|try)\b.*:$")
_WORD = re.compile(r"(if|elif|else|while|for|def|import|from|return)\b")
_CONTINUED = (":", ",", "(", "[", "{", "\\")
_OPENED = {"extra-bracket", "unopened-bracket", "print-brackets", "def-brackets", "call-brackets"}
_SHORT = 3
_TRIPLE = ('"""', "'''")


@dataclass(frozen=True)
class Slip:
    """One program with one slip in `line` (from 1); any of `causes` names it rightly."""

    kind: str
    causes: set[str]
    line: int
    text: str


def slips(text: str) -> Iterator[Slip]:
    """Every slip that we know, at every place of `text`, in which no line ends with CR."""
    starts = [0]
    for line in split(text):
        starts.append(starts[-1] + len(line) + 1)
    for row, line in enumerate(split(text)):
        yield from _in_words(text, row, line, starts)
        yield from _in_layout(text, row, line, starts)
    for token in lexer.code(text):
        yield from _in_token(text, token)


def _in_words(text: str, row: int, line: str, starts: list[int]) -> Iterator[Slip]:
    bare, start, number = line.strip(), starts[row], row + 1
    indent = len(line) - len(line.lstrip())
    word = _WORD.match(bare)
    if word:
        at, name = start + indent, word.group()
        if len(name) > _SHORT:
            swapped = name[0] + name[2] + name[1] + name[3:]
            made = text[:at] + swapped + text[at + len(name) :]
            yield Slip("letters swapped", {"misspelled-keyword"}, number, made)
        made = text[:at] + name.capitalize() + text[at + len(name) :]
        yield Slip("capital letter", {"capital-keyword"}, number, made)
        if name == "elif":
            made = text[:at] + "else if" + text[at + 4 :]
            yield Slip("else if", {"else-if"}, number, made)
    if re.match(r"(if|elif|while)\b", bare) and line.count("==") == 1:
        at = start + line.index("==")
        yield Slip("one =", {"assign-in-condition"}, number, text[:at] + text[at + 1 :])
    found = re.match(r"\s*for\b.*?\bin\b ", line)
    if found:
        at = start + found.end()
        yield Slip("no in", {"missing-in"}, number, text[: at - 3] + text[at:])


def _in_layout(text: str, row: int, line: str, starts: list[int]) -> Iterator[Slip]:
    bare, start, lines = line.strip(), starts[row], split(text)
    if _HEADER.match(bare):
        end = start + len(line.rstrip())
        yield Slip("no colon", {"missing-colon"}, row + 1, text[: end - 1] + text[end:])
        below = lines[row + 1] if row + 1 < len(lines) else ""
        if below.strip() and not below.strip().startswith("#"):
            at, indent = starts[row + 1], len(line) - len(line.lstrip())
            made = text[:at] + " " * indent + below.lstrip() + text[at + len(below) :]
            yield Slip("not moved in", {"missing-indent"}, row + 2, made)
    above = lines[row - 1].rstrip() if row else ""
    text_line = bare.startswith(("#", '"', "'"))
    if bare and above and not text_line and not above.endswith(_CONTINUED):
        made = f"{text[:start]}    {text[start:]}"
        yield Slip("moved in", {"wrong-indent", "else-place"}, row + 1, made)


def _in_token(text: str, token: lexer.Token) -> Iterator[Slip]:
    line = text.count("\n", 0, token.start) + 1
    gone = text[: token.start] + text[token.end :]
    if token.text in ")]}":
        yield Slip("not closed", {"unclosed-bracket"}, line, gone)
    elif token.text in "([{":
        yield Slip("not opened", _OPENED, line, gone)
    elif token.text == ",":
        yield Slip("no comma", {"missing-comma"}, line, gone)
    elif token.kind == "string" and "\n" not in token.text and token.text[-3:] not in _TRIPLE:
        made = text[: token.end - 1] + text[token.end :]
        yield Slip("no end of text", {"unclosed-quote", "unopened-quote"}, line, made)
        at = token.start + len(token.text) - len(token.text.lstrip("rbfuRBFU"))
        made = text[:at] + text[at + 1 :]
        yield Slip("no start of text", {"unopened-quote", "unclosed-quote"}, line, made)
