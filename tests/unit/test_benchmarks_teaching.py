"""The benchmark of explanations: its slips, its labels, its judge, its tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import reading, teaching, teaching_mistakes, teaching_said, teaching_slips
from benchmarks.teaching_said import Line
from pippy_lsp import prompts
from pippy_lsp.errors import UsageError

PROGRAM = """\
import random

names = ["Ada", "Tim"]
for name in names:
    if name == "Ada":
        print("hello", name)
    elif name == "Tim":
        print(random.randint(1, 6))
"""


@pytest.fixture(autouse=True)
def no_textstat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grades of no meaning: the package is in the benchmarks' extra alone."""
    monkeypatch.setattr(reading, "grade", lambda text: float(len(text)))


def test_each_slip_changes_the_line_it_names() -> None:
    found = list(teaching_slips.slips(PROGRAM))
    assert {slip.kind for slip in found} == {
        "letters swapped",
        "capital letter",
        "else if",
        "one =",
        "no in",
        "no colon",
        "not moved in",
        "moved in",
        "not closed",
        "not opened",
        "no comma",
        "no end of text",
        "no start of text",
    }
    old = PROGRAM.split("\n")
    for slip in found:
        new = slip.text.split("\n")
        changed = [row + 1 for row, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
        assert changed == [slip.line], slip


def test_slips_are_judged_by_their_cause_and_their_line() -> None:
    found = teaching_mistakes.slips({"hello": PROGRAM}, 3, 1, "en")
    assert found == [
        each for each in found if each.specific and each.cause and each.line and each.words > 3
    ]
    kinds = {each.kind: 0 for each in found}
    assert all(sum(e.kind == kind for e in found) <= 3 for kind in kinds)
    again = teaching_mistakes.slips({"hello": PROGRAM}, 3, 1, "en")
    assert [each.text for each in again] == [each.text for each in found]


@pytest.mark.parametrize(
    ("causes", "lines", "cause", "line"),
    [
        ({"assign-in-condition"}, {2}, True, True),
        ({"missing-colon"}, {1, 2}, False, True),
        ({"assign-in-condition"}, {1}, True, False),
        (set[str](), set[int](), False, False),
    ],
)
def test_a_wrong_cause_and_a_wrong_line_are_seen(
    causes: set[str], lines: set[int], cause: bool, line: bool
) -> None:
    found = teaching_mistakes.judge("x", "y", "x = 1\nif x = 1:\n    pass\n", (causes, lines), "en")
    assert (found.specific, found.cause, found.line) == (True, cause, line)


def test_the_labels_name_causes_that_there_are() -> None:
    found = teaching_mistakes.labels()
    assert len(found) == 248
    table = prompts.table("problems/en.toml", dict[str, str])
    known = {key.removeprefix("problem-") for key in table}
    for name, (causes, lines) in found.items():
        assert causes <= known - {"syntax"}, name
        assert lines, name


STRANGE = [
    ("all is there", 'It prints "hello" and `name`.', []),
    ("a name", "It adds to `score`.", ["score"]),
    ("a call", "It runs shuffle() once.", ["shuffle"]),
    ("a number", "It runs 9 times.", ["9"]),
    ("a number in words", "It runs four times.", ["four"]),
    ("a line's number", "Line 3 gives it a value, lines 4 to 8 use it.", []),
    ("a thing", "It opens a file.", ["files?"]),
    ("a loop that is there", "The loop walks over the list.", []),
]


@pytest.mark.parametrize(("said", "found"), [r[1:] for r in STRANGE], ids=[r[0] for r in STRANGE])
def test_what_is_not_in_the_program_is_seen(said: str, found: list[str]) -> None:
    assert teaching_said.strange(said, PROGRAM) == found


def test_the_lines_are_those_of_statements() -> None:
    found = teaching_said.lines({"hello": PROGRAM}, 100, 1)
    assert sorted(line.row for line in found) == [0, 2, 3, 4, 5, 6, 7]
    assert found == teaching_said.lines({"hello": PROGRAM}, 100, 1)
    assert len(teaching_said.lines({"hello": PROGRAM}, 2, 1)) == 2


def test_the_examples_of_the_glossary_are_not_counted() -> None:
    (said,) = teaching_said.first_layer([Line("hello", PROGRAM, 3)], "en")
    assert said.text.startswith("`for` is a loop.")
    assert "```" not in said.text
    assert said.strange == []


def test_the_run_prints_its_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kid-programs").mkdir()
    (tmp_path / "kid-programs" / "hello.py").write_text(PROGRAM, "utf-8")
    programs = tmp_path / "novice-syntax" / "programs"
    programs.mkdir(parents=True)
    (programs / "mine.py").write_text("if 3 > 2\n    print(1)\n", "utf-8")
    (programs / "fine.py").write_text("print(1)\n", "utf-8")
    arguments = ["--no-model", "--lines", "5", "--slips", "2", "--data", str(tmp_path)]
    given = teaching.options(arguments)
    found = teaching.run(given, Console(width=200))
    assert [each.name for each in found["novice"]] == ["mine"]
    printed = capsys.readouterr().out
    for words in ("can't be read", "slips in", "programs that run", "at once"):
        assert words in printed
    assert teaching.main([*arguments, "--json", str(tmp_path / "found.json")]) == 0
    assert (tmp_path / "found.json").read_text("utf-8").count('"kind"') > 5


@pytest.mark.parametrize("missing", ["kid-programs", "novice-syntax"])
def test_where_data_is_absent_one_sentence_says_so(
    tmp_path: Path, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if missing == "novice-syntax":
        (tmp_path / "kid-programs").mkdir()
    assert teaching.main(["--no-model", "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert missing in said
    assert "Traceback" not in said


def test_a_wrong_number_is_refused() -> None:
    with pytest.raises(UsageError):
        teaching.options(["--lines", "0"])
