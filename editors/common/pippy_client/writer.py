"""Ghost text in one editor: between the editor's keys and the server's answers."""

from __future__ import annotations

from typing import Callable, List, Optional

from .asks import InlineCompletions
from .document import Document, Edit, difference
from .ghost import Ghost, Suggestion, View
from .session import Session


class Surface:
    """What a toolkit gives: the text, and a place to paint beside it."""

    def text(self) -> str:
        """All of the text."""
        raise NotImplementedError

    def cursor(self) -> int:
        """The cursor's offset in it."""
        raise NotImplementedError

    def writing(self) -> bool:
        """Whether the child writes here: it has the focus, and nothing is selected."""
        raise NotImplementedError

    def paint(self, view: Optional[View]) -> None:
        """Show this ghost text and no other; None: none. The text itself must not change."""
        raise NotImplementedError

    def replace(self, edit: Edit, cursor: int) -> None:
        """Make an edit as one step to undo, then put the cursor there."""
        raise NotImplementedError

    def soon(self, work: Callable[[], None]) -> None:
        """Run `work` when this key's events are over."""
        raise NotImplementedError


class Writer:
    """The ghost text of one editor. Tell it of every change and of every move of the cursor."""

    def __init__(self, session: Session, document: Document, surface: Surface) -> None:
        self.document = document
        self._session, self._surface = session, surface
        self._ghost = Ghost()
        self._completions = InlineCompletions(session, document)
        self._text = document.text
        self._waiting = False
        self._typed = False

    @property
    def shown(self) -> bool:
        """Whether ghost text is shown."""
        return self._ghost.current is not None

    @property
    def view(self) -> View:
        """What is shown."""
        return self._ghost.view()

    # --- what the editor tells -------------------------------------------------------------

    def text_changed(self) -> None:
        """The text is another one. Call it before the editor paints: then nothing flickers."""
        text, cursor = self._surface.text(), self._surface.cursor()
        if text == self._text:
            return
        edit = difference(self._text, text, cursor)
        self._text = text
        self._typed = edit.start + len(edit.text) == cursor and self._surface.writing()
        was = self.shown
        self._ghost.changed(edit, text, cursor)
        if was:
            self._paint()
        if not self._waiting:
            self._waiting = True
            self._surface.soon(self._settled)

    def cursor_moved(self) -> None:
        """The cursor is elsewhere; moves that come with a change are none."""
        if self._surface.text() != self._text or not self.shown:
            return
        if not self._ghost.moved(self._surface.cursor()):
            self._completions.cancel()
            self._paint()

    def sync(self) -> None:
        """Let the server have the text as it is now: before any request about it."""
        self._session.update(self.document, self._surface.text())

    def _settled(self) -> None:
        self._waiting = False
        self.sync()
        if self._typed and self._surface.writing():
            self._ask(invoked=False)

    def _ask(self, *, invoked: bool) -> None:
        cursor = self._surface.cursor()
        self._completions.ask(cursor, lambda found: self._answered(found, cursor), invoked=invoked)

    def _answered(self, found: List[Suggestion], cursor: int) -> None:
        text = self._surface.text()
        if text != self.document.text or self._surface.cursor() != cursor:
            return  # the child is further already
        if not found:
            return  # what is still shown is what the child types along
        before = self._ghost.current
        self._ghost.show(found, text, cursor)
        if self._ghost.current is not None and before is None:
            self._completions.shown()
        self._paint()

    def _paint(self) -> None:
        self._surface.paint(self._ghost.view() if self.shown else None)

    # --- what the child does ---------------------------------------------------------------

    def invoke(self) -> None:
        """Ask by hand: there may be several suggestions to choose from."""
        self.sync()
        self._ask(invoked=True)

    def again(self) -> None:
        """Ask once more for what was typed last: the server was not there yet."""
        if self._typed and not self.shown and self._surface.writing():
            self.sync()
            self._ask(invoked=False)

    def cycle(self, step: int) -> bool:
        """Show another one of several."""
        if self._ghost.count <= 1:
            return False
        self._ghost.cycle(step)
        self._paint()
        return True

    def dismiss(self) -> bool:
        """Hide it; whether there was something to hide."""
        self._completions.cancel()
        had = self._ghost.clear()
        if had:
            self._paint()
        return had

    def accept(self) -> bool:
        """Put the suggestion in; whether there was one."""
        taken, edit, landing = self._ghost.current, self._ghost.edit(), self._ghost.landing()
        if taken is None or edit is None:
            return False
        self.dismiss()
        self._surface.replace(edit, landing)
        self._completions.taken(taken)
        return True

    def accept_word(self) -> bool:
        """Put its next word in; whether there was one."""
        edit = self._ghost.word()
        if edit is None:
            return self.accept()
        self._surface.replace(edit, edit.start + len(edit.text))
        self._completions.partly_taken(len(edit.text))
        return True
