"""Hover: what is known of the word on which the pointer rests."""

from __future__ import annotations

from typing import Any, Optional

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk
from pippy_client import asks
from pippy_client.explaining import RULE

from .household import later

REST_SECONDS = 0.6
"""How long the pointer rests before something is shown: a hand that only moves on sees nothing."""


class Pointer:
    """The pointer in one view."""

    def __init__(self, helper: Any) -> None:
        self._helper, self._view = helper, helper.view
        self._timer = 0
        self._word: Optional[int] = None
        """Where the word begins whose bubble is shown."""
        self._view.add_events(Gdk.EventMask.POINTER_MOTION_MASK | Gdk.EventMask.LEAVE_NOTIFY_MASK)
        self._view.connect("motion-notify-event", self._move)
        self._view.connect("leave-notify-event", lambda *_: self._stop())

    def _stop(self) -> bool:
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer = 0
        return False

    def _move(self, view: Gtk.TextView, event: Gdk.EventMotion) -> bool:
        self._stop()
        if event.window is not view.get_window(Gtk.TextWindowType.TEXT):
            return False
        kind = Gtk.TextWindowType.TEXT
        x, y = view.window_to_buffer_coords(kind, int(event.x), int(event.y))
        over, where = view.get_iter_at_location(x, y)
        word = _word(where) if over and not where.ends_line() else None
        if self._word is not None and word != self._word:
            self._word = None
            self._helper.bubble.hide()
        if word is not None and word != self._word:
            self._timer = later(REST_SECONDS, lambda: self._rest(where.get_offset(), word))
        return False

    def _rest(self, offset: int, word: int) -> None:
        self._timer = 0
        helper = self._helper
        if helper.bubble.visible or helper.writer.shown:
            return  # it speaks of something else
        helper.writer.sync()

        def show(text: str) -> None:
            if text and not helper.bubble.visible:
                self._word = word
                more = None if RULE in text else (lambda: helper.explain_at(offset))
                helper.bubble.show(text, helper.place(word), more)

        asks.hover(helper.session, helper.document, offset, show)


def _word(where: Gtk.TextIter) -> int:
    """Where the word begins; a sign is a word of its own."""
    start = where.copy()
    while not start.starts_line():
        before = start.copy()
        before.backward_char()
        if not (before.get_char().isalnum() or before.get_char() == "_"):
            break
        if not (where.get_char().isalnum() or where.get_char() == "_"):
            break
        start = before
    return int(start.get_offset())
