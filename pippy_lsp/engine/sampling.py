"""Choosing the next token."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from pippy_lsp.engine.protocol import Sampling

Logits = npt.NDArray[np.float32]
COLDEST = 1e-3
"""At most this temperature is greedy: the exponents would leave a float's range."""


class Pieces(Protocol):
    """The vocabulary's bytes; `vocabulary.Vocabulary` has them."""

    def starting_with(self, start: bytes) -> list[int]:
        """Tokens whose bytes begin so."""

    def spelling(self, piece: bytes) -> list[int]:
        """Tokens whose bytes are just these."""


class Sampler:
    """Draws tokens by one request's settings."""

    def __init__(self, sampling: Sampling) -> None:
        self._settings = sampling
        self._random = np.random.default_rng(sampling.seed)

    def draw(self, logits: Logits, allowed: list[int] | None = None) -> int:
        """The next token: of `allowed` only, where that is given (never empty)."""
        if allowed is not None:
            return allowed[self._draw(logits[allowed])]
        return self._draw(logits)

    def _draw(self, logits: Logits) -> int:
        settings = self._settings
        if settings.temperature <= COLDEST:
            return int(np.argmax(logits))
        count = min(settings.top_k or len(logits), len(logits))
        best = np.argpartition(logits, -count)[-count:]
        best = best[np.argsort(-logits[best])]
        scores = logits[best].astype(np.float64) / settings.temperature
        chances = np.exp(scores - scores[0])
        chances /= chances.sum()
        # Keep the smallest set that reaches top_p: always at least the first.
        kept = int(np.searchsorted(np.cumsum(chances), settings.top_p)) + 1
        chances = chances[:kept] / chances[:kept].sum()
        return int(best[self._random.choice(len(chances), p=chances)])


def probability(logits: Logits, token: int, allowed: list[int] | None = None) -> float:
    """The probability of `token`: among all, or among those that are `allowed`; 0 to 1."""
    scores = logits if allowed is None else logits[allowed]
    return float(1.0 / np.exp(scores - logits[token]).sum())


class Healing:
    """Token healing: the answer must spell the last token of the prefix anew.

    The cursor often stands in the middle of what the model would write as one token; held to the
    prompt's own cut it would have to go on from a piece it has never seen there.
    """

    def __init__(self, pieces: Pieces, owed: bytes) -> None:
        self._pieces = pieces
        self.owed = owed
        """Bytes that are still to be spelled."""

    def allowed(self) -> list[int] | None:
        """The tokens that agree with what is owed; None when nothing is."""
        if not self.owed:
            return None
        found = self._pieces.starting_with(self.owed)
        for end in range(1, len(self.owed)):
            found = found + self._pieces.spelling(self.owed[:end])
        return found or None

    def spell(self, piece: bytes) -> bytes:
        """Pay what is owed with `piece`; returns the bytes that go beyond it."""
        paid = min(len(self.owed), len(piece))
        self.owed = self.owed[paid:]
        return piece[paid:]
