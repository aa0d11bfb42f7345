"""The words and phrases of `prompts/safety/LANG.toml`, made ready to be looked for.

All languages hold together: children mix languages, and so do models.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import msgspec

from pippy_lsp import prompts
from pippy_lsp.errors import PromptError

FOLDER = "safety"
_TOKEN = re.compile(r"[^\W_]+")
_DISGUISED = re.compile(r"(?=[a-z]*[0-9@$])[a-z0-9@$]{4,}")
_LEAST_LETTERS = 3
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ESCAPE = re.compile(r"\\[nrt]")
_LONG_RUN = re.compile(r"(.)\1{2,}")
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
_DISGUISE = str.maketrans("013457@$", "oieastas")
"""Digits and signs that stand for letters: `sh1t`."""


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language's file; what each list is for stands in `en.toml`."""

    words: tuple[str, ...]
    allow: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    persona: tuple[str, ...] = ()
    distress: tuple[str, ...] = ()
    play: tuple[str, ...] = ()
    talk: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lexicon:
    """All files together."""

    words: frozenset[str]
    parts: re.Pattern[str]
    """Words that are spelled with a `*`."""
    neutral: frozenset[str]
    phrases: re.Pattern[str]
    personal: re.Pattern[str]
    persona: re.Pattern[str]
    distress: re.Pattern[str]
    play: re.Pattern[str]
    talk: re.Pattern[str]

    def has(self, token: str) -> bool:
        """Whether `token`, in small letters, is one of the words."""
        return token in self.words or self.parts.fullmatch(token) is not None


def files() -> dict[str, File]:
    """Each language's file.

    Raises: PromptError.
    """
    folder = prompts.root() / FOLDER
    return {
        path.stem: prompts.table(f"{FOLDER}/{path.name}", File)
        for path in sorted(folder.glob("*.toml"))
    }


@cache
def load() -> Lexicon:
    """The lexicon of all languages.

    Raises: PromptError; also where there is no file at all: without it nothing would be held back.
    """
    found = files().values()
    if not found:
        raise PromptError(name=FOLDER, problem="no file")
    words = [fold(word) if word.isascii() else word for file in found for word in file.words]
    starred = [re.escape(word).replace(r"\*", r"\w*") for word in words if "*" in word]

    def joined(name: str) -> re.Pattern[str]:
        parts = [f"(?:{each})" for file in found for each in getattr(file, name)]
        try:
            return re.compile("|".join(parts) or r"(?!)")
        except re.error as error:
            raise PromptError(name=f"{FOLDER}: {name}", problem=str(error)) from error

    return Lexicon(
        words=frozenset(word for word in words if "*" not in word),
        parts=re.compile("|".join(starred) or r"(?!)"),
        neutral=frozenset(fold(word) for file in found for word in file.neutral),
        phrases=joined("phrases"),
        personal=joined("personal"),
        persona=joined("persona"),
        distress=joined("distress"),
        play=joined("play"),
        talk=joined("talk"),
    )


def fold(text: str) -> str:
    """`text` as phrases are looked for in it."""
    text = _APOSTROPHE.sub("", _ESCAPE.sub(" ", text)).lower()
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(text.split())


def tokens(text: str) -> Iterator[str]:
    """The words of `text` in small letters: also the parts of names, and what is disguised."""
    text = _ESCAPE.sub(" ", text)
    plain = text.lower()
    found = set(_TOKEN.findall(plain))
    found.update(_TOKEN.findall(_HUMP.sub(" ", text).lower()))
    for token in _DISGUISED.findall(plain):
        if sum(char.isalpha() for char in token) >= _LEAST_LETTERS:
            found.update((token.translate(_DISGUISE), token.rstrip("0123456789")))
    for token in found:
        yield token
        folded = token if token.isascii() else fold(token)
        if folded != token:
            yield folded
        if _LONG_RUN.search(folded):
            yield _LONG_RUN.sub(r"\1", folded)
            yield _LONG_RUN.sub(r"\1\1", folded)
