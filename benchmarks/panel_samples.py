"""The answers that every vote is computed from: sampled once, and kept in a file.

A line of the file is one problem in one arm, or the answers that were asked later of it. A run that
was broken off goes on where it stopped. Several problems are asked at once, as on a computer that
waits for its memory a batch of eight is written in little more time than one answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
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
TOGETHER = 4
"""Problems that are asked at the same time: the worker writes eight answers in a batch, and those
that are the last of a problem should not be alone in it."""
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


async def sample(engine: Engine, row: Row, arm: str, count: int = MOST, have: int = 0) -> Answers:
    """Ask at the same time for all answers after the first `have`. Raises: EngineError."""
    wanted = asked(prompt(), row, arm, count)[have:]
    results = await asyncio.gather(*(complete(engine, each) for _, each in wanted))
    samples = tuple(
        Sample(role, one.text, one.usage.prompt, one.usage.evaluated, one.usage.generated)
        for (role, _), one in zip(wanted, results, strict=True)
    )
    return Answers(row.number, arm, samples)


def missing(
    known: Sequence[Answers], rows: Sequence[Row], arms: dict[str, int]
) -> list[tuple[Row, str, int, int]]:
    """What is still to be asked: the problem, the arm, how many answers it has and is to have."""
    have = {(each.number, each.arm): len(each.samples) for each in known}
    wanted = [(row, arm, have.get((row.number, arm), 0), arms[arm]) for row in rows for arm in arms]
    return [each for each in wanted if each[2] < each[3]]


async def fill(
    engine: Engine,
    rows: Sequence[Row],
    arms: dict[str, int],
    file: Path,
    step: Callable[[], None],
    together: int = TOGETHER,
) -> None:
    """Sample what `file` has not yet: `arms` says how many answers each takes. `step` is called
    after each; `together` problems are on their way at once.

    Raises: EngineError, UsageError, OSError.
    """
    gate = asyncio.Semaphore(together)

    async def one(row: Row, arm: str, have: int, count: int) -> None:
        async with gate:
            keep(file, await sample(engine, row, arm, count, have))
        step()

    wanted = missing(read(file), rows, arms)
    tasks = [asyncio.ensure_future(one(*each)) for each in wanted]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def keep(file: Path, found: Answers) -> None:
    """Write them down. Raises: OSError."""
    with file.open("a", encoding="utf-8") as out:
        out.write("\n" + json.dumps(asdict(found)))


def read(file: Path) -> list[Answers]:
    """What was sampled, one for each problem in each arm; nothing where there is no file.

    Raises: UsageError when the file is not one of ours.
    """
    found: dict[tuple[int, str], Answers] = {}
    try:
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(what=f"{file} can't be read. Name another file with --samples.") from error
    for line in lines:
        # a run that was broken off leaves half a line
        with contextlib.suppress(msgspec.MsgspecError):
            more = msgspec.json.decode(line, type=Answers)
            before = found.get((more.number, more.arm), replace(more, samples=()))
            whole = replace(before, samples=(*before.samples, *more.samples))
            found[more.number, more.arm] = whole
    if lines and not found:
        raise UsageError(what=f"{file} holds no answers. Name another file with --samples.")
    return list(found.values())
