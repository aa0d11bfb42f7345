"""Any job's way to a panel: who sits on it, for how long, and how it votes is decided here.

chair = Chair(engine, settings.panel, sandbox=settings.sandbox)
verdict = await chair.again(request, judge)                    # the same request, some times
verdict = await chair.ask(Question(build, judge, roles=team))  # each role has its own words
verdict.text
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from pippy_lsp.agents import cost, panel, roles, votes
from pippy_lsp.agents.behaviour import Behaviour, Trial
from pippy_lsp.agents.panel import Builder, Judge, Rules, Verdict
from pippy_lsp.agents.roles import Role
from pippy_lsp.agents.votes import Vote
from pippy_lsp.engine.protocol import Engine, Request, Sampling
from pippy_lsp.settings import PanelSize

_TRIES = 2
"""Answers at most where no panel sits: a second one where the judge refuses the first."""


@dataclass(frozen=True)
class Question:
    """What a panel is asked."""

    build: Builder
    """Makes a role's request."""
    judge: Judge
    """Gives the text to use, or None to refuse an answer."""
    roles: Sequence[Role]
    vote: Vote = votes.by_similarity
    """How the answers vote where they are not run."""
    trial: Trial | None = None
    """How they are run; None where they can't be."""
    tokens: int = cost.USUAL
    """Of a usual answer: the cost is reckoned with it."""
    enough: Callable[[str], bool] | None = None
    """Tells that an answer is long enough."""
    tries: int = _TRIES
    """Answers at most where no panel sits."""
    gains: bool = True
    """Whether a panel was found to answer better; else `auto` has none (see docs/panel.md)."""


class Chair:
    """Holds panels with one engine, by these settings."""

    def __init__(self, engine: Engine, size: PanelSize = "auto", *, sandbox: bool = True) -> None:
        self._engine = engine
        self._size: PanelSize = size
        self._sandbox = sandbox

    def size(self, question: Question) -> int:
        """How many answers the question's panel has now; 1 is none."""
        if self._size == "auto" and not question.gains:
            return 1
        known = self._sandbox and question.trial is not None and question.trial.examples
        most = cost.FULL if known else cost.SMALL
        return cost.size(self._size, cost.pace(self._engine.status.model), question.tokens, most)

    def report(self) -> dict[str, int | float]:
        """What a panel costs here; see `cost.report`."""
        return cost.report(self._size, self._engine.status.model)

    async def ask(self, question: Question) -> Verdict:
        """Put the question to a panel, or to one role where there is no time for more.

        Raises: as `Engine.generate`.
        """
        count = self.size(question)
        trial = question.trial if self._sandbox and count > 1 else None
        vote = Behaviour(trial).vote if trial else question.vote
        # What gives what the examples say needs nobody who agrees.
        certain = count == 1 or bool(trial and trial.examples)
        most = question.tries if count == 1 else count
        rules = Rules(most, panel.FIRST if certain else panel.AGREED, question.enough)
        team, build, judge = question.roles, question.build, question.judge
        return await panel.ask(self._engine, team, build, judge, vote, rules)

    async def again(
        self,
        request: Request,
        judge: Judge = str,
        vote: Vote = votes.by_similarity,
        trial: Trial | None = None,
    ) -> Verdict:
        """Answer one request several times, the first time as it stands; the answers vote.

        Raises: as `Engine.generate`.
        """

        def build(_role: Role, sampling: Sampling) -> Request:
            if sampling.temperature == 0:
                return request
            return msgspec.structs.replace(request, sampling=sampling)

        anyone = [roles.load(roles.NAMES[0])]
        tokens = min(request.max_tokens, Question.tokens)
        return await self.ask(Question(build, judge, anyone, vote, trial, tokens))
