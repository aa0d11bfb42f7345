"""Every vote on the same stored answers, by the product's own panel: only the model is replayed."""

from __future__ import annotations

import ast
import asyncio
import builtins
import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.mbpp import Row
from benchmarks.panel_samples import Sample
from benchmarks.sandbox import Outcomes, Sandbox
from pippy_lsp.agents import inputs, panel, roles, votes
from pippy_lsp.agents.behaviour import Behaviour, Trial
from pippy_lsp.agents.cost import Pace
from pippy_lsp.agents.panel import Rules
from pippy_lsp.agents.sandbox.box import Outcome, Task
from pippy_lsp.agents.votes import Vote
from pippy_lsp.engine.protocol import (
    Chat,
    ModelInfo,
    Request,
    Result,
    Status,
    StatusListener,
    Usage,
)

NEVER = 2.0
"""A panel that is never sure hears all its answers."""


@dataclass(frozen=True)
class Found:
    """What a vote took from a row's answers."""

    passed: bool
    tokens: int
    """Written until the vote was settled."""
    answers: int
    steps: float
    """Time, reckoned: in steps of one answer alone."""


class _Stream:
    """One answer: all of a batch write a token in each turn of the event loop."""

    def __init__(self, sample: Sample) -> None:
        usage = Usage(sample.prompt, sample.evaluated, sample.generated)
        self.result = Result(sample.text, "stop", usage)
        self.written = 0

    async def __aiter__(self) -> AsyncIterator[str]:
        for _ in range(self.result.usage.generated):
            await asyncio.sleep(0)
            self.written += 1
        yield self.result.text


class Replay:
    """An engine that gives the stored answers in their order, each after as many turns as it has
    tokens, and keeps what was written together.
    """

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._left = list(samples)
        self._open = 0
        self._rounds: list[list[_Stream]] = []
        self.status = Status("ready", ModelInfo("replay", ""))

    @property
    def rounds(self) -> list[list[int]]:
        """Tokens of the answers of each batch; of those that were stopped, up to then."""
        return [[stream.written for stream in each] for each in self._rounds]

    def on_status(self, listener: StatusListener) -> None:
        """Nothing ever changes."""

    async def start(self) -> None:
        """There is no worker."""

    async def ready(self, timeout: float | None = None) -> ModelInfo:  # noqa: ARG002
        """It always is."""
        return ModelInfo("replay", "")

    async def close(self) -> None:
        """There is no worker."""

    @asynccontextmanager
    async def generate(self, request: Request) -> AsyncIterator[_Stream]:  # noqa: ARG002
        """The next answer."""
        stream = _Stream(self._left.pop(0))
        if not self._open:
            self._rounds.append([])
        self._rounds[-1].append(stream)
        self._open += 1
        try:
            yield stream
        finally:
            self._open -= 1


def steps(lengths: Sequence[int], more: float = Pace(0).more) -> float:
    """How long a batch takes whose answers have these lengths, in steps of one answer alone: each
    further answer makes a step so much longer, until it ends.
    """
    total, before = 0.0, 0
    for ended, length in enumerate(sorted(lengths)):
        total += (length - before) * (1 + more * (len(lengths) - ended - 1))
        before = length
    return total


def name_of(row: Row) -> str:
    """The function that the shown test calls: `sorted` and `math.isclose` only compare."""
    called = (
        node.func.id
        for node in ast.walk(inputs.parsed(row.shown))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    return next((name for name in called if not hasattr(builtins, name)), "")


def loads(row: Row, text: str) -> str | None:
    """The answer's code, where it parses and has the function; this is all that the paper drops."""
    code = text.replace("\r\n", "\n").strip("\n")
    return code if any(each.name == name_of(row) for each in inputs.functions(code)) else None


def trial(row: Row, *, example: bool) -> Trial:
    """How answers are run: on the arguments of the shown test and on some made of them."""
    known = inputs.calls_in(row.shown, name_of(row))
    calls = tuple([*known, *inputs.made_from(known)][: inputs.MOST])
    lines = "\n".join(row.imports)
    shown = (f"({row.shown.removeprefix('assert').strip()}) is True",) if example else ()
    return Trial(lambda code: Task(f"{lines}\n{code}", calls), shown)


BLEU, AST, RUN, SHOWN = "BLEU (the paper's)", "AST", "behaviour", "behaviour, example first"
VOTES = (BLEU, AST, RUN, SHOWN)


class Judge:
    """Computes what each vote takes, and remembers what programs were run."""

    def __init__(self, *, unseen: bool = False) -> None:
        """`unseen` judges answers by the tests that the model was not shown."""
        self._unseen = unseen
        self._sandbox, self._ran = Sandbox(), Outcomes()
        self._behaviours: dict[tuple[int, str], Behaviour] = {}

    def passes(self, row: Row, text: str) -> bool:
        """Whether an answer passes the tests."""
        code = loads(row, text)
        if code is None:
            return False
        return self._sandbox.passes(row.program(code, unseen=self._unseen))

    def _vote(self, row: Row, name: str) -> Vote:
        """The vote of that name; a row's answers are run once for all panels."""
        if name in (BLEU, AST):
            return votes.by_similarity if name == BLEU else votes.by_ast
        key = row.number, name
        if key not in self._behaviours:
            self._behaviours[key] = self._behaviour(row, example=name == SHOWN)
        return self._behaviours[key].vote

    def _behaviour(self, row: Row, *, example: bool) -> Behaviour:
        shown = trial(row, example=True).examples

        def run(tasks: Sequence[Task]) -> list[Outcome]:
            """The example is run in any case, so that both votes share the runs."""
            given = [each if example else Task(each.program, shown + each.calls) for each in tasks]
            found = self._ran.run_all(given)
            hidden = 0 if example else len(shown)
            return [dataclasses.replace(each, calls=each.calls[hidden:]) for each in found]

        return Behaviour(trial(row, example=example), run)

    def vote(self, row: Row, samples: Sequence[Sample], name: str, sure: float = NEVER) -> Found:
        """What a panel of these answers takes, when it stops as soon as it is so sure."""
        rules, replay = Rules(len(samples), sure), Replay(samples)
        # Beside the event loop, its turns would go on while a program runs.
        counted = dataclasses.replace(self._vote(row, name), slow=False)
        verdict = asyncio.run(
            panel.ask(
                replay,
                roles.panel(),
                lambda _role, sampling: Request(Chat(()), sampling=sampling),
                lambda text: loads(row, text),
                counted,
                rules,
            )
        )
        all_heard = [[sample.generated for sample in samples]]
        rounds = all_heard if sure == NEVER else replay.rounds
        passed = verdict.text is not None and self.passes(row, verdict.text)
        heard = [length for each in rounds for length in each]
        return Found(passed, sum(heard), len(heard), sum(steps(each) for each in rounds))
