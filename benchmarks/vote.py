"""What a vote gains on the line at the cursor.

    python -m benchmarks.vote [--model NAME] [--rows N] [--seed N] [--data FOLDER]

Holes of one line, made in MBPP's training problems (task_id 601 to 974), which nothing is measured
by: the rules of the vote may be tuned here. For each hole the raw model writes its likeliest line
and those of the voters, in one batch; a line that does not parse in its place has no vote, and a
line that is not doubtful stays. Shares have Wilson's interval of 95 %.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import humaneval, mbpp, raw, stats
from benchmarks.humaneval import Row
from benchmarks.panel_report import percent
from benchmarks.results import Found, figure, write
from benchmarks.sandbox import Sandbox
from benchmarks.terminal import refused
from benchmarks.traces import data_folder
from pippy_lsp.analysis import syntax
from pippy_lsp.completion import vote
from pippy_lsp.engine.protocol import Infill, Request, complete
from pippy_lsp.errors import PippyError

_TOKENS = 48
DOUBT = 0.5
"""A line is doubtful if one of its tokens was less probable than this."""
_SHORTEST = 4
"""Characters of a line that is worth asking for."""


def holes(folder: Path, count: int, seed: int) -> list[Row]:
    """A hole in the body of each problem's solution, in an order drawn by chance."""
    chance = random.Random(seed)
    made = (_hole(task, chance) for task in mbpp.load(folder, mbpp.TRAINING))
    found = [row for row in made if row is not None]
    chance.shuffle(found)
    return found[:count]


def _hole(task: mbpp.Row, chance: random.Random) -> Row | None:
    lines = task.solution.replace("\r\n", "\n").rstrip().split("\n")
    head = next((n for n, line in enumerate(lines) if line.startswith("def ")), len(lines))
    inner = [
        number
        for number, line in enumerate(lines)
        if number > head and line[:1].isspace() and len(line.strip()) >= _SHORTEST
    ]
    if not inner or not syntax.opens_block(lines[head]):
        return None
    at = chance.choice(inner)
    indent = syntax.indent_of(lines[head + 1]) or "    "
    told = [f'{indent}"""{task.problem}"""']
    before = "\n".join([*lines[: head + 1], *told, *lines[head + 1 : at], ""])
    after = "\n".join([*lines[at + 1 :], ""])
    test = "\n".join([*task.imports, *task.tests])
    return Row(f"mbpp/{task.number}", before, after, lines[at], test)


@dataclass(frozen=True)
class Asked:
    """What was written for a hole: the likeliest line, then the voters'."""

    lines: list[str]
    least: float
    """The probability of the likeliest line's least likely token."""


async def answers(model: str, rows: Sequence[Row]) -> list[Asked]:
    """The answers for each hole. Raises: ModelError, EngineError."""
    engine, found = raw.engine(model, "suffix-first"), list[Asked]()
    try:
        await engine.ready(raw.READY_SECONDS)
        for number, row in enumerate(rows, 1):
            asked = Request(Infill(row.before, row.after), max_tokens=_TOKENS, weigh=True)
            work = (complete(engine, each, raw.has_line) for each in [asked, *vote.ballots(asked)])
            results = await asyncio.gather(*work)
            lines = [humaneval.first_line(each.text) for each in results]
            found.append(Asked(lines, results[0].least))
            print(f"\r{number} of {len(rows)}", end="", file=sys.stderr, flush=True)
    finally:
        await engine.close()
    print(file=sys.stderr)
    return found


def voted(row: Row, asked: Asked) -> str:
    """The line that the server would take of these."""
    lines = asked.lines
    if asked.least >= DOUBT:
        return lines[0]
    fits = [not isinstance(syntax.parse(row.filled(line)), SyntaxError) for line in lines]
    held = [line if fit else "" for line, fit in zip(lines, fits, strict=True)]
    number = vote.winner(held)
    return lines[max(number, 0)]


def judged(rows: Sequence[Row], found: Sequence[Asked]) -> dict[str, list[bool]]:
    """Whether each way's line passes, row by row."""
    box = Sandbox()
    passed: dict[str, list[bool]] = {"the likeliest line": [], "the most voted line": []}
    passed["any of them"] = []
    for row, asked in zip(rows, found, strict=True):
        right = {line: bool(line) and box.passes(row.program(line)) for line in set(asked.lines)}
        passed["the likeliest line"].append(right[asked.lines[0]])
        passed["the most voted line"].append(right[voted(row, asked)])
        passed["any of them"].append(any(right.values()))
    return passed


def report(passed: dict[str, list[bool]], found: Sequence[Asked]) -> str:
    """The table."""
    parts = [f"{len(found)} holes, {vote.VOTERS} voters"]
    for name, each in passed.items():
        parts.append(f"{name:20} passes {percent(stats.wilson(sum(each), len(each)))} %")
    pairs = list(zip(passed["the likeliest line"], passed["the most voted line"], strict=True))
    won, lost = pairs.count((False, True)), pairs.count((True, False))
    doubtful = sum(asked.least < DOUBT for asked in found)
    parts.append(f"{doubtful} were doubtful; won {won}, lost {lost}")
    return "\n".join(parts)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b-instruct")
    parser.add_argument("--rows", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", help="folder that has mbpp")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    try:
        rows = holes(data_folder(asked.data), asked.rows, asked.seed)
        found = asyncio.run(answers(asked.model, rows))
    except PippyError as error:
        return refused(error)
    passed = judged(rows, found)
    print(report(passed, found))
    n = len(rows)
    told = [figure(name, stats.wilson(sum(each), n), n, "%") for name, each in passed.items()]
    write(asked.json, "vote", Found(told, asked.seed, [asked.model]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
