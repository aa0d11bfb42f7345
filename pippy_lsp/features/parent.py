"""The editor's process: when it dies without a word, so do we.

Its pipe is closed then, as a rule. But what it has started may hold the pipe open, and then only
its process id tells (LSP: "if the parent process is not alive then the server should exit").
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import psutil

LOOK_SECONDS = 0.3
GRACE_SECONDS = 1.0
"""For the server to end in order, before it ends anyhow."""


def watch(pid: int | None, end: Callable[[], object]) -> threading.Thread | None:
    """Call `end` when the process dies, and leave this process a second later; None where there is
    no such process, as with an editor on the other side of a container's wall.

    On a thread of its own: it must work while the event loop is busy.
    """
    try:
        editor = psutil.Process(pid) if pid else None
    except (psutil.Error, ValueError, OverflowError):
        editor = None
    if editor is None:
        return None
    thread = threading.Thread(target=_watch, args=(editor, end), name="parent", daemon=True)
    thread.start()
    return thread


def _watch(editor: psutil.Process, end: Callable[[], object]) -> None:
    while _alive(editor):
        time.sleep(LOOK_SECONDS)
    try:
        end()
        time.sleep(GRACE_SECONDS)
    finally:
        os._exit(1)


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
