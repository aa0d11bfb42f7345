"""What all views of one editor share: the server, its settings, and who speaks for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib
from pippy_client import Document, Edit, Listener, Session
from pippy_client.words import of_locale

_households: Dict[str, Household] = {}


def household(editor: str, line_offset: int = 0) -> Household:
    """The one of this program."""
    if editor not in _households:
        _households[editor] = Household(editor, line_offset)
    return _households[editor]


def dispatch(work: Callable[[], None]) -> None:
    """Run `work` on GTK's thread, soon."""

    def once() -> bool:
        work()
        return False

    GLib.idle_add(once, priority=GLib.PRIORITY_DEFAULT)


def later(seconds: float, work: Callable[[], None]) -> int:
    """Run `work` on GTK's thread after a while; the number is for `GLib.source_remove`."""

    def once() -> bool:
        work()
        return False

    return int(GLib.timeout_add(int(seconds * 1000), once))


class Household(Listener):
    """The session, and the helpers of its views; what the server says goes to the one that the
    child uses.
    """

    def __init__(self, editor: str, line_offset: int = 0) -> None:
        self._choices = Choices()
        self.line_offset = line_offset
        self.helpers: List[Any] = []
        server = {
            "language": of_locale(),
            "teaching": {"lineOffset": line_offset},
            **self._choices.server,
        }
        self.session = Session(
            self, dispatch, later, settings=server, command=self._choices.command, editor=editor
        )
        if self._choices.on:
            dispatch(self.session.start)

    @property
    def words(self) -> Any:
        """The child's language."""
        return self.session.words

    @property
    def on(self) -> bool:
        """Whether the child wants a helper."""
        return self._choices.on

    def switch(self, on: bool) -> None:
        """Start it or shut it down, and remember that."""
        self._choices.keep(on=on)
        if on:
            self.session.start()
            return
        for helper in self.helpers:
            helper.writer.dismiss()
        self.session.stop()

    def choose(self, key: str, value: Any) -> None:
        """Use another value for one of the server's settings, and remember it."""
        name, _, inner = key.partition(".")
        self.session.configure(**{name: {inner: value} if inner else value})
        self._choices.keep(server={**self._choices.server, name: self.session.settings[name]})
        for helper in self.helpers:
            helper.writer.dismiss()

    @property
    def current(self) -> Optional[Any]:
        """The helper of the view that the child uses, or used last."""
        seen = [each for each in self.helpers if each.view.get_mapped()]
        return (seen or self.helpers or [None])[-1]

    def used(self, helper: Any) -> None:
        """The child is in this helper's view now."""
        self.helpers.remove(helper)
        self.helpers.append(helper)

    # --- what the server says --------------------------------------------------------------

    def status_changed(self) -> None:
        """As Listener's."""
        if self.current and self.session.phase == "ready":
            self.current.writer.again()

    def show(self, page: str) -> None:
        """As Listener's."""
        if self.current:
            self.current.show(page)

    def say(self, sentence: str) -> None:
        """As Listener's."""
        if self.current:
            self.current.say(sentence)

    def busy(self, sentence: str) -> None:
        """As Listener's."""
        if self.current:
            self.current.busy(sentence)

    def apply(self, document: Document, edits: List[Edit]) -> bool:
        """As Listener's."""
        for helper in self.helpers:
            if helper.document is document:
                return bool(helper.apply(edits))
        return False


class Choices:
    """What the child or a teacher chose, in a file of the editor's own."""

    def __init__(self) -> None:
        self._path = _folder() / "pippy-lsp.json"
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            found = {}
        self._found: Dict[str, Any] = found if isinstance(found, dict) else {}

    @property
    def command(self) -> str:
        """The server's command; "" to look for it."""
        return str(self._found.get("command") or "")

    @property
    def on(self) -> bool:
        """Whether the helper is wanted."""
        return bool(self._found.get("on", True))

    @property
    def server(self) -> Dict[str, Any]:
        """The server's settings that were chosen."""
        found = self._found.get("server")
        return found if isinstance(found, dict) else {}

    def keep(self, **values: Any) -> None:
        """Remember; where the file can't be written, until the editor is closed."""
        self._found.update(values)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._found, indent=2) + "\n", "utf-8")
        except OSError:
            pass


def _folder() -> Path:
    """A Sugar activity has a folder for its data; other programs have the desktop's."""
    root = os.environ.get("SUGAR_ACTIVITY_ROOT")
    return Path(root) / "data" if root else Path(GLib.get_user_config_dir()) / "pippy-lsp"
