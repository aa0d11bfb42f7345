"""Worked examples of mistakes: `prompts/worked/LANG.toml`."""

from __future__ import annotations

from functools import cache

import msgspec

from pippy_lsp import prompts


class Worked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A small program with a mistake, and the same one put right."""

    wrong: str
    right: str


@cache
def load(language: str = prompts.DEFAULT_LANGUAGE) -> dict[str, Worked]:
    """The examples by the problem's code; in English where the language has none.

    Raises: PromptError when the file is missing or has another shape.
    """
    return prompts.table(prompts.localized("worked/{lang}.toml", language), dict[str, Worked])
