"""The helper of one view: its keys, its ghost text, its bubble and its menu."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Tuple

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk
from pippy_client import Document, Edit, Surface, Writer, asks
from pippy_client.explaining import Explaining
from pippy_client.ghost import View

from . import menu
from .bubble import Bubble
from .household import Household, dispatch
from .painter import Painter
from .pointer import Pointer

_CONTROL, _ALT = Gdk.ModifierType.CONTROL_MASK, Gdk.ModifierType.MOD1_MASK


class ViewSurface(Surface):
    """A GtkSource.View, as `Writer` needs it."""

    def __init__(self, view: Gtk.TextView) -> None:
        self._view, self._buffer = view, view.get_buffer()
        self.painter = Painter(view)

    def text(self) -> str:
        """As Surface's: with a character for each of the buffer's, so that offsets are the same."""
        return str(self._buffer.get_slice(*self._buffer.get_bounds(), True))

    def cursor(self) -> int:
        """As Surface's."""
        return int(self._buffer.props.cursor_position)

    def writing(self) -> bool:
        """As Surface's."""
        return bool(
            self._view.has_focus()
            and self._view.get_editable()
            and not self._buffer.get_has_selection()
        )

    def paint(self, view: Optional[View]) -> None:
        """As Surface's."""
        if view is None:
            self.painter.clear()
        else:
            self.painter.show(view)

    def replace(self, edit: Edit, cursor: int) -> None:
        """As Surface's."""
        self.apply([edit])
        self._buffer.place_cursor(self._buffer.get_iter_at_offset(cursor))
        self._view.scroll_mark_onscreen(self._buffer.get_insert())

    def apply(self, edits: List[Edit]) -> None:
        """Make the edits, as one step to undo."""
        buffer = self._buffer
        buffer.begin_user_action()
        for edit in sorted(edits, reverse=True):
            start = buffer.get_iter_at_offset(edit.start)
            if edit.end > edit.start:
                buffer.delete(start, buffer.get_iter_at_offset(edit.end))
            if edit.text:
                buffer.insert(start, edit.text)
        buffer.end_user_action()

    def soon(self, work: Callable[[], None]) -> None:
        """As Surface's."""
        dispatch(work)


class Helper:
    """What `attach` gives a view."""

    def __init__(self, view: Gtk.TextView, name: str, household: Household) -> None:
        self.view, self.household, self.session = view, household, household.session
        self.buffer = view.get_buffer()
        self.surface = ViewSurface(view)
        self._uri = "untitled:%s.py" % name
        self.document: Document = self.session.open(self._uri, self.surface.text())
        self.writer = Writer(self.session, self.document, self.surface)
        self.bubble = Bubble(view, household.words.say("more"))
        self._open = True
        self._thinking = False
        self._explaining: Optional[Explaining] = None
        self._menu: Optional[Gtk.Menu] = None
        household.helpers.append(self)
        self.pointer = Pointer(self)
        self.buffer.connect("changed", lambda buffer: self._changed())
        self.buffer.connect("notify::cursor-position", lambda *_: self._moved())
        view.connect("key-press-event", self._key)
        view.connect("button-press-event", lambda *_: self._hush())
        view.connect("scroll-event", lambda *_: self._hush())
        view.connect("focus-in-event", lambda *_: self._focused())
        view.connect("focus-out-event", lambda *_: self.writer.dismiss() and False)
        view.connect("populate-popup", lambda view, popup: self._context_menu(popup))
        view.connect("hierarchy-changed", lambda *_: self._placed())

    # --- the view's events -----------------------------------------------------------------

    def _changed(self) -> None:
        self.bubble.hide()
        self.writer.text_changed()

    def _moved(self) -> None:
        self.writer.cursor_moved()

    def _focused(self) -> bool:
        self.household.used(self)
        return False

    def _hush(self) -> bool:
        """The child turns to something else."""
        if self._explaining is not None:
            self._explaining.stop()
        self._thinking = False
        self.bubble.hide()
        return False

    def _placed(self) -> None:
        """The view was put into a window, or taken out of it: its tab was closed."""
        inside = isinstance(self.view.get_toplevel(), Gtk.Window)
        if inside and not self._open:
            self.document = self.session.open(self._uri, self.surface.text())
            self.writer = Writer(self.session, self.document, self.surface)
            self.household.helpers.append(self)
        elif self._open and not inside:
            self.writer.dismiss()
            self.bubble.hide()
            self.session.close(self.document)
            self.household.helpers.remove(self)
        self._open = inside

    def _key(self, view: Gtk.TextView, event: Gdk.EventKey) -> bool:
        pressed = event.state & Gtk.accelerator_get_default_mod_mask()
        work = self._work_of(Gdk.keyval_to_lower(event.keyval), pressed)
        return bool(work is not None and work())

    def _work_of(self, key: int, pressed: Gdk.ModifierType) -> Optional[Callable[[], bool]]:
        """What a key does, if it is one of the helper's."""
        keys = {
            (Gdk.KEY_Tab, 0): self.writer.accept,
            (Gdk.KEY_Escape, 0): self._escape,
            (Gdk.KEY_Right, _CONTROL): self.writer.shown and self.writer.accept_word,
            (Gdk.KEY_space, _CONTROL): self._done(self.writer.invoke),
            (Gdk.KEY_Down, _ALT): lambda: self.writer.cycle(1),
            (Gdk.KEY_Up, _ALT): lambda: self.writer.cycle(-1),
            (Gdk.KEY_e, _ALT): self._done(self.explain),
            (Gdk.KEY_h, _ALT): self._done(self.ask_actions),
        }
        return keys.get((key, int(pressed))) or None

    @staticmethod
    def _done(work: Callable[[], Any]) -> Callable[[], bool]:
        def done() -> bool:
            work()
            return True

        return done

    def _escape(self) -> bool:
        hidden = self.bubble.hide()
        return self.writer.dismiss() or hidden

    # --- what the helper says --------------------------------------------------------------

    def place(self, offset: Optional[int] = None) -> Gdk.Rectangle:
        """Where a character is, in the view's window; None for the cursor."""
        where = self.surface.cursor() if offset is None else offset
        box = self.view.get_iter_location(self.buffer.get_iter_at_offset(where))
        kind = Gtk.TextWindowType.WIDGET
        box.x, box.y = self.view.buffer_to_window_coords(kind, box.x, box.y)
        box.width = max(box.width, 1)
        return box

    def show(self, text: str, offset: Optional[int] = None) -> None:
        """Say something, in Markdown, beside a place; not where nobody looks."""
        if not self.view.get_mapped():
            return
        self.writer.dismiss()
        self.bubble.show(text, self.place(offset))

    def say(self, sentence: str) -> None:
        """Say a sentence."""
        self.show(sentence)

    def busy(self, sentence: str) -> None:
        """Say what the server is working on, where the child waits for it; "" ends that."""
        if not self.bubble.visible:
            return
        if sentence or self._thinking:
            self.bubble.busy(sentence or self.household.words.say("thinking"))
        elif self.bubble.markdown:
            self.bubble.busy("")
        else:
            self.bubble.hide()

    # --- what the child asks ---------------------------------------------------------------

    def _selection(self) -> Tuple[int, int]:
        bounds = self.buffer.get_selection_bounds()
        if bounds:
            return bounds[0].get_offset(), bounds[1].get_offset()
        return self.surface.cursor(), self.surface.cursor()

    def explain(self) -> None:
        """Explain what is selected, or the cursor's line."""
        self.explain_at(*self._selection())

    def explain_at(self, start: int, end: Optional[int] = None) -> None:
        """Say at once what is known of a place, then what the model says of its line."""
        self.writer.dismiss()
        self.writer.sync()
        self._hush()
        end = start if end is None else end
        place, thinking = self.place(start), self.household.words.say("thinking")
        self.bubble.show("", place, busy=thinking)

        def show(words: str, *, more: bool) -> None:
            if not self.bubble.visible:
                self._hush()  # the child has turned to something else
                return
            self._thinking = more
            self.bubble.show(words, place, busy=thinking if more else "")

        self._thinking = True
        self._explaining = Explaining(self.session, self.document, start, end, show)

    def ask_actions(self) -> None:
        """Show the menu of what can be done here."""
        self.writer.sync()
        start, end = self._selection()
        asks.actions(
            self.session, self.document, start, end, self._pop_up, lambda sentence: self._pop_up([])
        )

    def _pop_up(self, actions: List[Any]) -> None:
        self.writer.dismiss()
        self.bubble.hide()
        self._menu = menu.menu(self, actions)
        menu.popup(self._menu, self.view, self.place())

    def _context_menu(self, popup: Gtk.Widget) -> None:
        """The view's own menu gets an entry, whose menu is the helper's."""
        if not isinstance(popup, Gtk.Menu):
            return
        entry = Gtk.MenuItem(label=self.household.words.say("helper"))
        below = Gtk.Menu()
        entry.set_submenu(below)
        popup.prepend(entry)
        self.writer.sync()
        menu.fill(below, self, [])
        entry.show_all()

    def run(self, action: Any) -> None:
        """Do what an action of the server says."""
        if menu.explains(action):
            self.explain()
            return
        self.bubble.show("", self.place(), busy=self.household.words.say("thinking"))
        asks.run(self.session, action, self.say)

    def apply(self, edits: List[Edit]) -> bool:
        """Make edits of the server's, unless the text is not the one that they are for."""
        if self.surface.text() != self.document.text:
            return False
        self.surface.apply(edits)
        return True

    def doctor(self) -> None:
        """Show how the helper is."""
        self.bubble.show("", self.place(), busy=self.household.words.say("thinking"))
        asks.execute(self.session, {"command": "pippy.doctor"}, self.say)

    def explain_error(self, error: str) -> None:
        """Say what a traceback of this view's program means, beside its line."""
        self.writer.sync()

        def said(text: str, line: Optional[int]) -> None:
            offset = None
            if line is not None:
                offset = self.document.first_word(line)
                where = self.buffer.get_iter_at_offset(offset)
                self.view.scroll_to_iter(where, 0.1, False, 0, 0)
            dispatch(lambda: self.show(text, offset))

        asks.explain_error(self.session, error, said, self.document, self.household.line_offset)
