"""Runs a program in a process of its own that can reach nothing, and tells what it did.

How it is shut in says `guard`. Here are the limits that are kept from outside: the clock, the
amount of output, and memory and processor time where the operating system does not keep them.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Literal

import msgspec
import psutil

from pippy_lsp.agents.sandbox import guard

End = Literal["done", "refused", "stopped", "late", "broken"]
"""It came to its end, be it with an error; it wanted what it may not have; it used up a limit, or
crashed; the clock stopped it; the sandbox itself does not work here."""
_START = (
    "import sys; sys.path.append(sys.argv[1]); from pippy_lsp.agents.sandbox.guard import main; "
    "main()"
)
_ROOT = Path(__file__).resolve().parents[3]
_LOOK_SECONDS = 0.05
_UNCAUGHT = 1
"""Python's exit status for an exception of the guard's own."""


ARGUMENTS: tuple[str, ...] = ()
"""More for the guard; tests let it do without the kernel's help."""


@dataclass(frozen=True)
class Limits:
    """What one run may use."""

    cpu: int = 2
    """Seconds of processor time, Python's own start among them."""
    wall: float = 20.0
    """Seconds; long, for the machine may be busy."""
    memory: int = 256 << 20
    """Bytes of address space."""
    output: int = 4000
    """Characters that are kept of what a program, or a call, prints."""
    told: int = 1 << 20
    """Bytes that the process may tell in all."""


LIMITS = Limits()


@dataclass(frozen=True)
class Task:
    """What is run."""

    program: str
    calls: tuple[str, ...] = ()
    """Expressions that are evaluated after the program, in its names."""
    watch: tuple[str, ...] = ()
    """Names whose values are wanted after the program."""
    inputs: tuple[str, ...] = ()
    """What is typed when the program asks with `input`; after the last one it gets EOFError."""


class Ran(msgspec.Struct, frozen=True):
    """What the program or a call did."""

    error: str = ""
    """The name of the exception that ended it; "" for none."""
    output: str = ""
    value: str | None = None
    """Of a call, as `plain` writes it."""
    values: dict[str, str] = msgspec.field(default_factory=dict)
    """Of the program: those of the names that were watched."""


@dataclass(frozen=True)
class Outcome:
    """What became of a task."""

    end: End
    program: Ran | None = None
    """None where it did not get to its end."""
    calls: tuple[Ran, ...] = field(default=())
    """As many as were reached."""


def run(task: Task, limits: Limits = LIMITS) -> Outcome:
    """Run one task; blocks until it has ended."""
    with tempfile.TemporaryDirectory(prefix="pippy-lsp-box-") as folder:
        try:
            process = _start(folder)
        except OSError:
            return Outcome("broken")
        with ThreadPoolExecutor(1) as watch:
            late = watch.submit(_hold, process, limits)
            data = _talk(process, _order(task, limits), limits.told)
            code = process.wait()
    found = _outcome(code, data)
    return replace(found, end="late") if late.result() else found


def run_all(tasks: Sequence[Task], limits: Limits = LIMITS) -> list[Outcome]:
    """Run the tasks, as many at a time as there are processors."""
    with ThreadPoolExecutor(max(1, min(len(tasks), os.cpu_count() or 1))) as pool:
        return list(pool.map(lambda task: run(task, limits), tasks))


def _order(task: Task, limits: Limits) -> bytes:
    order = {
        "program": task.program,
        "calls": task.calls,
        "watch": task.watch,
        "inputs": task.inputs,
        "cpu": limits.cpu,
        "memory": limits.memory,
        "output": limits.output,
    }
    return json.dumps(order).encode()


def _start(folder: str) -> subprocess.Popen[bytes]:
    # Windows needs it to draw random numbers.
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - our own words only
        [sys.executable, "-I", "-S", "-B", "-c", _START, str(_ROOT), *ARGUMENTS],
        cwd=folder,
        env=kept,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _talk(process: subprocess.Popen[bytes], order: bytes, most: int) -> bytes:
    """Give the order, and read at most so many bytes of what is told."""
    assert process.stdin is not None  # noqa: S101 - pipes were asked for
    assert process.stdout is not None  # noqa: S101
    with contextlib.suppress(OSError), process.stdin:
        process.stdin.write(order)
    with process.stdout:
        data = process.stdout.read(most)
        _kill(process)
    return data


def _hold(process: subprocess.Popen[bytes], limits: Limits) -> bool:
    """Kill the process when its time is over, or it takes more than the limits; whether it was the
    clock.
    """
    ends = monotonic() + limits.wall
    while process.poll() is None:
        late = monotonic() > ends
        if late or _greedy(process.pid, limits):
            _kill(process)
            return late
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)
    return False


def _greedy(pid: int, limits: Limits) -> bool:
    """Whether it has taken more than it may: Linux sees to that itself, others do not."""
    try:
        seen = psutil.Process(pid)
        used = seen.cpu_times()
        much = seen.memory_info().rss > limits.memory
        return bool(much or used.user + used.system > limits.cpu + 1)
    except psutil.Error:
        return False


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End it and all that it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _outcome(code: int, data: bytes) -> Outcome:
    found = _read(data)
    program, calls = (found[0] if found else None), tuple(found[1:])
    if code == guard.REFUSED:
        return Outcome("refused", program, calls)
    if code in (guard.BROKEN, _UNCAUGHT) and not found:
        return Outcome("broken")
    return Outcome("stopped" if code else "done", program, calls)


def _read(data: bytes) -> list[Ran]:
    """The lines that are whole. The program can write some too: they are only data."""
    found: list[Ran] = []
    with contextlib.suppress(msgspec.MsgspecError, RecursionError):
        for line in data.split(b"\n")[:-1]:
            found.append(msgspec.json.decode(line, type=Ran))  # noqa: PERF401 - those before a bad one
    return found
