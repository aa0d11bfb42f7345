"""JupyterLab with jupyterlab-lsp: a file of our own in the user's configuration."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from pippy_lsp.setup.plan import Change, Plan, read


def plan(command: Sequence[str]) -> Plan:
    """One language server more."""
    server = {
        "version": 2,
        "display_name": "pippy-lsp",
        "argv": list(command),
        "languages": ["python"],
        "mime_types": ["text/x-python", "text/x-ipython"],
    }
    value = {"LanguageServerManager": {"language_servers": {"pippy-lsp": server}}}
    folder = Path(os.environ.get("JUPYTER_CONFIG_DIR") or Path.home() / ".jupyter")
    path = folder / "jupyter_server_config.d" / "pippy-lsp.json"
    data = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return Plan([Change(path, read(path), data.encode("utf-8"))])
