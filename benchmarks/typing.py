"""How fast ghost text comes while a child types: our server and llama.vim's, on one trace.

    python -m benchmarks.typing [--model NAME] [--keys N] [--seed N] [--speed X] [--json FILE]

Both sides use the same model file, context size and typing, one after the other; the seed decides
who goes first. What is timed:

- "wait for ghost text": from each keystroke that leaves no ghost text on the screen to the next
  suggestion, whichever keystroke brings it, or to the section's end. Nothing that comes too late
  is left out, so this is what to compare the two by.
- "new suggestion": the same where that keystroke itself brought it. A keystroke has no such time
  when another came before its answer, so a slow side is timed on its lucky keystrokes only.
- "any suggestion": from each keystroke to the reply with a suggestion for that state of the
  document, also the rest of one that is typed along: llama.vim has that in the editor's memory.

Intervals are of 95 %, by drawing typed lines again; what others do on the machine meanwhile is in
the times, so look at the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import machine_bound, results, typing_figures, typing_profile
from benchmarks.peer import peer
from benchmarks.replay import Line, Side, play
from benchmarks.results import Found
from benchmarks.session import session
from benchmarks.stats import Interval, median
from benchmarks.terminal import refused
from benchmarks.traces import Section, data_folder, programs, trace
from benchmarks.typing_figures import Row
from pippy_lsp.engine.models import resolve
from pippy_lsp.errors import PippyError, UsageError

CONTEXT = 4096
"""Tokens: our server's default."""
_CHARACTERS_A_TOKEN = 3
Lines = tuple[list[Line], list[Line] | None]
"""Ours and the peer's."""


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    model: str
    keys: int
    seed: int
    speed: float
    ours_only: bool
    peer_threads: int
    profile: bool
    data: str | None
    json: Path | None


def options(arguments: Sequence[str] | None = None) -> Options:
    """The command line, read."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.typing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--model", default="qwen2.5-coder-0.5b-instruct", help="a name of the registry, or a path")
    add("--keys", type=int, default=500, help="keystrokes of the trace")
    add("--seed", type=int, default=1)
    add("--speed", type=float, default=1.0, help="how many times as fast as a child types")
    add("--ours-only", action="store_true", help="without the peer")
    add("--peer-threads", type=int, default=0, help="of llama.cpp's server; 0 is its default")
    add("--profile", action="store_true", help="print our slowest keystrokes")
    add("--data", help="the folder with kid-programs (default: $PIPPY_BENCH_DATA)")
    add("--json", type=Path, help="write the figures and each keystroke to this file")
    given = parser.parse_args(arguments)
    if given.keys < 1 or given.speed <= 0:
        raise UsageError(what="--keys and --speed take a number above 0.")
    return Options(**vars(given))


async def run_ours(sections: list[Section], given: Options) -> list[Line]:
    """The trace, played to our server."""
    with tempfile.TemporaryDirectory() as folder:
        async with session(given.model, Path(folder), profile=given.profile) as side:
            return await _played(sections, side, given.speed)


async def run_peer(sections: list[Section], given: Options) -> list[Line]:
    """The trace, played to llama.cpp's server by llama.vim's rules."""
    path = resolve(given.model).path
    threads = given.peer_threads
    async with peer(path, context=CONTEXT, threads=threads, seed=given.seed) as side:
        return await _played(sections, side, given.speed)


async def _played(sections: list[Section], side: Side, speed: float) -> list[Line]:
    return [line for section in sections for line in await play(section, side, speed)]


async def run(sections: list[Section], given: Options) -> Lines:
    """Ours and the peer's lines; with an odd seed ours goes first."""
    if given.ours_only:
        return await run_ours(sections, given), None
    if given.seed % 2:
        ours = await run_ours(sections, given)
        return ours, await run_peer(sections, given)
    theirs = await run_peer(sections, given)
    return await run_ours(sections, given), theirs


# --- what is printed ---------------------------------------------------------------------------


def table(rows: list[Row]) -> str:
    """The figures in columns."""
    lines = [f"{'':30}{'ours':>24}{'llama.vim':>24}{'ratio':>22}"]
    for row in rows:
        cells = (_cell(row.ours, share=row.share), _cell(row.peer, share=row.share))
        lines.append(f"{row.name:30}{cells[0]:>24}{cells[1]:>24}{_cell(row.ratio):>22}")
    return "\n".join(lines)


def _cell(figure: Interval, *, share: bool = False) -> str:
    if math.isnan(figure.value):
        return "-"
    factor, unit = (100, " %") if share else (1, "")
    texts = [_number(factor * each) for each in (figure.value, figure.low, figure.high)]
    return f"{texts[0]}{unit} [{texts[1]}, {texts[2]}]"


def _number(value: float) -> str:
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{places}f}"


def bound_text(found: machine_bound.Bound, lines: list[Line]) -> str:
    """What the machine allows, and how far from it we are."""
    said = ["The bound of this machine: " + "; ".join(machine_bound.sentences(found)) + "."]
    new = [s for s in typing_figures.strokes(lines) if s.ms is not None and not s.along]
    ratios = [
        s.ms / (found.token_ms * (1 + len(s.answer.text.split("\n")[0]) / _CHARACTERS_A_TOKEN))
        for s in new
        if s.ms is not None and s.answer is not None
    ]
    if ratios:
        said.append(
            f"A new suggestion took {median(ratios):.1f} times (median) the least that a step for "
            f"the prompt and one for each {_CHARACTERS_A_TOKEN} characters of its first line take; "
            "one that was prepared ahead takes less."
        )
    if lines and all(line.spent for line in lines):
        least = sum(
            line.spent.evaluated * found.prompt_cpu + line.spent.generated * found.token_cpu
            for line in lines
            if line.spent
        )
        used = sum(line.cpu for line in lines)
        said.append(f"CPU: {used:.1f} s, {used / max(least, 1e-9):.1f} times what its tokens take.")
    return "\n".join(said)


def _result(given: Options, rows: list[Row], bound: machine_bound.Bound, lines: Lines) -> Found:
    sides = {"ours": lines[0], "peer": lines[1] or []}
    return Found(
        [*typing_figures.figures(rows, lines[0]), *machine_bound.figures(bound)],
        given.seed,
        [given.model],
        typing_figures.latency(*lines),
        {
            "bound": asdict(bound),
            **{name: [asdict(e) for e in side] for name, side in sides.items()},
        },
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 when it could not."""
    try:
        given = options(arguments)
        sections = trace(programs(data_folder(given.data)), given.keys, given.seed)
        found = machine_bound.bound(resolve(given.model).path)
        lines = asyncio.run(run(sections, given))
    except PippyError as error:
        refused(error)
        return 1
    late = max(stroke.late for side in lines if side for stroke in typing_figures.strokes(side))
    rows = typing_figures.rows(*lines, seed=given.seed)
    seconds = sum(key.wait for section in sections for key in section.keys) / given.speed
    print(f"{given.model}: {given.keys} keystrokes in {seconds:.0f} s, {len(lines[0])} lines,")
    print(f"{len(sections)} programs; the latest keystroke was sent {1000 * late:.0f} ms late\n")
    print(table(rows), bound_text(found, lines[0]), sep="\n\n")
    if given.profile:
        print(typing_profile.profile(lines[0]))
    results.write(given.json, "typing", _result(given, rows, found, lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
