"""The infilling benchmark: its data, sandbox, judge, places, figures and losses."""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lsprotocol import types

from benchmarks import humaneval, infill, infill_losses, infill_places, infill_report, raw, sandbox
from benchmarks.humaneval import Row, first_line
from benchmarks.infill_ours import Shown, _inserted
from benchmarks.infill_results import Judged, Results, Side, as_json, best_way
from benchmarks.judge import Verdict, judge
from benchmarks.raw import Way
from pippy_lsp.completion.scene import scene
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Infill, ModelInfo
from pippy_lsp.errors import UsageError
from pippy_lsp.settings import CompletionSettings
from tests.fakes import FakeEngine

HOLE = Row(
    "HumanEval/0/L1",
    "def double(n):\n",
    "    return total\n",
    "    total = 2 * n",
    "def check(f):\n    assert f(2) == 4\n\ncheck(double)\n",
)


# --- the data --------------------------------------------------------------------------------


def written(folder: Path, names: list[str]) -> Path:
    file = folder / humaneval.FILE
    file.parent.mkdir()
    found = [
        {
            "task_id": f"SingleLineInfilling/{name}",
            "entry_point": "double",
            "prompt": HOLE.before,
            "suffix": HOLE.after,
            "canonical_solution": f"{HOLE.truth}\n",
            "test": "def check(f):\n    assert f(2) == 4\n",
        }
        for name in names
    ]
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, found)).encode()))
    return folder


def test_a_row_is_read_as_a_hole_and_its_test(tmp_path: Path) -> None:
    assert humaneval.load(written(tmp_path, ["HumanEval/0/L1"])) == [HOLE]
    assert HOLE.function == "HumanEval/0"
    assert HOLE.document == "def double(n):\n\n    return total\n"
    assert HOLE.program("    total = 4").startswith("def double(n):\n    total = 4\n    return")


def test_data_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        humaneval.load(tmp_path)
    assert "--data" in str(told.value.details["what"])


def test_a_subset_is_drawn_by_its_seed_and_in_order() -> None:
    rows = [Row(f"HumanEval/{n}/L0", "", "", "", "") for n in range(50)]
    some = humaneval.subset(rows, 10, seed=3)
    assert some == humaneval.subset(rows, 10, seed=3)
    assert some != humaneval.subset(rows, 10, seed=4)
    assert len(some) == 10
    assert some == [row for row in rows if row in some]
    assert humaneval.subset(rows, 99, seed=3) == rows


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("    return 1\n    x", "    return 1", id="the first of two"),
        pytest.param("\n  \n    return 1  \n", "    return 1", id="after blank lines"),
        pytest.param(" \n", "", id="nothing"),
    ],
)
def test_first_line(text: str, line: str) -> None:
    assert first_line(text) == line


# --- the sandbox -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "passes"),
    [
        pytest.param("x = 1", True, id="comes to its end"),
        pytest.param(HOLE.program(HOLE.truth), True, id="the author's line"),
        pytest.param(HOLE.program("    total = n"), False, id="a wrong line"),
        pytest.param("if", False, id="does not parse"),
        pytest.param("raise SystemExit(0)", False, id="leaves before its end"),
        pytest.param("import hashlib; hashlib.md5(b'').hexdigest()", True, id="a module"),
        pytest.param("import socket; socket.socket()", False, id="no network"),
        pytest.param("import os; os.system('true')", False, id="no other programs"),
        pytest.param("open('x', 'w')", False, id="no files"),
        pytest.param(
            "x = bytearray(1 << 33)",
            False,
            id="not all the memory",
            marks=pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such limit"),
        ),
    ],
)
def test_the_sandbox(program: str, passes: bool) -> None:
    assert sandbox.run(program) is passes


def test_a_program_that_goes_on_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sandbox, "LIMITS", replace(sandbox.LIMITS, wall=0.5))
    program = "while True: pass"
    assert sandbox.run(program) is None
    cache = tmp_path / "cache"
    assert not sandbox.Sandbox(cache).passes(program)
    assert not cache.exists()  # another time the machine may be faster


def test_a_program_is_run_once(tmp_path: Path) -> None:
    cache = tmp_path / "folder" / "cache"
    first = sandbox.Sandbox(cache)
    assert [first.passes("x = 1"), first.passes("1 / 0"), first.passes("x = 1")] == [1, 0, 1]
    assert first.runs == 2
    with cache.open("a") as out:
        out.write('["half')
    second = sandbox.Sandbox(cache)
    assert [second.passes("x = 1"), second.passes("1 / 0")] == [1, 0]
    assert second.runs == 0


# --- the judge -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        pytest.param("    total = 2 * n", Verdict(), id="right"),
        pytest.param("    total = 2 * m", Verdict(undefined=("m",)), id="an undefined name"),
        pytest.param("    double = n", Verdict(left=("total",)), id="a name below is left"),
        pytest.param("    total = = n", Verdict(error="x"), id="does not parse"),
    ],
)
def test_the_judge(line: str, wanted: Verdict) -> None:
    pytest.importorskip("pyflakes")
    found = judge(HOLE.filled(line), 2, 2, HOLE.filled(HOLE.truth))
    assert (bool(found.error), found.undefined, found.left) == (
        bool(wanted.error),
        wanted.undefined,
        wanted.left,
    )


def test_a_name_is_found_where_the_suggestion_stands() -> None:
    pytest.importorskip("pyflakes")
    shown = Shown("print(a)\n", "\nprint(b)\n", ("c = 1\nprint(d)", "a = b = c"))
    verdicts = shown.verdicts("a = b = 1\n")
    assert [verdict.undefined for verdict in verdicts] == [("d",), ("c",)]
    assert verdicts[0].left == ("a", "b")


# --- what is shown ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "text", "line"),
    [
        pytest.param("def f():\n", "    return 1\n    x", "    return 1", id="a whole line"),
        pytest.param("def f():\n    ret", "urn 1", "    return 1", id="the rest of a line"),
        pytest.param("def f():", "\n    return 1", "    return 1", id="on the next line"),
    ],
)
def test_the_line_that_is_compared(before: str, text: str, line: str) -> None:
    assert Shown(before, "", (text,)).lines == [line]


def test_what_replaces_the_typed_is_read_as_what_it_adds() -> None:
    document = DocumentSnapshot("untitled:x", 1, "pri")
    whole = types.Range(types.Position(0, 0), types.Position(0, 3))
    assert _inserted(types.InlineCompletionItem("print", range=whole), document, "pri") == "nt"
    with pytest.raises(ValueError, match="typed"):
        _inserted(types.InlineCompletionItem("input", range=whole), document, "pri")


def test_places_are_all_lines_with_something_on_them() -> None:
    text = "for i in range(3):\n    print(i)\n\nprint('end')\n"
    found = infill_places.places({"game": text})
    assert [place.name for place in found[3:6]] == ["game:2 end", "game:2 empty", "game:2 middle"]
    assert found[3].before == "for i in range(3):"
    assert found[4].before == "for i in range(3):\n    "
    for place in found:
        assert text.startswith(place.before)
        assert place.after == "" or place.after.startswith("\n")
        assert place.document != text
    assert infill_places.subset(found, 4, 1) == infill_places.subset(found, 4, 1)


# --- the figures -----------------------------------------------------------------------------

WAYS = {
    Way("suffix-first", heal=True): Side(["a", "b"], [True, False], [False, False]),
    Way("prefix-first", heal=True): Side(["a", "c"], [True, False], [True, False]),
}


def results() -> Results:
    shown = Shown("x = ", "\n", ("a", "= b"))
    verdicts = [Verdict(undefined=("a",)), Verdict(error="invalid syntax")]
    return Results(
        rows=[HOLE, HOLE],
        raw=WAYS,
        ours={"automatic": Side(["", "c"], [False, True], [False, True])},
        shown={"automatic": [Judged("HumanEval/0/L1", shown, verdicts)], "programs": []},
        places=0,
    )


def test_the_best_way_passes_most_and_then_is_exact_most() -> None:
    assert best_way(WAYS) == Way("prefix-first", heal=True)


def test_the_report_has_all_figures() -> None:
    told = infill_report.report("a model", results(), seed=1)
    assert "best prefix-first, healed" in told
    assert "(1 won, 1 lost)" in told
    assert "ours, automatic" in told
    assert "1 do not parse, 1 have an undefined name" in told
    assert "undefined: a" in told
    assert json.loads(json.dumps(as_json(results())))["ours"]["automatic"]["lines"] == ["", "c"]


@pytest.mark.parametrize(
    "arguments",
    [["--rows", "0"], ["--places", "-1"]],
    ids=["no rows", "fewer than no places"],
)
def test_wrong_numbers_are_refused(arguments: list[str]) -> None:
    with pytest.raises(UsageError):
        infill.options(arguments)


def test_all_rows_can_be_asked_for() -> None:
    assert infill.options(["--full"]).rows > 10_000


@pytest.mark.parametrize("model", ["m", "other"])
def test_the_raw_answers_of_an_earlier_run(model: str, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    side = {"lines": ["    total = 1"]}
    ways = raw.put({way: [] for way in raw.WAYS})
    stored = {"model": "m", "rows": [HOLE.name], "raw": {str(way): side for way in ways}}
    file.write_text(json.dumps({"details": stored}))
    given = infill.options(["--model", model, "--raw-from", str(file)])
    if model == "m":
        assert infill._stored(given, [HOLE]) == {way: ["    total = 1"] for way in raw.WAYS}
    else:
        with pytest.raises(UsageError):
            infill._stored(given, [HOLE])


# --- the raw model, and losses -----------------------------------------------------------------


async def test_the_raw_model_is_asked_with_nothing_of_ours() -> None:
    engine = FakeEngine("\n    total = 2 * n\n    more\n")
    text = await raw.ask(engine, HOLE, heal=False)
    assert first_line(text) == HOLE.truth
    assert engine.requests[0].prompt == Infill(HOLE.before, HOLE.after, heal=False)


@pytest.mark.parametrize(
    ("wrote", "step"),
    [
        pytest.param("total = n * 2\n", "prompt", id="it wrote something else"),
        pytest.param("total = 2 * n\n", "server", id="here it is shown"),
        pytest.param("total = 2 * n\n", "checks", id="names"),
    ],
)
async def test_the_step_that_lost_a_line(wrote: str, step: str) -> None:
    row = HOLE
    if step == "checks":
        row = Row(HOLE.name, HOLE.before.replace("n", "m"), HOLE.after, HOLE.truth, HOLE.test)
    engine = FakeEngine(wrote)
    document = DocumentSnapshot("untitled:x.py", 1, row.document)
    info = ModelInfo("fake", "")
    here = scene(document, len(row.before), CompletionSettings(), info, level=5)
    loss = await infill_losses._explain(engine, row, here, HOLE.truth, "")
    assert loss.step == step
    assert bool(loss.prompts) == (step == "prompt")
