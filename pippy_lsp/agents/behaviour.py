"""The vote by what candidates do: they are run, and those that do the same count as one.

AlphaCode drops what fails the examples and clusters by output (Li et al., arXiv 2203.07814), CodeT
lets candidates agree on what tests give (Chen et al., arXiv 2207.10397). Where running them says
nothing, the text decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from pippy_lsp.agents.sandbox import box
from pippy_lsp.agents.sandbox.box import Outcome, Task
from pippy_lsp.agents.votes import Candidate, Vote, by_similarity, normalised

_TRUE = "1"
"""How the sandbox writes True."""


@dataclass(frozen=True)
class Trial:
    """How the candidates for one question are tried."""

    task: Callable[[str], Task]
    """What is run to see what a candidate does."""
    examples: tuple[str, ...] = ()
    """Expressions that are true of a right candidate, as far as is known."""


class Behaviour:
    """Runs candidates, each once, and lets what they did vote."""

    def __init__(
        self, trial: Trial, run: Callable[[Sequence[Task]], list[Outcome]] = box.run_all
    ) -> None:
        self._trial = trial
        self._run = run
        self._seen: dict[str, Outcome] = {}

    @property
    def vote(self) -> Vote:
        """The vote; it takes as long as the candidates run."""
        return Vote(self.choose, self.same, slow=True)

    def same(self, text: str) -> Hashable | None:
        """What the candidate did; where that says nothing, its text. None where it is wrong."""
        self._try([text])
        if not self._right(text):
            return None
        return self._did(text) if self._says(text) else normalised(text)

    def choose(self, candidates: Sequence[Candidate]) -> Candidate:
        """The first of the largest group that does the same; those that fail the examples, or end
        with errors, only where there are no others. Of groups of one, the text decides.
        """
        self._try([candidate.text for candidate in candidates])
        left = [c for c in candidates if self._right(c.text)] or list(candidates)
        left = [c for c in left if self._says(c.text)] or left
        groups = Counter(self._did(c.text) for c in left if self._says(c.text))
        if not groups:
            return by_similarity(left)
        most = max(groups.values())
        largest = [c for c in left if groups[self._did(c.text)] == most]
        return by_similarity(largest) if most == 1 else largest[0]

    def _try(self, texts: Sequence[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        if new:
            self._seen.update(zip(new, self._run([self._task(text) for text in new]), strict=True))

    def _task(self, text: str) -> Task:
        task = self._trial.task(text)
        calls = (*self._trial.examples, *task.calls)
        return Task(task.program, calls, task.watch, task.inputs)

    def _right(self, text: str) -> bool:
        """Whether it gives what the examples say, as far as it could be run."""
        outcome, count = self._seen[text], len(self._trial.examples)
        if outcome.end == "broken" or not count:
            return True
        return [call.value for call in outcome.calls[:count]] == [_TRUE] * count

    def _says(self, text: str) -> bool:
        """Whether something can be learnt from what it did: it ran, and printed or gave a value."""
        outcome = self._seen[text]
        program = outcome.program
        if outcome.end == "broken" or program is None or program.error:
            return False
        given = any(not call.error for call in outcome.calls)
        return bool(program.output.strip() or program.values or given)

    def _did(self, text: str) -> Hashable:
        outcome = self._seen[text]
        program = outcome.program
        told = (program.output, tuple(sorted(program.values.items()))) if program else ()
        calls = tuple((call.error, call.output, call.value) for call in outcome.calls)
        return outcome.end, told, calls
