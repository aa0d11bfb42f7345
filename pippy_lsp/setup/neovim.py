"""Neovim: the plugin as a package of the user's, which nothing needs to be written for."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pippy_lsp.setup import places
from pippy_lsp.setup.plan import Change, Plan, read

_RUNTIME = ("doc", "lsp", "lua", "plugin")
"""What Neovim reads of a plugin; the rest is for who reads its sources."""


def plan(command: Sequence[str]) -> Plan:
    """The plugin's files, and one that says where the server is."""
    source = places.clients() / "neovim"
    target = _data() / "site" / "pack" / "pippy" / "start" / "pippy"
    files = {
        target / path.relative_to(source): path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file() and path.relative_to(source).parts[0] in _RUNTIME
    }
    words = ", ".join(json.dumps(word, ensure_ascii=False) for word in command)
    files[target / "lua" / "pippy" / "installed.lua"] = (
        f"--- Written by pippy-lsp setup.\nreturn {{ cmd = {{ {words} }} }}\n".encode()
    )
    changes = [Change(path, read(path), data) for path, data in files.items()]
    return Plan(changes, values={"folder": str(target)})


def _data() -> Path:
    return places.data_home() / ("nvim-data" if sys.platform == "win32" else "nvim")
