"""How much memory there is, counting the limits that the operating system sets on us."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import psutil

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


def total() -> int:
    """Bytes of memory that this machine, or the container around us, has."""
    limits = (limit for limit, _ in _cgroup_limits())
    return min([int(psutil.virtual_memory().total), *limits])


def available() -> int:
    """Bytes that this process can still take without making the machine swap."""
    room = [limit - used for limit, used in _cgroup_limits()]
    address_space = _address_space()
    if address_space is not None:
        room.append(address_space - psutil.Process().memory_info().vms)
    return max(0, min([int(psutil.virtual_memory().available), *room]))


def _address_space() -> int | None:
    """The limit of RLIMIT_AS in bytes; None where there is none."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - Windows has no such module

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def _cgroup_limits() -> Iterable[tuple[int, int]]:
    """(limit, used) in bytes for each control group above us; the page cache is not "used".

    Source: https://docs.kernel.org/admin-guide/cgroup-v2.html#memory and cgroup-v1/memory.
    """
    if not sys.platform.startswith("linux"):
        return
    for folder in _own_groups():
        for limit_file, used_file, cache_key in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            limit = _number(folder / limit_file)
            used = _number(folder / used_file)
            if limit is not None:
                cached = _statistic(folder / "memory.stat", cache_key)
                yield limit, max(0, (used or 0) - cached)


def _own_groups() -> Iterable[Path]:
    """The folders of our control groups (version 2 and 1), the innermost first."""
    for line in _read(_OWN_CGROUP).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "memory" not in controllers.split(","):
            continue
        root = _CGROUPS / "memory" if controllers else _CGROUPS
        own = root / path.lstrip("/")
        yield own
        for above in own.parents:
            if above == root or root in above.parents:
                yield above


def _number(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.isdecimal() else None


def _statistic(path: Path, key: str) -> int:
    for line in _read(path).splitlines():
        name, _, value = line.partition(" ")
        if name == key and value.isdecimal():
            return int(value)
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
