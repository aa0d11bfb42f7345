"""`pippy-lsp models compare`: what is asked, how it is judged, the table."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from pippy_lsp import cli_models, prompts
from pippy_lsp.agents.sandbox import box
from pippy_lsp.agents.sandbox.box import Outcome
from pippy_lsp.compare import exam, figures, measure, view
from pippy_lsp.compare.exam import Hole, Paper
from pippy_lsp.compare.figures import Answer, Figures, Share
from pippy_lsp.engine.protocol import Chat, Infill, Request
from pippy_lsp.errors import ModelMissing, SandboxBroken, UnknownModel, UsageError
from tests.fakes import FakeEngine
from tests.unit.test_models import SMALL, install

SAY = prompts.messages("en")
HOLES, PROBLEMS = exam.exam().hole, exam.exam().problem

# A right answer to each problem, by the name that its program defines.
RIGHT = {
    "longest": "longest = max(words, key=len)",
    "count_letter": "return text.count(letter)",
    "is_even": "return number % 2 == 0",
    "squares": "squares = [n * n for n in range(1, 11)]",
    "fizz": 'return "Fizz" if number % 3 == 0 else "Buzz" if number % 5 == 0 else number',
    "count_down": "return list(range(start, 0, -1))",
    "shout": "return [word.upper() for word in words]",
    "grade": 'return "DCBA"[(points >= 50) + (points >= 75) + (points >= 90)]',
    "count_words": "return {word: text.split().count(word) for word in text.split()}",
    "second_best": "return sorted(scores)[-2]",
    "is_prime": "return number > 1 and all(number % n for n in range(2, number))",
    "without_vowels": 'return "".join(c for c in text if c not in "aeiou")',
    "in_both": "return [each for each in one if each in two]",
    "secret": 'return "".join(chr((ord(c) - 96) % 26 + 97) if c.isalpha() else c for c in text)',
    "longest_run": 'return max(len(run) for run in flips.split("T"))',
    "change": "return cents // 25 + cents % 25 // 10 + cents % 25 % 10 // 5 + cents % 5",
}


# --- the exam --------------------------------------------------------------------------------


@pytest.mark.parametrize("hole", HOLES, ids=[hole.part[:30] for hole in HOLES])
def test_a_hole_can_be_filled_and_must_be(hole: Hole) -> None:
    printed = hole.prints(hole.part)
    assert printed
    assert all(printed)
    nothing = "if True:" if hole.part.endswith(":") else "pass"
    assert hole.prints(nothing) != printed


@pytest.mark.parametrize(
    ("problem", "name"),
    [(p, re.findall(r"\w+", p.checks[0].removeprefix("list("))[0]) for p in PROBLEMS],
    ids=[problem.checks[0][:24] for problem in PROBLEMS],
)
def test_a_problem_can_be_solved_and_must_be(problem: exam.Problem, name: str) -> None:
    indent = " " * 4 if "def " in problem.program else ""
    assert problem.solved(f"{problem.whole}\n{indent}{RIGHT[name]}\n")
    assert not problem.solved(f"{problem.whole}\n{indent}pass\n")


def test_a_paper_is_drawn_by_its_seed() -> None:
    assert exam.paper(5, 1) == exam.paper(5, 1)
    assert exam.paper(5, 1) != exam.paper(5, 2)
    whole = exam.paper(1000, 1)
    assert (len(whole.holes), len(whole.problems)) == (len(HOLES), len(PROBLEMS))
    assert whole.questions == len(HOLES) + 2 * len(PROBLEMS) + len(whole.lines)


# --- one model -------------------------------------------------------------------------------


def script(request: Request) -> str:
    """A model that writes one line, solves problems by it, and explains."""
    prompt = request.prompt
    if isinstance(prompt, Infill):
        return "return width * height\n"
    assert isinstance(prompt, Chat)
    if "how often the letter" in str(prompt):
        return "return text.count(letter)\n"
    return "It prints words."


async def test_what_a_model_says_is_run_and_counted() -> None:
    hole = next(each for each in HOLES if "width" in each.part)
    wrong = next(each for each in HOLES if "apples" in each.part)
    count = next(each for each in PROBLEMS if "count_letter" in each.program)
    line = exam.Line('print("Hi")\n', 0)
    done: list[None] = []
    paper = Paper([hole, wrong], [count], [line])
    answers = await measure.ask(FakeEngine(script), paper, "en", lambda: done.append(None))
    assert len(done) == paper.questions
    good = [(each.kind, each.good) for each in answers]
    assert good == [
        ("hole", True),
        ("hole", False),
        ("problem", True),
        ("panel", True),
        ("line", True),
    ]
    assert answers[0].text == "return width * height"
    assert figures.share(answers, "hole") == Share(1, 2)


async def test_a_key_is_timed_after_the_key_before_it() -> None:
    engine = FakeEngine("x")
    await measure.typed(engine, Paper([HOLES[0]], [], []))
    asked = [each.prompt for each in engine.requests]
    typed = [each.prefix[len(HOLES[0].before) :] for each in asked if isinstance(each, Infill)]
    assert typed == ["", "l", "le", "lef", "left"]


async def test_a_model_that_does_not_load_has_a_sentence_in_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path))
    install(SMALL)
    row = await measure.measure(SMALL, Paper([], [], []), "en", lambda: None)
    assert row.error
    assert (row.name, row.licence) == (SMALL, "Apache-2.0")
    assert view.cells(row, SAY)[1:10] == ["-"] * 9
    assert f"{SMALL}: {row.error}" in view.notes([row], SAY)


def test_a_system_without_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "run_all", lambda tasks: [Outcome("broken") for _ in tasks])
    with pytest.raises(SandboxBroken):
        measure.check_sandbox(exam.paper(1, 1))


# --- the table -------------------------------------------------------------------------------

ROW = Figures(
    "tiny",
    100 * 2**20,
    "MIT",
    memory=200 * 2**20,
    first_ms=12.4,
    ghost_ms=340.0,
    holes=Share(3, 4),
    solved=Share(1, 2),
    panel=Share(2, 2),
    explained=Share(1, 1),
    grade=4.25,
    words=17.0,
    answers=(Answer("hole", "x = 1", "x = 1", good=True, ms=340.0),),
)
CELLS = ["tiny", "75 %", "50 %", "100 %", "100 %", "4.2", "17", "12 ms", "340 ms", "200 MB"]


def test_the_row_has_what_the_heads_say() -> None:
    assert view.cells(ROW, SAY) == [*CELLS, "100 MB", "MIT"]
    assert len(view.columns(SAY)) == len(view.cells(ROW, SAY))


def test_markdown() -> None:
    lines = view.markdown([ROW], SAY).splitlines()
    assert {line.count("|") for line in lines[:3]} == {len(CELLS) + 3}
    assert lines[4].startswith("Asked: 4 missing lines, 2 problems, 1 lines")


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
def test_shown(
    terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "220")
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    view.show([ROW], SAY)
    out, err = capsys.readouterr()
    assert all(cell in out for cell in CELLS)
    assert "Asked: 4" in (out if terminal else err)


def test_progress_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    with view.progress(12, SAY) as tick:
        for _ in range(12):
            tick("tiny")
    assert capsys.readouterr().err.splitlines() == [
        "tiny: question 10 of 12",
        "tiny: question 12 of 12",
    ]


def test_json_has_every_answer() -> None:
    found = json.loads(view.as_json([ROW], 7))
    assert found["seed"] == 7
    assert found["models"][0]["answers"][0]["text"] == "x = 1"


def test_no_grade_without_textstat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "textstat", None)
    assert figures.grade(["This prints a word."]) is None
    row = Figures("tiny", 1, "", explained=Share(1, 1))
    assert "pippy-lsp[compare]" in view.notes([row], SAY)[1]


# --- the command -----------------------------------------------------------------------------


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    cli_models.add_parser(parser.add_subparsers())
    return cli_models.run(parser.parse_args(["models", "compare", *arguments]))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(["no-such-model"], UnknownModel, id="no-such-model"),
        pytest.param([SMALL], ModelMissing, id="not-here"),
        pytest.param([], ModelMissing, id="none-here"),
        pytest.param(["--rows", "0"], UsageError, id="no-rows"),
    ],
)
def test_said_before_anything_is_asked(
    cache: Path, arguments: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        run(*arguments)


def test_all_that_are_here_are_asked(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(SMALL)
    asked: list[str] = []

    async def fake(name: str, paper: Paper, language: str, step: measure.Step) -> Figures:
        asked.append(name)
        step()
        return ROW

    monkeypatch.setattr(measure, "measure", fake)
    assert run("--markdown", "--json", str(cache / "out.json")) == 0
    assert asked == [SMALL]
    assert "| tiny | 75 % |" in capsys.readouterr().out
    assert json.loads((cache / "out.json").read_text("utf-8"))["models"]
    with pytest.raises(UsageError):
        run("--json", str(cache / "no" / "folder.json"))
