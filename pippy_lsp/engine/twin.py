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
from pippy_lsp.engine.models import file_of, twin_of
from pippy_lsp.engine.registry import Entry, Quicker
from pippy_lsp.errors import ModelError

_SECONDS = 900.0
"""For the slowest computer; two cores take 20 of them."""
_SPARE = 64 * 2**20
"""Bytes that are left free on the disk."""


def make(entry: Entry) -> bool:
    """Make it, where the disk has room; whether there is one now.

    Nothing is lost where that fails: the model is used as it was published.
    """
    if entry.quicker is None:
        return False
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
