"""The end of the editor's process is seen, whichever way the system tells of it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time

import psutil
import pytest

from pippy_lsp.features import parent


def refused(*_: object) -> int:
    raise PermissionError


@pytest.fixture(params=["system", "refused", "old"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the system can do."""
    if request.param == "refused" and hasattr(os, "pidfd_open"):
        monkeypatch.setattr(os, "pidfd_open", refused)
    if request.param != "system":
        monkeypatch.delattr(select, "kqueue", raising=False)
    if request.param == "old":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    return str(request.param)


def test_a_process_that_ends_is_seen_though_nobody_collects_it(way: str) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor:
        found = psutil.Process(editor.pid)
        thread = threading.Thread(target=parent.wait_for, args=(found,), daemon=True)
        thread.start()
        time.sleep(0.2)
        assert thread.is_alive()
        editor.kill()  # a zombie now, until the block ends
        thread.join(5)
        assert not thread.is_alive()
        assert found.status() == psutil.STATUS_ZOMBIE or sys.platform == "win32"


def test_a_process_that_has_ended_is_not_waited_for(way: str) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as editor:
        found = psutil.Process(editor.pid)
        editor.wait()
    parent.wait_for(found)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="Linux's own means")
def test_waiting_costs_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor:
        used: list[float] = []

        def wait() -> None:
            parent.wait_for(psutil.Process(editor.pid))
            used.append(time.thread_time())

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        time.sleep(1)
        editor.kill()
        thread.join(5)
        assert used
        assert used[0] < 0.05, "seconds of CPU in a second of waiting"
