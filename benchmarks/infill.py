"""How right ghost text is: our server and the raw model, on the same holes in the same run.

    python -m benchmarks.infill [--model NAME] [--rows N | --full] [--places N] [--seed N]
                                [--mode block] [--invoked] [--first-line] [--losses] [--json FILE]

HumanEval's single-line infilling: the raw model is asked in both orders, healed and not, greedy,
without anything of ours around it; both the first line of what it writes and all of it are tried,
and the best of these eight ways counts. Ours is asked over LSP, with an empty line where the hole
is and the cursor at its start. What a child accepts is the whole suggestion ("all lines"); its
first line alone is judged as well. The answers are put into the program, which is run with its
test in a process of its own.

All that was shown, there and in children's programs, is judged by `ast.parse` and pyflakes.

Intervals are of 95 %: of shares Wilson's, of differences by drawing rows again (both answers of a
row together).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import humaneval, infill_losses, infill_places, infill_report, raw, results
from benchmarks.humaneval import Row
from benchmarks.infill_losses import Loss
from benchmarks.infill_ours import Ours, Shown, Trigger, ours
from benchmarks.infill_places import Place
from benchmarks.infill_results import Judged, Results, Side, as_json, best_way, figures
from benchmarks.sandbox import Sandbox
from benchmarks.terminal import refused
from benchmarks.traces import data_folder, programs
from pippy_lsp.errors import PippyError, UsageError
from pippy_lsp.settings import Mode

MODES: tuple[Mode, ...] = ("line", "block")


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    model: str
    rows: int
    places: int
    seed: int
    mode: Mode
    level: int
    invoked: bool
    losses: bool
    first_line: bool
    raw_from: Path | None
    data: str | None
    json: Path | None


def options(arguments: Sequence[str] | None = None) -> Options:
    """The command line, read. Raises: UsageError."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.infill",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--model", default="qwen2.5-coder-0.5b-instruct", help="a name of the registry, or a path")
    add("--rows", type=int, default=100, help="holes of HumanEval, drawn by chance")
    add("--full", action="store_true", help="all of them")
    add("--places", type=int, default=100, help="cursors in children's programs")
    add("--seed", type=int, default=1)
    add("--mode", choices=MODES, default="block")
    add("--level", type=int, default=5, choices=range(1, 6), help="what the child knows")
    add("--invoked", action="store_true", help="ask as by hand as well: up to three suggestions")
    add("--losses", action="store_true", help="list what the raw model gets right and ours not")
    add(
        "--first-line",
        action="store_true",
        help="ask the raw model for one line: a third of the time",
    )
    add("--raw-from", type=Path, help="take the raw model's answers from that --json file")
    add("--data", help="the folder with the data (default: $PIPPY_BENCH_DATA)")
    add("--json", type=Path, help="write all answers to this file")
    given = parser.parse_args(arguments)
    if given.rows < 1 or given.places < 0:
        raise UsageError(what="--rows takes a number above 0, --places one from 0.")
    values = vars(given)
    if values.pop("full"):
        values["rows"] = sys.maxsize
    return Options(**values)


async def run(
    rows: list[Row], places: list[Place], given: Options, step: Callable[[str], None]
) -> Results:
    """Ask both sides, run and judge what they say. `step` is called with what is under way.

    Raises: ModelError, EngineError, UsageError.
    """
    sandbox = Sandbox()
    answers = _stored(given, rows) or await raw.answers(
        given.model, rows, lambda: step("raw"), first_line=given.first_line
    )
    texts = raw.put(answers, whole=not given.first_line)
    sides = {way: _side(rows, lines, sandbox) for way, lines in texts.items()}
    asked: dict[str, list[Shown]] = {}
    async with ours(given.model, mode=given.mode, level=given.level) as editor:
        asked["automatic"] = await _ask(editor, rows, Trigger.Automatic, step)
        if given.invoked:
            asked["invoked"] = await _ask(editor, rows, Trigger.Invoked, step)
        drawn = [await _one(editor, each, step) for each in places]
    shown = {
        name: [
            Judged(row.name, one, one.verdicts(row.filled(row.truth)))
            for row, one in zip(rows, found, strict=True)
        ]
        for name, found in asked.items()
    }
    shown["programs"] = [
        Judged(place.name, one, one.verdicts(place.whole))
        for place, one in zip(places, drawn, strict=True)
    ]
    mine: dict[str, Side] = {}
    for name, found in asked.items():
        mine[name] = _side(rows, [next(iter(one.lines), "") for one in found], sandbox)
        whole = [next(iter(one.texts), "").strip("\n") for one in found]
        mine[f"{name}, all lines"] = _side(rows, whole, sandbox)
    results = Results(rows, sides, mine, shown, len(places))
    if given.losses:
        results.losses.extend(await _losses(results, given, lambda: step("losses")))
    return results


async def _ask(
    editor: Ours, rows: Sequence[Row], trigger: Trigger, step: Callable[[str], None]
) -> list[Shown]:
    found = []
    for row in rows:
        found.append(await editor.ask(row.before, f"\n{row.after}", trigger))
        step("ours")
    return found


async def _one(editor: Ours, place: Place, step: Callable[[str], None]) -> Shown:
    found = await editor.ask(place.before, place.after)
    step("programs")
    return found


def _side(rows: Sequence[Row], lines: list[str], sandbox: Sandbox) -> Side:
    pairs = list(zip(rows, lines, strict=True))
    passed = [bool(line) and sandbox.passes(row.program(line)) for row, line in pairs]
    return Side(lines, passed, [line == row.truth.rstrip() for row, line in pairs])


async def _losses(results: Results, given: Options, step: Callable[[], None]) -> list[Loss]:
    theirs, mine = results.raw[best_way(results.raw)], results.ours["automatic"]
    lost = [
        (row, theirs.lines[number], mine.lines[number])
        for number, row in enumerate(results.rows)
        if theirs.passed[number] and not mine.passed[number]
    ]
    return await infill_losses.explain(given.model, lost, given.mode, given.level, step)


# --- files ---------------------------------------------------------------------------------------


def _stored(given: Options, rows: Sequence[Row]) -> raw.Answers | None:
    """The raw model's answers from a file that an earlier run has written.

    Raises: UsageError when it has another model's, or not all rows.
    """
    if given.raw_from is None:
        return None
    try:
        found = json.loads(given.raw_from.read_text("utf-8"))["details"]
        if found["model"] != given.model:
            raise UsageError(what=f"{given.raw_from} holds the answers of {found['model']}.")
        texts = {way: found["raw"][str(replace(way, whole=True))]["lines"] for way in raw.WAYS}
        by_name = {way: dict(zip(found["rows"], texts[way], strict=True)) for way in raw.WAYS}
        return {way: [by_name[way][row.name] for row in rows] for way in raw.WAYS}
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(what=f"{given.raw_from} does not hold these rows' answers.") from error


def _title(given: Options) -> str:
    return f"{given.model}, seed {given.seed}, mode {given.mode}, level {given.level}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    try:
        given = options(arguments)
        folder = data_folder(given.data)
        rows = humaneval.subset(humaneval.load(folder), given.rows, given.seed)
        found = infill_places.places(programs(folder))
        places = infill_places.subset(found, given.places, given.seed)
        with infill_report.progress() as step:
            answers = asyncio.run(run(rows, places, given, step))
    except PippyError as error:
        return refused(error)
    print(infill_report.report(_title(given), answers, given.seed))
    asked = {name: getattr(given, name) for name in ("model", "seed", "mode", "level")}
    details = {**asked, **as_json(answers)}
    told = results.Found(figures(answers, given.seed), given.seed, [given.model], (), details)
    results.write(given.json, "infill", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
