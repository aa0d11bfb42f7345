"""Pairs in the model's own tokens, written by the server's own code: what the model is trained to
go on from is, to the token, what the worker lets it read.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from finetune.pairs import Pair
from pippy_lsp.engine.llama import Llama
from pippy_lsp.engine.protocol import Chat
from pippy_lsp.engine.spelling import Order, Spelling

NO_LOSS = -100
"""The label of a token that is not learned."""
_MARK = "☺"
"""Before a text for SentencePiece, so that it adds no space of its own."""


class Row(msgspec.Struct, frozen=True):
    """A pair in tokens."""

    job: str
    prompt: list[int]
    answer: list[int]

    @property
    def tokens(self) -> list[int]:
        """All of them."""
        return self.prompt + self.answer

    @property
    def labels(self) -> list[int]:
        """What is learned: the answer."""
        return [NO_LOSS] * len(self.prompt) + self.answer


class Writer:
    """Writes pairs for the model in a file."""

    def __init__(self, model: Path, order: Order = "suffix-first", threads: int = 1) -> None:
        """Raises: ModelFailed."""
        self.llama = Llama(
            model.stem, str(model), context=2048, threads=threads, sequences=1, on_progress=_quiet
        )
        self._spelling = Spelling(self.llama, order, model.stem)

    def row(self, pair: Pair) -> Row:
        """The pair in tokens."""
        spelled = self._spelling.spell(pair.prompt)
        owed = spelled.heal.decode("utf-8", "replace")
        answer = self._continued(owed + pair.answer)
        end = self.llama.eos if isinstance(pair.prompt, Chat) else []
        return Row(pair.job, spelled.tokens, answer + end)

    def rows(self, pairs: Iterable[Pair], longest: int) -> list[Row]:
        """Those of at most so many tokens."""
        found = map(self.row, pairs)
        return [row for row in found if len(row.tokens) <= longest]

    def _continued(self, text: str) -> list[int]:
        """The tokens of a text in the middle of another."""
        llama = self.llama
        if not llama.sentencepiece:
            return llama.tokenize(text)
        if text.startswith(" "):
            return llama.tokenize(text[1:])
        marked, spent = llama.tokenize(_MARK + text), b""
        for index, token in enumerate(marked):
            spent += llama.piece(token)
            if spent.lstrip(b" ") == _MARK.encode():
                return marked[index + 1 :]
        return llama.tokenize(text)


def _quiet(_: float) -> None:
    """Nobody waits for it."""
