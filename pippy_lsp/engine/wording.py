"""A text that must begin with one of some words, held to it while it is written.

What is refused afterwards has cost its tokens and leaves nothing to show; a token that can't be
drawn costs nothing.
"""

from __future__ import annotations

from typing import Protocol


class Table(Protocol):
    """What tokens spell; `vocabulary.Vocabulary` has it."""

    @property
    def blank(self) -> list[int]:
        """Tokens that are white space and nothing else."""

    @property
    def after_a_word(self) -> list[int]:
        """Tokens that can follow a word that has ended."""

    def spelling(self, piece: bytes) -> list[int]:
        """Tokens whose bytes are just these."""

    def beyond(self, word: bytes) -> list[int]:
        """Tokens that begin with this word, end it and go on, as `randint(`."""


class Wording:
    """Follows the text from its start until one of the words is there."""

    def __init__(self, words: tuple[str, ...], begun: str, table: Table) -> None:
        """`begun` is what of the word stands there already: no white space comes first then."""
        self._words = [word.encode() for word in words]
        self._written = begun.encode()
        self._table = table
        self.done = not words

    def allowed(self) -> list[int]:
        """The tokens that lead to one of the words; empty where none does."""
        rests = {
            word[len(self._written) :] for word in self._words if word.startswith(self._written)
        }
        starts = {rest[:end] for rest in rests for end in range(1, len(rest) + 1)}
        leads = (b"",) if self._written else (b"", b" ")
        found = set(() if self._written else self._table.blank)
        for lead in leads:
            found.update(token for start in starts for token in self._table.spelling(lead + start))
            found.update(t for rest in rests if rest for t in self._table.beyond(lead + rest))
        if b"" in rests:
            found.update(self._table.after_a_word)
        return sorted(found)

    def fits(self, text: bytes) -> bool:
        """Whether the text can go on with `text`."""
        whole = self._written + text if self._written else text.lstrip()
        return any(word.startswith(whole) or _has(whole, word) for word in self._words)

    def write(self, text: bytes) -> None:
        """`text` has been written."""
        self._written = self._written + text if self._written else text.lstrip()
        ended = (_has(self._written, w) and self._written != w for w in self._words)
        self.done = self.done or any(ended) or not self.fits(b"")


def _has(text: bytes, word: bytes) -> bool:
    """Whether `text` begins with the whole word."""
    return text.startswith(word) and not in_word(text[len(word) :])


def in_word(text: bytes) -> bool:
    """Whether a name goes on with these bytes; letters of other alphabets count."""
    first = text[:1]
    return bool(first) and (first >= b"\x80" or first.isalnum() or first == b"_")
