"""MBPP: small problems in words, each with three tests.

Austin et al., Program Synthesis with Large Language Models, arXiv 2108.07732; the rows that people
have checked (sanitized-mbpp.json). The test split, task_id 11 to 510, is for measuring only:
nothing is tuned on it. The model is told the problem and the first of the tests, as the name and
the arguments of the function can't be guessed otherwise (so does EvalPlus, arXiv 2305.01210).
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from pippy_lsp.errors import UsageError

FILE = Path("mbpp") / "sanitized-mbpp.json"
TEST, TRAINING = range(11, 511), range(601, 975)
"""The task_ids of the splits."""


@dataclass(frozen=True)
class Row:
    """One problem."""

    number: int
    """Its task_id."""
    problem: str
    imports: tuple[str, ...]
    """Lines that the tests need before them."""
    tests: tuple[str, ...]
    """Assertions; the model sees the first one."""
    solution: str = ""
    """A program that is right; no model sees it whole."""

    @property
    def shown(self) -> str:
        """The assertion that the model sees."""
        return self.tests[0]

    def program(self, code: str, *, unseen: bool = False) -> str:
        """`code` with all tests, or with the `unseen` ones only: it ends without an error where
        the code is right.
        """
        tests = self.tests[1:] if unseen else self.tests
        return "\n".join([code, *self.imports, *tests, ""])


def load(folder: Path, split: range = TEST) -> list[Row]:
    """The rows of a split, in their own order.

    Raises: UsageError when they are not there.
    """
    file = folder / FILE
    try:
        found = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(
            what=f"There is no {FILE.as_posix()} in {folder}: name the data with --data "
            "or PIPPY_BENCH_DATA."
        ) from error
    return [_row(each) for each in found if each["task_id"] in split]


def _row(found: dict[str, object]) -> Row:
    imports, tests = found["test_imports"], found["test_list"]
    assert isinstance(imports, list)  # noqa: S101 - as the file's readme says
    assert isinstance(tests, list)  # noqa: S101
    number, solution = int(str(found["task_id"])), str(found.get("code", ""))
    return Row(number, str(found["prompt"]), tuple(imports), tuple(tests), solution)


def subset(rows: list[Row], count: int, seed: int) -> list[Row]:
    """`count` of the rows in an order of chance, so that a run that is broken off is a sample too;
    all of them where there are no more.
    """
    return random.Random(seed).sample(rows, len(rows))[:count]
