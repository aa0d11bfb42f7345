"""Kate: the user's file of its LSP client."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pippy_lsp.errors import SetupJson
from pippy_lsp.setup import jsonc, places
from pippy_lsp.setup.plan import Plan, edited


def plan(command: Sequence[str]) -> Plan:
    """The key "python" of the servers: Kate has one server a language."""
    path = places.config_home() / "kate" / "lspclient" / "settings.json"
    return Plan([edited(path, lambda text: merged(path, text, server(command)))])


def server(command: Sequence[str]) -> dict[str, object]:
    """What Kate is told of the server, as the client's own file says it."""
    shipped = json.loads((places.clients() / "kate" / "settings.json").read_text("utf-8"))
    return {**shipped["servers"]["python"], "command": list(command)}


def merged(path: Path, text: str, value: object) -> str:
    """Raises: SetupJson."""
    try:
        return jsonc.put(text, ("servers", "python"), value)
    except jsonc.JsonError as error:
        raise SetupJson(file=str(path), line=error.line) from error
