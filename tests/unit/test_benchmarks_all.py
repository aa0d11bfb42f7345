"""The runner of all benchmarks, the form of their results, and the page that is made of them."""

from __future__ import annotations

import ast
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from benchmarks import all as runner
from benchmarks import plot, results, scoreboard, stats
from benchmarks.plot import Axis, Bar, Curve
from benchmarks.results import Figure, Result, Series
from pippy_lsp import machine
from pippy_lsp.errors import UsageError

# Commands of benchmarks/ that the runner leaves out, and why.
LEFT_OUT = """
all           runs the others
peer          a server that a benchmark starts
requests_peers    servers that a benchmark starts
scoreboard    only draws
classroom_paper   a reckoning: nothing is measured
reliability   the long forms of safety, faults, fuzz and soak, for docs/reliability.md
"""

FIGURES = [
    Figure("wait, p50", 120.0, 40, "ms", 100.0, 150.0),
    Figure("wait, p50", 300.0, 40, "ms", 250.0, 400.0, "llama.vim"),
    Figure("wait, p50", 0.4, 40, "x", 0.3, 0.5, "ratio"),
    Figure("nothing to measure", None, 0, "%"),
]


def result(benchmark: str, figures: list[Figure], series: tuple[Series, ...] = ()) -> Result:
    return Result(
        benchmark=benchmark,
        command=f"python -m benchmarks.{benchmark} --seed 1",
        date="2026-01-02T03:04:05Z",
        seconds=90,
        seed=1,
        machine={"cpu": machine.describe()["cpu"], "cores": 2, "memory_gb": 8, "python": "3.12"},
        versions={"pippy-lsp": "0.1.0"},
        models=[results.Model("small", "ab" * 32)],
        source=results.source(benchmark),
        figures=figures,
        series=list(series),
    )


# --- the table -----------------------------------------------------------------------------------


def commands() -> list[str]:
    """The modules of benchmarks/ that can be run."""
    return sorted(
        file.stem
        for file in results.HERE.glob("*.py")
        if any(
            isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
            for node in ast.parse(file.read_text("utf-8")).body
        )
    )


def test_each_benchmark_is_in_the_table() -> None:
    left_out = {line.split()[0] for line in LEFT_OUT.strip().splitlines()}
    assert left_out <= set(commands())
    assert {job.module for job in runner.jobs().values()} == set(commands()) - left_out


def test_each_result_is_on_the_page() -> None:
    assert {section.name for section in scoreboard.SECTIONS} == set(runner.jobs())


def test_the_quick_form_takes_less_than_20_minutes() -> None:
    assert sum(job.minutes for job in runner.jobs().values() if job.quick is not None) < 20


@pytest.mark.parametrize("name", sorted({job.module for job in runner.jobs().values()}))
def test_its_arguments_are_options_that_it_has(name: str) -> None:
    source = (results.HERE / f"{name}.py").read_text("utf-8")
    for job in runner.jobs().values():
        for form in ("tiny", "quick", "full"):
            given = (job.arguments(form) or []) if job.module == name else []
            for each in ("--json", *(one for one in given if one.startswith("--"))):
                assert f'"{each}"' in source


# --- a run ---------------------------------------------------------------------------------------


def test_what_is_fresh() -> None:
    job = runner.jobs()["checks"]
    found = result("checks", FIGURES)
    assert runner.fresh(job, "quick", found)
    assert not runner.fresh(job, "quick", None)
    for other in ({"source": "other"}, {"command": "python -m benchmarks.checks --seed 2"}):
        assert not runner.fresh(job, "quick", msgspec.structs.replace(found, **other))
    elsewhere = {**found.machine, "cpu": "another"}
    assert not runner.fresh(job, "quick", msgspec.structs.replace(found, machine=elsewhere))


def test_the_full_form_is_good_for_the_quick_one() -> None:
    job = runner.Job("checks", quick="--seed 2", full="--seed 1")
    found = result("checks", FIGURES)
    assert runner.fresh(job, "quick", found)
    assert runner.fresh(job, "full", found)
    shorter = msgspec.structs.replace(found, command="python -m benchmarks.checks --seed 2")
    assert not runner.fresh(job, "full", shorter)


def test_one_that_fails_loses_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = {name: runner.Job(name, tiny="--seed 1") for name in ("soak", "fuzz", "checks")}
    results.save(tmp_path / "soak.json", result("soak", FIGURES))

    def measure(job: runner.Job, form: runner.Form, data: Path | None, file: Path) -> str:
        if job.module == "fuzz":
            return "it ended with 1 and no result"
        results.save(file, result(job.module, FIGURES))
        return ""

    monkeypatch.setattr(runner, "jobs", lambda: table)
    monkeypatch.setattr(runner, "measure", measure)
    assert runner.main(["--tiny", "--results", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "[1/3] soak" in said
    assert "fresh" in said
    assert "2 of 3 benchmarks have a result" in said
    assert "fuzz: it ended with 1 and no result" in said
    assert {file.name for file in tmp_path.glob("*.json")} == {"soak.json", "checks.json"}


def test_without_data_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "jobs", lambda: {"checks": runner.Job("checks", tiny="", data=".")})
    arguments = ["--tiny", "--results", str(tmp_path), "--data", str(tmp_path)]
    assert runner.main(arguments) == 1
    assert "PIPPY_BENCH_DATA" in capsys.readouterr().err


def test_a_real_benchmark_leaves_its_result(tmp_path: Path) -> None:
    (tmp_path / "kid-programs").mkdir()
    program = (
        "import random\nsecret = random.randint(1, 9)\nguess = int(input('?'))\nprint(guess)\n"
    )
    (tmp_path / "kid-programs" / "game.py").write_text(program * 3, "utf-8")
    file = tmp_path / "results" / "checks.json"
    job = runner.Job("checks", tiny="--seed 3", data=".")
    assert runner.measure(job, "tiny", tmp_path, file) == ""
    found = results.load(file)
    assert found is not None
    assert found.command == "python -m benchmarks.checks --seed 3"
    assert found.figures
    assert found.details is None
    assert str(tmp_path) not in file.read_text("utf-8")
    assert runner.fresh(job, "tiny", found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--only", "nothing"], "no benchmark nothing"), (["--tiny"], "--results")],
    ids=["unknown", "tiny-in-the-repository"],
)
def test_a_wrong_option_is_one_sentence(arguments: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        runner.options(arguments)


# --- results -------------------------------------------------------------------------------------


def test_a_command_has_no_path_of_the_machine() -> None:
    given = ["--seed", "3", "--json", "/somewhere/x", "--data=/else", "--rows", "2"]
    assert results.command("infill", given) == "python -m benchmarks.infill --seed 3 --rows 2"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    found = result("typing", FIGURES, (Series("latency", "pippy-lsp", [1, 2], [50, 100]),))
    results.save(tmp_path / "new" / "typing.json", found)
    assert results.load(tmp_path / "new" / "typing.json") == found
    assert results.load(tmp_path / "none.json") is None
    (tmp_path / "odd.json").write_text('{"benchmark": 3}', "utf-8")
    assert results.load(tmp_path / "odd.json") is None


def test_a_model_of_the_registry_is_known_without_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path))
    assert len(results.model("qwen2.5-coder-0.5b-instruct").sha256) == 64


def test_shares_are_per_cent_and_nothing_is_no_number() -> None:
    share = results.figure("passes", stats.wilson(3, 4), 4, "%")
    assert share.value == 75
    assert results.figure("passes", stats.wilson(0, 0), 0, "%").value is None


def test_the_source_of_a_benchmark_is_its_own(tmp_path: Path) -> None:
    assert results.source("checks") != results.source("soak")
    names = {file.stem for file in results._modules("typing", set())}
    assert {"typing", "replay", "llama_vim", "traces"} <= names
    assert "soak" not in names


def test_a_table_has_a_column_for_each_side() -> None:
    told = results.table(FIGURES)
    assert "| wait, p50 | 120 ms [100, 150] | 300 ms [250, 400] | 0.4 [0.3, 0.5] | 40 |" in told
    assert "| nothing to measure | - |" in told


# --- the page ------------------------------------------------------------------------------------


def test_the_page_says_what_was_measured_and_what_not(tmp_path: Path) -> None:
    folder, docs = tmp_path / "results", tmp_path / "docs"
    curve = Series("latency", "pippy-lsp", [10, 100, 1000], [1, 50, 99])
    results.save(folder / "typing.json", result("typing", FIGURES, (curve,)))
    (docs / "images").mkdir(parents=True)
    (docs / "images" / "board-old.svg").write_text("<svg/>", "utf-8")
    scoreboard.write(folder, docs)
    page = (docs / scoreboard.PAGE).read_text("utf-8")
    assert "`python -m benchmarks.typing --seed 1`" in page
    assert "small (sha256 abababababab" in page
    assert "Not measured yet" in page
    assert [file.name for file in (docs / "images").iterdir()] == ["board-typing.svg"]


def test_the_page_draws_without_anything_else(tmp_path: Path) -> None:
    """No package of the `bench` extra is needed: CI has none of them."""
    code = "import sys; from benchmarks import scoreboard; scoreboard.page(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=results.HERE.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"xllamacpp", "textstat", "pylsp", "llama_cpp"} & set(done.stdout.split())


SVG = "{http://www.w3.org/2000/svg}"


def test_curves() -> None:
    found = plot.curves(
        "A <title>",
        Axis("lines", log=True),
        Axis("ms", log=True),
        [Curve("one & two", [10, 10_000], [1, 100], [0.5, 50], [2, 200]), Curve("empty", [], [])],
    )
    root = ET.fromstring(found)  # noqa: S314 - our own
    words = [each.text for each in root.iter(f"{SVG}text")]
    assert {"A <title>", "one & two", "10", "10,000", "lines", "ms"} <= set(words)
    (line, _) = root.iter(f"{SVG}polyline")
    (x1, y1), (x2, y2) = (map(float, point.split(",")) for point in line.attrib["points"].split())
    assert x2 > x1
    assert y2 < y1


def test_bars() -> None:
    bars = [Bar("ours", 80, 70, 90), Bar("theirs", 40, colour=1)]
    root = ET.fromstring(plot.bars("Right", "per cent", bars, (60, "the aim")))  # noqa: S314
    one, other = (float(each.attrib["width"]) for each in list(root.iter(f"{SVG}rect"))[1:])
    assert one == pytest.approx(2 * other, abs=0.2)
    assert "the aim" in [each.text for each in root.iter(f"{SVG}text")]
