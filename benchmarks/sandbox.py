"""Runs a program that a model wrote with its test, in the product's own sandbox.

What was found is kept in the cache by the program's hash: the same program is run once.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import sys
from pathlib import Path

import platformdirs

from pippy_lsp.agents.sandbox import box, guard
from pippy_lsp.agents.sandbox.box import Limits, Task

LIMITS = Limits(cpu=5, memory=1 << 30, wall=60.0)
"""A long wall time, for the machine may be busy: what counts is the processor time."""


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


def run(program: str) -> bool | None:
    """Whether it comes to its end without an error; None where the machine stopped it."""
    outcome = box.run(Task(program), LIMITS)
    if outcome.end in ("late", "broken"):
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
