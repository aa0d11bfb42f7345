"""`pippy-lsp models`: see, get, choose and remove models."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pippy_lsp import prompts

if TYPE_CHECKING:
    from pippy_lsp.engine.download import Progress, Report

_MB = 2**20
_JOBS = ("inline", "teacher")
"""As in engine/adapters.py, which the command line imports only when it is wanted."""
_ROWS = 20
"""Questions of each kind; as many as there are."""
_PLAIN_STEP = 10
"""Per cent between two lines of progress where there is no terminal."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `models` and its commands to the command line."""
    say = _messages().say
    parser = subparsers.add_parser(
        "models", help=say("models-help"), description=say("models-help")
    )
    parser.set_defaults(command="models")
    commands = parser.add_subparsers(dest="models_command", metavar="COMMAND", required=True)
    arguments: dict[str, dict[str, Any]] = {
        "list": {},
        "pull": {"help": say("models-help-name-auto")},
        "use": {"help": say("models-help-name-path")},
        "path": {"help": say("models-help-name-path"), "nargs": "?"},
        "remove": {"help": say("models-help-name")},
        "adapt": {"help": say("models-help-adapter")},
    }
    for name, argument in arguments.items():
        text = say(f"models-help-{name}")
        command = commands.add_parser(name, help=text, description=text)
        if name == "adapt":
            command.add_argument("job", metavar="JOB", choices=_JOBS, help=say("models-help-job"))
            command.add_argument("--scale", type=float, default=1.0, help=say("models-help-scale"))
        if name == "pull":
            command.add_argument(
                "--published", action="store_true", help=say("models-help-published")
            )
        if argument:
            command.add_argument("name", metavar="NAME", **argument)
        else:
            command.add_argument("--json", action="store_true", help=say("models-help-json"))
    _add_compare(commands, say)


def _add_compare(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], say: Callable[..., str]
) -> None:
    text = say("models-help-compare")
    command = commands.add_parser("compare", help=text, description=text)
    add = command.add_argument
    add("names", metavar="NAME", nargs="*", help=say("models-help-names"))
    add("--rows", type=int, default=_ROWS, metavar="N", help=say("models-help-rows"))
    add("--seed", type=int, default=1, metavar="N", help=say("models-help-seed"))
    add("--json", metavar="FILE", help=say("models-help-json-file"))
    add("--markdown", action="store_true", help=say("models-help-markdown"))


def run(args: argparse.Namespace) -> int:
    """Do what `models` was asked; the exit code. Raises: PippyError."""
    actions: dict[str, Callable[[argparse.Namespace], None]] = {
        "list": _list,
        "pull": _pull,
        "use": _use,
        "path": _path,
        "remove": _remove,
        "adapt": _adapt,
        "compare": _compare,
    }
    actions[args.models_command](args)
    return 0


def _messages() -> prompts.Messages:
    return prompts.messages(os.environ.get("PIPPY_LANGUAGE") or prompts.DEFAULT_LANGUAGE)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


# --- list ----------------------------------------------------------------------------------


def _rows() -> list[dict[str, Any]]:
    from pippy_lsp.engine import models, state  # noqa: PLC0415 - the command line starts light
    from pippy_lsp.engine.registry import registry  # noqa: PLC0415

    chosen, automatic = state.load().chosen, models.auto_choice()
    return [
        {
            "name": entry.name,
            "title": entry.title,
            "size": entry.size,
            "installed": models.is_installed(entry),
            "path": str(models.file_of(entry)),
            "parameters": entry.parameters,
            "infill": entry.infill,
            "licence": entry.licence,
            "licence_url": entry.licence_url,
            "chosen": entry.name == chosen,
            "auto": entry.name == automatic.name,
        }
        for entry in registry().models
    ]


def _list(args: argparse.Namespace) -> None:
    rows = _rows()
    if args.json:
        _print(json.dumps(rows, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    say = _messages().say
    columns = ("name", "size", "here", "licence", "note")
    cells = [_cells(row, say) for row in rows]
    if not sys.stdout.isatty():
        for line in cells:
            _print("\t".join(line))
        return
    table = Table(*(say(f"models-column-{column}") for column in columns))
    for line in cells:
        table.add_row(*line)
    Console(highlight=False).print(table)


def _cells(row: dict[str, Any], say: Callable[..., str]) -> tuple[str, str, str, str, str]:
    size = f"{round(row['size'] / _MB)} MB" if row["size"] else say("models-size-unknown")
    notes = [say(f"models-note-{note}") for note in ("chosen", "auto") if row[note]]
    here = say("models-here-yes" if row["installed"] else "models-here-no")
    return row["name"], size, here, row["licence"], ", ".join(notes)


# --- pull ----------------------------------------------------------------------------------


def _pull(args: argparse.Namespace) -> None:
    from pippy_lsp.engine import models  # noqa: PLC0415
    from pippy_lsp.engine.download import is_complete, pull, wanted  # noqa: PLC0415

    say = _messages().say
    entry = wanted(args.name)
    _print(say("models-licence", title=entry.title, licence=entry.licence, url=entry.licence_url))
    if is_complete(entry, published=args.published):
        _print(say("models-already", name=entry.name, path=models.file_of(entry)))
        return
    sys.stdout.flush()
    with _bar(say) if sys.stderr.isatty() else _lines(say) as report:
        path = pull(entry.name, report, published=args.published)
    _print(say("models-pulled", name=entry.name, path=path))


@contextmanager
def _bar(say: Callable[..., str]) -> Iterator[Report]:
    """A progress bar on the terminal."""
    from rich import progress as rich_progress  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.DownloadColumn(),
        rich_progress.TransferSpeedColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    with rich_progress.Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[tuple[str, str], rich_progress.TaskID] = {}

        def report(progress: Progress) -> None:
            key = (progress.stage, progress.source)
            if key not in tasks:
                for finished in tasks.values():
                    bar.stop_task(finished)
                tasks[key] = bar.add_task(say(f"models-stage-{progress.stage}"), total=None)
            bar.update(tasks[key], completed=progress.done, total=progress.total or None)

        yield report


@contextmanager
def _lines(say: Callable[..., str]) -> Iterator[Report]:
    """A line of progress now and then, for a log."""
    said: set[tuple[str, str, int]] = set()

    def report(progress: Progress) -> None:
        percent = 100 * progress.done // progress.total if progress.total else 0
        step = percent - percent % _PLAIN_STEP
        if (progress.stage, progress.source, step) in said:
            return
        said.add((progress.stage, progress.source, step))
        stage = say(f"models-stage-{progress.stage}")
        total = progress.total // _MB
        line = say("models-progress-line", stage=stage, percent=step, total=total)
        sys.stderr.write(f"{line if total else stage}\n")
        sys.stderr.flush()

    yield report


# --- use, path, remove ---------------------------------------------------------------------


def _use(args: argparse.Namespace) -> None:
    from pippy_lsp.engine import models  # noqa: PLC0415

    say = _messages().say
    model = models.use(args.name)
    if model is None:
        _print(say("models-using-auto", name=models.auto_choice().name))
    else:
        _print(say("models-using", name=model.name))
    environment = os.environ.get("PIPPY_MODEL")
    if environment:
        _print(say("models-environment", name=environment))


def _path(args: argparse.Namespace) -> None:
    from pippy_lsp.engine import models  # noqa: PLC0415

    _print(str(models.path(args.name or os.environ.get("PIPPY_MODEL") or models.AUTO)))


def _remove(args: argparse.Namespace) -> None:
    from pippy_lsp.engine import models  # noqa: PLC0415

    path = models.remove(args.name)
    _print(_messages().say("models-removed", name=args.name, path=path))


def _adapt(args: argparse.Namespace) -> None:
    from pippy_lsp.engine import adapters, models, state  # noqa: PLC0415
    from pippy_lsp.errors import ModelError, SettingsError  # noqa: PLC0415

    try:
        model = models.path(os.environ.get("PIPPY_MODEL") or models.AUTO)
    except ModelError:
        model = None  # it is compared when there is one
    try:
        chosen = adapters.use(args.job, args.name, args.scale, model)
    except OSError as error:
        raise SettingsError(key=str(state.state_file()), problem=str(error.strerror)) from error
    key = "models-adapted" if chosen else "models-adapted-none"
    _print(_messages().say(key, job=args.job, path=chosen.path if chosen else ""))


def _compare(args: argparse.Namespace) -> None:
    from pippy_lsp.compare import command  # noqa: PLC0415

    command.run(args, _messages())
