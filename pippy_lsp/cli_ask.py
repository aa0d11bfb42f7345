"""`pippy-lsp complete` and `pippy-lsp explain`: one question about one place in a file."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pippy_lsp import prompts
from pippy_lsp.agents.chair import Chair
from pippy_lsp.analysis.learner import Learner
from pippy_lsp.cli_common import command_policy, command_settings, loaded, read
from pippy_lsp.completion.suggest import Completer
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import UsageError
from pippy_lsp.settings import Settings
from pippy_lsp.teaching.explain import Explainer
from pippy_lsp.teaching.hover import static_hover

# A Windows drive has a colon too: the numbers are taken from the end.
_LINE_AND_COLUMN = re.compile(r"(.+):([0-9]{1,9}):([0-9]{1,9})")
_LINE = re.compile(r"(.+?):([0-9]{1,9})(?::([0-9]{1,9}))?")


@dataclass(frozen=True)
class Place:
    """A place as it is written on the command line: line and column count from 1."""

    path: Path
    line: int
    column: int | None


def run(options: argparse.Namespace) -> int:
    """Do what the command line asks; the exit code.

    Raises: PippyError.
    """
    wanted = command_settings(options.model)
    say = prompts.messages(wanted.language).say
    example = "game.py:3:5" if options.command == "complete" else "game.py:3"
    place = parse(options.place, with_column=options.command == "complete")
    if place is None:
        raise UsageError(what=say("cli-place-form", place=options.place, example=example))
    snapshot = read(place.path, say)
    if not 1 <= place.line <= len(snapshot.line_starts):
        lines = len(snapshot.line_starts)
        what = say("cli-no-line", path=str(place.path), lines=lines, line=place.line)
        raise UsageError(what=what)
    ask = _complete if options.command == "complete" else _explain
    answer, text = asyncio.run(ask(wanted, snapshot, place))
    if options.json:
        text = json.dumps(answer, indent=2)
    if text:
        sys.stdout.write(text + "\n")
    else:
        sys.stderr.write(say("cli-nothing") + "\n")
    return 0


def parse(text: str, *, with_column: bool) -> Place | None:
    """The place that `text` names; None when it has not the form FILE:LINE:COL."""
    match = (_LINE_AND_COLUMN if with_column else _LINE).fullmatch(text)
    if match is None:
        return None
    path, line, column = match.groups()
    return Place(Path(path), int(line), int(column) if column else None)


def offset_of(snapshot: DocumentSnapshot, place: Place) -> int:
    """The offset of the place; a column past the line's end means its end."""
    row = place.line - 1
    column = max(0, (place.column or 1) - 1)
    return snapshot.line_starts[row] + min(column, len(snapshot.line(row)))


def _level(wanted: Settings, snapshot: DocumentSnapshot) -> int:
    if wanted.level != "auto":
        return wanted.level
    learner = Learner()
    learner.read(snapshot.uri, snapshot.text, snapshot.path)
    return learner.level(snapshot.uri)


async def _complete(
    wanted: Settings, snapshot: DocumentSnapshot, place: Place
) -> tuple[dict[str, Any], str]:
    level = _level(wanted, snapshot)
    offset = offset_of(snapshot, place)
    async with loaded(wanted) as engine:
        completer = Completer(engine, wanted.language, command_policy().policy.avoid)
        found = await completer.suggest(
            snapshot, offset, wanted.completion, level=level, invoked=True
        )
        model = engine.status.model
    answer = {
        "model": model.name if model else "",
        "suggestions": [msgspec.to_builtins(each) for each in found],
    }
    return answer, found[0].text if found else ""


async def _explain(
    wanted: Settings, snapshot: DocumentSnapshot, place: Place
) -> tuple[dict[str, Any], str]:
    command_policy().policy.demand("explain")
    row = place.line - 1
    offset = offset_of(snapshot, place)
    hover = static_hover(snapshot, offset, wanted.language) if place.column else None
    known = hover.text if hover else ""
    async with loaded(wanted) as engine:
        chair = Chair(engine, wanted.panel, sandbox=wanted.sandbox)
        said = await Explainer(engine, wanted.language, chair).explain(
            snapshot, row, row, level=_level(wanted, snapshot)
        )
        model = engine.status.model
    answer = {"model": model.name if model else "", "known": known, "explanation": said.text}
    say = prompts.messages(wanted.language).say
    text = say("computer-guess", text=said.text) if said.guess else said.text
    return answer, "\n\n".join(part for part in (known, text) if part)
