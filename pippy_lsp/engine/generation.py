"""One answer, in steps: each step computes a little, so that a more urgent one can go between."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Protocol

from pippy_lsp.engine import llama
from pippy_lsp.engine.protocol import Finish, Request, Usage
from pippy_lsp.engine.sampling import Healing, Sampler, Text
from pippy_lsp.engine.sequences import Sequence, Sequences
from pippy_lsp.engine.spelling import Spelling
from pippy_lsp.errors import ModelFailed, PromptTooLong

SHORT = 16
"""Tokens of a prompt that are computed at once while the child may still be typing."""
TYPING_SECONDS = 0.35
"""So long: after a pause between two keys the rest is read in larger parts, which are faster."""


class Flags(Protocol):
    """The request's place on the board."""

    def resume(self) -> bool:
        """Clear "stop"; False when the request is cancelled."""

    def cancelled(self) -> bool:
        """Whether the request is cancelled."""


class Cancelled(Exception):
    """The request was given up."""


class Generation:
    """Answers one request on the worker's only computing thread."""

    def __init__(
        self,
        model: llama.Llama,
        sequences: Sequences,
        spelling: Spelling,
        request: Request,
        flags: Flags,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._model = model
        self._sequences = sequences
        self._spelling = spelling
        self._request = request
        self._flags = flags
        self._clock = clock
        self._began = clock()
        self._first = 0.0
        self._prompt = 0
        self._evaluated = 0
        self._generated = 0
        self.finish: Finish = "length"

    @property
    def usage(self) -> Usage:
        """What it has cost up to now."""
        return Usage(
            prompt=self._prompt,
            evaluated=self._evaluated,
            generated=self._generated,
            first_ms=self._first,
            total_ms=(self._clock() - self._began) * 1000,
        )

    def run(self) -> Generator[str, None, None]:
        """Pieces of text, and "" after each step that made none.

        Raises: PromptTooLong; ModelFailed.
        """
        spelled = self._spelling.spell(self._request.prompt)
        self._prompt = len(spelled.tokens)
        room = self._model.context - self._prompt
        if not spelled.tokens or room < 1:
            raise PromptTooLong(tokens=self._prompt, room=self._model.context)
        sequence = self._sequences.take(spelled.tokens)
        self._evaluated = self._prompt - len(sequence.tokens)
        try:
            yield from self._compute(sequence, spelled.tokens)
            yield from self._answer(sequence, spelled.heal, room)
        except Cancelled:
            self.finish = "cancelled"
        finally:
            self._sequences.give(sequence)

    def _compute(self, sequence: Sequence, tokens: list[int]) -> Generator[str, None, None]:
        """Bring the cache from what `sequence` has to `tokens`.

        It returns right after the last token was computed: its logits are there until anything
        else is, so there is no step between the two.
        """
        while True:
            done = len(sequence.tokens)
            batch = tokens[done : done + self._step()]
            last = done + len(batch) == len(tokens)
            code = self._model.decode(batch, done, sequence.number, scored=last)
            if code == llama.DECODED:
                sequence.tokens += batch
                if len(sequence.tokens) == len(tokens):
                    return
            elif code == llama.ABORTED:
                # What was finished stays; the last token's logits are wanted, so not all of it.
                kept = min(self._model.length(sequence.number), len(tokens) - 1)
                self._model.keep(sequence.number, kept)
                sequence.tokens[:] = tokens[:kept]
            elif code != llama.NO_ROOM:
                raise ModelFailed(name="", problem=f"llama_decode returned {code}")
            elif not self._sequences.evict():
                raise PromptTooLong(tokens=len(tokens), room=done)
            yield ""
            self._go_on()

    def _step(self) -> int:
        """Tokens to compute next. A request that is cancelled by the next key keeps the parts that
        were finished, so short ones let a prompt get on even while the child types.
        """
        typing = self._clock() - self._began < TYPING_SECONDS
        return SHORT if typing else llama.BATCH

    def _go_on(self) -> None:
        if not self._flags.resume():
            raise Cancelled

    def _answer(self, sequence: Sequence, owed: bytes, room: int) -> Generator[str, None, None]:
        text = Text(self._request.stop)
        healing = Healing(self._model, owed)
        sampler = Sampler(self._request.sampling)
        for _ in range(min(self._request.max_tokens, room)):
            token = sampler.draw(self._model.logits(), healing.allowed())
            self._generated += 1
            if self._model.ends(token) or token in self._spelling.stops:
                self.finish = "stop"
                break
            piece = text.add(healing.spell(self._model.piece(token)))
            self._first = self._first or (self._clock() - self._began) * 1000
            yield piece
            if text.stopped:
                self.finish = "stop"
                return
            if self._flags.cancelled():
                raise Cancelled
            yield from self._compute(sequence, [*sequence.tokens, token])
        yield text.add(b"", final=True)
