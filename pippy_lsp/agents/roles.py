"""Who answers: a prompt file in `prompts/roles/`, and how its answers are sampled, in
`prompts/sampling.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import msgspec

from pippy_lsp import prompts
from pippy_lsp.engine.protocol import Sampling


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


NAMES = ("developer", "teacher", "expert")
"""All roles, in the order they are asked."""


@cache
def _samplings() -> dict[str, Sampling]:
    """How each role's answers vary. Raises: PromptError when the file is wrong."""
    return prompts.table("sampling.toml", dict[str, Sampling])


def load(name: str, language: str = prompts.DEFAULT_LANGUAGE) -> Role:
    """The role `name`.

    Raises: PromptError when there is no such role or its file is wrong.
    """
    text = prompts.role(name, language).system.strip()
    varied = _samplings()
    return Role(name, text, varied.get(name, varied[NAMES[0]]))


def panel(language: str = prompts.DEFAULT_LANGUAGE) -> list[Role]:
    """All roles, in the order they are asked."""
    return [load(name, language) for name in NAMES]
