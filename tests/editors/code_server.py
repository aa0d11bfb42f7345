"""VS Code as a server (code-server), with Chromium to look at it: installed once, then started."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest
from filelock import FileLock

from pippy_lsp.engine.state import cache_dir
from tests.editors.conftest import ROOT

VERSION = "4.100.3"
"""Of code-server: VS Code 1.100, which runs on Node 20."""
NODE = 20
EXTENSION = ROOT / "editors" / "vscode"
MACHINE = ("pippy.server.", "pippy.model.")
"""The settings that are a machine's and no person's: a browser's window takes them from there."""
START_SECONDS = 90.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """The browser; from Debian's packages where there is none and we may install it."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
        _install([*apt, "update"], Path("/"))
        _install([*apt, "install", "-y", "--no-install-recommends", "chromium"], Path("/"))
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium: apt-get install chromium")
    return found


def code_server() -> list[str]:
    """The command of code-server; the first time it is installed into the cache, from npm."""
    node = shutil.which("node")
    ask = [node or sys.executable, "--version"]
    told = subprocess.run(ask, check=False, capture_output=True, text=True).stdout
    if not told.startswith(f"v{NODE}."):
        pytest.skip(f"code-server {VERSION} needs Node {NODE} with its headers and npm")
    folder = cache_dir() / "editors" / f"code-server-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "installed").exists():
            _install_code_server(folder, Path(str(node)).resolve().parents[1])
            (folder / "installed").touch()
    return [str(node), str(folder / "node_modules" / "code-server" / "out" / "node" / "entry.js")]


def _install_code_server(folder: Path, headers: Path) -> None:
    """Its own install script wants to download headers and tools of its own; this needs none."""
    npm = ["npm", "--no-audit", "--no-fund"]
    build = [*npm, "rebuild", f"--nodedir={headers}"]
    inner = folder / "node_modules" / "code-server" / "lib" / "vscode"
    _install(
        [*npm, "install", "--prefix", ".", "--ignore-scripts", f"code-server@{VERSION}"], folder
    )
    _install([*npm, "install", "--ignore-scripts", "--omit=dev"], inner)
    _install([*build, "@vscode/spdlog", "native-watchdog"], inner)
    # What node-pty runs after it was built is for its own developers, and wants one more package.
    subprocess.run([*build, "node-pty"], cwd=inner, capture_output=True, check=False)
    _install([*build, "argon2"], folder)
    alias = inner / "node_modules.asar"
    if not alias.exists():
        alias.symlink_to("node_modules")


def extension() -> Path:
    """The extension as it is given to people, built from this checkout."""
    locked, there = EXTENSION / "package-lock.json", EXTENSION / "node_modules/.package-lock.json"
    if not there.exists() or there.stat().st_mtime < locked.stat().st_mtime:
        _install(["npm", "ci", "--no-audit", "--no-fund"], EXTENSION)
    environment = {**os.environ, "PYTHON": sys.executable}
    subprocess.run(["npm", "run", "package"], cwd=EXTENSION, env=environment, check=True)
    return EXTENSION / "pippy-lsp.vsix"


def _install(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{' '.join(command)} failed: {(done.stderr or done.stdout)[-400:]}")


class CodeServer:
    """One running code-server with an extension and settings of its own."""

    def __init__(
        self,
        command: list[str],
        folder: Path,
        vsix: Path,
        settings: dict[str, Any],
        environment: dict[str, str],
    ) -> None:
        self.folder = folder
        self.user = folder / "user"
        data = [f"--user-data-dir={self.user}", f"--extensions-dir={folder / 'extensions'}"]
        install = [*command, *data, "--install-extension", str(vsix)]
        subprocess.run(install, check=True, env=environment, stdout=subprocess.DEVNULL)
        self.settings = self.user / "User" / "settings.json"
        machine = {key: value for key, value in settings.items() if key.startswith(MACHINE)}
        _write(self.settings, {key: each for key, each in settings.items() if key not in machine})
        _write(self.user / "Machine" / "settings.json", machine)
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}/"
        alone = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"]
        bind = ["--auth=none", f"--bind-addr=127.0.0.1:{port}"]
        self._log = (folder / "code-server.log").open("wb")
        self._process = subprocess.Popen(
            [*command, *bind, *alone, *data],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            said = (self.folder / "code-server.log").read_text("utf-8")
            assert self._process.poll() is None, said
            assert time.monotonic() < end, said
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}healthz", timeout=2):  # noqa: S310
                return True
        except OSError:
            return False

    def setting(self, name: str) -> Any:
        """What the user's settings say; None while they are being written."""
        try:
            return json.loads(self.settings.read_text("utf-8")).get(name)
        except ValueError:
            return None

    def processes(self, word: str) -> list[psutil.Process]:
        """The processes below it in whose command line the word stands."""
        found = []
        for each in psutil.Process(self._process.pid).children(recursive=True):
            try:
                line = " ".join(each.cmdline())
            except psutil.Error:
                continue
            if word in line:
                found.append(each)
        return found

    def log(self) -> str:
        """What the extension has logged."""
        files = sorted(self.user.glob("logs/*/exthost*/**/*Pippy*.log"))
        return "\n".join(file.read_text("utf-8") for file in files)

    def close(self) -> None:
        """End it and all that it has started."""
        below = psutil.Process(self._process.pid).children(recursive=True)
        self._process.send_signal(signal.SIGTERM)
        _, left = psutil.wait_procs(below, timeout=10)
        for each in left:
            each.kill()
        self._process.kill()
        self._process.wait()
        self._log.close()


def _write(path: Path, settings: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings), "utf-8")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
