"""The bubble in which the helper speaks, beside the line that it speaks of."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable, Optional

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk, Pango
from pippy_client import markdown

WIDTH, HEIGHT = 460, 320
"""Pixels of its text at most; what is longer scrolls."""
_STYLE = b"""
popover.pippy-bubble {
  background: #fffdf2; color: #222222; border: 1px solid #b9a95e; border-radius: 8px;
  padding: 12px; box-shadow: 0 2px 6px rgba(0, 0, 0, 0.25);
}
popover.pippy-bubble label { color: #222222; font-size: 11pt; }
popover.pippy-bubble label.pippy-code {
  background: #f0ecd8; font-family: monospace; font-size: 10.5pt; padding: 6px 8px;
  border-radius: 4px;
}
popover.pippy-bubble label.pippy-busy { color: #6b6b6b; }
popover.pippy-bubble scrolledwindow, popover.pippy-bubble viewport {
  background: none; border: none;
}
popover.pippy-bubble button.pippy-more {
  background: none; border: none; box-shadow: none; padding: 2px 0; min-height: 0;
}
popover.pippy-bubble button.pippy-more label { color: #1a5fb4; }
"""
_MARKS = {"code": "tt", "bold": "b", "italic": "i"}


class Bubble:
    """One bubble of one view. It never takes the focus: the child can type on."""

    def __init__(self, view: Gtk.TextView, more: str) -> None:
        """`more` is the label of its button."""
        self._view = view
        self._more: Optional[Callable[[], None]] = None
        self.markdown = ""
        """What it says."""
        self._popover = Gtk.Popover(relative_to=view, modal=False, position=Gtk.PositionType.BOTTOM)
        self._popover.set_transitions_enabled(False)
        self._popover.get_style_context().add_class("pippy-bubble")
        _add_style()
        self._words = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        self._scrolled = Gtk.ScrolledWindow(
            hscrollbar_policy=Gtk.PolicyType.NEVER,
            propagate_natural_height=True,
            propagate_natural_width=True,
            max_content_height=HEIGHT,
            overlay_scrolling=False,
        )
        self._scrolled.add(self._words)
        self._busy = _label("", "pippy-busy")
        self._button = Gtk.Button(label=more, halign=Gtk.Align.START, can_focus=False)
        self._button.get_style_context().add_class("pippy-more")
        self._button.connect("clicked", lambda button: self._more and self._more())
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        for widget in (self._scrolled, self._busy, self._button):
            box.pack_start(widget, False, False, 0)
        box.show_all()
        self._popover.add(box)

    @property
    def visible(self) -> bool:
        """Whether it is shown."""
        return bool(self._popover.get_visible())

    @property
    def text(self) -> str:
        """What it says and what it is busy with, without marks."""
        busy = self._busy.get_text() if self._busy.get_visible() else ""
        return "\n".join(part for part in (markdown.plain(self.markdown), busy) if part)

    def show(
        self,
        text: str,
        place: Gdk.Rectangle,
        more: Optional[Callable[[], None]] = None,
        busy: str = "",
    ) -> None:
        """Say this (in Markdown) beside a rectangle of the view; with a button where `more` is
        something to do.
        """
        self.markdown, self._more = text, more
        for child in self._words.get_children():
            self._words.remove(child)
        for block in markdown.blocks(text):
            self._words.add(_widget(block))
        self._words.show_all()
        self._scrolled.set_visible(bool(text))
        self._button.set_visible(more is not None)
        self.busy(busy)
        self._popover.set_pointing_to(place)
        self._popover.popup()

    def busy(self, sentence: str) -> None:
        """Say below the words what the helper is doing."""
        self._busy.set_text(sentence)
        self._busy.set_visible(bool(sentence))

    def hide(self) -> bool:
        """Hide it; whether it was shown."""
        was = self.visible
        self._popover.popdown()
        return was

    def destroy(self) -> None:
        """Forget it."""
        self._popover.destroy()


def _widget(block: markdown.Block) -> Gtk.Widget:
    if block.kind == "rule":
        return Gtk.Separator()
    if block.kind == "code":
        label = _label(block.text, "pippy-code")
        label.set_line_wrap_mode(Pango.WrapMode.CHAR)
        return label
    label = _label("")
    text = markup(block.spans)
    label.set_markup("<b>%s</b>" % text if block.kind == "heading" else text)
    return label


def markup(spans: Any) -> str:
    """Spans in Pango's markup."""
    found = ""
    for span in spans:
        text, mark = GLib.markup_escape_text(span.text), _MARKS.get(span.style)
        found += "<%s>%s</%s>" % (mark, text, mark) if mark else text
    return found


def _label(text: str, style: str = "") -> Gtk.Label:
    label = Gtk.Label(label=text, xalign=0, wrap=True, max_width_chars=52)
    label.set_size_request(min(WIDTH, 240), -1)
    if style:
        label.get_style_context().add_class(style)
    return label


@lru_cache(maxsize=None)
def _add_style() -> None:
    """Once a program."""
    provider = Gtk.CssProvider()
    provider.load_from_data(_STYLE)
    Gtk.StyleContext.add_provider_for_screen(
        Gdk.Screen.get_default(), provider, Gtk.STYLE_PROVIDER_PRIORITY_USER
    )
