"""Pippy, Sugar's activity: its client comes with an installer of its own, which can undo itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pippy_lsp.setup import places
from pippy_lsp.setup.plan import Plan, Run

_ACTIVITIES = ("~/Activities/Pippy.activity", "/usr/share/sugar/activities/Pippy.activity")


def plan(command: Sequence[str]) -> Plan:  # noqa: ARG001 - the client finds the server itself
    """The installer is run where there is a Pippy that this user may change."""
    installer = places.clients() / "pippy" / "install.py"
    values = {"installer": str(installer)}
    activity = next(filter(_may_change, map(_expanded, _ACTIVITIES)), None)
    if activity is None or not installer.is_file():
        return Plan(values=values)
    start, end = [sys.executable, str(installer)], [str(activity)]
    run = Run([*start, "install", *end], [*start, "uninstall", *end])
    return Plan(runs=[run], values=values)


def _expanded(place: str) -> Path:
    return Path(place).expanduser()


def _may_change(activity: Path) -> bool:
    return (activity / "notebook.py").is_file() and os.access(activity, os.W_OK)
