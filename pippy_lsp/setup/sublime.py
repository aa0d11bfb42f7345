"""Sublime Text: the user's settings of the package LSP."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pippy_lsp.errors import SetupJson
from pippy_lsp.setup import jsonc, places
from pippy_lsp.setup.plan import Plan, edited


def plan(command: Sequence[str]) -> Plan:
    """A client `pippy` for the selector `source.python`."""
    value = {"enabled": True, "command": list(command), "selector": "source.python"}
    path = _folder() / "Packages" / "User" / "LSP.sublime-settings"

    def edit(text: str) -> str:
        try:
            return jsonc.put(text, ("clients", "pippy"), value)
        except jsonc.JsonError as error:
            raise SetupJson(file=str(path), line=error.line) from error

    return Plan([edited(path, edit)])


def _folder() -> Path:
    if sys.platform in ("win32", "darwin"):
        return places.roaming() / "Sublime Text"
    return places.config_home() / "sublime-text"
