"""What a setup would change, before anything is changed."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pippy_lsp.errors import SetupFile

Edit = Callable[[str], str]


@dataclass(frozen=True)
class Change:
    """One file as it is and as it will be; None where there is none."""

    path: Path
    before: bytes | None
    after: bytes


@dataclass(frozen=True)
class Run:
    """A program that is run, and the one that takes it back."""

    command: Sequence[str]
    undo: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """All that a setup does. What a person has to do is in the message `setup-note-EDITOR`."""

    changes: Sequence[Change] = ()
    runs: Sequence[Run] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """Of the message's placeholders."""


def read(path: Path) -> bytes | None:
    """The file's bytes; None where there is none. Raises: SetupFile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SetupFile(file=str(path), problem=error.strerror or str(error)) from error


def edited(path: Path, edit: Edit) -> Change:
    """The file with its text as `edit` makes it; no file is an empty text.

    Line ends and a byte order mark stay. Raises: SetupFile where it is not UTF-8.
    """
    before = read(path)
    try:
        text = (before or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise SetupFile(file=str(path), problem="UTF-8") from error
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    return Change(path, before, (mark + edit(text.removeprefix(mark))).encode("utf-8"))


def diff(change: Change) -> str:
    """The change as a unified diff; nothing where there is none."""
    before, after = (
        (data or b"").decode("utf-8", "replace").splitlines(keepends=True)
        for data in (change.before, change.after)
    )
    old = "/dev/null" if change.before is None else str(change.path)
    lines = difflib.unified_diff(before, after, old, str(change.path))
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
