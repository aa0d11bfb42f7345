"""A model's twin: the same model, with the weights that CPUs compute slowly in a quicker type.

Which types those are is said by the registry, and what it gains and costs by docs/measured.md. The
twin is made once, at the pull, from the verified file; where there is none the file itself is used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from pippy_lsp.engine import gguf
from pippy_lsp.engine.models import ModelFile, file_of, twin_of
from pippy_lsp.engine.registry import Entry, Quicker
from pippy_lsp.errors import ModelError

_SECONDS = 900.0
"""For the slowest computer; two cores take a tenth of a minute."""
_SPARE = 64 * 2**20
"""Bytes that are left free on the disk."""


def exists(entry: Entry) -> bool:
    """Whether it was made. It only ever gets its name when it is whole."""
    return entry.quicker is not None and twin_of(entry).is_file()


def best(model: ModelFile) -> Path:
    """The file to load: the twin, where the model has one. A path means that very file."""
    entry = model.entry
    if entry is None or model.name != entry.name or not exists(entry):
        return model.path
    return twin_of(entry)


def make(entry: Entry) -> bool:
    """Make it, where the model has one and the disk has room; whether there is one now.

    Nothing is lost where that fails: the model is used as it was published.
    """
    if entry.quicker is None or exists(entry):
        return exists(entry)
    source, target = file_of(entry), twin_of(entry)
    half = target.with_suffix(f".{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(target.parent).free < source.stat().st_size + _SPARE:
            return False
        _run(source, half, entry.quicker)
        gguf.outline(half)
        half.replace(target)
    except (OSError, subprocess.SubprocessError, ModelError):
        return False
    finally:
        half.unlink(missing_ok=True)
    return True


def remove(entry: Entry) -> None:
    """Delete it. Raises: OSError where that can't be done."""
    if entry.quicker is not None:
        twin_of(entry).unlink(missing_ok=True)


def _run(source: Path, target: Path, quicker: Quicker) -> None:
    """In a process of its own: llama.cpp writes what it does to the terminal, and may abort.

    Raises: OSError, subprocess.SubprocessError.
    """
    rules = msgspec.json.encode(quicker).decode()
    subprocess.run(  # noqa: S603 - our own module and files
        [sys.executable, "-m", "pippy_lsp.engine.requantize", source, target, rules],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
        check=True,
        env={**os.environ, "PYTHONSAFEPATH": "1"},
    )
