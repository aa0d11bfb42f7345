"""The table of `pippy-lsp models compare`, from the benchmarks' own and larger data.

    python -m benchmarks.compare [NAME ...] [--rows N] [--seed N] [--data FOLDER] [--json FILE]

For each model: HumanEval's single-line holes, through the real server; MBPP's problems, by one
answer and by a panel of five whose answers are run on the one test that they were shown; lines of
children's programs to explain. All questions are drawn by the seed, the same for each model. Times
and memory are of the same run: let nothing else run meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks import humaneval, mbpp, panel_samples, results, stats, teaching_said
from benchmarks.infill_ours import ours
from benchmarks.panel_samples import ROLES
from benchmarks.panel_votes import SHOWN, Judge
from benchmarks.raw import READY_SECONDS
from benchmarks.sandbox import Sandbox
from benchmarks.traces import data_folder, programs
from pippy_lsp import prompts
from pippy_lsp.compare import exam, measure, view
from pippy_lsp.compare.figures import Answer, Figures
from pippy_lsp.engine import gguf, models
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.errors import PippyError, UsageError
from pippy_lsp.settings import ModelSettings

PANEL = 5


@dataclass(frozen=True)
class Questions:
    """What each model is asked."""

    holes: list[humaneval.Row]
    problems: list[mbpp.Row]
    lines: list[teaching_said.Line]


def questions(folder: Path, rows: int, seed: int) -> Questions:
    """So many of each kind. Raises: UsageError when the data is not there."""
    return Questions(
        humaneval.subset(humaneval.load(folder), rows, seed),
        mbpp.subset(mbpp.load(folder), rows, seed),
        teaching_said.lines(programs(folder), rows, seed),
    )


async def holes(model: str, rows: Sequence[humaneval.Row], step: measure.Step) -> list[Answer]:
    """Ghost text in each, all its lines taken. Raises: ModelError, EngineError."""
    sandbox, found = Sandbox(), []
    async with ours(model, mode="block", level=measure.LEVEL) as editor:
        for row in rows:
            began = time.perf_counter()
            shown = await editor.ask(row.before, f"\n{row.after}")
            ms = 1000 * (time.perf_counter() - began)
            text = next(iter(shown.texts), "").strip("\n")
            good = bool(text) and sandbox.passes(row.program(text))
            found.append(Answer("hole", row.name, text, good, ms))
            step()
    return found


async def problems(
    engine: LlamaEngine, rows: Sequence[mbpp.Row], step: measure.Step
) -> list[Answer]:
    """Each by the first answer, and by the vote of all. Raises: EngineError."""
    judge, found = Judge(), []
    for row in rows:
        began = time.perf_counter()
        drawn = await panel_samples.sample(engine, row, ROLES, PANEL)
        ms = 1000 * (time.perf_counter() - began)
        asked, first = str(row.number), drawn.samples[0].text
        found.append(Answer("problem", asked, first, judge.passes(row, first), ms))
        step()
        voted = await asyncio.to_thread(judge.vote, row, drawn.samples, SHOWN)
        found.append(Answer("panel", asked, "", voted.passed, ms))
        step()
    return found


async def lines(
    model: str, chosen: list[teaching_said.Line], language: str, step: measure.Step
) -> list[Answer]:
    """What the model says of each, as it is shown. Raises: ModelError, EngineError."""
    said = await teaching_said.second_layer(chosen, model, language)
    shown = [each for each in said if each.layer == "the model, shown"]
    for _ in shown:
        step()
    return [
        Answer("line", f"{each.name}:{each.row + 1}", each.text, bool(each.text), each.ms)
        for each in shown
    ]


async def measured(model: str, asked: Questions, language: str, step: measure.Step) -> Figures:
    """A model's row; with an `error` where it can't be asked.

    Raises: ModelError where there is no such model.
    """
    found = models.resolve(model)
    licence = found.entry.licence if found.entry else gguf.read(found.path).licence
    about = Figures(found.name, found.path.stat().st_size, licence)
    engine = LlamaEngine(ModelSettings(name=model))
    try:
        loaded = await engine.ready(READY_SECONDS)
        answers = await problems(engine, asked.problems, step)
        first = await measure.typed(engine, exam.paper(len(asked.holes), 1))
        memory = measure.memory_of(engine)
        await engine.close()  # the server and the explainer have a worker of their own
        answers += await holes(model, asked.holes, step)
        answers += await lines(model, asked.lines, language, step)
        return measure.row(about, loaded, answers, first, memory)
    except PippyError as error:
        said = prompts.messages(language).error(error)
        return msgspec.structs.replace(about, error=said)
    finally:
        await engine.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="names of the registry, or paths; all by default")
    add("--rows", type=int, default=100, help="questions of each kind")
    add("--seed", type=int, default=1)
    add("--data", help="the folder with the data (default: $PIPPY_BENCH_DATA)")
    add("--json", type=Path, help="write all figures and answers to this file")
    given = parser.parse_args(arguments)
    say = prompts.messages(prompts.DEFAULT_LANGUAGE)
    try:
        if given.rows < 1:
            raise UsageError(what="--rows takes a number above 0.")
        rows = compare(given, say)
    except PippyError as error:
        print(say.error(error), file=sys.stderr)
        return 2
    print(view.markdown(rows, say))
    return 0


def compare(given: argparse.Namespace, say: prompts.Messages) -> list[Figures]:
    """All rows; the file is written after each model. Raises: UsageError, ModelError."""
    names = given.names or [model.name for model in models.installed()]
    asked = questions(data_folder(given.data), given.rows, given.seed)
    for name in names:
        models.resolve(name)
    total = len(asked.holes) + 2 * len(asked.problems) + len(asked.lines)
    found: list[Figures] = []
    with view.progress(total * len(names), say) as tick:
        for name in names:

            def step(name: str = name) -> None:
                tick(name)

            found.append(asyncio.run(measured(name, asked, say.language, step)))
            kept = results.Found(figures(found), given.seed, names, (), found)
            results.write(given.json, "compare", kept)
    return found


def figures(rows: Sequence[Figures]) -> list[results.Figure]:
    """The rows for the results: a column for each model."""
    found = []
    for row in rows:
        for name, share in (
            ("HumanEval's holes, through the server", row.holes),
            ("MBPP, one answer", row.solved),
            (f"MBPP, panel of {PANEL}", row.panel),
            ("lines explained", row.explained),
        ):
            value = stats.wilson(share.yes, share.of)
            found.append(results.figure(name, value, share.of, "%", row.name))
        n = row.explained.of
        found += [
            results.count("reading grade, median", row.grade or math.nan, n, of=row.name),
            results.count("first token while typing, median", row.first_ms, n, "ms", of=row.name),
            results.count("worker's memory", row.memory / 2**20, 1, "MB", of=row.name),
        ]
    return found


if __name__ == "__main__":
    sys.exit(main())
