"""Mistakes in blocks: their first lines, their place, and what stands in the wrong one."""

from __future__ import annotations

from collections.abc import Iterator

from pippy_lsp.teaching.diagnosis import Finding, Rule, at, says, source
from pippy_lsp.teaching.repair import Case
from pippy_lsp.teaching.rules_layout import indent_of
from pippy_lsp.teaching.rules_words import HEADERS

_ALONE = {
    "else": "else-alone",
    "elif": "else-alone",
    "except": "except-alone",
    "finally": "except-alone",
}
_SHELL = frozenset({"pip", "pip3", "python", "python3", "py", "conda", "cd", "npm", "sudo"})


def header_empty(case: Case) -> Iterator[Finding]:
    """`if:`, `while:`, `for:`."""
    words = [token.text for token in case.statement]
    if words[1:2] != [":"] or words[0] not in ("if", "elif", "while", "for", "with"):
        return
    code = {"for": "for-empty", "with": "with-empty"}.get(words[0], "condition-empty")
    yield at(code, case.statement[0], word=words[0])


def without_its_start(case: Case) -> Iterator[Finding]:
    """An `else` without an `if`, an `except` without a `try`."""
    found = case.statement
    if found and found[0].text in _ALONE and case.row_of(found[0].start) == case.trouble.row:
        yield at(_ALONE[found[0].text], found[0], word=found[0].text)


def try_alone(case: Case) -> Iterator[Finding]:
    """A `try` that no `except` follows."""
    if not case.statement or not says(case, "expected 'except' or 'finally' block"):
        return
    indent = len(indent_of(case.lines[case.row]))
    for row in range(case.row - 1, -1, -1):
        line = case.lines[row]
        if line.lstrip().startswith("try") and len(indent_of(line)) <= indent:
            yield at("try-alone", *case.statement, other=str(row + 1))
            return


def outside(case: Case) -> Iterator[Finding]:
    """`break` outside a loop, `return` outside a function."""
    found = case.statement
    if not found:
        return
    if says(case, "outside loop|not properly in loop"):
        yield at("break-outside", found[0], word=found[0].text)
    elif says(case, "outside (?:async )?function"):
        word = next((t for t in found if t.text in ("return", "yield", "await")), found[0])
        yield at("return-outside", word, word=word.text)


def too_deep(case: Case) -> Iterator[Finding]:
    """More blocks or brackets in each other than Python can count."""
    if not case.statement:
        return
    if says(case, "too many statically nested blocks|too many levels of indentation"):
        yield at("blocks-deep", case.statement[0])
    elif says(case, "too many nested parentheses"):
        start = case.starts[case.row]
        yield Finding("brackets-deep", start, start + len(case.lines[case.row]))


def except_and_raise(case: Case) -> Iterator[Finding]:
    """`except A, B:` and `raise A, B`."""
    found = case.statement
    if found and found[0].text in ("except", "raise") and any(t.text == "," for t in found):
        yield at(f"{found[0].text}-many", *found)


def imports(case: Case) -> Iterator[Finding]:
    """`from math import (sin, cos) as funcs`, `import a from b`, `from __future__ import x`."""
    found = case.statement
    words = [token.text for token in found]
    if words[:2] == ["from", "__future__"]:
        late = says(case, "must occur at the beginning")
        yield at("future-first" if late else "future-unknown", *found)
    elif words[:1] == ["import"] and "from" in words:
        yield at("import-order", *found)
    elif words[:1] == ["from"] and ")" in words and words[-2:-1] == ["as"]:
        yield at("import-as", *found)


def no_python(case: Case) -> Iterator[Finding]:
    """`pip install x`, and a sentence in plain words."""
    found = case.statement
    if len(found) > 1 and found[0].text in _SHELL and found[1].text not in ("=", ".", "(", ":"):
        yield at("shell-command", *found, command=source(case, found))
    words = [token for token in found if token.kind == "name"]
    signs = {token.text for token in found if token.kind != "name"}
    plain = found[0].text not in HEADERS if found else False
    if plain and len(words) > 2 and signs <= {"!", ".", ",", "?", ":", "-"}:  # noqa: PLR2004
        yield at("prose", *found)


RULES: list[Rule] = [
    header_empty,
    try_alone,
    outside,
    too_deep,
    except_and_raise,
    imports,
    without_its_start,
]
LATE_RULES: list[Rule] = [no_python]
