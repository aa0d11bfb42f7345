"""The KV cache's sequences, on a cache that only remembers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pippy_lsp.engine.sequences import Sequence, Sequences

COUNT = 3


class Memory:
    """A KV cache that holds letters; `whole` as a recurrent model's, which can't be cut in part."""

    def __init__(self, *, whole: bool = False) -> None:
        self.held: dict[int, list[int]] = {number: [] for number in range(COUNT)}
        self.calls: list[str] = []
        self._whole = whole

    def keep(self, sequence: int, count: int) -> bool:
        if self._whole and 0 < count < len(self.held[sequence]):
            return False
        if count < len(self.held[sequence]):
            self.calls.append(f"cut {sequence} to {count}")
        del self.held[sequence][count:]
        return True

    def copy(self, source: int, target: int, count: int) -> None:
        assert not self.held[target], "llama.cpp would mix the two"
        assert count <= len(self.held[source])
        self.calls.append(f"copy {count} of {source} to {target}")
        self.held[target] = self.held[source][:count]

    def length(self, sequence: int) -> int:
        return len(self.held[sequence])


def tokens(text: str) -> list[int]:
    return list(text.encode())


class Room:
    """Sequences and their cache, asked as the worker does."""

    def __init__(self, *, whole: bool = False) -> None:
        self.memory = Memory(whole=whole)
        self.sequences = Sequences(self.memory, COUNT)

    def take(self, text: str) -> Sequence:
        return self.sequences.take(tokens(text))

    def read(self, sequence: Sequence, text: str) -> str:
        """Evaluate what is not there yet, and say what that was."""
        rest = tokens(text)[len(sequence.tokens) :]
        self.memory.held[sequence.number] += rest
        sequence.tokens += rest
        return bytes(rest).decode()

    def ask(self, text: str) -> str:
        """A whole request: where it went and what was evaluated."""
        sequence = self.take(text)
        read = self.read(sequence, text)
        self.sequences.give(sequence)
        return f"{sequence.number}:{read}"


# id, the prompts one after the other, where each goes and what of it is evaluated
TABLE = """
typing            abc abcd abcde              0:abc 0:d 0:e
the-same-again    abc abc                     0:abc 0:c
the-start-again   abcd abc                    0:abcd 0:c
a-typo            abcd abcx                   0:abcd 0:x
half-stays        abcd abxy                   0:abcd 0:xy
under-half-copied abcdef abxy                 0:abcdef 1:xy
other-prompts     abc xyz klm                 0:abc 1:xyz 2:klm
the-oldest-goes   abc xyz klm rst             0:abc 1:xyz 2:klm 0:rst
used-again-stays  abc xyz klm abc rst         0:abc 1:xyz 2:klm 0:c 1:rst
the-longest-start abcd abxyz abxyw            0:abcd 0:xyz 0:w
back-and-forth    aaaab aaaac12345 aaaab      0:aaaab 0:c12345 1:b
copied-to-oldest  abcdef x1 k2 abcdef abq     0:abcdef 1:x1 2:k2 0:f 1:q
the-oldest-is-cut abcdef xyz klm abq          0:abcdef 1:xyz 2:klm 0:q
"""


@pytest.mark.parametrize(
    ("prompts", "expected"),
    [
        pytest.param(fields[: len(fields) // 2], fields[len(fields) // 2 :], id=name)
        for name, *fields in (line.split() for line in TABLE.strip().splitlines())
    ],
)
def test_takes_the_sequence_that_serves_best(prompts: list[str], expected: list[str]) -> None:
    room = Room()
    assert [room.ask(prompt) for prompt in prompts] == expected


def test_a_sequence_in_use_is_copied_not_taken() -> None:
    room = Room()
    first = room.take("abcd")
    room.read(first, "abcd")
    second = room.take("abcx")
    assert (first.number, second.number) == (0, 1)
    assert room.read(second, "abcx") == "x"
    assert room.memory.calls == ["copy 3 of 0 to 1"]
    assert room.memory.held[0] == tokens("abcd")


def test_the_same_prompt_twice_at_once_shares_all_but_the_last_token() -> None:
    room = Room()
    first = room.take("abc")
    room.read(first, "abc")
    assert room.read(room.take("abc"), "abc") == "c"


def test_an_idle_sequence_is_taken_before_an_equally_good_one_in_use() -> None:
    room = Room()
    room.ask("xyz")
    room.read(room.take("abcd"), "abcd")
    room.ask("abcd")
    assert room.ask("abcde") == "2:e"
    assert room.memory.held[0] == tokens("xyz")


@pytest.mark.parametrize(
    ("busy", "spare", "room"),
    [
        pytest.param(0, 0, True, id="all-free"),
        pytest.param(2, 0, True, id="one-free"),
        pytest.param(2, 1, False, id="the-last-is-spared"),
        pytest.param(1, 1, True, id="two-free-one-spared"),
        pytest.param(3, 0, False, id="none-free"),
    ],
)
def test_says_whether_there_is_room(busy: int, spare: int, room: bool) -> None:
    under_test = Room()
    for letter in "abc"[:busy]:
        under_test.take(letter)
    assert under_test.sequences.has_room(spare) == room


def test_evicts_the_oldest_that_nobody_uses() -> None:
    room = Room()
    for prompt in ("abc", "xyz"):
        room.ask(prompt)
    busy = room.take("klm")
    room.read(busy, "klm")
    room.ask("abcd")
    assert room.sequences.evict()
    assert room.memory.held == {0: tokens("abcd"), 1: [], 2: tokens("klm")}
    assert room.sequences.evict()
    assert not room.sequences.evict()
    assert room.memory.held == {0: [], 1: [], 2: tokens("klm")}


def test_a_model_that_cannot_forget_a_part_forgets_all() -> None:
    room = Room(whole=True)
    assert [room.ask(prompt) for prompt in ("abcd", "abcx", "abcxy")] == ["0:abcd", "0:abcx", "0:y"]


def test_gives_back_only_what_is_in_the_cache() -> None:
    room = Room()
    sequence = room.take("abcdef")
    sequence.tokens += tokens("abcdef")
    room.memory.held[0] = tokens("abc")  # the rest was aborted
    room.sequences.give(sequence)
    assert room.ask("abcdef") == "0:def"


class Bookkeeping(RuleBasedStateMachine):
    """Requests come, go and are aborted in any order: the lists always tell what the cache holds,
    and what the cache holds of a request is a start of it."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.sequences = Sequences(self.memory, COUNT)
        self.at_work: list[tuple[Sequence, list[int]]] = []

    @precondition(lambda self: self.sequences.has_room())
    @rule(prompt=st.lists(st.integers(0, 2), min_size=1, max_size=8))
    def take(self, prompt: list[int]) -> None:
        sequence = self.sequences.take(prompt)
        assert sequence.number not in [each.number for each, _ in self.at_work]
        assert len(sequence.tokens) < len(prompt)
        self.at_work.append((sequence, prompt))

    @precondition(lambda self: self.at_work)
    @rule(data=st.data(), count=st.integers(1, 4))
    def read(self, data: st.DataObject, count: int) -> None:
        sequence, prompt = data.draw(st.sampled_from(self.at_work))
        done = len(sequence.tokens)
        part = prompt[done : done + count] if done < len(prompt) else [count]
        self.memory.held[sequence.number] += part
        sequence.tokens += part

    @precondition(lambda self: self.at_work)
    @rule(data=st.data(), lost=st.integers(0, 3))
    def give(self, data: st.DataObject, lost: int) -> None:
        sequence, _ = data.draw(st.sampled_from(self.at_work))
        held = self.memory.held[sequence.number]
        del held[max(0, len(held) - lost) :]
        self.at_work = [pair for pair in self.at_work if pair[0] is not sequence]
        self.sequences.give(sequence)

    @rule()
    def evict(self) -> None:
        before = sum(1 for held in self.memory.held.values() if held)
        evicted = self.sequences.evict()
        assert before - sum(1 for held in self.memory.held.values() if held) == evicted

    @invariant()
    def the_lists_tell_what_the_cache_holds(self) -> None:
        everyone: list[Any] = self.sequences._all
        assert {each.number: each.tokens for each in everyone} == self.memory.held

    @invariant()
    def what_is_held_is_a_start_of_the_prompt(self) -> None:
        for sequence, prompt in self.at_work:
            count = min(len(sequence.tokens), len(prompt))
            assert sequence.tokens[:count] == prompt[:count]


TestBookkeeping = Bookkeeping.TestCase
# On a busy machine a test that is right must not fail for being slow.
TestBookkeeping.settings = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
