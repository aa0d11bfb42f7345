"""What the sources of a model have in common.

A source fetches into a staging folder and keeps there what it has, so the next run goes on from
it. Third-party errors become `SourceFailed` in hub.py and pypi.py, and nowhere else.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Literal

Why = Literal["unreachable", "refused", "no-space", "wrong-hash"]
Advance = Callable[[int, int], None]
"""Told (bytes there, bytes in all; 0 where that is not known)."""


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The last: a file larger than the disk (FAT: 4 GB) or a limit allows."""


class SourceFailed(Exception):
    """A source could not give the model."""

    def __init__(self, why: Why, problem: str = "") -> None:
        self.why = why
        super().__init__(problem or why)


def is_disk_full(error: BaseException) -> bool:
    """Whether the disk, or the user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL
