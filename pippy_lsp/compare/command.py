"""`pippy-lsp models compare`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from pippy_lsp import prompts
from pippy_lsp.compare import measure, view
from pippy_lsp.compare.exam import Paper, paper
from pippy_lsp.compare.figures import Figures
from pippy_lsp.engine import models
from pippy_lsp.errors import ModelMissing, UsageError


def run(args: argparse.Namespace, say: prompts.Messages) -> None:
    """Ask the models one after the other and print the table.

    Raises: UsageError; ModelError where one is not here; SandboxBroken.
    """
    if args.rows < 1:
        raise UsageError(what=say.say("compare-rows"))
    names = args.names or [model.name for model in models.installed()]
    if not names:
        raise ModelMissing(name=models.auto_choice().name)
    for name in names:
        models.resolve(name)  # what is not here is said before hours are spent on the others
    questions = paper(args.rows, args.seed)
    measure.check_sandbox(questions)
    rows = _all(names, questions, say, args)
    if args.markdown:
        sys.stdout.write(view.markdown(rows, say))
    else:
        view.show(rows, say)


def _all(
    names: list[str], questions: Paper, say: prompts.Messages, args: argparse.Namespace
) -> list[Figures]:
    """The figures of each. The file is written after every model: a run of hours may be broken off
    and has then something to show.
    """
    found: list[Figures] = []
    if args.json:
        _write(Path(args.json), view.as_json(found, args.seed), say)
    with view.progress(len(names) * questions.questions, say) as tick:
        for name in names:

            def step(name: str = name) -> None:
                tick(Path(name).name)

            found.append(asyncio.run(measure.measure(name, questions, say.language, step)))
            if args.json:
                _write(Path(args.json), view.as_json(found, args.seed), say)
    return found


def _write(file: Path, data: bytes, say: prompts.Messages) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise UsageError(what=say.say("compare-cannot-write", path=str(file))) from error
