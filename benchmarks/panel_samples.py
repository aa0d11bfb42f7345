"""The answers that every vote is computed from: sampled once, and kept in a file.

A line of the file is one problem in one arm. A run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.mbpp import Row
from pippy_lsp import prompts
from pippy_lsp.agents import roles
from pippy_lsp.agents.roles import Role
from pippy_lsp.engine.protocol import Chat, Engine, Message, Request, Sampling, complete
from pippy_lsp.errors import UsageError
from pippy_lsp.prompts import Prompt

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

import msgspec

MOST = 10
"""Answers in the largest panel."""
TOKENS = 192
STOP = ("```",)
ROLES, PAPER = "roles", "paper"
"""The product's panel: the roles in turn, the first answer greedy. The paper's: one role, with
temperature 1 and nothing cut off (Li et al., arXiv 2402.05120)."""
_PAPER_SAMPLING = Sampling(temperature=1.0, top_k=0, top_p=1.0)


@dataclass(frozen=True)
class Sample:
    """One answer, and what it cost in tokens."""

    role: str
    text: str
    prompt: int
    evaluated: int
    generated: int


@dataclass(frozen=True)
class Answers:
    """All answers to one problem in one arm."""

    number: int
    """The problem's task_id."""
    arm: str
    samples: tuple[Sample, ...]
    seconds: float
    """Wall time for all of them."""


def toml(name: str) -> Prompt:
    """The words for the model in a file beside this one."""
    return msgspec.convert(tomllib.loads(Path(__file__).with_name(name).read_text("utf-8")), Prompt)


def prompt() -> Prompt:
    """What the model is told of a problem."""
    return toml("panel.toml")


def request(words: Prompt, row: Row, role: Role, sampling: Sampling) -> Request:
    """The problem as it is put to a role."""
    told = words.render(who=role.who, problem=row.problem, test=row.shown)
    messages = (Message("system", told.system.strip()), Message("user", told.user.strip()))
    return Request(Chat(messages, told.opening), TOKENS, STOP, sampling)


def asked(words: Prompt, row: Row, arm: str, count: int) -> list[tuple[str, Request]]:
    """The requests of an arm, with the names of their roles."""
    team = roles.panel(prompts.DEFAULT_LANGUAGE)
    found = []
    for number in range(count):
        role = team[number % len(team)] if arm == ROLES else team[0]
        sampling = role.sample(number)
        if arm == PAPER:
            sampling = msgspec.structs.replace(_PAPER_SAMPLING, seed=number)
        found.append((role.name, request(words, row, role, sampling)))
    return found


async def sample(engine: Engine, row: Row, arm: str, count: int = MOST) -> Answers:
    """Ask for all answers at the same time. Raises: EngineError."""
    wanted = asked(prompt(), row, arm, count)
    began = time.perf_counter()
    results = await asyncio.gather(*(complete(engine, each) for _, each in wanted))
    seconds = time.perf_counter() - began
    samples = tuple(
        Sample(role, one.text, one.usage.prompt, one.usage.evaluated, one.usage.generated)
        for (role, _), one in zip(wanted, results, strict=True)
    )
    return Answers(row.number, arm, samples, seconds)


async def fill(
    engine: Engine,
    rows: Sequence[Row],
    arms: dict[str, int],
    file: Path,
    step: Callable[[], None],
) -> None:
    """Sample what `file` has not yet: `arms` says how many answers each takes. `step` is called
    after each.

    Raises: EngineError, UsageError, OSError.
    """
    have = {(each.number, each.arm) for each in read(file)}
    for row in rows:
        for arm, count in arms.items():
            if (row.number, arm) not in have:
                found = await sample(engine, row, arm, count)
                with file.open("a", encoding="utf-8") as out:
                    out.write("\n" + json.dumps(asdict(found)))
            step()


def read(file: Path) -> list[Answers]:
    """What was sampled; nothing where there is no file.

    Raises: UsageError when the file is not one of ours.
    """
    found: list[Answers] = []
    try:
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(what=f"{file} can't be read. Name another file with --samples.") from error
    for line in lines:
        # a run that was broken off leaves half a line
        with contextlib.suppress(msgspec.MsgspecError):
            found.append(msgspec.json.decode(line, type=Answers))
    if lines and not found:
        raise UsageError(what=f"{file} holds no answers. Name another file with --samples.")
    return found
