"""The other servers for Python, as an editor starts them.

Their diagnostics are off, as those would run beside the requests that are timed; the completion and
the hover of both are jedi's, as ours are.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import pipe
from benchmarks.pipe import Pipe
from pippy_lsp.errors import UsageError

_CHECKERS = ("pyflakes", "pycodestyle", "mccabe", "pylint", "flake8", "pydocstyle", "ruff")
_CAN = {
    "textDocument": {
        "hover": {"contentFormat": ["markdown"]},
        "completion": {},
        "inlineCompletion": {},
    }
}
"""What our editor can do; the same is told to all servers."""


@dataclass(frozen=True)
class Server:
    """How one is started and told to be quiet."""

    name: str
    package: str
    start: str
    """The module and its function that runs it on stdin and stdout."""
    options: dict[str, Any] = field(default_factory=dict)
    """For `initialize`."""
    settings: dict[str, Any] = field(default_factory=dict)
    """For `workspace/didChangeConfiguration`; none are sent where it is empty."""


SERVERS = (
    Server(
        "jedi-language-server",
        "jedi_language_server",
        "jedi_language_server.cli:cli",
        options={"diagnostics": {"enable": False}},
    ),
    Server(
        "python-lsp-server",
        "pylsp",
        "pylsp.__main__:main",
        settings={"pylsp": {"plugins": {name: {"enabled": False} for name in _CHECKERS}}},
    ),
)


@asynccontextmanager
async def running(server: Server, folder: Path) -> AsyncIterator[Pipe]:
    """The server, initialized for that folder.

    Raises: UsageError when it is not installed.
    """
    if importlib.util.find_spec(server.package) is None:
        raise UsageError(what="Install the extra: pip install pippy-lsp[bench]")
    async with pipe.server("", module=__name__, arguments=(server.name,)) as found:
        await begin(found, folder, server.options)
        if server.settings:
            found.notify("workspace/didChangeConfiguration", {"settings": server.settings})
        yield found


async def begin(server: Pipe, folder: Path, options: dict[str, Any]) -> None:
    """Initialize the server. Raises: TimeoutError, ConnectionError."""
    params = {"processId": None, "rootUri": folder.as_uri(), "capabilities": _CAN}
    await server.ask("initialize", {**params, "initializationOptions": options})
    server.notify("initialized", {})


def start(name: str) -> None:
    """Run one of them in this process."""
    module, _, function = next(each.start for each in SERVERS if each.name == name).partition(":")
    sys.argv[1:] = []
    getattr(importlib.import_module(module), function)()


if __name__ == "__main__":
    start(sys.argv[1])
