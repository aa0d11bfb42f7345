"""How well mistakes and lines of code are explained to a child.

    python -m benchmarks.teaching [--model NAME | --no-model] [--adapter FILE] [--lines N]
                                  [--slips N] [--seed N] [--language en] [--json FILE]
                                  [--data FOLDER]

Four tables. Beginners' programs that can't be read (novice-syntax): whether the cause is named, the
right one by our own labels, and the right line. Slips of our own making in children's programs,
drawn by the seed: the same, where nobody tuned for the very program. False alarms: what is marked
in programs that run (kid-programs, and the standard library's turtledemo where Python has it).
Lines of children's programs: the hover's first layer, and with a model the second: reading grade,
words, and what the model names that is not in the program, judged by other and wider rules than the
product's (what the first layer says is worked out from the program, or is the glossary's).

Grades are Flesch-Kincaid's (textstat 0.7.4), of the text without its marks; they are made for
English. Times are of the functions, in this process: `benchmarks.requests` times whole requests.
Intervals are of 95 %: shares by Wilson, the others by bootstrap.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import results, stats, teaching_mistakes, teaching_said
from benchmarks.teaching_figures import Answers, figures
from benchmarks.teaching_mistakes import Judged
from benchmarks.teaching_said import Said
from benchmarks.terminal import refused
from benchmarks.traces import data_folder, programs
from pippy_lsp import prompts
from pippy_lsp.engine import adapters
from pippy_lsp.errors import PippyError, UsageError


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    model: str
    no_model: bool
    adapter: str
    lines: int
    slips: int
    seed: int
    language: str
    data: str | None
    json: Path | None


def options(arguments: Sequence[str] | None = None) -> Options:
    """The command line, read. Raises: UsageError."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.teaching",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--model", default="qwen2.5-coder-0.5b-instruct", help="a name of the registry, or a path")
    add("--no-model", action="store_true", help="only what needs none: seconds")
    add("--adapter", default=adapters.NONE, help="a LoRA adapter (GGUF) that the model wears")
    add("--lines", type=int, default=100, help="lines of children's programs, drawn by chance")
    add("--slips", type=int, default=40, help="of each kind at most")
    add("--seed", type=int, default=1)
    add("--language", default=prompts.DEFAULT_LANGUAGE)
    add("--data", help="the folder with the data (default: $PIPPY_BENCH_DATA)")
    add("--json", type=Path, help="write all answers to this file")
    given = parser.parse_args(arguments)
    if min(given.lines, given.slips) < 1:
        raise UsageError(what="--lines and --slips take numbers above 0.")
    return Options(**vars(given))


def share(found: Sequence[bool]) -> str:
    """The share of what is true, in per cent, with its interval."""
    if not found:
        return "-"
    value = stats.wilson(sum(found), len(found))
    return f"{100 * value.value:.1f} ({100 * value.low:.0f}, {100 * value.high:.0f})"


def middle(found: Sequence[float], seed: int, digits: int = 1) -> str:
    """The median with its interval."""
    if not found:
        return "-"
    value = stats.bootstrap(found, stats.median, seed=seed)
    return f"{value.value:.{digits}f} ({value.low:.{digits}f}, {value.high:.{digits}f})"


def mistakes_table(title: str, found: Sequence[Judged], seed: int) -> Table:
    """The causes and the lines, by kind and together."""
    table = Table(title=title)
    columns = ("", "programs", "a cause, %", "the right one, %", "right line, %", "grade, median")
    for name in (*columns, "words, median", "ms, p50", "ms, p95"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    kinds = list(dict.fromkeys(each.kind for each in found))
    for kind in [*(kinds if len(kinds) > 1 else []), "all"]:
        rows = [each for each in found if kind in (each.kind, "all")]
        table.add_row(
            kind,
            str(len(rows)),
            share([each.specific for each in rows]),
            share([each.cause for each in rows]),
            share([each.line for each in rows]),
            middle([each.grade for each in rows], seed),
            middle([float(each.words) for each in rows], seed, 0),
            f"{stats.percentile([each.ms for each in rows], 50):.1f}",
            f"{stats.percentile([each.ms for each in rows], 95):.1f}",
        )
    return table


def alarms_table(found: dict[str, dict[str, int]]) -> Table:
    """What is marked in programs that run."""
    table = Table(title="marks in programs that run")
    for name in ("", "programs", "errors", "warnings", "hints"):
        table.add_column(name, justify="right" if name else "left")
    for name, counts in found.items():
        cells = (str(counts[key]) for key in ("programs", "error", "warning", "hint"))
        table.add_row(name, *cells)
    return table


def said_table(found: Sequence[Said], seed: int) -> Table:
    """The two layers of the hover, and the model's words before they were checked."""
    table = Table(title="lines of children's programs (grade: at most 6; words: at most 60)")
    columns = ("", "lines", "said, %", "grade, median", "words, median", "words, most")
    for name in (*columns, "names what is not there, %", "ms, p50", "ms, p95"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    for layer in dict.fromkeys(each.layer for each in found):
        rows = [each for each in found if each.layer == layer]
        told = [each for each in rows if each.text]
        table.add_row(
            layer,
            str(len(rows)),
            share([bool(each.text) for each in rows]),
            middle([each.grade for each in told], seed),
            middle([float(each.words) for each in told], seed, 0),
            str(max((each.words for each in told), default=0)),
            share([bool(each.strange) for each in told]) if "model" in layer else "-",
            f"{stats.percentile([each.ms for each in rows], 50):.1f}",
            f"{stats.percentile([each.ms for each in rows], 95):.1f}",
        )
    return table


def run(given: Options, console: Console) -> Answers:
    """Measure, print each table when it is there, and give all answers.

    Raises: PippyError.
    """
    folder, seed, language = data_folder(given.data), given.seed, given.language
    sources = programs(folder)
    novice = teaching_mistakes.novice(folder, language)
    console.print(mistakes_table("beginners' programs that can't be read", novice, seed))
    slips = teaching_mistakes.slips(sources, given.slips, seed, language)
    console.print(mistakes_table("slips in children's programs", slips, seed))
    alarms = teaching_mistakes.alarms(folder)
    console.print(alarms_table(alarms))
    lines = teaching_said.lines(sources, given.lines, seed)
    said = teaching_said.first_layer(lines, language)
    if not given.no_model:
        said += asyncio.run(teaching_said.second_layer(lines, given.model, language, given.adapter))
    console.print(said_table(said, seed))
    return {"novice": novice, "slips": slips, "alarms": alarms, "said": said}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    console = Console(width=None if sys.stdout.isatty() else 180)
    try:
        given = options(arguments)
        found = run(given, console)
        used = [] if given.no_model else [given.model]
        told = results.Found(figures(found, given.seed), given.seed, used, (), found)
        results.write(given.json, "teaching", told)
    except PippyError as error:
        return refused(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
