"""The panel's benchmarks: problems, stored answers, votes on them, figures."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from benchmarks import (
    mbpp,
    panel,
    panel_clock,
    panel_report,
    panel_samples,
    panel_votes,
    panel_words,
)
from benchmarks.mbpp import Row
from benchmarks.panel_report import Line
from benchmarks.panel_samples import PAPER, ROLES, Answers, Sample
from benchmarks.panel_votes import AST, BLEU, RUN, SHOWN, Judge
from benchmarks.sandbox import Outcomes, Sandbox
from pippy_lsp.agents.sandbox import box
from pippy_lsp.agents.sandbox.box import Task
from pippy_lsp.engine.protocol import Chat
from pippy_lsp.errors import UsageError
from pippy_lsp.teaching import subject
from pippy_lsp.teaching.program import read
from tests.fakes import FakeEngine

DOUBLE = Row(11, "Double it.", (), ("assert double(2) == 4", "assert double(3) == 6"))


def body(text: str) -> Sample:
    return Sample("developer", f"def double(n):\n    return {text}\n", 50, 10, len(text))


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    monkeypatch.setattr(panel_votes, "Sandbox", lambda: Sandbox(tmp_path / "cache"))
    monkeypatch.setattr(panel_votes, "Outcomes", lambda: Outcomes(tmp_path / "ran"))
    return Judge()


# --- the problems --------------------------------------------------------------------------------


def test_the_test_split_is_read(tmp_path: Path) -> None:
    found = [
        {
            "task_id": n,
            "prompt": "P",
            "code": "c",
            "test_imports": ["import math"],
            "test_list": ["t"],
        }
        for n in (10, 11, 510, 511, 601)
    ]
    file = tmp_path / mbpp.FILE
    file.parent.mkdir()
    file.write_text(json.dumps(found))
    rows = mbpp.load(tmp_path)
    assert [row.number for row in rows] == [11, 510]
    assert rows[0].program("x = 1") == "x = 1\nimport math\nt\n"
    assert [row.number for row in mbpp.load(tmp_path, mbpp.TRAINING)] == [601]


def test_data_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--data"):
        mbpp.load(tmp_path)


def test_the_same_seed_draws_the_same_and_fewer_are_the_first_of_more() -> None:
    rows = [Row(n, "", (), ("t",)) for n in range(30)]
    assert mbpp.subset(rows, 10, 1) == mbpp.subset(rows, 10, 1) != mbpp.subset(rows, 10, 2)
    assert len(mbpp.subset(rows, 99, 1)) == 30
    assert mbpp.subset(rows, 3, 1) == mbpp.subset(rows, 30, 1)[:3]


@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("assert f(1) == 2", "f"),
        ("assert math.isclose(area(10), 3.1)", "area"),
        ("assert set(f(1)) == set((2,))", "f"),
        ("assert sorted(list(f([1])))== [1]", "f"),
    ],
)
def test_the_function_that_a_test_calls(test: str, name: str) -> None:
    assert panel_votes.name_of(Row(1, "", (), (test,))) == name


# --- the answers ---------------------------------------------------------------------------------


async def test_answers_are_sampled_once(tmp_path: Path) -> None:
    engine, file = FakeEngine("def double(n): return 2 * n"), tmp_path / "answers"
    steps: list[int] = []
    for _ in range(2):
        await panel_samples.fill(
            engine, [DOUBLE], {ROLES: 3, PAPER: 2}, file, lambda: steps.append(1)
        )
    assert len(engine.requests) == 5
    assert len(steps) == 2
    with file.open("a") as out:
        out.write('\n{"half')
    await panel_samples.fill(engine, [DOUBLE], {"more": 1}, file, lambda: None)
    found = panel_samples.read(file)
    assert [(each.arm, len(each.samples)) for each in found] == [
        (ROLES, 3),
        (PAPER, 2),
        ("more", 1),
    ]
    samplings = [request.sampling for request in engine.requests]
    assert samplings[0].temperature == 0
    assert [each.temperature for each in samplings[3:5]] == [1.0, 1.0]
    assert len({(each.seed, each.temperature) for each in samplings[:5]}) == 5


async def test_a_larger_panel_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    engine, file = FakeEngine("def double(n): return 2 * n"), tmp_path / "answers"
    for count in (2, 5):
        await panel_samples.fill(engine, [DOUBLE], {ROLES: count}, file, lambda: None)
    (found,) = panel_samples.read(file)
    names = [name for name, _ in panel_samples.asked(panel_samples.prompt(), DOUBLE, ROLES, 5)]
    assert [each.role for each in found.samples] == names
    assert len(engine.requests) == 5


def test_the_roles_words_come_last() -> None:
    asked = panel_samples.asked(panel_samples.prompt(), DOUBLE, ROLES, 3)
    told = [r.prompt.messages[-1].content for _, r in asked if isinstance(r.prompt, Chat)]
    shared = len(told[0].partition("You are")[0])
    assert shared > len(DOUBLE.problem) + len(DOUBLE.shown)
    assert len({text[:shared] for text in told}) == 1
    assert len(set(told)) == 3
    assert all(DOUBLE.tests[1] not in text for text in told)


def test_another_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "other"
    file.write_text("hello\n")
    with pytest.raises(UsageError, match="--samples"):
        panel_samples.read(file)
    assert panel_samples.read(tmp_path / "none") == []


# --- the votes -----------------------------------------------------------------------------------

SQUARES = [body("n * n"), body("n ** 2"), body("n + n"), body("2 * n"), body("n * 2"), body("(")]


@pytest.mark.parametrize(
    ("name", "passed"), [(AST, False), (RUN, True), (SHOWN, True)], ids=["ast", "run", "shown"]
)
def test_votes_on_the_same_answers(name: str, passed: bool, judge: Judge) -> None:
    found = judge.vote(DOUBLE, SQUARES, name)
    assert found.passed is passed
    assert found.tokens == sum(each.generated for each in SQUARES)


def test_what_does_not_load_is_dropped(judge: Judge) -> None:
    assert judge.vote(DOUBLE, [body("("), body("["), body("n + n")], BLEU).passed
    assert not judge.vote(DOUBLE, [body("("), body("[")], BLEU).passed
    assert panel_votes.loads(DOUBLE, "def triple(n): return n") is None


@pytest.mark.usefixtures("judge")
def test_answers_can_be_judged_by_what_the_model_did_not_see() -> None:
    unseen = Judge(unseen=True)
    assert unseen.passes(DOUBLE, body("6 if n == 3 else 0").text)
    assert not unseen.passes(DOUBLE, body("4").text)


def test_what_was_run_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [Task("n = 2", ("n + 1",)), Task("while True: pass")]
    found = Outcomes(tmp_path / "ran").run_all(tasks)
    assert [each.end for each in found] in (["done", "stopped"], ["done", "late"])
    monkeypatch.setattr(box, "run_all", lambda tasks: [] if not tasks else pytest.fail("run again"))
    assert Outcomes(tmp_path / "ran").run_all(tasks) == found


def test_a_panel_that_stops_early_hears_fewer(judge: Judge) -> None:
    same = [body("n + n"), body("n+n"), body("n")]
    found = judge.vote(DOUBLE, same, AST, panel.SURE[1])
    assert (found.passed, found.answers) == (True, 2)
    assert found.tokens == same[0].generated + same[1].generated
    assert found.steps == panel_votes.steps([same[0].generated, same[1].generated])


def test_time_is_reckoned_by_batches() -> None:
    assert panel_votes.steps([10]) == 10
    assert panel_votes.steps([10, 10], 0.5) == 15
    assert panel_votes.steps([10, 4], 0.5) == 12


def test_all_ways_are_compared_with_greedy_on_the_same_rows(judge: Judge) -> None:
    other = Row(12, "Again.", (), DOUBLE.tests)
    answers = [
        Answers(11, ROLES, tuple(SQUARES[:5])),
        Answers(12, ROLES, (body("n + n"), body("n"), body("n"))),
        Answers(11, PAPER, tuple(SQUARES[2:5])),
    ]
    found = {(line.size, line.name): line for line in panel.lines([DOUBLE, other], answers, judge)}
    assert found[1, "greedy"].passed == [0.0, 1.0]
    assert found[1, "one sample"].passed == [0.75, 0.0]
    assert found[3, RUN].passed == [0.0, 0.0]
    assert found[3, SHOWN].greedy == [0.0, 1.0]
    assert found[5, RUN].passed == [1.0]
    assert found[5, "any of them"].passed == [1.0]
    # The first that passes the example is `n * n`; a vote of all hears that more say otherwise.
    assert found[5, SHOWN].passed == [1.0]
    assert found[5, panel.STOPS].passed == [0.0]
    assert found[3, f"{BLEU}, temperature 1"].passed == [1.0]
    early = panel.early([DOUBLE, other], answers, judge)
    assert {len(line.passed) for line in early} == {1}
    assert all(line.cost <= 1 for line in early)


# --- the figures ---------------------------------------------------------------------------------

LINES = [
    Line("greedy", 1, [0.0, 1.0], [10, 20], [0.0, 1.0], [10, 20], [10, 20], [10, 20]),
    Line("AST", 3, [1.0, 1.0], [30, 60], [0.0, 1.0], [10, 20], [15, 30], [10, 20]),
]


def test_the_table() -> None:
    told = panel_report.table(LINES)
    assert "| 1 | greedy | 2 | 50.0 [9.5, 90.5] | +0.0 [+0.0, +0.0] | 1.00 | 1.00 |" in told
    assert "| 3 | AST | 2 | 100.0 [34.2, 100.0] | +50.0 [+0.0, +100.0] | 3.00 | 1.50 |" in told


def test_the_plot_is_svg() -> None:
    drawn = panel_report.plot(LINES, "title")
    assert drawn.startswith("<svg")
    assert drawn.count("<polyline") == 2
    assert "AST" in drawn


async def test_the_clock_times_all_panels() -> None:
    engine = FakeEngine("def double(n): return 2 * n")
    heard: list[Answers] = []
    found = await panel_clock.timed(engine, [DOUBLE, DOUBLE], 1, heard.append)
    names = [panel_clock.GREEDY, *(way.name for way in panel_clock.WAYS), panel_clock.BATCH]
    assert {name: len(seconds) for name, seconds in found.items()} == dict.fromkeys(names, 2)
    assert [len(each.samples) for each in heard] == [5, 5]
    assert await panel_clock.timed(engine, [DOUBLE], -1, heard.append) == {}
    assert "| greedy | 2 | 1.00 [1.00, 1.00] |" in panel_clock.ratios(found, 1)


# --- explanations --------------------------------------------------------------------------------


async def test_explanations_are_judged_by_the_fact_checks() -> None:
    found = subject.find(read("score = 3\n"), 0, 0, "en")
    assert found is not None
    answers = [
        "puts 3 into `score`. It uses `zebra`.",
        "puts 3 into `score`.",
        "sets `score` to 3.",
    ]
    left = [*answers, "puts 3 into `score`.", "makes a zoo with `lions`."]
    row = await panel_words.Explaining(FakeEngine(lambda _: left.pop(0)), 3).row(found)
    assert (row[panel_words.ONE].sentences, row[panel_words.ONE].false) == (2, 1)
    assert row[panel_words.PANEL].false == 0
    assert row[panel_words.STAGES].false == 0  # the draft, as the teacher made things up
    assert row[panel_words.PANEL].tokens > row[panel_words.ONE].tokens
    assert "| the panel | 1 | 0.0" in panel_words.table([row], 1)


def test_counts_are_kept_for_each_size(tmp_path: Path) -> None:
    row = {panel_words.ONE: panel_words.Said(2, 1, True, 30)}
    file = tmp_path / "counts"
    assert panel_words.known(file, 5) == {}
    lines = [msgspec.json.encode(panel_words.Counted("a", size, row)).decode() for size in (5, 3)]
    file.write_text("\n".join([*lines, '{"key": "ha']))
    assert panel_words.known(file, 5) == {"a": row}
    assert panel_words.known(file, 10) == {}


STORED = [
    pytest.param(panel, ["--rows", "1"], id="code"),
    pytest.param(panel_words, ["--rows", "1"], id="words"),
]


@pytest.mark.parametrize(("command", "more"), STORED)
def test_where_nothing_is_stored_one_sentence_says_what_to_do(
    command: ModuleType,
    more: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mbpp, "load", lambda _: [DOUBLE])
    monkeypatch.setattr(panel_words, "subjects", lambda *_: [])
    (tmp_path / "kid-programs").mkdir()
    arguments = ["--stored", "--data", str(tmp_path), "--samples", str(tmp_path / "none"), *more]
    assert command.main(arguments) == 2
    assert "leave --stored out" in capsys.readouterr().err


def test_stored_answers_make_tables_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mbpp, "load", lambda _: [DOUBLE])
    monkeypatch.setattr(panel_votes, "Sandbox", lambda: Sandbox(tmp_path / "cache"))
    monkeypatch.setattr(panel_votes, "Outcomes", lambda: Outcomes(tmp_path / "ran"))
    (tmp_path / "kid-programs").mkdir()
    file, told = tmp_path / "answers", tmp_path / "found.json"
    file.write_bytes(msgspec.json.encode(Answers(11, ROLES, tuple(SQUARES[:5]))))
    arguments = ["--stored", "--data", str(tmp_path), "--samples", str(file), "--json", str(told)]
    assert panel.main(arguments) == 0
    assert "| 5 | any of them | 1 | 100.0" in capsys.readouterr().out
    found = json.loads(told.read_text("utf-8"))
    assert {"title", "votes", "early", "seconds"} == set(found["details"])
    assert {each["of"] for each in found["figures"]} >= {"passes", "more than greedy"}
