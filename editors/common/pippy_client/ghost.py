"""Ghost text at one cursor: what is shown while the child types along, and what Tab puts in.

Nothing here draws or changes a text. The editor tells of each change and asks what to show; the
suggestion itself is never part of the editor's text until it is taken.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, NamedTuple, Optional

from .document import Document, Edit

_WORD = re.compile(r"\s*(?:\w+|[^\w\s]+)")


class Suggestion(NamedTuple):
    """One inline completion, in offsets: `text` is to stand in place of `start` to `end`."""

    start: int
    end: int
    text: str
    command: Optional[Dict[str, Any]]
    """What to run when it is taken."""


class View(NamedTuple):
    """What the editor shows."""

    lines: List[str]
    """In grey: the first goes behind the cursor, the others below it."""
    hidden: int
    """The offset up to which the text behind the cursor is not shown: it would be replaced."""


def suggestions(answer: Any, document: Document) -> List[Suggestion]:
    """The items of LSP's answer to `textDocument/inlineCompletion`."""
    items = answer.get("items") if isinstance(answer, dict) else answer
    found = []
    for item in items or []:
        text = item["insertText"]
        if isinstance(text, dict):  # LSP's StringValue, a snippet
            continue
        where = item.get("range")
        if where is None:
            continue
        start, end = document.offset(where["start"]), document.offset(where["end"])
        found.append(Suggestion(start, end, text, item.get("command")))
    return found


class Ghost:
    """The suggestions at the cursor, one of which is shown."""

    def __init__(self) -> None:
        self._all: List[Suggestion] = []
        self._chosen = 0
        self._text = ""
        self._cursor = 0

    @property
    def current(self) -> Optional[Suggestion]:
        """The one that is shown."""
        return self._all[self._chosen] if self._all else None

    @property
    def count(self) -> int:
        """How many there are to choose from."""
        return len(self._all)

    def show(self, found: List[Suggestion], text: str, cursor: int) -> None:
        """Show the first of these; the editor's text and cursor are as given."""
        self._text, self._cursor, self._chosen = text, cursor, 0
        self._all = [each for each in found if self._rest(each).strip()]

    def clear(self) -> bool:
        """Show nothing more; whether something was shown."""
        had = bool(self._all)
        self._all = []
        return had

    def cycle(self, step: int) -> None:
        """Show the next one, or the one before."""
        if self._all:
            self._chosen = (self._chosen + step) % len(self._all)

    def changed(self, edit: Edit, text: str, cursor: int) -> bool:
        """The editor made this change (in offsets before it) and has this text now; whether
        something is still shown, because the child types along.
        """
        current = self.current
        self._text, self._cursor = text, cursor
        moved = [_moved(each, edit) for each in self._all]
        kept = [new for new in moved if new is not None and self._rest(new).strip()]
        if current is not None:
            new = _moved(current, edit)
            self._chosen = kept.index(new) if new in kept else 0
            self._all = kept if new in kept else []
        return bool(self._all)

    def moved(self, cursor: int) -> bool:
        """The cursor is here now; whether something is still shown."""
        if cursor != self._cursor:
            self._all = []
        return bool(self._all)

    # --- what is shown and what is put in --------------------------------------------------

    def _rest(self, item: Suggestion) -> str:
        """What of the suggestion is not typed yet; "" where something else was typed."""
        if not item.start <= self._cursor <= item.end:
            return ""
        typed = self._text[item.start : self._cursor]
        return item.text[len(typed) :] if item.text.startswith(typed) else ""

    def _replaced(self, item: Suggestion) -> str:
        return self._text[self._cursor : item.end]

    def view(self) -> View:
        """What to show now."""
        item = self.current
        if item is None:
            return View([], self._cursor)
        rest, replaced = self._rest(item), self._replaced(item)
        if replaced and rest.endswith(replaced):  # a bracket that stands there already
            return View(rest[: -len(replaced)].split("\n"), self._cursor)
        return View(rest.replace("\r", "").split("\n"), item.end)

    def edit(self) -> Optional[Edit]:
        """What Tab does; afterwards the cursor goes to `landing`."""
        item = self.current
        if item is None:
            return None
        rest, replaced = self._rest(item), self._replaced(item)
        if replaced and rest.endswith(replaced):
            return Edit(self._cursor, self._cursor, rest[: -len(replaced)])
        return Edit(self._cursor, item.end, rest)

    def landing(self) -> int:
        """Where the cursor is once the suggestion was taken: at its end."""
        item = self.current
        return self._cursor if item is None else self._cursor + len(self._rest(item))

    def word(self) -> Optional[Edit]:
        """What taking the next word does; None where that would take all that is left."""
        edit = self.edit()
        match = _WORD.match(edit.text) if edit is not None else None
        if match is None or edit is None or match.end() >= len(edit.text):
            return None
        return Edit(edit.start, edit.start, match.group())


def _moved(item: Suggestion, edit: Edit) -> Optional[Suggestion]:
    """Where the suggestion is after the edit; None where the edit cuts it."""
    longer = len(edit.text) - (edit.end - edit.start)
    if item.start <= edit.start and edit.end <= item.end:
        return item._replace(end=item.end + longer)
    if edit.end < item.start:
        return item._replace(start=item.start + longer, end=item.end + longer)
    return item if edit.start >= item.end else None
