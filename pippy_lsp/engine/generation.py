"""One answer on its way: it reads its prompt in parts, then writes a token at a time.

Nothing here loops: the worker decides which answer computes next, and lets several write together.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from pippy_lsp.engine import llama
from pippy_lsp.engine.protocol import Finish, Request, Usage
from pippy_lsp.engine.sampling import Healing, Logits, Sampler, probability
from pippy_lsp.engine.sequences import Sequence, Sequences
from pippy_lsp.engine.spelling import Spelling
from pippy_lsp.engine.text import Text
from pippy_lsp.engine.wording import Wording
from pippy_lsp.errors import PromptTooLong

SHORT = 16
"""Tokens of a prompt that are computed at once while the child may still be typing."""
TYPING_SECONDS = 0.35
"""So long: after a pause between two keys the rest is read in larger parts, which are faster."""


class Generation:
    """Answers one request on the worker's only computing thread.

    `begin`, then `read` until `reading` is False, then `write` until `finish` is set; `pieces` has
    the text that came since it was last emptied. `end` in any case.
    """

    def __init__(
        self,
        model: llama.Llama,
        sequences: Sequences,
        spelling: Spelling,
        request: Request,
        clock: Callable[[], float] = time.perf_counter,
        wear: int = 0,
    ) -> None:
        """`wear` is the number of the adapter that it is computed with."""
        self._model = model
        self._sequences = sequences
        self._spelling = spelling
        self._request = request
        self._clock = clock
        self.wear = wear
        self._began = clock()
        self._first = 0.0
        self._prompt: list[int] = []
        self._asked = 0
        self._evaluated = 0
        self._generated = 0
        self._left = 0
        self._sequence: Sequence | None = None
        self._text = Text(request.stop)
        self._sampler = Sampler(request.sampling)
        self._healing = Healing(model.vocabulary, b"")
        self._blank = bool(request.avoid)
        """Whether the text must still not begin with what is to be avoided."""
        self._wording = Wording(request.only, request.begun, model.vocabulary)
        self.token = -1
        """What is to be computed next, once the prompt was read."""
        self.pieces: list[str] = []
        self.finish: Finish | None = None
        """Why it has ended; None while it has not."""
        self.least = 1.0
        """The probability of the least likely token; see `Request.weigh`."""

    @property
    def usage(self) -> Usage:
        """What it has cost up to now."""
        return Usage(
            prompt=self._asked,
            evaluated=self._evaluated,
            generated=self._generated,
            first_ms=self._first,
            total_ms=(self._clock() - self._began) * 1000,
        )

    @property
    def begun(self) -> bool:
        """Whether it has a sequence of the KV cache."""
        return self._sequence is not None

    @property
    def reading(self) -> bool:
        """Whether its prompt was not read to the end."""
        return self.token < 0

    @property
    def sequence(self) -> Sequence:
        """Its sequence of the KV cache."""
        assert self._sequence is not None  # noqa: S101 - the worker begins it first
        return self._sequence

    def begin(self) -> None:
        """Take a sequence of the KV cache.

        Raises: PromptTooLong.
        """
        if not self._prompt:
            self._spell()
        self._sequence = self._sequences.take(self._prompt, self.wear)

    def _spell(self) -> None:
        spelled = self._spelling.spell(self._request.prompt)
        self._asked = len(spelled.tokens)
        room = self._model.context - self._asked
        if not self._asked or room < 1:
            raise PromptTooLong(tokens=self._asked, room=self._model.context)
        self._prompt = spelled.tokens
        self._left = min(self._request.max_tokens, room)
        self._healing = Healing(self._model.vocabulary, spelled.heal)
        self._text = Text((*self._request.stop, *spelled.stops))

    def retreat(self) -> None:
        """Give the sequence up, and read all of it again later: another one needs the room."""
        if self._sequence is None:
            return
        if not self.reading:
            self._prompt, self.token = [*self._sequence.tokens, self.token], -1
        self._sequences.drop(self._sequence)
        self._sequence = None

    def read(self) -> int:
        """Compute the next part of the prompt; after the last one, draw the first token. Returns
        what `Llama.decode` does.
        """
        tokens, held = self._prompt, self.sequence.tokens
        done = len(held)
        batch = tokens[done : done + self._step()]
        last = done + len(batch) == len(tokens)
        code = self._model.decode(batch, done, self.sequence.number, scored=last)
        if code == llama.DECODED:
            held += batch
            self._evaluated += len(batch)
            if last:
                self._draw(self._model.logits())
        elif code == llama.ABORTED:
            # What was finished stays; the last token's logits are wanted, so not all of it.
            kept = min(self._model.length(self.sequence.number), len(tokens) - 1)
            self._model.keep(self.sequence.number, kept)
            self._evaluated += max(0, kept - done)
            held[:] = tokens[:kept]
        return code

    def write(self, logits: Logits) -> None:
        """Take the token that was computed into account, and draw the next one from `logits`."""
        self.sequence.tokens.append(self.token)
        self._draw(logits)

    def end(self) -> None:
        """Give the sequence back; what it holds stays for the next request."""
        if self._sequence is not None:
            self._sequences.give(self._sequence)
            self._sequence = None

    def _step(self) -> int:
        """Tokens to compute next. A request that is cancelled by the next key keeps the parts that
        were finished, so short ones let a prompt get on even while the child types.
        """
        typing = self._clock() - self._began < TYPING_SECONDS
        return SHORT if typing else llama.BATCH

    def _allowed(self, logits: Logits) -> Logits:
        """The scores, without those of tokens that the text must not begin with."""
        if not self._blank:
            return logits
        allowed: Logits = logits.copy()
        allowed[self._model.vocabulary.opening_with(self._request.avoid)] = -np.inf
        return allowed

    def _held(self) -> list[int] | None:
        """The only tokens that may come next: those that spell what is owed, and lead to one of the
        words that the text must begin with; None where all may.
        """
        healing = self._healing.allowed()
        if self._wording.done:
            return healing
        if healing is None:
            return self._wording.allowed() or None
        owed, piece = len(self._healing.owed), self._model.piece
        return [each for each in healing if self._wording.fits(piece(each)[owed:])] or healing

    def _draw(self, logits: Logits) -> None:
        if not self._left:
            self._close("length")
            return
        self._left -= 1
        allowed, held = self._allowed(logits), self._held()
        self.token = self._sampler.draw(allowed, held)
        if self._request.weigh:
            self.least = min(self.least, probability(allowed, self.token, held))
        self._generated += 1
        if self._model.ends(self.token) or self.token in self._spelling.stops:
            self._close("stop")
            return
        data = self._healing.spell(self._model.piece(self.token))
        self._blank = self._blank and not data.strip()
        if not self._wording.done:
            self._wording.write(data)
        self.pieces.append(self._text.add(data))
        self._first = self._first or (self._clock() - self._began) * 1000
        if self._text.stopped:
            self.finish = "stop"
        elif not self._left:
            self._close("length")

    def _close(self, finish: Finish) -> None:
        self.pieces.append(self._text.add(b"", final=True))
        self.finish = finish
