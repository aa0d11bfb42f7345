"""`pippy-lsp doctor`: is this computer fit, what does "auto" choose and why, how fast is it."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from pippy_lsp import checkup, prompts, sparing
from pippy_lsp.agents import cost
from pippy_lsp.checkup import Check, Mark
from pippy_lsp.cli_common import command_settings, loaded
from pippy_lsp.engine import models, state
from pippy_lsp.engine.protocol import Engine, Infill, ModelInfo, Request, Usage, complete
from pippy_lsp.errors import PippyError
from pippy_lsp.settings import Settings

_MARKS: dict[Mark, tuple[str, str]] = {
    "ok": ("ok", "green"),
    "warning": ("warning", "yellow"),
    "problem": ("problem", "bold red"),
}
SLOW_DECODE = 5.0
"""Tokens a second; ghost text of a line takes more than two seconds below it."""
MEASURED_PROMPT, MEASURED_TOKENS = 6, 48
"""How often the sample is repeated in the prompt, and how many tokens are generated."""
_SAMPLE = "def add_{n}(first, second):\n    total = first + second + {n}\n    return total\n\n\n"


def run(options: argparse.Namespace) -> int:
    """Check everything and print it; 1 when something is broken."""
    wanted = command_settings(options.model)
    say = prompts.messages(wanted.language)
    checks = checkup.everything(say, Path.cwd())
    checks.append(checkup.spared(say, sparing.now(wanted.sparing)))
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


# --- the model -----------------------------------------------------------------------------


async def _model(wanted: Settings, say: prompts.Messages) -> list[Check]:
    """The choice and its speed. "auto" goes by speeds: what nobody measured is measured first."""
    if wanted.model.server:
        return [await _speed(wanted, wanted.model.name, say)]
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
    return checks + checkup.panel(say, cost.report(wanted.panel, ModelInfo(found.name, "")))


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
        panel = await cost.measure(engine)
        model = await engine.ready()
    prompt_tps, decode_tps = speeds(usage)
    data: dict[str, Any] = {
        "name": model.name,
        "load_s": round(model.load_seconds, 1),
        "prompt_tokens_per_s": round(prompt_tps),
        "decode_tokens_per_s": round(decode_tps, 1),
    }
    if wanted.model.server:
        where = {**data, "server": wanted.model.server}
        return Check("server", "ok", say.say("doctor-server", **where), data=where)
    advice = say.say("doctor-speed-slow") if decode_tps < SLOW_DECODE else ""
    try:
        models.remember_speed(model.name, prompt_tps, decode_tps, panel)
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
