"""How hard a text is to read: textstat's Flesch-Kincaid grade."""

from __future__ import annotations

from pippy_lsp.compare.figures import flesch_kincaid
from pippy_lsp.errors import UsageError
from pippy_lsp.teaching import words


def grade(markdown: str) -> float:
    """The Flesch-Kincaid grade of our Markdown, without its marks and examples; 0 of nothing.

    Raises: UsageError when textstat is not installed.
    """
    measure = flesch_kincaid()
    if measure is None:
        raise UsageError(what="Install what it needs: pip install -e '.[bench]'.")
    text = words.plain(markdown).strip()
    return measure(text) if text else 0.0


def count(markdown: str) -> int:
    """The words of our Markdown, without its marks."""
    return len(words.plain(markdown).split())
