"""The comparison as a table on a terminal, in Markdown and in JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from rich import progress as rich_progress
from rich.console import Console
from rich.table import Table

from pippy_lsp import prompts
from pippy_lsp.compare.figures import Figures, Share

_MB = 2**20
_QUALITY = ("holes", "solved", "panel", "explained", "grade", "words")
_MEASURED = (*_QUALITY, "first", "ghost", "memory")
_COLUMNS = ("name", *_MEASURED, "size", "licence")
_PLAIN_STEP = 10
"""Questions between two lines of progress where there is no terminal."""
Tick = Callable[[str], None]


def columns(say: prompts.Messages) -> list[str]:
    """The heads of the columns."""
    return [say.say(f"compare-{name}") for name in _COLUMNS]


def cells(row: Figures, say: prompts.Messages) -> list[str]:
    """A model's row; what could not be measured is a dash."""
    size = f"{round(row.size / _MB)} MB"
    end = [size, row.licence or say.say("compare-licence-unknown")]
    if row.error:
        return [row.name, *["-"] * len(_MEASURED), *end]
    grade = "-" if row.grade is None else f"{row.grade:.1f}"
    return [
        row.name,
        *map(_share, (row.holes, row.solved, row.panel, row.explained)),
        grade if row.explained.yes else "-",
        f"{row.words:.0f}" if row.explained.yes else "-",
        f"{row.first_ms:.0f} ms",
        f"{row.ghost_ms:.0f} ms",
        f"{round(row.memory / _MB)} MB",
        *end,
    ]


def _share(found: Share) -> str:
    return f"{found.percent:.0f} %" if found.of else "-"


def notes(rows: Sequence[Figures], say: prompts.Messages) -> list[str]:
    """What to know beside the table: how many were asked, and why a model has no figures."""
    asked = next((row for row in rows if not row.error), None)
    found = []
    if asked is not None:
        counts = {"holes": asked.holes.of, "problems": asked.solved.of, "lines": asked.explained.of}
        found.append(say.say("compare-asked", **counts))
        if asked.grade is None and asked.explained.yes:
            found.append(say.say("compare-no-grade"))
    return found + [f"{row.name}: {row.error}" for row in rows if row.error]


def markdown(rows: Sequence[Figures], say: prompts.Messages) -> str:
    """The table for a page."""
    heads = columns(say)
    lines = [heads, ["---"] * len(heads), *(cells(row, say) for row in rows)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join([table, *notes(rows, say)]) + "\n"


def show(rows: Sequence[Figures], say: prompts.Messages) -> None:
    """The table on the terminal; as lines with tabs where there is none."""
    if not sys.stdout.isatty():
        for line in (columns(say), *(cells(row, say) for row in rows)):
            sys.stdout.write("\t".join(line) + "\n")
        for note in notes(rows, say):
            sys.stderr.write(f"{note}\n")
        return
    console = Console(highlight=False)
    table = Table(*columns(say))
    for row in rows:
        table.add_row(*cells(row, say))
    console.print(table)
    for note in notes(rows, say):
        console.print(note, soft_wrap=True)


def as_json(rows: Sequence[Figures], seed: int) -> bytes:
    """All figures and all answers."""
    return msgspec.json.format(msgspec.json.encode({"seed": seed, "models": list(rows)})) + b"\n"


@contextmanager
def progress(total: int, say: prompts.Messages) -> Iterator[Tick]:
    """Counts the questions, by the name of the model that is asked; on stderr."""
    if not sys.stderr.isatty():
        yield _plain_ticks(total, say)
        return
    shown = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeElapsedColumn(),
    )
    with rich_progress.Progress(*shown, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)

        def tick(name: str) -> None:
            bar.update(task, advance=1, description=name)

        yield tick


def _plain_ticks(total: int, say: prompts.Messages) -> Tick:
    done = 0

    def tick(name: str) -> None:
        nonlocal done
        done += 1
        if done % _PLAIN_STEP == 0 or done == total:
            line = say.say("compare-progress", name=name, done=done, total=total)
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    return tick
