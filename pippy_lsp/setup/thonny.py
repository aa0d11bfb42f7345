"""Thonny: the plug-in `thonny-pippy`, with Thonny's own Python, where Thonny keeps plug-ins."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from pippy_lsp.setup import places
from pippy_lsp.setup.plan import Plan, Run

_NAME = "thonny-pippy"


def plan(command: Sequence[str]) -> Plan:  # noqa: ARG001 - the plug-in finds the server itself
    """pip does it, where Thonny's Python is found; else a person does it in Thonny."""
    checkout = places.clients() / "thonny"
    source = str(checkout) if (checkout / "pyproject.toml").is_file() else _NAME
    python = _python()
    values = {"source": source}
    if python is None:
        return Plan(values=values)
    # As Thonny's own manager of plug-ins does it; nothing of the system is touched.
    environment = {"PYTHONUSERBASE": str(_user_base()), "PIP_BREAK_SYSTEM_PACKAGES": "1"}
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    run = Run([*pip, "install", "--user", source], [*pip, "uninstall", "-y", _NAME], environment)
    return Plan(runs=[run], values=values)


def _user_base() -> Path:
    """Thonny's folder for plug-ins."""
    if override := os.environ.get("THONNY_USER_DIR"):
        return Path(override) / "plugins"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Thonny" / "plugins"
    return places.roaming() / "Thonny" / "plugins"


def _python() -> str | None:
    """The Python that the command `thonny` runs with."""
    found = shutil.which("thonny")
    if found is None:
        return None
    with Path(found).open("rb") as file:
        first = file.readline().decode("utf-8", "replace").strip()
    python = first.removeprefix("#!").strip()
    return python if first.startswith("#!") and Path(python).is_file() else None
