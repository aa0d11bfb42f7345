"""Roles, the panel and the votes."""

from __future__ import annotations

import pytest

from pippy_lsp.agents import panel, roles, votes
from pippy_lsp.agents.panel import Rules
from pippy_lsp.agents.roles import Role
from pippy_lsp.agents.votes import Candidate
from pippy_lsp.engine.protocol import Chat, Message, Request, Sampling
from pippy_lsp.errors import EngineLoading
from tests.fakes import FakeEngine


def candidates(*texts: str) -> list[Candidate]:
    return [Candidate(text, number=number) for number, text in enumerate(texts)]


def build(role: Role, sampling: Sampling) -> Request:
    return Request(Chat((Message("system", role.who),)), sampling=sampling)


def saying(*answers: str) -> FakeEngine:
    left = list(answers)
    return FakeEngine(lambda _: left.pop(0))


# --- roles ---------------------------------------------------------------------------------------


def test_every_role_has_its_words() -> None:
    team = roles.panel("en")
    assert [role.name for role in team] == ["developer", "teacher", "expert"]
    assert len({role.who for role in team}) == 3
    assert all(role.who.startswith("You are") for role in team)


def test_only_the_first_sample_is_greedy_and_no_two_are_the_same() -> None:
    team = roles.panel("en")
    samplings = [role.sample(number) for role in team for number in range(1, 4)]
    assert team[0].sample(0).temperature == 0
    assert all(sampling.temperature > 0 for sampling in samplings)
    assert len({sampling.seed for sampling in samplings}) == len(samplings)


# --- votes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vote", "texts", "winner"),
    [
        pytest.param(votes.by_ast, ["x=1", "y=2", "y  =  2"], "y=2", id="ast-majority"),
        pytest.param(votes.by_ast, ["    a()", "b()", "a()  # c"], "    a()", id="ast-indented"),
        pytest.param(votes.by_ast, ["a", "b"], "a", id="ast-tie-first"),
        pytest.param(votes.by_ast, ["x = (", "y", "x =  ("], "x = (", id="ast-broken-by-words"),
        pytest.param(
            votes.by_similarity,
            ["print('no')", "for i in range(5): print(i)", "for n in range(5): print(n)"],
            "for i in range(5): print(i)",
            id="similarity-most-like-the-others",
        ),
        pytest.param(votes.by_similarity, ["only"], "only", id="similarity-one"),
        pytest.param(votes.by_similarity, ["a b", "c d"], "a b", id="similarity-tie-first"),
    ],
)
def test_vote(vote: votes.Vote, texts: list[str], winner: str) -> None:
    assert vote(candidates(*texts)).text == winner


@pytest.mark.parametrize(
    ("one", "two", "low", "high"),
    [
        ("a b c d e", "a b c d e", 1.0, 1.0),
        ("a b c d e", "v w x y z", 0.0, 0.0),
        ("a b c d e", "a b c d z", 0.5, 0.9),
        ("", "", 1.0, 1.0),
        ("a", "", 0.0, 0.0),
    ],
    ids=["same", "none", "near", "empty", "one-empty"],
)
def test_bleu(one: str, two: str, low: float, high: float) -> None:
    assert low <= votes.bleu(one.split(), two.split()) <= high


def test_bleu_punishes_what_is_too_short() -> None:
    long = list("abcdefgh")
    assert votes.bleu(long[:4], long) < votes.bleu(long[:7], long)


# --- panel ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "asked", "winner"),
    [
        pytest.param(["x = 1", "x  =  1", "never"], 2, "x = 1", id="settled-early"),
        pytest.param(["bad", "x = 1", "x = 1"], 3, "x = 1", id="judge-drops"),
        pytest.param(["bad", "bad", "bad"], 3, None, id="nothing-passes"),
        pytest.param(["a", "b", "b"], 3, "b", id="majority"),
        pytest.param(["a", "b", "c"], 3, "a", id="no-majority-first"),
    ],
)
async def test_panel(answers: list[str], asked: int, winner: str | None) -> None:
    engine = saying(*answers)
    verdict = await panel.ask(
        engine,
        roles.panel("en"),
        build,
        lambda text: None if text == "bad" else text,
        votes.by_ast,
        Rules(3),
    )
    assert (verdict.text, verdict.asked) == (winner, asked)
    assert len(engine.requests) == asked
    assert verdict.tokens > 0


async def test_panel_asks_the_roles_in_turn_the_first_greedily() -> None:
    engine = saying("a", "b", "c", "d")
    team = roles.panel("en")
    await panel.ask(engine, team, build, lambda text: text, votes.by_ast, Rules(4))
    said = [
        request.prompt.messages[0].content
        for request in engine.requests
        if isinstance(request.prompt, Chat)
    ]
    assert said == [team[0].who, team[1].who, team[2].who, team[0].who]
    assert [request.sampling.temperature == 0 for request in engine.requests] == [
        True,
        False,
        False,
        False,
    ]


async def test_panel_stops_when_nobody_can_catch_up() -> None:
    engine = saying("a", "a", "a", "b", "b")
    verdict = await panel.ask(
        engine, roles.panel("en"), build, lambda text: text, votes.by_ast, Rules(5, settled=9)
    )
    assert (verdict.text, verdict.asked) == ("a", 3)


async def test_panel_gives_the_engines_error() -> None:
    with pytest.raises(EngineLoading):
        await panel.ask(
            FakeEngine(lambda _: EngineLoading()),
            roles.panel("en"),
            build,
            lambda text: text,
            votes.by_ast,
            Rules(3),
        )


async def test_a_sample_ends_when_it_is_enough() -> None:
    engine = saying("one two three four five")
    verdict = await panel.ask(
        engine,
        roles.panel("en"),
        build,
        lambda text: text,
        votes.by_ast,
        Rules(1, enough=lambda text: "three" in text),
    )
    assert verdict.text == "one two three"
