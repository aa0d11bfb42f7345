"""The bytes of a model's tokens, and which tokens can stand where a text is held to something."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from itertools import takewhile

from pippy_lsp.engine.wording import in_word


class Vocabulary:
    """What each token spells; answers are remembered, for a vocabulary has 100,000 tokens."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        """By the token's number; control tokens have no bytes."""
        self._starts: dict[bytes, list[int]] = {}
        self._openings: dict[tuple[str, ...], list[int]] = {}

    def starting_with(self, start: bytes) -> list[int]:
        """The tokens whose bytes begin with `start`."""
        if start not in self._starts:
            first = bisect_left(self._ordered, (start, -1))
            agreeing = takewhile(lambda entry: entry[0].startswith(start), self._ordered[first:])
            self._starts[start] = [token for _, token in agreeing]
        return self._starts[start]

    def opening_with(self, texts: tuple[str, ...]) -> list[int]:
        """The tokens that, but for white space, are one of these words or begin with one of these
        symbols.
        """
        if texts not in self._openings:
            symbols = tuple(text.encode() for text in texts if not text[0].isalnum())
            words = {text.encode() for text in texts if text[0].isalnum()}
            bare = enumerate(piece.lstrip() for piece in self.pieces)
            found = [t for t, piece in bare if piece in words or piece.startswith(symbols)]
            self._openings[texts] = found
        return self._openings[texts]

    def spelling(self, piece: bytes) -> list[int]:
        """The tokens whose bytes are exactly `piece`."""
        ordered = self._ordered
        first, end = bisect_left(ordered, (piece, -1)), bisect_left(ordered, (piece + b"\0", -1))
        return [token for _, token in ordered[first:end]]

    def beyond(self, word: bytes) -> list[int]:
        """The tokens that begin with this word, end it and go on, as `randint(`."""
        longer = ((token, self.pieces[token][len(word) :]) for token in self.starting_with(word))
        return [token for token, rest in longer if rest and not in_word(rest)]

    @cached_property
    def after_a_word(self) -> list[int]:
        """The tokens that can follow a word that has ended; the marks of an end are among them."""
        return [token for token, piece in enumerate(self.pieces) if not in_word(piece)]

    @cached_property
    def blank(self) -> list[int]:
        """The tokens that are white space and nothing else."""
        return [token for token, piece in enumerate(self.pieces) if piece.isspace()]

    @cached_property
    def _ordered(self) -> list[tuple[bytes, int]]:
        return sorted((piece, token) for token, piece in enumerate(self.pieces) if piece)
