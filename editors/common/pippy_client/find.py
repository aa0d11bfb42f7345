"""Where the server is on this computer."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Iterator, List

VARIABLE = "PIPPY_LSP_COMMAND"
"""The environment's own word for the command, as a shell would read it."""
_NAME = "pippy-lsp.exe" if sys.platform == "win32" else "pippy-lsp"


class NotFound(Exception):
    """There is no server here."""


def server_command(wanted: str = "") -> List[str]:
    """The command that starts the server: what the settings want (as a shell would read it), the
    environment, the PATH, and where people install it.

    Raises: NotFound.
    """
    for told in (wanted, os.environ.get(VARIABLE, "")):
        if told.strip():
            return _read(told)
    on_path = shutil.which("pippy-lsp")
    if on_path:
        return [on_path]
    for place in _usual_places():
        if place.is_file():
            return [str(place)]
    if importlib.util.find_spec("pippy_lsp") is not None:
        return [sys.executable, "-m", "pippy_lsp"]
    raise NotFound(_NAME)


def _read(told: str) -> List[str]:
    """A command line in its parts. A path with spaces needs no quotes."""
    if Path(told.strip()).expanduser().is_file():
        return [str(Path(told.strip()).expanduser())]
    try:
        parts = shlex.split(told, posix=sys.platform != "win32")
    except ValueError:
        parts = []
    if not parts or shutil.which(os.path.expanduser(parts[0])) is None:
        raise NotFound(told)
    return [os.path.expanduser(parts[0])] + [part.strip('"') for part in parts[1:]]


def _usual_places() -> Iterator[Path]:
    """Where pip and pipx put commands, which desktops don't always have on their PATH, and the
    virtual environment of our own installers.
    """
    home, scripts = Path.home(), "Scripts" if sys.platform == "win32" else "bin"
    yield Path(sys.executable).with_name(_NAME)
    yield home / ".local" / "bin" / _NAME
    yield home / ".local" / "share" / "pippy-lsp" / "venv" / scripts / _NAME
    if sys.platform != "win32":
        yield Path("/opt/pippy-lsp/bin") / _NAME
        yield Path("/usr/local/bin") / _NAME
