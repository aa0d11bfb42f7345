"""Runs a program that a model wrote with its test, in the product's own sandbox.

What was found is kept in the cache by the program's hash: the same program is run once.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import platformdirs

from pippy_lsp.agents.sandbox import box, guard
from pippy_lsp.agents.sandbox.box import Limits, Outcome, Task

LIMITS = Limits(cpu=5, memory=1 << 30, wall=60.0)
"""A long wall time, for the machine may be busy: what counts is the processor time."""
_MACHINE = ("late", "broken")
"""Ends that may be the machine's fault: they are not remembered."""


class Sandbox:
    """Runs programs and remembers what became of them; `runs` counts those that were run."""

    def __init__(self, cache: Path | None = None) -> None:
        """`cache` is the file that remembers, else one in the user's cache."""
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


class Outcomes:
    """Runs tasks and remembers what they did, in a file of the user's cache."""

    def __init__(self, cache: Path | None = None) -> None:
        """`cache` is another file that remembers."""
        self._file = cache or platformdirs.user_cache_path("pippy-lsp") / "benchmarks-ran.jsonl"
        self._known: dict[str, Outcome] = {}
        for line in self._file.read_text("utf-8").splitlines() if self._file.exists() else []:
            # a run that was broken off leaves half a line
            with contextlib.suppress(msgspec.MsgspecError):
                key, outcome = msgspec.json.decode(line, type=tuple[str, Outcome])
                self._known[key] = outcome

    def run_all(self, tasks: Sequence[Task]) -> list[Outcome]:
        """What they did; the same task is run once."""
        keys = [_key(msgspec.json.encode(task).decode()) for task in tasks]
        new = {key: task for key, task in zip(keys, tasks, strict=True) if key not in self._known}
        ran = dict(zip(new, box.run_all(list(new.values())), strict=True))
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as out:
            for key, outcome in ran.items():
                if outcome.end not in _MACHINE:
                    self._known[key] = outcome
                    out.write(b"\n" + msgspec.json.encode((key, outcome)))
        return [self._known.get(key) or ran[key] for key in keys]


def run(program: str) -> bool | None:
    """Whether it comes to its end without an error; None where the machine stopped it."""
    outcome = box.run(Task(program), LIMITS)
    if outcome.end in _MACHINE:
        return None
    return outcome.end == "done" and outcome.program is not None and not outcome.program.error


def _key(program: str) -> str:
    """The hash of all that the result depends on."""
    limits = f"{sys.version_info[:2]} {LIMITS} {inspect.getsource(guard)}"
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
