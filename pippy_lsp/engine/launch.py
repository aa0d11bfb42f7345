"""Finds the model that the settings name, and starts the worker process for it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import psutil

from pippy_lsp.engine import adapters, gguf, memory, models, wire
from pippy_lsp.errors import PippyError
from pippy_lsp.settings import ModelSettings

Problem = PippyError | None
TEACHERS_CONTEXT = 2048
"""Tokens at most: an explanation's prompt is short, and a large model's KV cache is not."""
BOARD = "board"
"""The file of flags, in the worker's folder."""


def locate(settings: ModelSettings) -> wire.Load:
    """The model that the settings name, checked: what can be refused is refused before it loads.

    Raises: ModelError.
    """
    found = models.resolve(settings.name)
    models.check(found.path, settings.context)
    order = found.entry.infill if found.entry else "suffix-first"
    threads = settings.threads or _cores()
    return wire.Load(found.name, str(found.path), settings.context, threads, order)


def second(settings: ModelSettings, load: wire.Load) -> tuple[wire.Second | None, Problem]:
    """The model for explanations beside `load`, and why there is none though one was wanted: what
    does not fit beside the first is refused before it loads.
    """
    if not settings.teacher:
        return None, None
    first = models.ModelFile(load.name, Path(load.path), None)
    try:
        taken = models.needed_memory(gguf.read(first.path), load.context)
        room = memory.available() - taken
        context = min(load.context, TEACHERS_CONTEXT)
        found = models.teacher(settings.teacher, first, room, context)
        if found is None:
            return None, None
        models.check(found.path, context, room)
    except PippyError as error:
        return None, error
    order = found.entry.infill if found.entry else "suffix-first"
    return wire.Second(found.name, str(found.path), context, order), None


def dressed(settings: ModelSettings, load: wire.Load) -> tuple[adapters.Adapters, Problem]:
    """The adapters that the jobs wear, and what is wrong with one: it is left out."""
    wanted, problem = adapters.wanted(settings), None
    teacher = load.teacher.path if load.teacher else load.path
    for job, model in (("inline", load.path), ("teacher", teacher)):
        adapter: adapters.Adapter | None = getattr(wanted, job)
        if adapter is None:
            continue
        try:
            adapters.check(Path(adapter.path), Path(model))
        except PippyError as error:
            wanted, problem = msgspec.structs.replace(wanted, **{job: None}), error
    return wanted, problem


def _cores() -> int:
    """Cores that this process may use; hyper-threads add nothing to matrix work."""
    physical = psutil.cpu_count(logical=False) or 1
    try:
        return max(1, min(physical, len(os.sched_getaffinity(0))))
    except AttributeError:  # not on macOS or Windows
        return physical


def _environment() -> dict[str, str]:
    """The worker's environment: no current folder on the import path (Python 3.11 and later), and
    threads that sleep while they wait for each other. Spinning, as they do by default, takes ten
    times as long when another program wants the same cores.
    """
    mine = {"PYTHONSAFEPATH": "1", "PYTHONUTF8": "1", "OMP_WAIT_POLICY": "passive"}
    return {**os.environ, **mine}


async def spawn(folder: Path) -> asyncio.subprocess.Process:
    """Start a worker in `folder`. A cancel waits for the start: asyncio hangs when it is left
    halfway.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pippy_lsp.engine.worker", str(folder / BOARD)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env=_environment(),
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        process = await starting
        process.kill()
        await process.wait()
        raise
