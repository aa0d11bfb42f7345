"""Makes the changes of a plan, remembers what stood there before, and takes them back."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pippy_lsp.errors import SetupChanged, SetupFile, SetupNothing, SetupRun
from pippy_lsp.setup import places, plan
from pippy_lsp.setup.plan import Change, Plan


class Kept(msgspec.Struct, frozen=True):
    """One file that was changed."""

    path: str
    backup: str | None
    """The copy of what stood there; None where there was no file."""
    sha256: str
    """Of what was written."""
    folders: tuple[str, ...] = ()
    """Those that were made for it."""


class Ran(msgspec.Struct, frozen=True):
    """A program that was run, by what takes it back."""

    undo: tuple[str, ...]
    environment: dict[str, str]


class Record(msgspec.Struct, frozen=True):
    """All that was done for one editor."""

    files: tuple[Kept, ...] = ()
    runs: tuple[Ran, ...] = ()


@dataclass(frozen=True)
class Undone:
    """What was taken back."""

    restored: Sequence[Path]
    deleted: Sequence[Path]


def record(editor: str) -> Record:
    """What was done for this editor; nothing where nothing was."""
    try:
        return msgspec.json.decode((_folder(editor) / "record.json").read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return Record()


def pending(editor: str, wanted: Plan) -> Plan:
    """The part of the plan that is not done yet."""
    changes = [each for each in wanted.changes if each.before != each.after]
    done = {each.undo for each in record(editor).runs}
    runs = [each for each in wanted.runs if tuple(each.undo) not in done]
    return Plan(changes, runs, wanted.values)


def apply(editor: str, wanted: Plan) -> list[Path]:
    """Make the changes, each file at once or not at all; the backups. Raises: SetupFile, SetupRun.

    The record is written first, so that what is interrupted can be undone.
    """
    before = record(editor)
    files, runs = {each.path: each for each in before.files}, list(before.runs)
    backups: list[Path] = []
    for change in wanted.changes:
        kept = _kept(editor, change, files.get(str(change.path)))
        files[kept.path] = kept
        backups += [Path(kept.backup)] if kept.backup else []
        _remember(editor, Record(tuple(files.values()), tuple(runs)))
        _write(change.path, change.after)
    for run in wanted.runs:
        _run(run.command, run.environment)
        runs.append(Ran(tuple(run.undo), dict(run.environment)))
        _remember(editor, Record(tuple(files.values()), tuple(runs)))
    return backups


def undo(editor: str) -> Undone:
    """Put back every file byte for byte, and delete those that were made.

    Raises: SetupNothing; SetupChanged where a file is not as it was left: nothing is touched then.
    """
    done = record(editor)
    if not done.files and not done.runs:
        raise SetupNothing(editor=editor)
    for kept in done.files:
        _demand_ours(kept)
    for ran in done.runs:
        _run(ran.undo, ran.environment)
    restored, deleted = [], []
    for kept in done.files:
        path = Path(kept.path)
        if kept.backup is None:
            path.unlink(missing_ok=True)
            deleted.append(path)
        else:
            _write(path, Path(kept.backup).read_bytes())
            restored.append(path)
    _remove_empty({folder for kept in done.files for folder in kept.folders})
    shutil.rmtree(_folder(editor), ignore_errors=True)
    return Undone(restored, deleted)


def _demand_ours(kept: Kept) -> None:
    now = plan.read(Path(kept.path))
    as_before = now == (Path(kept.backup).read_bytes() if kept.backup else None)
    if not as_before and (now is None or _sha256(now) != kept.sha256):
        raise SetupChanged(file=kept.path, backup=kept.backup or "-")


def _folder(editor: str) -> Path:
    return places.records() / editor


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _kept(editor: str, change: Change, known: Kept | None) -> Kept:
    """What to remember of the file; the oldest backup stays while only we have changed it."""
    digest = _sha256(change.after)
    if known and change.before is not None and _sha256(change.before) == known.sha256:
        return msgspec.structs.replace(known, sha256=digest)
    path = str(change.path)
    if change.before is None:
        return Kept(path, None, digest, tuple(map(str, _missing(change.path.parent))))
    backup = _folder(editor) / f"{_sha256(change.before)[:12]}-{change.path.name}"
    _write(backup, change.before)
    return Kept(path, str(backup), digest)


def _missing(folder: Path) -> list[Path]:
    found = []
    while not folder.exists():
        found.append(folder)
        folder = folder.parent
    return found


def _remember(editor: str, done: Record) -> None:
    data = msgspec.json.format(msgspec.json.encode(done), indent=2)
    _write(_folder(editor) / "record.json", data)


def _write(path: Path, data: bytes) -> None:
    """Write the file whole or not at all; a link stays one. Raises: SetupFile."""
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".pippy-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            _copy_mode(path, Path(name))
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SetupFile(file=str(path), problem=error.strerror or str(error)) from error


def _copy_mode(old: Path, new: Path) -> None:
    if old.exists():
        shutil.copymode(old, new)
    else:
        umask = os.umask(0)
        os.umask(umask)
        new.chmod(0o666 & ~umask)


def _remove_empty(folders: Iterable[str]) -> None:
    """Remove those that nobody has put anything into, the innermost first."""
    for folder in sorted(folders, key=len, reverse=True):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    try:
        subprocess.run(list(command), check=True, env={**os.environ, **environment})  # noqa: S603 - ours
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupRun(command=" ".join(command)) from error
