"""An explanation as it grows: what is known at once, then what the model says."""

from __future__ import annotations

from typing import Callable, List

from . import asks
from .document import Document
from .session import Session

RULE = "\n\n---\n\n"
"""In the server's Markdown, between what is known and what a model says."""


class Explaining:
    """One explanation of a place, or of what is selected.

    `show(words, more=bool)` is called at each step; `more` tells whether there is one to come. The
    document is as the editor has it.
    """

    def __init__(
        self,
        session: Session,
        document: Document,
        start: int,
        end: int,
        show: Callable[..., None],
    ) -> None:
        self._session, self._document, self._show = session, document, show
        self._said: List[str] = []
        self._asked: List[int] = []
        self._wanted = True
        if start == end:
            row = document.row_column(start)[0]
            self._hover(start, lambda words: self._known_here(words, row))
        self._asked.append(asks.explain(session, document, start, end, self._last, self._last))

    def stop(self) -> None:
        """Show nothing more."""
        if self._wanted:
            self._wanted = False
            for number in self._asked:
                self._session.cancel(number)

    def _hover(self, offset: int, told: Callable[[str], None]) -> None:
        self._asked.append(asks.hover(self._session, self._document, offset, told))

    def _known_here(self, words: str, row: int) -> None:
        if words:
            self._known(words)
        elif self._wanted:  # such as the end of a line: what it begins with says more
            self._hover(self._document.first_word(row), self._known)

    def _known(self, words: str) -> None:
        """Behind the rule are words of an earlier time."""
        if not self._said:
            self._add(words.partition(RULE)[0], more=True)

    def _last(self, words: str) -> None:
        self._add(words, more=False)
        self._wanted = False

    def _add(self, words: str, *, more: bool) -> None:
        if self._wanted:
            self._said.append(words)
            self._show(RULE.join(part for part in self._said if part), more=more)
