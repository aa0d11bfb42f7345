"""Runs a program that a model wrote with its test: in a process of its own, and held short.

The process is Python's isolated mode in an empty folder, with limits to processor time, memory and
the size of files. It starts no other programs and opens no sockets: an audit hook refuses them
(PEP 578), and on Linux the process also leaves the network's namespace where the kernel lets it.
That is enough for a small model's slips, not for an enemy's code. Linux and macOS: Windows has no
`resource`.

What was found is kept in the cache by the program's hash: the same program is run once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import platformdirs

from pippy_lsp.errors import UsageError

CPU_SECONDS = 5
MEMORY_BYTES = 1 << 30
FILE_BYTES = 1 << 16
WALL_SECONDS = 60.0
"""Long, for the machine may be busy: what counts is the processor time."""
PASSED = 77
"""The exit status of a program that came to its end."""

_GUARD = f"""
import ctypes, os, resource, sys
program = sys.stdin.buffer.read().decode()
most = dict(CPU={CPU_SECONDS}, AS={MEMORY_BYTES}, FSIZE={FILE_BYTES}, CORE=0)
for kind, limit in most.items():
    try:
        resource.setrlimit(getattr(resource, "RLIMIT_" + kind), (limit, limit))
    except (OSError, ValueError):
        pass
if sys.platform == "linux":
    try:
        ctypes.CDLL(None).unshare(0x10000000 | 0x40000000)
    except (OSError, AttributeError):
        pass
del ctypes
REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.kill",
           "os.remove", "os.rename", "os.rmdir", "shutil.", "ctypes.", "webbrowser.")
def refuse(event, arguments):
    if event.startswith(REFUSED):
        raise PermissionError(event)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise PermissionError(event)
sys.addaudithook(refuse)
exec(compile(program, "<program>", "exec"), {{"__name__": "__main__"}})
os._exit({PASSED})
"""


class Sandbox:
    """Runs programs and remembers what became of them; `runs` counts those that were run."""

    def __init__(self, cache: Path | None = None) -> None:
        """`cache` is the file that remembers, else one in the user's cache.

        Raises: UsageError on Windows.
        """
        if sys.platform == "win32":
            raise UsageError(what="This benchmark runs programs and needs Linux or macOS.")
        self._file = cache or platformdirs.user_cache_path("pippy-lsp") / "benchmarks-sandbox.jsonl"
        self._known = dict(_read(self._file))
        self.runs = 0

    def passes(self, program: str) -> bool:
        """Whether the program comes to its end within the limits, without an error."""
        key = _key(program)
        if key not in self._known:
            self.runs += 1
            found = run(program)
            if found is None:
                return False  # not remembered: it may have been the machine
            self._known[key] = found
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps([key, found]) + "\n")
        return self._known[key]


def run(program: str) -> bool | None:
    """Whether it comes to its end; None where it was stopped by the clock."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", _GUARD],
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.communicate(program.encode("utf-8", "replace"), WALL_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode == PASSED


def _key(program: str) -> str:
    """The hash of all that the result depends on."""
    limits = f"{sys.version_info[:2]} {_GUARD}"
    return hashlib.sha256(f"{limits}\0{program}".encode("utf-8", "replace")).hexdigest()


def _read(file: Path) -> list[tuple[str, bool]]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError:
        return []
    found: list[tuple[str, bool]] = []
    for line in lines:
        # a run that was broken off leaves half a line
        with contextlib.suppress(ValueError, TypeError):
            key, passed = json.loads(line)
            found.append((str(key), bool(passed)))
    return found
