"""The command pippy.doctor: how things stand, shown in the editor, for a child or a teacher."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from pippy_lsp import checkup
from pippy_lsp.checkup import Check
from pippy_lsp.features.base import PippyServer

DOCTOR = "pippy.doctor"


def register(server: PippyServer) -> None:
    """Answer the command."""

    @server.command(DOCTOR)
    async def doctor(ls: PippyServer) -> dict[str, Any]:
        say, folder = ls.messages, ls.root
        checks = await asyncio.to_thread(checkup.everything, say, folder)
        checks.append(checkup.spared(say, ls.sparing.reason))
        checks += [_model(ls), *checkup.panel(say, ls.chair.report()), _suggestions(ls)]
        ls.background(ls.show(say.say("doctor-title"), _markdown(checks)))
        return {"checks": [dataclasses.asdict(check) for check in checks]}


def _model(ls: PippyServer) -> Check:
    status, say = ls.engine.status, ls.messages
    error = ls.error_of(status)
    if error is not None:
        return Check(error.code, "problem", say.error(error), data=dict(error.details))
    if status.model is None:
        return Check("model", "ok", say.say(f"status-{status.phase}"))
    values = {"name": status.model.name, "speed": round(status.model.speed)}
    return Check("model", "ok", say.say("doctor-running", **values), data=values)


def _suggestions(ls: PippyServer) -> Check:
    """What became of suggestions since the server was started."""
    values = dataclasses.asdict(ls.figures)
    return Check("suggestions", "ok", ls.messages.say("doctor-suggestions", **values), data=values)


def _markdown(checks: list[Check]) -> str:
    lines = [f"- {check.text} {check.advice}".rstrip() for check in checks]
    return "\n".join(lines)
