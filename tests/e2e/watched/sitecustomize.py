"""Python runs this at its start, in the server and in its worker, where this folder is on the path.

It writes to the file PIPPY_TEST_WATCH what a process does that it must not do: any use of the
network, and running, importing or loading anything from the folder PIPPY_TEST_WORKSPACE.
"""

from __future__ import annotations

import os
import sys
from types import CodeType
from typing import Any

_TOLD = os.environ["PIPPY_TEST_WATCH"]
_WORKSPACE = os.environ.get("PIPPY_TEST_WORKSPACE", "\0")
# asyncio's own pair of sockets is made with `socket.__new__` alone, which opens nothing.
_NETWORK = {
    "socket.connect",
    "socket.bind",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "urllib.Request",
    "http.client.connect",
}
_RUNS = {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "ctypes.dlopen"}


def _tell(what: str) -> None:
    with open(_TOLD, "a", encoding="utf-8") as file:  # noqa: PTH123 - as little as can be
        file.write(f"{what}\n")


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NETWORK:
        _tell(f"network {event}")
        raise PermissionError(event)
    if event == "exec" and isinstance(arguments[0], CodeType):
        if arguments[0].co_filename.startswith(_WORKSPACE):
            _tell(f"exec {arguments[0].co_filename}")
    elif event == "import" and str(arguments[1] or "").startswith(_WORKSPACE):
        _tell(f"import {arguments[1]}")
    elif event in _RUNS:
        told = str(arguments[:3])  # the environment, which names the folder, comes after
        if _WORKSPACE in told:
            _tell(f"{event} {told}")
        elif event != "ctypes.dlopen":
            _tell(f"start {arguments[0]}")


sys.addaudithook(_watch)
_tell(f"process {' '.join(sys.orig_argv[1:4])}")
