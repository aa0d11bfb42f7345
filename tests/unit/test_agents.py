"""Roles, the panel and the votes."""

from __future__ import annotations

import asyncio
import threading

import pytest

from pippy_lsp.agents import cost, panel, roles, votes
from pippy_lsp.agents.behaviour import Trial
from pippy_lsp.agents.chair import Chair, Question
from pippy_lsp.agents.cost import Pace
from pippy_lsp.agents.panel import Rules, Tally
from pippy_lsp.agents.roles import Role
from pippy_lsp.agents.sandbox.box import Task
from pippy_lsp.agents.votes import Candidate, Vote
from pippy_lsp.engine import state
from pippy_lsp.engine.protocol import Chat, Infill, Message, ModelInfo, Priority, Request, Sampling
from pippy_lsp.errors import EngineLoading
from pippy_lsp.settings import PanelSize
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
        pytest.param(
            votes.by_sentences,
            [
                "A cat sleeps. Dogs bark.",
                "This prints the score. It ends the game.",
                "It ends the game now. This prints your score.",
            ],
            "This prints the score. It ends the game.",
            id="sentences-in-any-order",
        ),
        pytest.param(votes.by_sentences, ["...", "Hi.", "!"], "...", id="sentences-without-words"),
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


def test_a_panel_asks_no_more_at_once_than_the_vote_lacks() -> None:
    tally = Tally(5, panel.AGREED)
    assert (tally.settled, tally.lacking) == (False, 2)
    tally.add("a")
    assert (tally.settled, tally.lacking) == (False, 1)
    tally.add("b")
    assert (tally.settled, tally.lacking) == (False, 2)
    tally.add(None)
    tally.add("a")
    assert (tally.settled, tally.lacking) == (False, 1)
    tally.add("a")
    assert tally.settled


@pytest.mark.parametrize(
    ("first", "second", "sure"),
    [(0, 0, 0.5), (1, 0, 0.75), (2, 0, 0.875), (1, 1, 0.5), (2, 1, 0.6875), (4, 0, 0.96875)],
)
def test_how_sure_it_is(first: int, second: int, sure: float) -> None:
    assert panel.chance(first, second) == sure


async def test_panel_stops_when_nobody_can_catch_up() -> None:
    engine = saying("a", "a", "a", "b", "b")
    verdict = await panel.ask(
        engine, roles.panel("en"), build, lambda text: text, votes.by_ast, Rules(5, sure=0.99)
    )
    assert (verdict.text, verdict.asked) == ("a", 3)


async def test_who_gives_up_stops_all_answers() -> None:
    engine = FakeEngine("a " * 1000, delay=0.001)
    asking = panel.ask(engine, roles.panel("en"), build, str, votes.by_ast, Rules(4))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asking, 0.05)
    assert [stream.ended for stream in engine.streams] == [False, False]
    seen = [len(stream.seen) for stream in engine.streams]
    await asyncio.sleep(0.02)
    assert [len(stream.seen) for stream in engine.streams] == seen


async def test_a_slow_vote_does_not_hold_up_the_event_loop() -> None:
    threads = set[int]()

    def noted(text: str) -> str:
        threads.add(threading.get_ident())
        return text

    vote = Vote(lambda found: found[noted("") == "x"], noted, slow=True)
    team = roles.panel("en")
    verdict = await panel.ask(saying("a", "a"), team, build, str, vote, Rules(2))
    assert verdict.text == "a"
    assert threads
    assert threading.get_ident() not in threads


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


# --- any job's panel -----------------------------------------------------------------------------


async def test_a_job_gets_a_panel_in_a_line() -> None:
    request = Request(Infill("total = "), priority=Priority.GHOST)
    engine = saying("a + b", "a + b + c", "a + b")
    verdict = await Chair(engine, 3).again(request, str.strip)
    assert verdict.text == "a + b"
    assert engine.requests[0] == request
    assert all(each.prompt == request.prompt for each in engine.requests)
    assert all(each.priority == Priority.GHOST for each in engine.requests)
    assert len({each.sampling for each in engine.requests}) == 3


@pytest.mark.parametrize(
    ("sandbox", "winner"), [(True, "10 - 3"), (False, "3 + 3 + 2")], ids=["run", "by the text"]
)
async def test_answers_are_run_where_that_is_allowed(sandbox: bool, winner: str) -> None:
    trial = Trial(lambda text: Task(f"print({text})"))
    question = Question(build, str, roles.panel("en"), trial=trial)
    engine = saying("3 + 3 + 2", "10 - 3", "3 + 3 + 5", "7")
    verdict = await Chair(engine, 4, sandbox=sandbox).ask(question)
    assert verdict.text == winner


@pytest.mark.parametrize(("gains", "asked"), [(True, 2), (False, 1)])
async def test_auto_has_no_panel_where_it_gains_nothing(
    gains: bool, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "pace", lambda _: Pace(100))
    question = Question(build, str, roles.panel("en"), gains=gains)
    verdict = await Chair(saying("a", "a"), "auto").ask(question)
    assert verdict.asked == asked


@pytest.mark.parametrize(
    ("first", "asked"),
    [pytest.param("n * 2", 1, id="the-first"), pytest.param("n * n", 5, id="one-of-a-batch")],
)
async def test_what_passes_the_examples_needs_nobody_who_agrees(first: str, asked: int) -> None:
    trial = Trial(lambda text: Task(f"def f(n): return {text}"), ("f(3) == 6",))
    engine = saying(first, "n + 1", "n * 2", "never", "never")
    question = Question(build, str, roles.panel("en"), trial=trial)
    verdict = await Chair(engine, 5).ask(question)
    assert (verdict.text, verdict.asked) == ("n * 2", asked)


@pytest.mark.parametrize("answers", [["bad", "x"], ["x"]], ids=["a second try", "the first"])
async def test_without_a_panel_the_first_good_answer_is_taken(answers: list[str]) -> None:
    engine = saying(*answers)
    judge = {"x": "x"}.get
    verdict = await Chair(engine, "off").ask(Question(build, judge, roles.panel("en")))
    assert (verdict.text, verdict.asked) == ("x", len(answers))


@pytest.mark.parametrize(
    ("wanted", "pace", "tokens", "count"),
    [
        ("off", Pace(1000), 10, 1),
        (7, Pace(0.1), 1000, 7),
        ("auto", Pace(50), 60, 5),
        ("auto", Pace(15), 60, 3),
        ("auto", Pace(10), 60, 1),
        ("auto", Pace(15, more=0.1), 60, 5),
        ("auto", Pace(0), 60, 1),
    ],
    ids=["off", "a number", "fast", "slower", "slow", "cheap batches", "unknown"],
)
def test_how_many_answers_there_is_time_for(
    wanted: PanelSize, pace: Pace, tokens: int, count: int
) -> None:
    assert cost.size(wanted, pace, tokens) == count


def test_auto_asks_for_more_where_examples_tell_which_are_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cost, "pace", lambda _: Pace(100))
    question = Question(build, str, roles.panel("en"), trial=Trial(Task))
    known = Question(build, str, roles.panel("en"), trial=Trial(Task, ("f(1) == 2",)))
    chair = Chair(saying(), "auto")
    assert (chair.size(question), chair.size(known)) == (3, 5)
    assert Chair(saying(), 7).size(question) == 7


def test_the_pace_is_what_was_measured_here(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = {"timed": state.Speed(200, 40, panel=3.0), "old": state.Speed(200, 40)}
    monkeypatch.setattr(state, "load", lambda: state.State(speeds=speeds))
    assert cost.pace(ModelInfo("timed", "")) == Pace(40, 0.5)
    assert cost.pace(ModelInfo("old", "")) == Pace(40)
    assert cost.pace(ModelInfo("new", "", speed=250)) == Pace(50)
    assert cost.pace(None).seconds(1, 1) == float("inf")
    assert Pace(50, 0.5).seconds(5, 100) == 6.0


async def test_what_five_cost_is_measured_on_equal_tokens() -> None:
    assert await cost.measure(FakeEngine("word " * 8)) > 0
