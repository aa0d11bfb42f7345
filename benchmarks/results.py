"""What a benchmark has found, in one form for all: `--json FILE` of each writes it.

A result is a list of figures, each with its number of things measured and its interval, and what
is needed to do it again: the command, the machine, the versions, the model file's sha256, the seed.
`python -m benchmarks.all` keeps them in benchmarks/results/, and the scoreboard is made from those.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import math
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
import psutil

from benchmarks.stats import Interval
from pippy_lsp import machine
from pippy_lsp.engine import models, registry
from pippy_lsp.errors import UsageError

HERE = Path(__file__).parent
FOLDER = HERE / "results"
OURS = "pippy-lsp"
PEERS = ("xllamacpp", "jedi-language-server", "python-lsp-server", "textstat", "pyflakes")
_BEGAN = time.monotonic()
_NOT_TOLD = ("--json", "--data", "--samples", "--plot", "--folder")
"""Options that name files of a machine; the figures don't depend on them."""
_CHUNK = 2**20


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One number."""

    name: str
    value: float | None
    """None where there was nothing to measure."""
    n: int
    """Of how many things."""
    unit: str = ""
    """ "%", "ms", "MB", "x" (a ratio) ..."""
    low: float | None = None
    high: float | None = None
    """Where it is in 95 of 100 cases; None for what was counted, not drawn."""
    of: str = OURS
    """Whose: ours, the peer's, the ratio of both."""
    table: str = ""
    """The table in which it stands, where a benchmark has several."""


class Series(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a plot."""

    plot: str
    name: str
    x: list[float]
    y: list[float]
    low: list[float] = []
    high: list[float] = []


class Model(msgspec.Struct, frozen=True):
    """A model file that was measured."""

    name: str
    sha256: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one benchmark."""

    benchmark: str
    command: str
    date: str
    """UTC, ISO 8601."""
    seconds: float
    """The wall time of the run."""
    seed: int
    machine: dict[str, Any]
    versions: dict[str, str | None]
    models: list[Model]
    source: str
    """A hash of the program's and the benchmark's source; a result of other source is not fresh."""
    figures: list[Figure]
    series: list[Series] = []
    details: Any = None
    """All answers; not kept in benchmarks/results/."""


@dataclass(frozen=True)
class Found:
    """What a benchmark itself says."""

    figures: Sequence[Figure]
    seed: int
    models: Sequence[str] = ()
    """Names of the registry, or paths."""
    series: Sequence[Series] = ()
    details: Any = field(default=None, repr=False)


def figure(
    name: str, found: Interval, n: int, unit: str = "", of: str = OURS, table: str = ""
) -> Figure:
    """A figure with its interval; shares (unit "%") and their differences ("points") are given as
    parts of 1.
    """
    factor = 100 if unit in ("%", "points") else 1
    value, low, high = (
        None if math.isnan(each) else _short(factor * each)
        for each in (found.value, found.low, found.high)
    )
    return Figure(name, value, n, unit, low, high, of, table)


def count(
    name: str, value: float, n: int, unit: str = "", table: str = "", of: str = OURS
) -> Figure:
    """A figure that was counted."""
    short = None if math.isnan(value) else _short(value)
    return Figure(name, short, n, unit, of=of, table=table)


def _short(value: float) -> float:
    """Four digits that count: more would be noise, and change in each run."""
    return float(f"{value:.4g}") if abs(value) < 1000 else round(value)


def write(file: Path | None, benchmark: str, found: Found) -> None:
    """Put the result into `file`, whole or not at all; nothing without one.

    Raises: UsageError when it can't be written.
    """
    if file is None:
        return
    result = Result(
        benchmark=benchmark,
        command=command(benchmark, sys.argv[1:]),
        date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        seconds=round(time.monotonic() - _BEGAN, 1),
        seed=found.seed,
        machine=this_machine(),
        versions=versions(),
        models=[model(name) for name in found.models],
        source=source(benchmark),
        figures=list(found.figures),
        series=list(found.series),
        details=found.details,
    )
    save(file, result)


def save(file: Path, result: Result) -> None:
    """Write `result`. Raises: UsageError."""
    text = msgspec.json.format(msgspec.json.encode(result, enc_hook=str), indent=1)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_bytes(text + b"\n")
        new.replace(file)
    except OSError as error:
        raise UsageError(what=f"{file} can't be written: {error.strerror}.") from error


def load(file: Path) -> Result | None:
    """The result in `file`; None where it is missing or of another form."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Result)
    except (OSError, msgspec.DecodeError):
        return None


def command(benchmark: str, arguments: Sequence[str]) -> str:
    """What to type to get it again, without this machine's paths."""
    kept, given = [], list(arguments)
    while given:
        one = given.pop(0)
        if one.partition("=")[0] not in _NOT_TOLD:
            kept.append(one)
        elif "=" not in one and given:
            given.pop(0)
    return f"python -m benchmarks.{benchmark} {shlex.join(kept)}".rstrip()


def this_machine() -> dict[str, Any]:
    """The machine, with its memory in GB."""
    return {**machine.describe(), "memory_gb": round(psutil.virtual_memory().total / 2**30, 1)}


def versions() -> dict[str, str | None]:
    """The versions of what is measured and of the peers that are installed."""
    found = machine.versions()
    for name in PEERS:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def model(name_or_path: str) -> Model:
    """The file that is loaded; of the registry's models the published one need not be here, as its
    sha256 is known.

    Raises: ModelError.
    """
    entry = registry.registry().find(name_or_path)
    if entry and not models.has_twin(entry):
        return Model(entry.name, entry.sha256)
    file = models.resolve(name_or_path)
    return Model(file.name, _hash_of(file.path))


@functools.cache
def _hash_of(path: Path) -> str:
    made = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            made.update(block)
    return made.hexdigest()


@functools.cache
def source(benchmark: str) -> str:
    """A hash of all that decides a benchmark's figures: the product, its words, the benchmark."""
    root = HERE.parent
    files = {*(root / "pippy_lsp").rglob("*.py"), *(root / "prompts").rglob("*.toml")}
    files |= {*_modules(benchmark, set()), *HERE.glob("*.toml")}
    made = hashlib.sha256()
    for file in sorted(files):
        made.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return made.hexdigest()[:16]


def _modules(name: str, known: set[Path]) -> set[Path]:
    """The benchmark's module and those of this folder that it imports."""
    file = HERE / f"{name}.py"
    if file in known or not file.exists() or file.samefile(__file__):
        return known
    known.add(file)
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, _, below = node.module.partition(".")
            names = [below] if below else [each.name for each in node.names]
            for each in names if package == "benchmarks" else ():
                _modules(each, known)
    return known


# --- as Markdown ---------------------------------------------------------------------------------


def table(figures: Sequence[Figure]) -> str:
    """The figures as tables in Markdown: a row a name, a column for whose it is, and n."""
    parts = []
    for title in dict.fromkeys(each.table for each in figures):
        rows = [each for each in figures if each.table == title]
        sides = list(dict.fromkeys(each.of for each in rows))
        head = "| | " + " | ".join("" if sides == [OURS] else side for side in sides) + " | n |"
        lines = [f"**{title}**\n"] if title else []
        lines += [head, "|---" * (len(sides) + 2) + "|"]
        for name in dict.fromkeys(each.name for each in rows):
            cells = {each.of: each for each in rows if each.name == name}
            shown = (text_of(cells[side]) if side in cells else "" for side in sides)
            n = " / ".join(dict.fromkeys(f"{each.n:,}" for each in cells.values()))
            lines.append(f"| {name} | {' | '.join(shown)} | {n} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def text_of(each: Figure) -> str:
    """A figure with its unit and its interval."""
    if each.value is None:
        return "-"
    unit = "" if each.unit in ("", "x") else f" {each.unit}"
    if each.low is None or each.high is None:
        return f"{_number(each.value)}{unit}"
    return f"{_number(each.value)}{unit} [{_number(each.low)}, {_number(each.high)}]"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
