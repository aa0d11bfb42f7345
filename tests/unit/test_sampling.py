"""Which token is drawn, and the text that tokens make."""

from __future__ import annotations

import itertools
from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pippy_lsp.engine.protocol import Sampling
from pippy_lsp.engine.sampling import Healing, Logits, Sampler
from pippy_lsp.engine.text import Text

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine a test that is right must not fail for being slow."""


def scores(*chances: float) -> Logits:
    """Logits whose softmax is these chances."""
    return np.log(np.array(chances, dtype=np.float32))


FOUR = scores(0.1, 0.5, 0.3, 0.1)


def drawn(sampling: Sampling, logits: Logits = FOUR, allowed: list[int] | None = None) -> set[int]:
    sampler = Sampler(sampling)
    return {sampler.draw(logits, allowed) for _ in range(300)}


# --- the next token ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sampling", "allowed", "tokens"),
    [
        pytest.param(Sampling(), None, {1}, id="greedy"),
        pytest.param(Sampling(), [0, 2], {2}, id="greedy-of-the-allowed"),
        pytest.param(Sampling(temperature=-1.0), None, {1}, id="below-zero-is-greedy"),
        pytest.param(Sampling(temperature=1.0, top_k=0, top_p=1.0), None, {0, 1, 2, 3}, id="all"),
        pytest.param(Sampling(temperature=1.0, top_k=99, top_p=1.0), None, {0, 1, 2, 3}, id="k-99"),
        pytest.param(Sampling(temperature=1.0, top_k=1), None, {1}, id="k-1"),
        pytest.param(Sampling(temperature=1.0, top_k=2, top_p=1.0), None, {1, 2}, id="k-2"),
        pytest.param(Sampling(temperature=1.0, top_p=0.0), None, {1}, id="p-0"),
        pytest.param(Sampling(temperature=1.0, top_p=0.4), None, {1}, id="p-within-the-first"),
        pytest.param(Sampling(temperature=1.0, top_p=0.7), None, {1, 2}, id="p-needs-two"),
        pytest.param(Sampling(temperature=1.0, top_k=1), [0, 2], {2}, id="k-of-the-allowed"),
        pytest.param(Sampling(temperature=1.0), [3], {3}, id="only-one-allowed"),
        pytest.param(Sampling(temperature=0.01), None, {1}, id="cold"),
        pytest.param(Sampling(temperature=5e-324), None, {1}, id="colder-than-a-float-divides"),
    ],
)
def test_draws_among(sampling: Sampling, allowed: list[int] | None, tokens: set[int]) -> None:
    assert drawn(sampling, allowed=allowed) == tokens


def test_the_same_seed_gives_the_same_tokens() -> None:
    def series(seed: int) -> list[int]:
        sampler = Sampler(Sampling(temperature=1.0, seed=seed))
        return [sampler.draw(FOUR) for _ in range(40)]

    assert series(1) == series(1)
    assert series(1) != series(2)


def test_draws_as_often_as_it_is_likely() -> None:
    sampler = Sampler(Sampling(temperature=1.0, top_k=0, top_p=1.0))
    counts = Counter(sampler.draw(FOUR) for _ in range(4000))
    assert [round(counts[token] / 4000, 1) for token in range(4)] == [0.1, 0.5, 0.3, 0.1]


def test_warmer_is_more_varied() -> None:
    def share_of_the_best(temperature: float) -> int:
        sampler = Sampler(Sampling(temperature=temperature, top_k=0, top_p=1.0))
        return sum(sampler.draw(FOUR) == 1 for _ in range(1000))

    assert share_of_the_best(0.5) > share_of_the_best(1.0) > share_of_the_best(3.0)


@unhurried
@given(
    st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=20),
    st.floats(0, 3),
    st.integers(0, 30),
    st.floats(0, 1),
    st.data(),
)
def test_always_draws_an_allowed_token(
    logits: list[float], temperature: float, top_k: int, top_p: float, data: st.DataObject
) -> None:
    everyone = st.sampled_from(range(len(logits)))
    allowed = data.draw(st.none() | st.lists(everyone, min_size=1, unique=True))
    sampler = Sampler(Sampling(temperature, top_k, top_p))
    token = sampler.draw(np.array(logits, dtype=np.float32), allowed)
    assert token in (range(len(logits)) if allowed is None else allowed)


# --- token healing -------------------------------------------------------------------------


class Table:
    """A vocabulary of these pieces, their places being the tokens."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def starting_with(self, start: bytes) -> list[int]:
        return [t for t, piece in enumerate(self.pieces) if piece and piece.startswith(start)]

    def spelling(self, piece: bytes) -> list[int]:
        return [token for token, each in enumerate(self.pieces) if each == piece]


WORDS = [b"p", b"r", b"pr", b"print", b"prin", b"x", b"pro", b""]


@pytest.mark.parametrize(
    ("owed", "allowed"),
    [
        pytest.param(b"pr", [b"p", b"pr", b"prin", b"print", b"pro"], id="starts-and-longer"),
        pytest.param(b"prin", [b"p", b"pr", b"prin", b"print"], id="not-what-goes-another-way"),
        pytest.param(b"r", [b"r"], id="one"),
        pytest.param(b"", None, id="nothing-owed"),
        pytest.param(b"q", None, id="can-not-be-spelled"),
    ],
)
def test_allows_what_agrees_with_the_owed(owed: bytes, allowed: list[bytes] | None) -> None:
    found = Healing(Table(WORDS), owed).allowed()
    assert (None if found is None else sorted(WORDS[token] for token in found)) == allowed


@pytest.mark.parametrize(
    ("owed", "pieces", "shown"),
    [
        pytest.param(b"pr", [b"print"], b"int", id="one-longer"),
        pytest.param(b"print", [b"pr", b"int"], b"", id="two-that-just-pay"),
        pytest.param(b"print", [b"p", b"rint(", b")"], b"()", id="paid-by-the-second"),
        pytest.param(b"", [b"a", b"b"], b"ab", id="nothing-owed"),
        pytest.param("é".encode(), [b"\xc3", b"\xa9!"], b"!", id="half-a-character"),
    ],
)
def test_shows_what_goes_beyond_the_owed(owed: bytes, pieces: list[bytes], shown: bytes) -> None:
    healing = Healing(Table(WORDS), owed)
    assert b"".join(healing.spell(piece) for piece in pieces) == shown
    assert healing.owed == b""


BYTES = [bytes([byte]) for byte in b"abc\xc3\xa9"]
some_bytes = st.lists(st.sampled_from(BYTES), min_size=1, max_size=5).map(b"".join)


@unhurried
@given(st.lists(some_bytes, max_size=12), some_bytes, st.randoms(use_true_random=False))
def test_what_is_written_begins_with_what_is_owed(
    pieces: list[bytes], owed: bytes, random: Random
) -> None:
    """Whatever the model prefers: each byte is a token, as in every real vocabulary."""
    table = Table([*BYTES, *pieces])
    healing = Healing(table, owed)
    written = shown = b""
    while (allowed := healing.allowed()) is not None:
        piece = table.pieces[allowed[random.randint(0, len(allowed) - 1)]]
        written += piece
        shown += healing.spell(piece)
    assert written.startswith(owed)
    assert shown == written[len(owed) :]


# --- text ----------------------------------------------------------------------------------

# id, the stop strings, the pieces, what is shown after each; "$" ends the text
TEXT = [
    pytest.param("", "a|b|$", "a|b|", id="no-stop"),
    pytest.param("STOP", "ab|cd|$", "ab|cd|", id="stop-is-not-there"),
    pytest.param("STOP", "aST|OPb", "a|", id="over-a-border"),
    pytest.param("STOP", "aSTOPb", "a", id="within-a-piece"),
    pytest.param("STOP", "aS|T|O|P", "a|||", id="over-many-borders"),
    pytest.param("STOP", "aST|xy|$", "a|STxy|", id="a-start-that-goes-another-way"),
    pytest.param("STOP", "aSS|STOP", "aS|S", id="a-start-in-a-start"),
    pytest.param("STOP", "aST|$", "a|ST", id="a-start-at-the-end-is-shown"),
    pytest.param("def,abc", "xabc def", "x", id="the-first-in-the-text"),
    pytest.param("\n,\n\n", "a\n\nb", "a", id="one-stop-in-another"),
    pytest.param("é", "aé", "a", id="accent"),
    pytest.param("🙂", "a🙂", "a", id="emoji"),
]


@pytest.mark.parametrize(("stops", "pieces", "shown"), TEXT)
def test_text_up_to_a_stop(stops: str, pieces: str, shown: str) -> None:
    text = Text(tuple(stops.split(",")))
    found = [
        text.add(b"", final=True) if piece == "$" else text.add(piece.encode())
        for piece in pieces.split("|")
    ]
    assert found == shown.split("|")
    assert text.stopped == (not pieces.endswith("$"))


@pytest.mark.parametrize(
    ("stops", "data", "shown"),
    [
        pytest.param((), [b"\xc3", b"\xa9"], ["", "é"], id="two-bytes"),
        pytest.param((), [b"a\xf0\x9f", b"\x99", b"\x82b"], ["a", "", "🙂b"], id="four-bytes"),
        pytest.param(("é",), [b"a\xc3", b"\xa9b"], ["a", ""], id="a-stop-in-halves"),
        pytest.param((), [b"\xff", b"a"], ["\ufffd", "a"], id="not-utf-8"),
    ],
)
def test_characters_over_piece_borders(
    stops: tuple[str, ...], data: list[bytes], shown: list[str]
) -> None:
    text = Text(stops)
    assert [text.add(each) for each in data] == shown


def test_half_a_character_at_the_end_is_a_replacement_character() -> None:
    text = Text(())
    assert [text.add(b"a\xf0\x9f"), text.add(b"", final=True)] == ["a", "\ufffd"]


@unhurried
@given(
    st.text("abé🙂\n", max_size=20),
    st.lists(st.integers(0, 60), max_size=8),
    # stops that share no character can't overlap: which one ends the text is never in question
    st.sampled_from([(), ("ab",), ("aab",), ("é\n",), ("🙂", "ab"), ("abab", "\n\n")]),
)
def test_the_borders_of_the_pieces_make_no_difference(
    whole: str, cuts: list[int], stops: tuple[str, ...]
) -> None:
    data = whole.encode()
    borders = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    text, shown = Text(stops), ""
    for start, end in itertools.pairwise(borders):
        shown += text.add(data[start:end])
        if text.stopped:
            break
    else:
        shown += text.add(b"", final=True)
    ends = [at for stop in stops if (at := whole.find(stop)) >= 0]
    assert shown == (whole[: min(ends)] if ends else whole)
    assert text.stopped == bool(ends)
