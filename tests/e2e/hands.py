"""An editor without a screen, for the client of Pippy and Thonny: a text, a cursor, keys."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from pippy_client import Document, Edit, Listener, Session, Surface, Writer
from pippy_client.document import apply
from pippy_client.ghost import View

SERVER = [sys.executable, "-m", "pippy_lsp"]


class Loop:
    """A GUI's main loop: work from any thread is done in turn, by the one that waits."""

    def __init__(self) -> None:
        self._work: queue.Queue[Callable[[], None]] = queue.Queue()

    def dispatch(self, work: Callable[[], None]) -> None:
        self._work.put(work)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, lambda: self._work.put(work))
        timer.daemon = True
        timer.start()

    def until(self, look: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
        """Work until `look` finds something."""
        end = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < end, f"waited in vain for {what}"
            try:
                self._work.get(timeout=0.05)()
            except queue.Empty:
                continue
        return found


class Hands(Surface, Listener):
    """The editor, and the child's hands on it."""

    def __init__(self, loop: Loop, text: str = "", cursor: int | None = None) -> None:
        self.loop = loop
        self.content = text
        self.at = len(text) if cursor is None else cursor
        self.painted: View | None = None
        self.pages: list[str] = []
        self.said: list[str] = []
        self.doing: list[str] = []
        self.writer: Writer | None = None
        self.session: Session
        self.flicker = 0
        """How often ghost text was taken away."""

    def text(self) -> str:
        return self.content

    def cursor(self) -> int:
        return self.at

    def writing(self) -> bool:
        return True

    def paint(self, view: View | None) -> None:
        self.flicker += self.painted is not None and view is None
        self.painted = view

    def replace(self, edit: Edit, cursor: int) -> None:
        self.put(apply(self.content, [edit]), cursor)

    def soon(self, work: Callable[[], None]) -> None:
        self.loop.dispatch(work)

    def put(self, text: str, cursor: int) -> None:
        """The text and the cursor are these now."""
        self.content, self.at = text, cursor
        if self.writer is not None:
            self.writer.text_changed()
            self.writer.cursor_moved()

    def type(self, keys: str) -> None:
        for key in keys:
            text, at = self.content, self.at
            self.put(text[:at] + key + text[at:], at + 1)

    def move(self, cursor: int) -> None:
        self.at = cursor
        assert self.writer is not None
        self.writer.cursor_moved()

    # --- as a Listener ---------------------------------------------------------------------

    def show(self, page: str) -> None:
        self.pages.append(page)

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def busy(self, sentence: str) -> None:
        self.doing.append(sentence)

    def apply(self, document: Document, edits: list[Edit]) -> bool:
        self.put(apply(self.content, edits), self.at)
        return True


def session(hands: Hands, command: list[str] | None = None, **settings: Any) -> Session:
    """A session with the server, not started yet."""
    settings = {"completion": {"timeoutS": 20}, "teaching": {"timeoutS": 60}, **settings}
    return Session(
        hands,
        hands.loop.dispatch,
        hands.loop.later,
        settings=settings,
        command=" ".join(command or SERVER),
        editor="test",
    )
