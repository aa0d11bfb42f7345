"""Whether a question is about code: by its words, and by what in it is Python."""

from __future__ import annotations

import ast
import keyword
import re
from functools import cache

import msgspec

from pippy_lsp import prompts
from pippy_lsp.teaching import glossary
from pippy_lsp.teaching.program import parse

_WORD = re.compile(r"[^\W\d_][\w']*")
_MARK = re.compile(r"`[^`]+`|\w+\(|==|!=|\w+_\w+|\w\.\w+\(|\[\d*\]")
_PLAIN = frozenset("and or not in is if else for from as with try while pass break".split())  # noqa: SIM905
_TRACE = re.compile(r"\b[A-Z]\w*Error\b|\bTraceback\b")
_ASKED = re.compile(r"[ \t]*#+[ \t]*(?:pippy:[ \t]*(?P<told>.+)|(?P<asked>.+\?))[ \t]*$", re.I)


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language that tell what a question is about."""

    code: tuple[str, ...]
    """Words of programming."""
    other: tuple[str, ...]
    """Words that are never about code."""


@cache
def load(language: str = prompts.DEFAULT_LANGUAGE) -> Words:
    """The words of `language`, in English where it has none."""
    return prompts.table(prompts.localized("topics/{lang}.toml", language), Words)


def question(line: str) -> str | None:
    """The question in a comment line: it ends in `?` or begins with `# pippy:`; else None."""
    match = _ASKED.match(line)
    text = (match.group("told") or match.group("asked")).strip() if match else ""
    return text if len(text.split()) > 1 else None


def about_code(text: str, program: str = "", language: str = prompts.DEFAULT_LANGUAGE) -> bool:
    """Whether `text` asks about code; `program` is the child's, whose names count as code."""
    if _MARK.search(text) or _TRACE.search(text):
        return True
    said = [word.lower().removesuffix("'s") for word in _WORD.findall(text)]
    known = load(language)
    points = sum(_is_one(word, known.code) for word in said)
    points += sum(word in _python() for word in said)
    points += 2 * bool(set(said) & _names(program))
    return points > 2 * sum(_is_one(word, known.other) for word in said)


def _is_one(word: str, words: tuple[str, ...]) -> bool:
    return word in words or (word.endswith("s") and word[:-1] in words)


@cache
def _python() -> frozenset[str]:
    """Words of Python that are no everyday words."""
    book = glossary.load()
    found = {*keyword.kwlist, *book.builtin, *book.module}
    return frozenset(word for word in found if word.islower()) - _PLAIN


def _names(program: str) -> set[str]:
    tree = parse(program)
    if not isinstance(tree, ast.Module):
        return set()
    stored = (n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and len(n.id) > 2)  # noqa: PLR2004
    return {name.lower() for name in stored}
