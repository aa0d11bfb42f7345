"""What a suggestion's checks cost: `python -m benchmarks.checks [--data FOLDER]`.

Places are lines of the children's programs, joined to documents of several sizes; candidates are
the real rest of the line, the same with letters changed, and the line of another place. Seeded.
Times are milliseconds of `Checker.best`, and `Checker.prepare`, done once at a place while
the model reads and writes.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import results, stats, traces
from pippy_lsp import prompts
from pippy_lsp.completion.checks import Checker
from pippy_lsp.completion.place import Place, place
from pippy_lsp.completion.shape import decide
from pippy_lsp.errors import UsageError

SIZES = (50, 200, 500, 2000)
"""Lines of a document."""
LEVELS = range(1, 6)
_PLACES = 20


def document(programs: dict[str, str], lines: int, chance: random.Random) -> str:
    """Whole programs, in an order drawn by chance, until there are `lines` lines."""
    texts = list(programs.values())
    chance.shuffle(texts)
    joined: list[str] = []
    for text in itertools.cycle(texts):
        joined += text.splitlines()
        if len(joined) >= lines:
            return "\n".join(joined) + "\n"
    return ""


def spots(text: str, chance: random.Random, count: int) -> Iterator[tuple[Place, str]]:
    """Places in lines of `text`, the rest of the line taken out, and that rest."""
    lines = text.split("\n")
    full = [number for number, line in enumerate(lines) if len(line.strip()) > 3]
    for number in chance.sample(full, min(count, len(full))):
        line = lines[number]
        column = chance.randrange(len(line) - len(line.lstrip()), len(line))
        rest = [*lines[:number], line[:column], *lines[number + 1 :]]
        start = sum(len(each) + 1 for each in lines[:number])
        yield place("\n".join(rest), start + column), line[column:]


def candidates(truth: str, text: str, chance: random.Random) -> list[str]:
    """Good and bad texts for a place where `truth` stood."""
    at = chance.randrange(len(truth))
    other = chance.choice([line.strip() for line in text.split("\n") if line.strip()])
    return [truth, f"{truth[:at]}q{truth[at + 1 :]}", other]


def measure(programs: dict[str, str], lines: int, seed: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each judgement in a document of `lines` lines, and to prepare each place."""
    chance = random.Random(seed)
    text = document(programs, lines, chance)
    judged, prepared = list[float](), list[float]()
    for at, truth in spots(text, chance, _PLACES):
        shape = decide(at, "line", 1, invoked=True)
        if shape is None:
            continue
        prepared.append(_milliseconds(Checker(at, shape).prepare))
        for candidate, level in itertools.product(candidates(truth, text, chance), LEVELS):
            judge = Checker(at, shape, None, level)
            judged.append(_milliseconds(functools.partial(judge.best, (candidate,))))
    return judged, prepared


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder that has kid-programs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    try:
        programs = traces.programs(traces.data_folder(asked.data))
    except UsageError as error:
        sys.exit(prompts.messages(prompts.DEFAULT_LANGUAGE).error(error))
    told: list[results.Figure] = []
    measure(programs, SIZES[0], asked.seed)  # modules are read the first time
    print("lines  judged  p50 ms  p95 ms  prepared  p50 ms  p95 ms")
    for lines in SIZES:
        cells = [f"{lines:5}"]
        for name, found in zip(
            ("judged", "prepared"), measure(programs, lines, asked.seed), strict=True
        ):
            middle_of = stats.bootstrap(found, stats.median, seed=asked.seed)
            told.append(results.figure(f"{name}, {lines} lines", middle_of, len(found), "ms"))
            middle, high = stats.percentile(found, 50), stats.percentile(found, 95)
            cells.append(f"{len(found):6}  {middle:6.1f}  {high:6.1f}")
        print("  ".join(cells))
    results.write(asked.json, "checks", results.Found(told, asked.seed))


if __name__ == "__main__":
    main()
