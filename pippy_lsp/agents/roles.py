"""Who answers: a prompt file in `prompts/roles/` and how its answers are sampled."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from pippy_lsp import prompts
from pippy_lsp.engine.protocol import Sampling

_SPREAD = 1000
"""Seeds of two roles lie this far apart, so that no two samples of a panel share one."""


@dataclass(frozen=True)
class Role:
    """An agent. `who` goes before the job's own instructions; `sampling` is for varied answers."""

    name: str
    who: str
    sampling: Sampling

    def sample(self, number: int) -> Sampling:
        """How this role's answer `number` of a panel is sampled: the very first is greedy, as the
        likeliest answer is the best single one, and the others vary.
        """
        if number == 0:
            return Sampling()
        return msgspec.structs.replace(self.sampling, seed=self.sampling.seed + number)


_SAMPLING = {
    "developer": Sampling(temperature=0.6, seed=_SPREAD),
    "teacher": Sampling(temperature=0.4, seed=2 * _SPREAD),
    "expert": Sampling(temperature=0.8, seed=3 * _SPREAD),
}
NAMES = tuple(_SAMPLING)


def load(name: str, language: str = prompts.DEFAULT_LANGUAGE) -> Role:
    """The role `name`.

    Raises: PromptError when there is no such role or its file is wrong.
    """
    text = prompts.role(name, language).system.strip()
    return Role(name, text, _SAMPLING.get(name, Sampling(temperature=0.6)))


def panel(language: str = prompts.DEFAULT_LANGUAGE) -> list[Role]:
    """All roles, in the order they are asked."""
    return [load(name, language) for name in NAMES]
