"""Whether a panel explains better than one answer: `python -m benchmarks.panel_words`.

    python -m benchmarks.panel_words [--model NAME] [--rows N] [--seed N] [--size 5] [--json FILE]

Statements of children's programs are explained three times over: by one answer, by the panel's
medoid, and in stages (the expert drafts, the checks judge, the teacher says it for a child). All
of the panel's answers are sampled once; one answer is the first of them. Counted are the sentences
that speak of a name, a number or a text which the code does not have: false, as far as the fact
checks can tell. What is shown passed them; the other figure is how often nothing is left to show.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import results, stats
from benchmarks.infill_report import progress
from benchmarks.panel_report import percent
from benchmarks.panel_samples import toml
from benchmarks.raw import READY_SECONDS
from benchmarks.traces import data_folder, programs
from pippy_lsp import prompts
from pippy_lsp.agents import roles
from pippy_lsp.agents.chair import Question
from pippy_lsp.agents.votes import Candidate
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Chat, Engine, Message, Request, Sampling, complete
from pippy_lsp.errors import PippyError
from pippy_lsp.settings import ModelSettings
from pippy_lsp.teaching import factcheck, subject
from pippy_lsp.teaching.explain import Explainer
from pippy_lsp.teaching.program import read
from pippy_lsp.teaching.subject import Subject

LEVEL = 2
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
    return random.Random(seed).sample(list(found.values()), min(count, len(found)))


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


async def run(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Explain all; what was found is written after each. Raises: ModelError, EngineError."""
    found: list[Row] = []
    engine = LlamaEngine(ModelSettings(name=given.model))
    try:
        await engine.ready(READY_SECONDS)
        explaining = Explaining(engine, given.size)
        with progress() as step:
            for each in subjects(folder, given.rows, given.seed):
                found.append(await explaining.row(each))
                step("statements")
                told = results.Found(
                    figures(found, given.seed), given.seed, [given.model], (), found
                )
                results.write(given.json, "panel_words", told)
    finally:
        await engine.close()
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.panel_words", description=__doc__)
    add = parser.add_argument
    add("--model", default="qwen2.5-coder-0.5b-instruct", help="a name of the registry, or a path")
    add("--rows", type=int, default=50, help="statements, drawn by chance")
    add("--seed", type=int, default=1)
    add("--size", type=int, default=5, help="answers in the panel")
    add("--data", help="the folder with the data (default: $PIPPY_BENCH_DATA)")
    add("--json", type=Path, help="write all counts to this file")
    given = parser.parse_args(arguments)
    try:
        rows = asyncio.run(run(given, data_folder(given.data)))
    except PippyError as error:
        print(prompts.messages(prompts.DEFAULT_LANGUAGE).error(error), file=sys.stderr)
        return 2
    print(f"{given.model}, children's programs, seed {given.seed}, panel of {given.size}\n")
    print(table(rows, given.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
