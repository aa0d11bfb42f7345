"""`pippy-lsp forget`: nothing that was remembered stays on this computer."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from pippy_lsp import prompts
from pippy_lsp.cli_common import command_settings
from pippy_lsp.engine import state
from pippy_lsp.errors import UsageError


def run(options: argparse.Namespace) -> int:
    """Delete what is remembered; the exit code.

    Raises: UsageError where something can't be deleted.
    """
    say = prompts.messages(command_settings(None).language).say
    gone = [p for p in dict.fromkeys(remembered(models=options.models)) if p.exists()]
    for path in gone:
        _delete(path)
    left = [path for path in gone if path.exists()]
    if left:
        raise UsageError(what=say("cli-forget-left", path=str(left[0])))
    for path in gone:
        sys.stdout.write(say("cli-forgotten", path=str(path)) + "\n")
    if not gone:
        sys.stdout.write(say("cli-forget-nothing") + "\n")
    return 0


def remembered(*, models: bool) -> Iterator[Path]:
    """All that this program ever keeps: the choice of a model and the speeds, what was shown as
    documents, whatever else lies in its cache; the models only where they are wanted gone too.
    """
    yield state.state_file()
    cache = state.cache_dir()
    for path in sorted(cache.iterdir()) if cache.is_dir() else []:
        if models or path != state.models_dir():
            yield path


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # what is left is told
