"""Swaps the hard words that models like for easy ones: `prompts/plain/LANG.toml`."""

from __future__ import annotations

import re
from functools import cache

from pippy_lsp import prompts

_SPAN = re.compile(r"(`+.+?`+|\"[^\"]*\")")


@cache
def _swaps(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    table = prompts.table(prompts.localized("plain/{lang}.toml", language), dict[str, str])
    longest = sorted(table, key=len, reverse=True)
    return tuple(
        (re.compile(rf"\b{re.escape(hard)}\b", re.IGNORECASE), table[hard]) for hard in longest
    )


def plainer(text: str, language: str = prompts.DEFAULT_LANGUAGE, but: str = "") -> str:
    """`text` in easier words, but for those that `but` has too. What is in code marks or quotes
    stays as it is.
    """
    parts = _SPAN.split(text)
    swaps = [swap for swap in _swaps(language) if not swap[0].search(but)]
    for index in range(0, len(parts), 2):
        for hard, easy in swaps:
            parts[index] = hard.sub(lambda m, e=easy: _like(m.group(), e), parts[index])
    return "".join(parts)


def _like(old: str, new: str) -> str:
    """`new` with a capital where `old` has one."""
    return new[0].upper() + new[1:] if old[:1].isupper() else new
