"""HumanEval's single-line infilling: a program with one line taken out, and a test of the whole.

Bavarian et al., Efficient Training of Language Models to Fill in the Middle, arXiv 2207.14255. For
measuring only: nothing is tuned on it. The rows come from 164 functions, so rows of one function
are alike; `subset` takes as many functions as it can.
"""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import dataclass
from pathlib import Path

from pippy_lsp.errors import UsageError

FILE = Path("human-eval-infilling") / "HumanEval-SingleLineInfilling.jsonl.gz"


@dataclass(frozen=True)
class Row:
    """One hole. The program is `before`, a line, `after`."""

    name: str
    before: str
    after: str
    truth: str
    """The line that was taken out, without its line end."""
    test: str
    """Calls the function; it is appended to the program and raises where it is wrong."""

    @property
    def function(self) -> str:
        """The task that the hole was made in."""
        return self.name.rpartition("/")[0]

    @property
    def document(self) -> str:
        """What a child's editor holds: an empty line where the hole is."""
        return f"{self.before}\n{self.after}"

    def filled(self, line: str) -> str:
        """The program with `line` in the hole."""
        return f"{self.before}{line}\n{self.after}"

    def program(self, line: str) -> str:
        """The same with its test."""
        return f"{self.filled(line)}\n{self.test}"


def load(folder: Path) -> list[Row]:
    """All rows in the data folder, in their own order.

    Raises: UsageError when they are not there.
    """
    file = folder / FILE
    try:
        text = gzip.decompress(file.read_bytes()).decode()
    except OSError as error:
        raise UsageError(
            what=f"There is no {FILE.as_posix()} in {folder}: name the data with --data "
            "or PIPPY_BENCH_DATA."
        ) from error
    return [_row(json.loads(line)) for line in text.splitlines() if line.strip()]


def _row(found: dict[str, str]) -> Row:
    return Row(
        name=found["task_id"].partition("/")[2],
        before=found["prompt"],
        after=found["suffix"],
        truth=found["canonical_solution"].rstrip("\n"),
        test=f"{found['test']}\ncheck({found['entry_point']})\n",
    )


def subset(rows: list[Row], count: int, seed: int) -> list[Row]:
    """`count` of the rows, drawn by chance, in the order of the file."""
    if count >= len(rows):
        return rows
    chosen = set(random.Random(seed).sample(range(len(rows)), count))
    return [row for number, row in enumerate(rows) if number in chosen]


def first_line(text: str) -> str:
    """The first line with something on it, as the answer to a hole of one line; "" for none."""
    line = next((line for line in text.split("\n") if line.strip()), "")
    return line.rstrip()
