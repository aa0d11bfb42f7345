"""Whether a panel answers better than one, and what it costs: `python -m benchmarks.panel`.

    python -m benchmarks.panel [--model NAME] [--rows N] [--seed N] [--most 10] [--paper N]
                               [--samples FILE] [--stored] [--unseen] [--time ROWS [--minutes N]]
                               [--plot FILE.svg] [--json FILE]

MBPP's test split (sanitised, task_id 11 to 510). All answers are sampled once and kept in a file;
every vote is computed from the same ones, by the product's own panel, so that all is paired. The
panel: the roles in turn, the first answer greedy. The paper's: one role at temperature 1.

Intervals are of 95 %: of shares Wilson's, of differences by drawing rows again. The model sees one
of a problem's three tests; "example first" drops what fails that one. --time asks anew and takes
the wall time of panels over that of a greedy answer, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from benchmarks import mbpp, panel_clock, panel_report, panel_samples, stats
from benchmarks.infill_report import progress
from benchmarks.mbpp import Row
from benchmarks.panel_report import Line
from benchmarks.panel_samples import PAPER, ROLES, Answers, Sample
from benchmarks.panel_votes import BLEU, NEVER, SHOWN, VOTES, Found, Judge, steps
from benchmarks.raw import READY_SECONDS
from benchmarks.results import Found as Kept
from benchmarks.results import write
from benchmarks.terminal import refused
from benchmarks.traces import data_folder
from pippy_lsp.agents import panel
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Engine
from pippy_lsp.errors import PippyError, UsageError
from pippy_lsp.settings import ModelSettings

SIZES = (3, 5, 10)
ADAPTIVE = 5
"""The panel whose early stop is looked at."""
STOPS = "first to pass the example"
SURE = (panel.FIRST, panel.AGREED, 0.95)


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    model: str
    rows: int
    seed: int
    most: int
    paper: int
    time: int
    minutes: float
    together: int
    stored: bool
    unseen: bool
    data: str | None
    samples: Path | None
    plot: Path | None
    json: Path | None


def options(arguments: Sequence[str] | None = None) -> Options:
    """The command line, read."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.panel",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--model", default="qwen2.5-coder-0.5b-instruct", help="a name of the registry, or a path")
    add("--rows", type=int, default=100, help="problems, drawn by chance; 257 are all")
    add("--seed", type=int, default=1)
    add("--most", type=int, default=panel_samples.MOST, help="answers to each, of the roles")
    add("--paper", type=int, default=5, help="answers to each at the paper's temperature; 0: none")
    add("--time", type=int, default=0, help="rows whose panels are timed")
    add("--minutes", type=float, default=60, help="no row is timed that begins later")
    add("--together", type=int, default=panel_samples.TOGETHER, help="problems asked at once")
    add("--stored", action="store_true", help="ask nothing: take what the file has")
    add("--unseen", action="store_true", help="judge by the tests that the model is not shown")
    add("--data", help="the folder with the data (default: $PIPPY_BENCH_DATA)")
    add("--samples", type=Path, help="the file of the answers (default: one in the cache)")
    add("--plot", type=Path, help="write a plot to this SVG file")
    add("--json", type=Path, help="write all figures to this file")
    return Options(**vars(parser.parse_args(arguments)))


# --- the votes -----------------------------------------------------------------------------------


def lines(rows: Sequence[Row], answers: Sequence[Answers], judge: Judge) -> list[Line]:
    """All ways to answer, at all sizes that there are answers for."""
    by_number = {row.number: row for row in rows}
    of = {
        arm: [(by_number[each.number], each.samples) for each in answers if each.arm == arm]
        for arm in (ROLES, PAPER)
    }
    base = _Base({r.number: (s[0], judge.passes(r, s[0].text)) for r, s in of[ROLES]})
    found = [base.line("greedy", of[ROLES])]
    if several := [(row, samples) for row, samples in of[ROLES] if len(samples) > 1]:
        found.append(_single(base, several, judge))
    for size in SIZES:
        enough = [(row, samples[:size]) for row, samples in of[ROLES] if len(samples) >= size]
        if enough:
            found += [_voted(base, name, enough, judge) for name in VOTES]
            found.append(_voted(base, SHOWN, enough, judge, STOPS, panel.FIRST))
            found.append(_oracle(base, enough, judge))
        drawn = [(row, s[:size]) for row, s in of[PAPER] if len(s) >= size and base.has(row)]
        if drawn:
            found.append(_voted(base, BLEU, drawn, judge, f"{BLEU}, temperature 1"))
    return found


def early(rows: Sequence[Row], answers: Sequence[Answers], judge: Judge) -> list[Line]:
    """The panel of `ADAPTIVE` with votes that stop early; the first of each vote hears all."""
    by_number = {row.number: row for row in rows}
    enough = [
        (by_number[each.number], each.samples[:ADAPTIVE])
        for each in answers
        if each.arm == ROLES and len(each.samples) >= ADAPTIVE
    ]
    found: list[Line] = []
    for name in VOTES:
        whole = [judge.vote(row, samples, name) for row, samples in enough]
        for sure in SURE:
            short = [judge.vote(row, samples, name, sure) for row, samples in enough]
            mine, all_of_them = _columns(short), _columns(whole)
            line = Line(
                f"{name}, {sure:.2f} sure",
                ADAPTIVE,
                *(mine[0], mine[1], all_of_them[0], all_of_them[1], mine[2], all_of_them[2]),
            )
            found.append(line)
    return found


def _columns(found: Sequence[Found]) -> tuple[list[float], list[float], list[float]]:
    """Whether they passed, their tokens, their time."""
    passed, tokens = [float(each.passed) for each in found], [float(each.tokens) for each in found]
    return passed, tokens, [each.steps for each in found]


Drawn = Sequence[tuple[Row, Sequence[Sample]]]


class _Base:
    """The greedy answers, which all else is compared with."""

    def __init__(self, greedy: dict[int, tuple[Sample, bool]]) -> None:
        self._greedy = greedy

    def has(self, row: Row) -> bool:
        """Whether there is one."""
        return row.number in self._greedy

    def line(self, name: str, drawn: Drawn, found: Sequence[Found] | None = None) -> Line:
        """A line beside the greedy answers to its rows; those themselves where nothing is given."""
        pairs = [self._greedy[row.number] for row, _ in drawn]
        greedy = [Found(ok, one.generated, 1, one.generated) for one, ok in pairs]
        passed, tokens, time = _columns(found or greedy)
        theirs = _columns(greedy)
        size = len(drawn[0][1]) if found else 1
        return Line(name, size, passed, tokens, theirs[0], theirs[1], time, theirs[2])


def _single(base: _Base, drawn: Drawn, judge: Judge) -> Line:
    """One sample that is not greedy: the mean over all of them."""
    line = base.line("one sample", drawn)
    passed = [[float(judge.passes(row, each.text)) for each in s[1:]] for row, s in drawn]
    tokens = [stats.mean([each.generated for each in samples[1:]]) for _, samples in drawn]
    means = [stats.mean(each) for each in passed]
    return replace(line, passed=means, tokens=tokens, steps=tokens)


def _voted(
    base: _Base, name: str, drawn: Drawn, judge: Judge, called: str = "", sure: float = NEVER
) -> Line:
    found = [judge.vote(row, samples, name, sure) for row, samples in drawn]
    return base.line(called or name, drawn, found)


def _oracle(base: _Base, drawn: Drawn, judge: Judge) -> Line:
    """What the best of all votes could give."""
    found = []
    for row, samples in drawn:
        lengths = [each.generated for each in samples]
        passed = any(judge.passes(row, each.text) for each in samples)
        found.append(Found(passed, sum(lengths), len(samples), steps(lengths)))
    return base.line("any of them", drawn, found)


# --- the command ---------------------------------------------------------------------------------


async def _ask(given: Options, rows: list[Row], file: Path) -> dict[str, list[float]]:
    """Sample what is missing, and time what is asked for. Raises: ModelError, EngineError."""
    arms = {ROLES: given.most, **({PAPER: given.paper} if given.paper else {})}
    if given.stored:
        return {}
    if not panel_samples.missing(panel_samples.read(file), rows, arms) and not given.time:
        return {}
    engine = LlamaEngine(ModelSettings(name=given.model))
    try:
        await engine.ready(READY_SECONDS)
        with progress() as step:
            done = lambda: step("problems")  # noqa: E731
            await panel_samples.fill(engine, rows, arms, file, done, given.together)
        return await _clock(given, engine, rows, file)
    finally:
        await engine.close()


async def _clock(
    given: Options, engine: Engine, rows: list[Row], file: Path
) -> dict[str, list[float]]:
    """Time rows, first those that no panel has answered yet: the answers are kept."""
    left = panel_samples.missing(panel_samples.read(file), rows, {ROLES: ADAPTIVE})
    new = {row.number: have for row, _, have, _ in left}

    def heard(found: Answers) -> None:
        if found.number in new:
            fresh = found.samples[new.pop(found.number) :]
            panel_samples.keep(file, replace(found, samples=fresh))

    order = sorted(rows, key=lambda row: row.number not in new)
    return await panel_clock.timed(engine, order[: given.time], given.minutes, heard)


def _samples(given: Options) -> Path:
    if given.samples is not None:
        return given.samples
    folder = platformdirs.user_cache_path("pippy-lsp")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"benchmarks-panel-{Path(given.model).name}.jsonl"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    given = options(arguments)
    try:
        rows = mbpp.subset(mbpp.load(data_folder(given.data)), given.rows, given.seed)
        file = _samples(given)
        seconds = asyncio.run(_ask(given, rows, file))
        if seconds:
            print("\n".join([*panel_clock.ratios(seconds, given.seed), ""]), flush=True)
        numbers = {row.number for row in rows}
        answers = [each for each in panel_samples.read(file) if each.number in numbers]
        if not answers:
            raise UsageError(what=f"{file} has no answers to these problems: leave --stored out.")
        judge = Judge(unseen=given.unseen)
        found, stopped = lines(rows, answers, judge), early(rows, answers, judge)
    except PippyError as error:
        return refused(error)
    count = len({each.number for each in answers})
    title = f"{given.model}, MBPP, {count} problems, seed {given.seed}"
    print(f"{title}\n\n{panel_report.table(found)}\n")
    print(f"{panel_report.table(stopped, f'hearing all {ADAPTIVE}')}\n")
    if given.plot:
        given.plot.write_text(panel_report.plot(found, title), "utf-8")
    report = {"title": title, "votes": found, "early": stopped, "seconds": seconds}
    told = panel_report.figures(found)
    write(given.json, "panel", Kept(told, given.seed, [given.model], (), report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
