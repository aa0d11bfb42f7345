"""Whether a panel explains better than one answer: `python -m benchmarks.panel_words`.

    python -m benchmarks.panel_words [--model NAME] [--rows N] [--seed N] [--size 5]
                                     [--samples FILE] [--stored]

Statements of children's programs are explained three times over: by one answer, by the panel's
medoid, and in stages (the expert drafts, the checks judge, the teacher says it for a child). All
of the panel's answers are sampled once; one answer is the first of them. Counted are the sentences
that speak of a name, a number or a text which the code does not have: false, as far as the fact
checks can tell. What is shown passed them; the other figure is how often nothing is left to show.
The counts are kept in a file: a run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import contextlib
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs

from benchmarks import results, stats
from benchmarks.infill_report import progress
from benchmarks.panel_report import percent
from benchmarks.panel_samples import toml
from benchmarks.raw import READY_SECONDS
from benchmarks.terminal import refused
from benchmarks.traces import data_folder, programs
from pippy_lsp import prompts
from pippy_lsp.agents import roles
from pippy_lsp.agents.chair import Question
from pippy_lsp.agents.votes import Candidate
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Chat, Engine, Message, Request, Sampling, complete
from pippy_lsp.errors import PippyError, UsageError
from pippy_lsp.settings import ModelSettings
from pippy_lsp.teaching import factcheck, subject
from pippy_lsp.teaching.explain import Explainer
from pippy_lsp.teaching.program import read
from pippy_lsp.teaching.subject import Subject

LEVEL = 2
_TOGETHER = 2
"""Statements that are explained at the same time."""
ONE, PANEL, STAGES = "one answer", "the panel", "in stages"


@dataclass(frozen=True)
class Said:
    """What one way said of a statement."""

    sentences: int
    false: int
    """Of these, those that the fact checks do not let pass."""
    shown: bool
    """Whether something was left to show."""
    tokens: int


Row = dict[str, Said]


def subjects(folder: Path, count: int, seed: int) -> list[Subject]:
    """Statements of the programs, drawn by chance; no imports, and no docstrings."""
    found: dict[str, Subject] = {}
    for text in programs(folder).values():
        program = read(text)
        for node in filter(_explained, ast.walk(program.tree)):
            row = getattr(node, "lineno", 1) - 1
            one = subject.find(program, row, row, prompts.DEFAULT_LANGUAGE)
            if one is not None:
                found[one.key] = one
    return random.Random(seed).sample(list(found.values()), len(found))[:count]


def _explained(node: ast.AST) -> bool:
    kinds = (ast.Assign, ast.AugAssign, ast.For, ast.While, ast.If)
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return isinstance(node, kinds) or called


class Explaining:
    """Explains with one model in all ways."""

    def __init__(self, engine: Engine, size: int) -> None:
        self._engine = engine
        self._size = size
        self._explainer = Explainer(engine)
        self._words = toml("panel_words.toml")

    async def row(self, found: Subject) -> Row:
        """One subject, explained in all ways. Raises: EngineError."""
        question = self._explainer.question(found, LEVEL)
        (teacher,) = question.roles
        drawn = range(self._size)
        results = await asyncio.gather(
            *(self._said(question.build(teacher, teacher.sample(number))) for number in drawn)
        )
        passed = [Candidate(text) for text, _ in results if question.judge(text)]
        best = question.vote(passed).text if passed else results[0][0]
        staged = await self._stages(question)
        return {
            ONE: judged(found, question, *results[0]),
            PANEL: judged(found, question, best, sum(tokens for _, tokens in results)),
            STAGES: judged(found, question, *staged),
        }

    async def _stages(self, question: Question) -> tuple[str, int]:
        """The expert's draft, said by the teacher where the checks let both pass."""
        expert, teacher = roles.load("expert"), roles.load("teacher")
        draft, spent = await self._said(question.build(expert, Sampling()))
        if not question.judge(draft):
            return draft, spent
        told = self._words.render(who=teacher.who, draft=draft)
        messages = (Message("system", told.system.strip()), Message("user", told.user.strip()))
        said, more = await self._said(Request(Chat(messages, told.opening), 96, ("\n\n",)))
        return (said if question.judge(said) else draft), spent + more

    async def _said(self, request: Request) -> tuple[str, int]:
        """What the model says, with the opening, and its tokens."""
        result = await complete(self._engine, request)
        opening = request.prompt.opening if isinstance(request.prompt, Chat) else ""
        text = f"{opening} {result.text.removeprefix(opening).lstrip()}"
        return text, result.usage.generated


def judged(found: Subject, question: Question, text: str, tokens: int) -> Said:
    """Count what the checks think of it; a last sentence that was cut does not count."""
    parts = factcheck.sentences(text)
    parts = parts[:-1] if len(parts) > 1 and parts[-1][-1] not in ".!?" else parts
    wrong = sum(not factcheck.grounded(part, found.known) for part in parts)
    return Said(len(parts), wrong, question.judge(text) is not None, tokens)


def table(rows: Sequence[Row], seed: int) -> str:
    """The ways side by side, in Markdown."""
    head = "| explained by | statements | false sentences | points more than one answer "
    told = [f"{head}| nothing left to show | tokens, x one |", "|---|---|---|---|---|---|"]
    shares = {name: [_share(row[name]) for row in rows] for name in (ONE, PANEL, STAGES)}
    one = sum(row[ONE].tokens for row in rows)
    for name, mine in shares.items():
        wrong = stats.bootstrap(mine, seed=seed)
        more = stats.difference(mine, shares[ONE], seed=seed)
        lost = stats.wilson(sum(not row[name].shown for row in rows), len(rows))
        tokens = sum(row[name].tokens for row in rows) / one
        told.append(
            f"| {name} | {len(rows)} | {percent(wrong)} | {percent(more, '+.1f')} | "
            f"{percent(lost)} | {tokens:.2f} |"
        )
    return "\n".join(told)


def figures(rows: Sequence[Row], seed: int) -> list[results.Figure]:
    """The same for the results."""
    found, n = [], len(rows)
    for name in (ONE, PANEL, STAGES):
        mine = [_share(row[name]) for row in rows]
        lost = stats.wilson(sum(not row[name].shown for row in rows), n)
        wrong = stats.bootstrap(mine, seed=seed)
        found.append(results.figure("false sentences", wrong, n, "%", name))
        found.append(results.figure("nothing left to show", lost, n, "%", name))
    return found


def _share(said: Said) -> float:
    return said.false / said.sentences if said.sentences else 0.0


@dataclass(frozen=True)
class Counted:
    """What a line of the file holds."""

    key: str
    """Tells the statement from all others."""
    size: int
    """Answers in the panel."""
    row: Row


def known(file: Path, size: int) -> dict[str, Row]:
    """What was counted of panels of that size; nothing where there is no file."""
    found: dict[str, Row] = {}
    for line in file.read_text("utf-8").splitlines() if file.exists() else []:
        # a run that was broken off leaves half a line
        with contextlib.suppress(msgspec.MsgspecError):
            one = msgspec.json.decode(line, type=Counted)
            found.update({one.key: one.row} if one.size == size else {})
    return found


async def count(given: argparse.Namespace, wanted: Sequence[Subject], file: Path) -> None:
    """Explain what was not yet; each is written down at once. Raises: ModelError, EngineError."""
    gate, engine = asyncio.Semaphore(_TOGETHER), LlamaEngine(ModelSettings(name=given.model))
    explaining = Explaining(engine, given.size)

    async def one(found: Subject, step: Callable[[str], None]) -> None:
        async with gate:
            row = await explaining.row(found)
        with file.open("ab") as out:
            out.write(b"\n" + msgspec.json.encode(Counted(found.key, given.size, row)))
        step("statements")

    try:
        await engine.ready(READY_SECONDS)
        with progress() as step:
            await asyncio.gather(*(one(each, step) for each in wanted))
    finally:
        await engine.close()


def counted(given: argparse.Namespace) -> list[Row]:
    """The counts of all statements that are asked for, as far as there are any.

    Raises: ModelError, EngineError, UsageError, OSError.
    """
    folder = platformdirs.user_cache_path("pippy-lsp")
    file = given.samples or folder / f"benchmarks-panel-words-{Path(given.model).name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    wanted, have = (
        subjects(data_folder(given.data), given.rows, given.seed),
        known(file, given.size),
    )
    left = [each for each in wanted if each.key not in have]
    if left and not given.stored:
        asyncio.run(count(given, left, file))
        have = known(file, given.size)
    rows = [have[each.key] for each in wanted if each.key in have]
    if not rows:
        raise UsageError(what=f"{file} has no counts of these statements: leave --stored out.")
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.panel_words", description=__doc__)
    add = parser.add_argument
    add("--model", default="qwen2.5-coder-0.5b-instruct", help="a name of the registry, or a path")
    add("--rows", type=int, default=50, help="statements, drawn by chance")
    add("--seed", type=int, default=1)
    add("--size", type=int, default=5, help="answers in the panel")
    add("--stored", action="store_true", help="ask nothing: take what the file has")
    add("--data", help="the folder with the data (default: $PIPPY_BENCH_DATA)")
    add("--samples", type=Path, help="the file of the counts (default: one in the cache)")
    add("--json", type=Path, help="write all counts to this file")
    given = parser.parse_args(arguments)
    try:
        rows = counted(given)
    except PippyError as error:
        return refused(error)
    print(f"{given.model}, children's programs, seed {given.seed}, panel of {given.size}\n")
    print(table(rows, given.seed))
    told = results.Found(figures(rows, given.seed), given.seed, [given.model], (), rows)
    results.write(given.json, "panel_words", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
