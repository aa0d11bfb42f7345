"""The editor's process: when it dies without a word, so do we.

Its pipe is closed then, as a rule. But what it has started may hold the pipe open, and then only
its process id tells (LSP: "if the parent process is not alive then the server should exit").
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import psutil

LOOK_SECONDS = 0.3
"""Where the system can't tell of a death, and we look for it."""
GRACE_SECONDS = 1.0
"""For the server to end in order, before it ends anyhow."""


def watch(pid: int | None, end: Callable[[], Future[None]]) -> threading.Thread | None:
    """Call `end` when the process dies, and leave this process when that is done, or a second
    later; None where there is no such process, as with an editor on the other side of a
    container's wall.

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


def _watch(editor: psutil.Process, end: Callable[[], Future[None]]) -> None:
    wait_for(editor)
    try:
        end().result(GRACE_SECONDS)
    finally:
        os._exit(1)


def wait_for(editor: psutil.Process) -> None:
    """Return when the process has ended, though nobody may have collected it.

    The system wakes us where it can: that costs nothing, and tells in a millisecond. psutil's own
    `wait` goes on while a zombie is left, which in a container may be for ever.
    """
    with contextlib.suppress(OSError, AttributeError, psutil.Error):
        if sys.platform == "win32":
            editor.wait()
        elif sys.platform == "linux":
            _until_pidfd(editor)
        else:
            _until_kqueue(editor)
    while alive(editor):  # refused, as in some containers; or too old a system
        time.sleep(LOOK_SECONDS)


if sys.platform == "linux":

    def _until_pidfd(editor: psutil.Process) -> None:
        """Linux 5.3 and later."""
        file = os.pidfd_open(editor.pid)
        try:
            if alive(editor):  # so the file is of this process, not of a later one with its number
                found = select.poll()
                found.register(file, select.POLLIN)
                found.poll()
        finally:
            os.close(file)

elif sys.platform != "win32":

    def _until_kqueue(editor: psutil.Process) -> None:
        """macOS and the BSDs."""
        with contextlib.closing(select.kqueue()) as queue:
            wanted = select.kevent(
                editor.pid,
                filter=select.KQ_FILTER_PROC,
                flags=select.KQ_EV_ADD | select.KQ_EV_ONESHOT,
                fflags=select.KQ_NOTE_EXIT,
            )
            queue.control([wanted], 0)
            if alive(editor):
                queue.control(None, 1)


def alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
