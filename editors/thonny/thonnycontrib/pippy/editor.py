"""One editor of Thonny's: its keys, its ghost text, its hover."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path
from typing import Any, Callable, List, Optional, Tuple

from pippy_client import Document, Edit, Surface, Writer, asks
from pippy_client.explaining import RULE
from pippy_client.ghost import View

from .bubble import Bubble
from .overlay import Overlay, tk_index

REST_MS = 600
"""How long the pointer rests before something is shown."""


class TextSurface(Surface):
    """Thonny's Text, as `Writer` needs it."""

    def __init__(self, text: Any, gutter: Optional[tk.Text]) -> None:
        self._text = text
        self.overlay = Overlay(text, gutter)

    def text(self) -> str:
        """As Surface's."""
        return str(self._text.get("1.0", "end-1c"))

    def cursor(self) -> int:
        """As Surface's."""
        return len(self._text.get("1.0", "insert"))

    def writing(self) -> bool:
        """As Surface's."""
        return bool(self._text.focus_get() is self._text and not self._text.has_selection())

    def paint(self, view: Optional[View]) -> None:
        """As Surface's."""
        if view is None:
            self.overlay.clear()
        else:
            self.overlay.show(view)

    def replace(self, edit: Edit, cursor: int) -> None:
        """As Surface's."""
        self.apply([edit])
        self._text.mark_set("insert", self.index(cursor))
        self._text.see("insert")

    def apply(self, edits: List[Edit]) -> None:
        """Make the edits, as one step to undo."""
        self._text.edit_separator()
        for edit in sorted(edits, reverse=True):
            start = self.index(edit.start)
            if edit.end > edit.start:
                self._text.direct_delete(start, self.index(edit.end))
            if edit.text:
                self._text.direct_insert(start, edit.text)
        self._text.edit_separator()

    def index(self, offset: int) -> str:
        """An offset as Tk has it."""
        return tk_index(self._text, offset)

    def soon(self, work: Callable[[], None]) -> None:
        """As Surface's."""
        self._text.after_idle(work)


class EditorHelper:
    """What the plug-in gives an editor."""

    def __init__(self, plugin: Any, editor: Any) -> None:
        self.plugin, self.editor = plugin, editor
        self.text: Any = editor.get_text_widget()
        gutter = getattr(editor.get_code_view(), "_gutter", None)
        self.surface = TextSurface(self.text, gutter)
        self.document: Document = plugin.session.open(self._uri(), self.surface.text())
        self.writer = Writer(plugin.session, self.document, self.surface)
        self.bubble = Bubble(self.text)
        self._timer: Optional[str] = None
        self._word = ""
        self._bind()

    def _bind(self) -> None:
        """A tag of our own goes before the widget's: a key that the helper takes ends there."""
        tag = "Pippy%s" % self.text
        self.text.bindtags((tag, *self.text.bindtags()))
        keys: List[Tuple[str, Callable[[], bool]]] = [
            ("<Tab>", self.writer_does("accept")),
            ("<Escape>", self._escape),
            ("<Control-Right>", self._word_key),
            ("<Alt-Down>", lambda: self.writer.cycle(1)),
            ("<Alt-Up>", lambda: self.writer.cycle(-1)),
        ]
        for key, work in keys:
            self.text.bind_class(tag, key, lambda event, work=work: "break" if work() else None)
        self.text.bind_class(tag, "<Key>", lambda event: self.plugin.pump.hurry())
        self.text.bind_class(tag, "<Motion>", self._pointed)
        self.text.bind_class(tag, "<Leave>", self._left)
        self.text.bind_class(tag, "<Button>", lambda event: self._hush())
        self.text.bind_class(tag, "<FocusOut>", lambda event: self.writer.dismiss() and None)
        self.text.bind("<<TextChange>>", lambda event: self._changed(), True)
        self.text.bind("<<CursorMove>>", lambda event: self.writer.cursor_moved(), True)
        self.text.bind("<Destroy>", lambda event: self.close(), True)

    def writer_does(self, name: str) -> Callable[[], bool]:
        """A deed of the writer, which is another one once the file has another name."""
        return lambda: bool(getattr(self.writer, name)())

    def _word_key(self) -> bool:
        return self.writer.shown and self.writer.accept_word()

    def _escape(self) -> bool:
        hidden = self.bubble.hide()
        return self.writer.dismiss() or hidden

    # --- the document ----------------------------------------------------------------------

    def _uri(self) -> str:
        name = self.editor.get_filename()
        if name and Path(name).is_absolute():
            return Path(name).as_uri()
        return "untitled:%s.py" % id(self)

    @property
    def python(self) -> bool:
        """Whether it is a Python program, or is to be one."""
        name = self.editor.get_filename()
        return not name or str(name).lower().endswith((".py", ".pyw"))

    def named(self) -> None:
        """The file may have got a name, or another one."""
        if self._uri() != self.document.uri:
            self.writer.dismiss()
            self.plugin.session.close(self.document)
            self.document = self.plugin.session.open(self._uri(), self.surface.text())
            self.writer = Writer(self.plugin.session, self.document, self.surface)

    def close(self) -> None:
        """The editor is closed."""
        self.plugin.session.close(self.document)
        if self in self.plugin.editors:
            self.plugin.editors.remove(self)

    def _changed(self) -> None:
        self._hush()
        if self.python:
            self.plugin.pump.hurry()
            self.writer.text_changed()

    def selection(self) -> Tuple[int, int]:
        """The offsets of what is selected; both the cursor's where nothing is."""
        first, last = self.text.get_selection_indices()
        if first is None:
            return self.surface.cursor(), self.surface.cursor()
        return len(self.text.get("1.0", first)), len(self.text.get("1.0", last))

    def apply(self, edits: List[Edit]) -> bool:
        """Make edits of the server's, unless the text is not the one that they are for."""
        if self.surface.text() != self.document.text:
            return False
        self.surface.apply(edits)
        return True

    # --- hover -----------------------------------------------------------------------------

    def _hush(self) -> None:
        self.bubble.hide()
        self._word = ""
        self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self.text.after_cancel(self._timer)
            self._timer = None

    def _left(self, event: Any) -> None:
        self._stop()
        if not self.bubble.over(event.x_root, event.y_root):
            self._hush()

    def _pointed(self, event: Any) -> None:
        self._stop()
        index = self.text.index("@%d,%d" % (event.x, event.y))
        box = self.text.bbox(index)
        over = (
            box is not None and box[0] <= event.x <= box[0] + box[2] and event.y <= box[1] + box[3]
        )
        word = self.text.index(index + " wordstart") if over else ""
        if self._word and word != self._word:
            self._hush()
        if word and word != self._word and self.text.get(index).strip():
            self._timer = self.text.after(REST_MS, lambda: self._rest(index, word))

    def _rest(self, index: str, word: str) -> None:
        self._timer = None
        if self.writer.shown or not self.python:
            return
        self.writer.sync()
        self.plugin.pump.hurry()
        offset = len(self.text.get("1.0", index))

        def show(words: str) -> None:
            if words:
                self._word = word
                more = self.plugin.words.say("more")
                told = RULE in words
                work = None if told else (lambda: self.plugin.explain_at(self, offset))
                self.bubble.show(words, word, more, work)

        asks.hover(self.plugin.session, self.document, offset, show)
