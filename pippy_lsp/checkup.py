"""What a child's computer has for us: processor, memory, packages, disk, the teacher's policy.

Looked at by `pippy-lsp doctor` and by the command `pippy.doctor` in the editor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pippy_lsp import machine, policy, prompts
from pippy_lsp.engine import memory, models
from pippy_lsp.sparing import Reason

Mark = Literal["ok", "warning", "problem"]
_MB = 2**20
LITTLE_MEMORY, LITTLE_DISK = 1024 * _MB, 1024 * _MB
"""Bytes free; with less there is a warning."""


@dataclass(frozen=True)
class Check:
    """What was looked at: `text` says what was found, `advice` what to do about it."""

    code: str
    state: Mark
    text: str
    advice: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def everything(say: prompts.Messages, folder: Path | None) -> list[Check]:
    """All checks, for a program in `folder`."""
    return [*computer(say), *packages(say), disk(say), *rules(say, folder)]


def computer(say: prompts.Messages) -> list[Check]:
    """The system, the processor, the memory."""
    about = machine.describe()
    values = {"system": about["system"], "cpu": about["cpu"], "python": about["python"]}
    total, free = memory.total(), memory.available()
    ram = {"total": total // _MB, "free": free // _MB, "cores": about["cores"]}
    return [
        Check("computer", "ok", say.say("doctor-computer", **values), data=about),
        processor(say),
        Check(
            "memory",
            "ok" if free >= LITTLE_MEMORY else "warning",
            say.say("doctor-memory", **ram),
            "" if free >= LITTLE_MEMORY else say.say("doctor-memory-little"),
            {"total_mb": ram["total"], "available_mb": ram["free"], "cores": ram["cores"]},
        ),
    ]


def processor(say: prompts.Messages) -> Check:
    """AVX2 is what the prebuilt wheels of llama-cpp-python are compiled for."""
    found = machine.has_avx2()
    if found is False:
        return Check("cpu", "warning", say.say("doctor-cpu-old"), say.say("doctor-cpu-old-do"))
    key = "doctor-cpu-avx2" if found else "doctor-cpu-unknown"
    return Check("cpu", "ok", say.say(key), data={"avx2": found})


def packages(say: prompts.Messages) -> list[Check]:
    """The packages that we stand on: their versions, and which are missing."""
    versions = machine.versions()
    missing = [name for name, version in versions.items() if version is None]
    listed = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    found = Check("packages", "ok", say.say("doctor-packages", listed=listed), data=versions)
    lost = [
        Check(
            "package-missing",
            "problem",
            say.say("doctor-package-missing", package=name),
            say.say("doctor-package-missing-do"),
            {"package": name},
        )
        for name in missing
    ]
    return [found, *lost]


def disk(say: prompts.Messages) -> Check:
    """The folder that models are kept in."""
    folder = models.cache_dir()
    values: dict[str, Any] = {"path": str(folder)}
    free = machine.free_disk(folder)
    if free is None or not machine.can_write(folder):
        text = say.say("doctor-cache-unwritable", **values)
        return Check("cache", "problem", text, say.say("doctor-cache-do"), values)
    values["free"] = free // _MB
    little = free < LITTLE_DISK
    return Check(
        "cache",
        "warning" if little else "ok",
        say.say("doctor-cache", **values),
        say.say("doctor-cache-do") if little else "",
        {"path": values["path"], "free_mb": values["free"]},
    )


def panel(say: prompts.Messages, found: dict[str, int | float]) -> list[Check]:
    """What it costs to let several answers vote, as `agents.cost` has reckoned it."""
    if not found:
        return []
    key = "doctor-panel" if found["size"] > 1 else "doctor-panel-one"
    return [Check("panel", "ok", say.say(key, **found), data=dict(found))]


def spared(say: prompts.Messages, reason: Reason) -> Check:
    """Whether less is done now, and why."""
    return Check("sparing", "ok", say.say(f"doctor-sparing-{reason or 'no'}"), data={"why": reason})


def rules(say: prompts.Messages, folder: Path | None) -> list[Check]:
    """The teacher's policy that holds in `folder`."""
    found = policy.read(policy.paths(folder))
    wrong = [Check(each.code, "warning", say.error(each)) for each in found.problems]
    if not found.files:
        return [*wrong, Check("policy", "ok", say.say("doctor-policy-none"))]
    stated = policy.differences(found.policy)
    files = ", ".join(str(path) for path in found.files)
    listed = ", ".join(f"{name}: {value}" for name, value in stated.items())
    text = say.say("doctor-policy", files=files, listed=listed)
    return [*wrong, Check("policy", "ok", text, data=stated)]
