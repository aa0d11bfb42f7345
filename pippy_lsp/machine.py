"""Facts about this computer that Python and the operating system tell."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

PACKAGES = ("pippy-lsp", "pygls", "lsprotocol", "llama-cpp-python", "jedi", "msgspec")
_PF_AVX2 = 40
"""Source: IsProcessorFeaturePresent, PF_AVX2_INSTRUCTIONS_AVAILABLE (winnt.h)."""


def describe() -> dict[str, Any]:
    """The operating system, the processor, its cores, and Python."""
    return {
        "system": platform.platform(terse=True),
        "cpu": _cpu_name() or platform.machine(),
        "machine": platform.machine(),
        "cores": psutil.cpu_count(logical=False) or os.cpu_count() or 1,
        "threads": os.cpu_count() or 1,
        "python": platform.python_version(),
    }


def versions() -> dict[str, str | None]:
    """The versions of the packages that this program needs; None for one that is missing."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        found[name] = None
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def has_avx2() -> bool | None:
    """Whether the processor knows AVX2; None where the question has no meaning or no answer."""
    if platform.machine().lower() not in ("x86_64", "amd64", "i386", "i686", "x86"):
        return None
    if sys.platform == "win32":
        return bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(_PF_AVX2))
    if sys.platform == "darwin":
        features = _sysctl("machdep.cpu.leaf7_features")
        return "AVX2" in features.split() if features else None
    flags = _cpuinfo("flags")
    return "avx2" in flags.split() if flags else None


def on_battery() -> bool:
    """Whether the computer runs on its battery, for all that it tells."""
    try:
        battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    except (OSError, RuntimeError, ValueError, LookupError):
        return False  # odd files in /sys, as in some containers
    return battery is not None and battery.power_plugged is False


def free_disk(folder: Path) -> int | None:
    """Bytes free on the disk that `folder` is on, or would be on; None when nobody can say."""
    try:
        return shutil.disk_usage(_existing(folder)).free
    except OSError:
        return None


def can_write(folder: Path) -> bool:
    """Whether a file can be made in `folder`, or in the nearest folder above that exists."""
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)):
            return True
    except OSError:
        return False


def _existing(folder: Path) -> Path:
    return next((each for each in (folder, *folder.parents) if each.exists()), folder)


def _cpu_name() -> str:
    if sys.platform == "darwin":
        return _sysctl("machdep.cpu.brand_string")
    return _cpuinfo("model name") or platform.processor()


def _cpuinfo(key: str) -> str:
    """The first value of `key` in Linux's /proc/cpuinfo; "" elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    pairs = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in pairs if name.strip() == key), "")


def _sysctl(name: str) -> str:
    """A value of macOS's sysctl; "" when it has none."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words only
            ["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, check=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
