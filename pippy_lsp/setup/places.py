"""Where programs keep what belongs to a user: XDG on Linux, and each platform's own way."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import platformdirs

_APP = "pippy-lsp"
_PACKAGED = Path(__file__).parents[1] / "_data" / "editors"
_CHECKOUT = Path(__file__).parents[2] / "editors"


def config_home() -> Path:
    """`~/.config` or what XDG_CONFIG_HOME says; on Windows %LOCALAPPDATA%, on macOS Application
    Support (of programs that follow the platform).
    """
    return Path(os.environ.get("XDG_CONFIG_HOME") or platformdirs.user_config_path(roaming=False))


def roaming() -> Path:
    """%APPDATA% on Windows; elsewhere as `config_home`."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or platformdirs.user_config_path(roaming=True))


def dot_config() -> Path:
    """`~/.config` on macOS too, for programs that use it everywhere but on Windows."""
    if sys.platform == "darwin" and not os.environ.get("XDG_CONFIG_HOME"):
        return Path.home() / ".config"
    return config_home()


def data_home() -> Path:
    """`~/.local/share` (on macOS too) or what XDG_DATA_HOME says; on Windows %LOCALAPPDATA%."""
    if override := os.environ.get("XDG_DATA_HOME"):
        return Path(override)
    if sys.platform == "win32":
        return platformdirs.user_data_path()
    return Path.home() / ".local" / "share"


def records() -> Path:
    """Where it is kept what was changed, and what stood there before."""
    return platformdirs.user_data_path(_APP, appauthor=False) / "setup"


def clients() -> Path:
    """The folder of the editors' clients: in the wheel, or beside the package in a checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def server() -> list[str]:
    """The command that starts this very server, wherever an editor starts it from."""
    beside = Path(sys.executable).parent
    found = shutil.which("pippy-lsp", path=str(beside)) or shutil.which("pippy-lsp")
    return [found] if found else [sys.executable, "-m", "pippy_lsp"]
