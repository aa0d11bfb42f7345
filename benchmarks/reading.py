"""How hard a text is to read: textstat's Flesch-Kincaid grade."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from pippy_lsp.errors import UsageError
from pippy_lsp.teaching import words


def grade(markdown: str) -> float:
    """The Flesch-Kincaid grade of our Markdown, without its marks and examples; 0 of nothing.

    Raises: UsageError when textstat is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pkg_resources, which it still uses
            import textstat  # noqa: PLC0415 - the tables that need no grades do without it
    except ImportError as error:
        raise UsageError(what="Install what it needs: pip install -e '.[bench]'.") from error
    text = words.plain(markdown).strip()
    measure: Callable[[str], float] = getattr(textstat, "flesch_kincaid_grade")  # noqa: B009
    return float(measure(text)) if text else 0.0


def count(markdown: str) -> int:
    """The words of our Markdown, without its marks."""
    return len(words.plain(markdown).split())
