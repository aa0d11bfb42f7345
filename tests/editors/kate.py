"""A real Kate on a screen that nobody sees (Xvfb): keys go in, files and messages come out."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

TAP = Path(__file__).with_name("tap.py")
WIDTH, HEIGHT = 800, 480
SECONDS = 90.0
_RC = """\
[Kate Plugins]
lspclientplugin=true

[lspclient]
AllowedServerCommandLines={server}
"""
T = TypeVar("T")


class Kate:
    """One running Kate, with a file open, in a home of its own."""

    def __init__(
        self, folder: Path, file: Path, command: list[str], environment: dict[str, str]
    ) -> None:
        self.file = file
        self._log = folder / "messages"
        self._log.touch()
        read, write = os.pipe()
        size = ["-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"]
        self._screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), *size], pass_fds=[write], stderr=subprocess.DEVNULL
        )
        os.close(write)
        with os.fdopen(read) as told:
            display = f":{told.readline().strip()}"
        self._environment = {**environment, **_home(folder), "DISPLAY": display}
        self._configure(folder, command)
        self._process = subprocess.Popen(
            ["dbus-run-session", "--", "kate", "-n", "-b", str(file)],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.wait(lambda: self._windows(file.name), "Kate's window")
        self._do("windowsize", self._windows(file.name)[0], WIDTH, HEIGHT)
        self._do("windowmove", self._windows(file.name)[0], 0, 0)
        self._do("windowfocus", self._windows(file.name)[0])
        self.heard("textDocument/didOpen")

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(20)
        self._screen.terminate()
        self._screen.wait(20)

    def _configure(self, folder: Path, command: list[str]) -> None:
        """What `pippy-lsp setup kate` does, with a server whose messages are written down."""
        setup = [sys.executable, "-m", "pippy_lsp", "setup", "kate", "--yes"]
        subprocess.run(setup, env=self._environment, check=True, stdout=subprocess.DEVNULL)
        server = folder / "server"
        words = [sys.executable, str(TAP), str(self._log), *command]
        server.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in words) + "\n")
        server.chmod(server.stat().st_mode | stat.S_IXUSR)
        config = Path(self._environment["XDG_CONFIG_HOME"])
        path = config / "kate" / "lspclient" / "settings.json"
        settings = json.loads(path.read_text("utf-8"))
        settings["servers"]["python"]["command"] = [str(server)]
        path.write_text(json.dumps(settings), "utf-8")
        (config / "katerc").write_text(_RC.format(server=server), "utf-8")

    # --- keys, screen ----------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        self._do("key", *keys)

    def type(self, text: str) -> None:
        self._do("type", "--delay", "60", text)

    def point(self, x: int, y: int) -> None:
        """Put the mouse there."""
        self._do("mousemove", x, y)

    def go(self, line: int) -> None:
        """To the end of that line (from 1)."""
        self.press("ctrl+Home", *["Down"] * (line - 1), "End")

    def popup(self, count: int = 1) -> None:
        """Wait for so many lists and menus over the window."""
        self.wait(lambda: len(self._windows("")) > count, "a list")

    def alone(self) -> None:
        """Wait until nothing is over the window."""
        self.wait(lambda: len(self._windows("")) == 1, "the window alone")

    def saved(self) -> str:
        """Save, and read the file."""
        self.press("ctrl+s")
        return self.file.read_text("utf-8")

    def picture(self, path: Path) -> None:
        # The folders above the file are nobody's business.
        crop = ["-crop", f"{WIDTH}x{HEIGHT - 130}+0+107", "+repage"]
        command = ["import", "-window", "root", *crop, "-colors", "64", f"png8:{path}"]
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(command, env=self._environment, check=True)

    def _windows(self, name: str) -> list[str]:
        found = self._do("search", "--onlyvisible", "--class", "kate", check=False).split()
        return [each for each in found if name in self._do("getwindowname", each, check=False)]

    def _do(self, *words: object, check: bool = True) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env=self._environment,
            check=check,
            capture_output=True,
            encoding="utf-8",
        )
        return done.stdout

    # --- what is said ----------------------------------------------------------------------

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        lines = self._log.read_text("utf-8").splitlines()[after:]
        return [json.loads(line)["message"] for line in lines]

    def said(self) -> int:
        """How many messages there were."""
        return len(self.messages())

    def heard(self, method: str, after: int = 0) -> dict[str, Any]:
        """Wait for a message of that method; its parameters."""

        def found() -> list[dict[str, Any]]:
            return [each for each in self.messages(after) if each.get("method") == method]

        params: dict[str, Any] = self.wait(found, method)[0].get("params") or {}
        return params

    def answer(self, method: str, after: int = 0) -> Any:
        """Wait for the latest request of that method and its answer."""

        def found() -> list[Any]:
            messages = self.messages(after)
            asked = [each["id"] for each in messages if each.get("method") == method]
            return [
                each["result"]
                for each in messages
                if asked and each.get("id") == asked[-1] and "result" in each
            ]

        return self.wait(found, f"the answer to {method}")[-1]

    def wait(self, condition: Callable[[], T], what: str) -> T:
        """The first value of `condition` that is true."""
        end = time.monotonic() + SECONDS
        while not (found := condition()):
            if time.monotonic() > end:
                self.picture(self._log.with_suffix(".png"))
                raise AssertionError(f"waited in vain for {what}: see {self._log}*")
            time.sleep(0.1)
        return found


def _home(folder: Path) -> dict[str, str]:
    found = {"QT_QPA_PLATFORM": "xcb", "HOME": str(folder)}
    for name in ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR"):
        made = folder / name.lower()
        made.mkdir(mode=0o700)
        found[f"XDG_{name}"] = str(made)
    return found
