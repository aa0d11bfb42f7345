"""What is said of programs with mistakes, and of programs without."""

from __future__ import annotations

import importlib.util
import random
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks import reading, teaching_slips
from pippy_lsp import prompts
from pippy_lsp.errors import UsageError
from pippy_lsp.teaching import review
from pippy_lsp.teaching.problems import problems
from pippy_lsp.teaching.review import Wanted

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

LABELS = Path(__file__).with_name("teaching_novice.toml")


@dataclass(frozen=True)
class Judged:
    """What was said of one program, and whether it was right."""

    kind: str
    name: str
    code: str
    text: str
    specific: bool
    """Whether a cause is named at all."""
    cause: bool
    line: bool
    grade: float
    words: int
    ms: float


Right = tuple[set[str], set[int]]
"""The causes, any of which is right, and the lines (from 1)."""


def judge(kind: str, name: str, text: str, right: Right, language: str) -> Judged:
    """What is said of the program `text`, which can't be read."""
    began = time.perf_counter()
    found = next(each for each in problems(text) if not each.is_name)
    spent = (time.perf_counter() - began) * 1000
    said = review.sentence(found, prompts.messages(language))
    causes, lines = right
    return Judged(
        kind,
        name,
        found.code,
        said,
        specific=found.code != "syntax",
        cause=found.code in causes,
        line=found.values["line"] in lines,
        grade=reading.grade(said),
        words=reading.count(said),
        ms=spent,
    )


def broken(text: str) -> bool:
    """Whether this Python can't read the program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "program", "exec")
        except (SyntaxError, ValueError):
            return True
    return False


def labels() -> dict[str, Right]:
    """The causes and the lines (from 1) of the beginners' programs, by name."""
    found = {}
    for name, label in tomllib.loads(LABELS.read_text("utf-8")).items():
        lines, causes = label.split()
        found[name] = (set(causes.split(",")), {int(line) for line in lines.split(",")})
    return found


def novice(folder: Path, language: str) -> list[Judged]:
    """The beginners' programs that this Python can't read.

    Raises: UsageError when they are not there.
    """
    files = sorted((folder / "novice-syntax" / "programs").glob("*.py"))
    if not files:
        raise UsageError(what=f"There is no folder novice-syntax/programs in {folder}.")
    right = labels()
    found = []
    for file in files:
        text = file.read_text("utf-8")
        if broken(text):
            known = right.get(file.stem, (set[str](), set[int]()))
            found.append(judge("novice", file.stem, text, known, language))
    return found


def slips(sources: dict[str, str], most: int, seed: int, language: str) -> list[Judged]:
    """Slips in children's programs, at most so many of each kind."""
    chance = random.Random(seed)
    by_kind: dict[str, list[tuple[str, teaching_slips.Slip]]] = {}
    for name, text in sources.items():
        for slip in teaching_slips.slips(text):
            by_kind.setdefault(slip.kind, []).append((name, slip))
    found = []
    for kind, made in by_kind.items():
        chance.shuffle(made)
        taken = 0
        for name, slip in made:
            if taken < most and broken(slip.text):
                taken += 1
                found.append(judge(kind, name, slip.text, (slip.causes, {slip.line}), language))
    return found


def alarms(folder: Path) -> dict[str, dict[str, int]]:
    """How many marks of each kind programs get that run, by where they come from."""
    places = {"kid-programs": folder / "kid-programs"}
    demos = importlib.util.find_spec("turtledemo")
    if demos is not None and demos.origin is not None:
        places["turtledemo"] = Path(demos.origin).parent
    found = {}
    for name, place in places.items():
        counts: Counter[str] = Counter(programs=0, error=0, warning=0, hint=0)
        for file in sorted(place.glob("*.py")):
            counts["programs"] += 1
            marks = review.review(file.read_text("utf-8"), place, Wanted())
            counts.update(mark.severity for mark in marks)
        found[name] = dict(counts)
    return found
