"""Helix: a block in languages.toml."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pippy_lsp.errors import SetupFile, SetupTaken
from pippy_lsp.setup import block, places
from pippy_lsp.setup.plan import Plan, edited

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib


def plan(command: Sequence[str]) -> Plan:
    """The server, and Python served by it alone: it gives plain completions too.

    Raises: SetupTaken where the file says something of Python already.
    """
    base = places.roaming() if sys.platform == "win32" else places.dot_config()
    path = base / "helix" / "languages.toml"
    return Plan([edited(path, lambda text: _put(path, text, command))])


def _put(path: Path, text: str, command: Sequence[str]) -> str:
    others = _parsed(path, block.without(text, "#"))
    languages, servers = others.get("language", []), others.get("language-server", {})
    ours = _block(command)
    if "pippy" in servers or any(each.get("name") == "python" for each in languages):
        raise SetupTaken(file=str(path), text=ours)
    return block.put(text, "#", ours)


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SetupFile(file=str(path), problem=str(error)) from error
    return found


def _block(command: Sequence[str]) -> str:
    # A JSON string is a TOML string too.
    program, *arguments = map(json.dumps, command)
    return f"""\
[language-server.pippy]
command = {program}
args = [{", ".join(arguments)}]

[[language]]
name = "python"
language-servers = ["pippy"]
"""
