"""Which tokens are in the KV cache, and which sequence of it serves a prompt best."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Cache(Protocol):
    """The calls on a KV cache; `llama.Llama` has them."""

    def keep(self, sequence: int, count: int) -> bool:
        """Forget all but the first `count` tokens."""

    def copy(self, source: int, target: int, count: int) -> None:
        """Share the first `count` tokens."""

    def length(self, sequence: int) -> int:
        """Tokens in the cache."""


@dataclass
class Sequence:
    """One sequence of the cache: what it holds, when it was last used, whether it is in use."""

    number: int
    tokens: list[int] = field(default_factory=list)
    used: int = 0
    busy: bool = False
    wear: int = 0
    """The adapter that it was computed with."""

    def common(self, tokens: list[int], wear: int = 0) -> int:
        """How many tokens it has in common with the start of `tokens`, for the same adapter."""
        if wear != self.wear:
            return 0
        count = 0
        for mine, wanted in zip(self.tokens, tokens, strict=False):
            if mine != wanted:
                break
            count += 1
        return count


class Sequences:
    """Gives each request the sequence whose tokens begin most like its prompt.

    Where that would throw away much of what another prompt needs (a system prompt's long
    conversation, another place in the file), the common start is shared with the sequence that was
    used least recently: copying costs microseconds, evaluating seconds.
    """

    KEEP_SHARE = 0.5
    """A sequence is cut when at least this share of it stays; else its start is copied."""

    def __init__(self, cache: Cache, count: int) -> None:
        self._cache = cache
        self._all = [Sequence(number) for number in range(count)]
        self._clock = 0

    def has_room(self, spare: int = 0) -> bool:
        """Whether one can be taken and `spare` more are free after it."""
        return sum(not sequence.busy for sequence in self._all) > spare

    def take(self, prompt: list[int], wear: int = 0) -> Sequence:
        """A sequence for `prompt`, computed with the adapter `wear`; its `tokens` are what of the
        prompt is in the cache already.

        At least the last token is always evaluated: its logits are wanted.
        """
        free = [sequence for sequence in self._all if not sequence.busy]
        best = max(self._all, key=lambda each: (each.common(prompt, wear), not each.busy))
        common = min(best.common(prompt, wear), len(prompt) - 1)
        if best.busy or common < self.KEEP_SHARE * len(best.tokens):
            target = min(free, key=lambda each: (bool(each.tokens), each.used))
            if target is not best:
                self._clear(target)
                if common:
                    self._cache.copy(best.number, target.number, common)
                    target.tokens = best.tokens[:common]
                best = target
        self._cut(best, common)
        best.busy, best.wear = True, wear
        self._touch(best)
        return best

    def give(self, sequence: Sequence) -> None:
        """The request has ended; what it computed stays for the next."""
        sequence.busy = False
        self._touch(sequence)
        self._cut(sequence, min(len(sequence.tokens), self._cache.length(sequence.number)))

    def drop(self, sequence: Sequence) -> None:
        """The request gives it up, and what it holds is forgotten."""
        sequence.busy = False
        self._clear(sequence)

    def evict(self) -> bool:
        """Forget the sequence that was used least recently; False when there is none to forget."""
        idle = [each for each in self._all if each.tokens and not each.busy]
        if not idle:
            return False
        self._clear(min(idle, key=lambda each: each.used))
        return True

    def forget(self) -> None:
        """The cache is a new one: nothing is in it, and no sequence is in use."""
        for sequence in self._all:
            sequence.tokens.clear()
            sequence.busy = False

    def _cut(self, sequence: Sequence, count: int) -> None:
        if not self._cache.keep(sequence.number, count):
            self._cache.keep(sequence.number, 0)
            count = 0
        del sequence.tokens[count:]

    def _clear(self, sequence: Sequence) -> None:
        self._cache.keep(sequence.number, 0)
        sequence.tokens.clear()

    def _touch(self, sequence: Sequence) -> None:
        self._clock += 1
        sequence.used = self._clock
