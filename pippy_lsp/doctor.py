"""`pippy-lsp doctor`: is this computer fit, what does "auto" choose and why, how fast is it."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec
from rich.console import Console
from rich.text import Text

from pippy_lsp import machine, policy, prompts
from pippy_lsp.cli_common import command_settings, loaded
from pippy_lsp.engine import memory, models, state
from pippy_lsp.engine.protocol import Engine, Infill, Request, Usage, complete
from pippy_lsp.errors import PippyError
from pippy_lsp.settings import Settings

Mark = Literal["ok", "warning", "problem"]
_MARKS: dict[Mark, tuple[str, str]] = {
    "ok": ("ok", "green"),
    "warning": ("warning", "yellow"),
    "problem": ("problem", "bold red"),
}
_MB = 2**20
LITTLE_MEMORY, LITTLE_DISK = 1024 * _MB, 1024 * _MB
"""Bytes free; with less there is a warning."""
SLOW_DECODE = 5.0
"""Tokens a second; ghost text of a line takes more than two seconds below it."""
MEASURED_PROMPT, MEASURED_TOKENS = 6, 48
"""How often the sample is repeated in the prompt, and how many tokens are generated."""
_SAMPLE = "def add_{n}(first, second):\n    total = first + second + {n}\n    return total\n\n\n"


@dataclass(frozen=True)
class Check:
    """What was looked at: `text` says what was found, `advice` what to do about it."""

    code: str
    state: Mark
    text: str
    advice: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def run(options: argparse.Namespace) -> int:
    """Check everything and print it; 1 when something is broken."""
    wanted = command_settings(options.model)
    say = prompts.messages(wanted.language)
    checks = [*_computer(say), *_packages(say), _disk(say), *_policy(say)]
    checks += asyncio.run(_model(wanted, say))
    if options.json:
        sys.stdout.write(json.dumps(report(checks), indent=2) + "\n")
    else:
        _show(checks)
    return 0 if report(checks)["ok"] else 1


def report(checks: Iterable[Check]) -> dict[str, Any]:
    """The checks as data."""
    listed = list(checks)
    return {
        "ok": all(check.state != "problem" for check in listed),
        "checks": [msgspec.to_builtins(check) for check in listed],
    }


def _show(checks: list[Check]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for check in checks:
        word, style = _MARKS[check.state]
        console.print(Text(f"{word:>7}  ", style).append(f"{check.text} [{check.code}]", "default"))
        if check.advice:
            console.print(Text(f"{'':>7}  -> {check.advice}"))


# --- the computer --------------------------------------------------------------------------


def _computer(say: prompts.Messages) -> list[Check]:
    about = machine.describe()
    values = {"system": about["system"], "cpu": about["cpu"], "python": about["python"]}
    total, free = memory.total(), memory.available()
    ram = {"total": total // _MB, "free": free // _MB, "cores": about["cores"]}
    return [
        Check("computer", "ok", say.say("doctor-computer", **values), data=about),
        _cpu(say),
        Check(
            "memory",
            "ok" if free >= LITTLE_MEMORY else "warning",
            say.say("doctor-memory", **ram),
            "" if free >= LITTLE_MEMORY else say.say("doctor-memory-little"),
            {"total_mb": ram["total"], "available_mb": ram["free"], "cores": ram["cores"]},
        ),
    ]


def _cpu(say: prompts.Messages) -> Check:
    """AVX2 is what the prebuilt wheels of llama-cpp-python are compiled for."""
    found = machine.has_avx2()
    if found is False:
        return Check("cpu", "warning", say.say("doctor-cpu-old"), say.say("doctor-cpu-old-do"))
    key = "doctor-cpu-avx2" if found else "doctor-cpu-unknown"
    return Check("cpu", "ok", say.say(key), data={"avx2": found})


def _packages(say: prompts.Messages) -> list[Check]:
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


def _disk(say: prompts.Messages) -> Check:
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


def _policy(say: prompts.Messages) -> list[Check]:
    """The teacher's policy that holds in the folder we are in."""
    found = policy.read(policy.paths(Path.cwd()))
    wrong = [Check(each.code, "warning", say.error(each)) for each in found.problems]
    if not found.files:
        return [*wrong, Check("policy", "ok", say.say("doctor-policy-none"))]
    stated = policy.differences(found.policy)
    files = ", ".join(str(path) for path in found.files)
    listed = ", ".join(f"{name}: {value}" for name, value in stated.items())
    text = say.say("doctor-policy", files=files, listed=listed)
    return [*wrong, Check("policy", "ok", text, data=stated)]


# --- the model -----------------------------------------------------------------------------


async def _model(wanted: Settings, say: prompts.Messages) -> list[Check]:
    """The choice and its speed. "auto" goes by speeds: what nobody measured is measured first."""
    automatic = wanted.model.name.casefold() == models.AUTO
    measured = {
        model.name: await _speed(wanted, model.name, say)
        for model in (models.installed() if automatic else [])
        if model.name not in state.load().speeds
    }
    checks = [*measured.values(), _auto(say)]
    try:
        found = models.resolve(wanted.model.name)
    except PippyError as error:
        return [*checks, _broken(error, say)]
    data = {"name": found.name, "path": str(found.path), "setting": wanted.model.name}
    checks.append(Check("model", "ok", say.say("doctor-model", **data), data=data))
    if found.name not in measured:
        name = str(found.path) if found.entry is None else found.name
        checks.append(await _speed(wanted, name, say))
    return checks


async def _speed(wanted: Settings, name: str, say: prompts.Messages) -> Check:
    """Load the model and time it."""
    model = msgspec.structs.replace(wanted.model, name=name)
    try:
        return await _measured(msgspec.structs.replace(wanted, model=model), say)
    except PippyError as error:
        return _broken(error, say)


def _broken(error: PippyError, say: prompts.Messages) -> Check:
    return Check(error.code, "problem", say.error(error), data=dict(error.details))


def _auto(say: prompts.Messages) -> Check:
    choice = models.auto_choice()
    why = say.say(choice.why, **choice.values)
    text = say.say("doctor-auto", name=choice.name, why=why)
    return Check("auto", "ok", text, data={"name": choice.name, "why": choice.why})


async def _measured(wanted: Settings, say: prompts.Messages) -> Check:
    """Raises: ModelError, EngineError."""
    async with loaded(wanted) as engine:
        usage = await measure(engine)
        model = await engine.ready()
    prompt_tps, decode_tps = speeds(usage)
    data: dict[str, Any] = {
        "name": model.name,
        "load_s": round(model.load_seconds, 1),
        "prompt_tokens_per_s": round(prompt_tps),
        "decode_tokens_per_s": round(decode_tps, 1),
    }
    advice = say.say("doctor-speed-slow") if decode_tps < SLOW_DECODE else ""
    try:
        models.remember_speed(model.name, prompt_tps, decode_tps)
    except OSError:
        advice = " ".join([advice, say.say("doctor-speed-forgotten")]).strip()
    text = say.say("doctor-speed", **data)
    return Check("speed", "warning" if advice else "ok", text, advice, data)


async def measure(engine: Engine) -> Usage:
    """What a prompt that is in no cache and a steady stream of tokens cost.

    Raises: EngineError.
    """
    # The first request also pays for memory that is touched for the first time.
    await complete(engine, Request(Infill("x = ", header="# warm up\n"), max_tokens=2))
    prefix = "".join(_SAMPLE.format(n=number) for number in range(MEASURED_PROMPT))
    asked = Request(Infill(prefix, heal=False), max_tokens=MEASURED_TOKENS)
    return (await complete(engine, asked)).usage


def speeds(usage: Usage) -> tuple[float, float]:
    """Tokens a second: of the prompt, of the answer; 0 where nothing was measured."""
    prompt = 1000 * usage.evaluated / usage.first_ms if usage.first_ms > 0 else 0.0
    rest = usage.total_ms - usage.first_ms
    decode = 1000 * (usage.generated - 1) / rest if rest > 0 and usage.generated > 1 else 0.0
    return prompt, decode
