"""Every entry is short, easy, and its example parses; every keyword has one."""

from __future__ import annotations

import ast
import keyword
import re

import pytest

from pippy_lsp.teaching import glossary
from pippy_lsp.teaching.glossary import Entry

BOOK = glossary.load("en")
ENTRIES = [
    pytest.param(section, name, entry, id=f"{section}-{name}")
    for section in BOOK.__struct_fields__
    for name, entry in getattr(BOOK, section).items()
]
MAX_WORDS = 25
MAX_GRADE = 5.0
ADVANCED = {"async", "await"}


def syllables(word: str) -> int:
    """An estimate: groups of vowels, a silent e not counted."""
    word = re.sub(r"[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = word.endswith("e") and not word.endswith(("le", "ee")) and groups > 1
    return max(1, groups - silent)


def grade(text: str) -> float:
    """Flesch-Kincaid; what is in code marks counts as one short word."""
    plain = re.sub(r"`[^`]*`", "it", text)
    words = re.findall(r"[A-Za-z']+|\d+(?:\.\d+)?", plain)
    sentences = max(1, len(re.findall(r"[.!?:](?:\s|$)", plain)))
    total = sum(syllables(word) if word[0].isalpha() else 1 for word in words)
    return 0.39 * len(words) / sentences + 11.8 * total / len(words) - 15.59


def test_there_are_enough() -> None:
    assert len(ENTRIES) >= 80


@pytest.mark.parametrize(("section", "name", "entry"), ENTRIES)
def test_entry(section: str, name: str, entry: Entry) -> None:
    assert len(entry.text.split()) <= MAX_WORDS
    assert grade(entry.text) <= MAX_GRADE, grade(entry.text)
    assert entry.text[-1] in ".!?"
    assert ast.parse(entry.example).body or section == "literal"


def test_every_keyword_has_an_entry() -> None:
    assert set(keyword.kwlist) - set(BOOK.keyword) == ADVANCED


@pytest.mark.parametrize(
    ("full_name", "word"),
    [
        ("random.randint", "randint"),
        ("random.Random.randint", "randint"),
        ("turtle.TNavigator.forward", "forward"),
        ("builtins.list.append", "append"),
        ("builtins.print", "print"),
        ("math", "math"),
        ("turtle.fd", "fd"),
        ("turtle.TPen.down", "down"),
        ("pygame.locals.QUIT", "QUIT"),
        ("pygame.Surface.blit", "blit"),
    ],
)
def test_named(full_name: str, word: str) -> None:
    entry = BOOK.named(full_name)
    assert entry is not None
    assert f"`{word}`" in entry.text


def test_unknown_name() -> None:
    assert BOOK.named("builtins.hash") is None
    assert BOOK.named("mymodule.forward") is None


def test_another_language_falls_back_to_english() -> None:
    assert glossary.load("xx") == BOOK


def test_aliases_mean_what_has_an_entry() -> None:
    for name, other in glossary.names().alias.items():
        assert other in BOOK.member, name
        assert name not in BOOK.member, name
