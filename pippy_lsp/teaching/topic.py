"""Whether a question is about code: by its words, and by what in it is Python."""

from __future__ import annotations

import ast
import keyword
import re
from functools import cache

import msgspec

from pippy_lsp import prompts
from pippy_lsp.safety import gate
from pippy_lsp.teaching import glossary
from pippy_lsp.teaching.program import parse

COMMON = frozenset({"and", "or", "not", "in", "is", "if", "for", "from", "as", "with"})
"""Words of Python that are in every other sentence."""
PLAIN = COMMON | {"else", "try", "while", "pass", "break"}
"""Words of Python that are everyday words too."""
_WORD = re.compile(r"[^\W\d_][\w']*")
_MARK = re.compile(r"`[^`]+`|\w+\(|==|!=|\w+_\w+|\w\.\w+\(|\[\d*\]")
_TRACE = re.compile(r"\b[A-Z]\w*Error\b|\bTraceback\b")
_ASKED = re.compile(r"[ \t]*#+[ \t]*(?:pippy:[ \t]*(?P<told>.+)|(?P<asked>.+\?))[ \t]*$", re.I)
_SURE, _OTHER = 3, 2
"""What a word of programming alone weighs, and one that is seldom about code."""
_LEAST = 3
"""Letters of a child's own name that can be told from a word by chance."""


class Topics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language that tell what a question is about."""

    code: tuple[str, ...]
    """Words of programming alone."""
    maybe: tuple[str, ...]
    """Words of programming that are everyday words too."""
    other: tuple[str, ...]
    """Words that are seldom about code."""


@cache
def load(language: str = prompts.DEFAULT_LANGUAGE) -> Topics:
    """The words of `language`, in English where it has none."""
    return prompts.table(prompts.localized("topics/{lang}.toml", language), Topics)


def question(line: str) -> str | None:
    """The question in a comment line: it ends in `?` or begins with `# pippy:`; else None."""
    match = _ASKED.match(line)
    text = (match.group("told") or match.group("asked")).strip() if match else ""
    return text if len(text.split()) > 1 else None


def fixed(text: str, program: str = "", language: str = prompts.DEFAULT_LANGUAGE) -> str:
    """The key of the fixed line that answers what is not about code; "" where it is."""
    heard = gate.heard(text, wish=True)
    if heard is not None:
        return f"error-safety-{heard}"
    return "" if about_code(text, program, language) else "error-safety-talk"


def about_code(text: str, program: str = "", language: str = prompts.DEFAULT_LANGUAGE) -> bool:
    """Whether `text` asks about code; `program` is the child's, whose names count as code."""
    if _MARK.search(text) or _TRACE.search(text):
        return True
    said = [word.lower().removesuffix("'s") for word in _WORD.findall(text)]
    known = load(language)
    sure = sum(_is_one(word, known.code) or word in _python() for word in said)
    maybe = sum(_is_one(word, known.maybe) for word in said) + bool(set(said) & names_in(program))
    other = sum(_is_one(word, known.other) for word in said)
    return _SURE * sure + maybe > _OTHER * other


def _is_one(word: str, words: tuple[str, ...]) -> bool:
    return word in words or (word.endswith("s") and word[:-1] in words)


@cache
def _python() -> frozenset[str]:
    """Words of Python that are no everyday words."""
    book = glossary.load()
    found = {*keyword.kwlist, *book.builtin, *book.module}
    return frozenset(word for word in found if word.islower()) - PLAIN


def names_in(program: str) -> set[str]:
    """The child's own names in `program`, in small letters."""
    tree = parse(program)
    if not isinstance(tree, ast.Module):
        return set()
    names = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {name.lower() for name in names if len(name) >= _LEAST and name not in _python()}
