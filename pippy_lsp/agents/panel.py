"""A panel: several roles answer, the judge drops what is wrong, a vote takes the best.

The samples are drawn one after another, and no more than are needed: the panel stops when enough
answers agree, as in Aggarwal et al., "Let's Sample Step by Step" (arXiv 2305.11860).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pippy_lsp.agents.roles import Role
from pippy_lsp.agents.votes import Candidate, Vote, normalised
from pippy_lsp.engine.protocol import Engine, Request, Sampling, complete

Builder = Callable[[Role, Sampling], Request]
Judge = Callable[[str], str | None]


@dataclass(frozen=True)
class Rules:
    """How long the panel sits."""

    samples: int
    """The most that are drawn."""
    settled: int = 2
    """This many answers that mean the same settle the vote."""
    enough: Callable[[str], bool] | None = None
    """Tells that a sample's text is long enough; None reads each to its end."""


@dataclass(frozen=True)
class Verdict:
    """What the panel came to."""

    winner: Candidate | None
    """None when the judge let nothing pass."""
    asked: int
    """Samples drawn."""
    candidates: tuple[Candidate, ...]
    """Those that the judge let pass, in order."""
    tokens: int = 0
    """Tokens that were generated for all of them."""

    @property
    def text(self) -> str | None:
        """The winner's text."""
        return self.winner.text if self.winner else None


async def ask(
    engine: Engine,
    roles: Sequence[Role],
    build: Builder,
    judge: Judge,
    vote: Vote,
    rules: Rules,
) -> Verdict:
    """Ask the roles in turn, and let the answers vote.

    `build` makes a role's request; `judge` gives the text to use, or None to refuse it.

    Raises: as `Engine.generate`.
    """
    passed: list[Candidate] = []
    same: Counter[str] = Counter()
    tokens = asked = 0
    for number in range(rules.samples):
        role = roles[number % len(roles)]
        result = await complete(engine, build(role, role.sample(number)), rules.enough)
        asked, tokens = number + 1, tokens + result.usage.generated
        text = judge(result.text)
        if text is None:
            continue
        passed.append(Candidate(text, role.name, number))
        same[normalised(text)] += 1
        if same[normalised(text)] >= rules.settled or _decided(same, rules.samples - asked):
            break
    winner = vote(passed) if passed else None
    return Verdict(winner, asked, tuple(passed), tokens)


def _decided(same: Counter[str], left: int) -> bool:
    """Whether no other answer can catch up with the leading one any more."""
    first, *others = [count for _, count in same.most_common(2)]
    return left > 0 and first > (others[0] if others else 0) + left
