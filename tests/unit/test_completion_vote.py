"""The vote on a line that is doubtful."""

from __future__ import annotations

import pytest

from pippy_lsp.completion import vote
from pippy_lsp.completion.suggest import Completer
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Infill, Priority, Request
from pippy_lsp.errors import PippyError, Withheld
from pippy_lsp.settings import CompletionSettings
from tests.fakes import FakeEngine

SETTINGS = CompletionSettings(debounce_ms=0)

# The texts in the order of asking, and which of them wins.
WINNERS: dict[str, tuple[list[str], int]] = {
    "one": (["a = 1"], 0),
    "all differ": (["a = 1", "b = 2", "c = 3"], 0),
    "two of three": (["a = 1", "b = 2", "b = 2"], 1),
    "a tie": (["a = 1", "b = 2", "b = 2", "a = 1"], 0),
    "spelled in another way": (["a = 1", "b=2", "b = 2"], 1),
    "other lines below": (["a = 1", "b = 2\nc = 3", "b = 2\nd = 4"], 1),
    "an indentation": (["    a = 1", "    b = 2", "        b = 2"], 1),
    "a header": (["for a in b:\n    print(a)", "if a:\n    b()", "if a:\n    c()"], 1),
    "the first does not hold": (["", "b = 2", "c = 3"], 1),
    "most do not hold": (["", "", "", "c = 3"], 3),
    "none holds": (["", "", "  "], -1),
    "nothing": ([], -1),
}


@pytest.mark.parametrize(("texts", "number"), WINNERS.values(), ids=WINNERS.keys())
def test_winner(texts: list[str], number: int) -> None:
    assert vote.winner(texts) == number


# How long the answer took and how long of that to write it, in seconds; how long voters may take.
TIMES: dict[str, tuple[float, float, float]] = {
    "quick": (0.05, 0.03, 0.15),
    "a long prompt": (1.2, 0.2, 0.6),
    "a long prompt and a long line": (1.2, 0.3, 0.0),
    "a long line": (0.5, 0.45, 0.0),
}


@pytest.mark.parametrize(("asked", "writing", "limit"), TIMES.values(), ids=TIMES.keys())
def test_the_time_for_it(asked: float, writing: float, limit: float) -> None:
    assert vote.seconds(asked, writing) == pytest.approx(limit)


async def shown(engine: FakeEngine, text: str = "x = 1\n") -> list[str]:
    snapshot = DocumentSnapshot("untitled:a", 1, text)
    found = await Completer(engine).suggest(snapshot, len(text), SETTINGS, level=5)
    return [each.text for each in found]


def writes(*voters: str) -> FakeEngine:
    """The likeliest answer is of a name that does not exist; what the voters write in its place."""

    def write(request: Request) -> str:
        seed = request.sampling.seed
        return f"{voters[seed - 1]}\n" if seed else "nobody\n"

    return FakeEngine(write)


BEGUN = "x = 1\nz = 2\ny = "
# What the voters write, and what is shown.
VOTES: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "they agree": (("x",) * 4, ["x"]),
    "half of them": (("x + 1", "z", "z", "x + 2"), ["z"]),
    "each another": (("x", "z", "x + 1", "z + 1"), ["x"]),
    "most can not be": (("no", "nay", "z", "none"), ["z"]),
    "none can be": (("no",) * 4, []),
}


@pytest.mark.parametrize(("voters", "expected"), VOTES.values(), ids=VOTES.keys())
async def test_a_line_that_does_not_hold_is_voted_on(
    voters: tuple[str, ...], expected: list[str]
) -> None:
    engine = writes(*voters)
    assert await shown(engine, BEGUN) == expected
    first, *others = engine.requests
    assert len(others) == vote.VOTERS
    assert isinstance(first.prompt, Infill)
    assert all(each.prompt == first.prompt for each in others)
    assert {each.priority for each in others} == {Priority.GHOST}


async def test_a_line_that_holds_is_not() -> None:
    engine = FakeEngine("a = x\n", least=0.1)
    assert await shown(engine) == ["a = x"]
    assert len(engine.requests) == 1


async def test_where_there_is_no_time_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vote, "seconds", lambda *_: 0.0)
    engine = writes(*("x",) * 4)
    assert await shown(engine, BEGUN) == []
    assert len(engine.requests) == 1


async def test_voters_that_take_too_long_have_no_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vote, "seconds", lambda *_: 0.001)
    engine = writes(*("x",) * 4)
    engine._delay = 0.02
    assert await shown(engine, BEGUN) == []
    assert len(engine.requests) == 1 + vote.VOTERS


async def test_a_voter_that_fails_has_no_vote() -> None:
    def write(request: Request) -> str | PippyError:
        seed = request.sampling.seed
        return Withheld() if seed == 1 else "x\n" if seed else "nobody\n"

    assert await shown(FakeEngine(write), BEGUN) == ["x"]


async def test_by_hand_the_versions_vote_too() -> None:
    left = ["a = x\n", "b = x\n", "b = x\n", "c = x\n"]
    engine = FakeEngine(lambda _: left.pop(0))
    snapshot = DocumentSnapshot("untitled:a", 1, "x = 1\n")
    found = await Completer(engine).suggest(
        snapshot, 6, SETTINGS, level=5, invoked=True, branches=3
    )
    assert [each.text for each in found] == ["b = x", "a = x", "c = x"]
    assert len(engine.requests) == 4
