"""Draws ghost text over a Gtk.TextView. The buffer's text never changes: who shares it in Sugar
would get every letter.

What stands behind the cursor is made invisible by a tag and drawn again behind the ghost text; the
room for further lines is a tag too (`pixels-below-lines`).
"""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

import cairo
import gi

gi.require_version("Gtk", "3.0")
gi.require_version("PangoCairo", "1.0")
from gi.repository import Gdk, Gtk, Pango, PangoCairo
from pippy_client.ghost import View

GREY = (0x86, 0x86, 0x86)
"""Readable on white and on black."""
BLACK, WHITE = (0, 0, 0), (0xFF, 0xFF, 0xFF)
Color = Tuple[int, int, int]
Run = Tuple[str, Optional[Color]]
"""Text and its colour, 0 to 255; None for that of text without a style."""


class Painter:
    """The ghost text of one view."""

    def __init__(self, view: Gtk.TextView) -> None:
        self._view = view
        self._buffer = view.get_buffer()
        self._lines: List[List[Run]] = []
        self._margin: Optional[int] = None
        self._plain: Color = BLACK
        self._gap = self._buffer.create_tag(None)
        self._hide = self._buffer.create_tag(None)
        self._hide.props.foreground_rgba = self._hide.props.background_rgba = Gdk.RGBA(0, 0, 0, 0)
        view.connect_after("draw", self._draw)

    @property
    def lines(self) -> List[str]:
        """What is drawn, line by line."""
        return ["".join(text for text, _ in line) for line in self._lines]

    def clear(self) -> None:
        """Draw nothing."""
        if not self._lines:
            return
        self._lines = []
        start, end = self._buffer.get_bounds()
        self._buffer.remove_tag(self._gap, start, end)
        self._buffer.remove_tag(self._hide, start, end)
        if self._margin is not None:
            self._view.set_bottom_margin(self._margin)
            self._margin = None
        self._view.queue_draw()

    def show(self, ghost: View) -> None:
        """Draw this at the cursor."""
        self.clear()
        cursor = self._cursor()
        line_end = cursor.copy()
        if not line_end.ends_line():
            line_end.forward_to_line_end()
        tail = self._buffer.get_iter_at_offset(max(ghost.hidden, cursor.get_offset()))
        self._lines = [[(_spaced(line, self._view), GREY)] for line in ghost.lines]
        if tail.compare(line_end) < 0:
            self._lines[-1] += self._runs(tail, line_end)
        if cursor.compare(line_end) < 0:
            self._hide.set_priority(self._buffer.get_tag_table().get_size() - 1)
            self._buffer.apply_tag(self._hide, cursor, line_end)
        self._make_room(cursor)
        self._view.queue_draw()

    def _cursor(self) -> Gtk.TextIter:
        return self._buffer.get_iter_at_mark(self._buffer.get_insert())

    def _make_room(self, cursor: Gtk.TextIter) -> None:
        """Push the lines below the cursor's down by the height of what is drawn over them."""
        layouts, height = self._layouts(), self._line_height(cursor)
        below = sum(layout.get_pixel_size()[1] for layout, _ in layouts) - height
        if below <= 0:
            return
        start, end = cursor.copy(), cursor.copy()
        start.set_line_offset(0)
        if end.forward_line():
            self._gap.props.pixels_below_lines = below
            self._buffer.apply_tag(self._gap, start, end)
        else:  # the last line has no room below it that a tag could make
            self._margin = self._view.get_bottom_margin()
            self._view.set_bottom_margin(self._margin + below)

    def _line_height(self, cursor: Gtk.TextIter) -> int:
        return int(self._view.get_iter_location(cursor).height)

    # --- drawing ---------------------------------------------------------------------------

    def _layouts(self) -> List[Tuple[Pango.Layout, int]]:
        """One a line, and the space before its first row, in pixels."""
        cursor = self._cursor()
        start = cursor.copy()
        start.set_line_offset(0)
        place, left = self._view.get_iter_location(cursor), self._view.get_iter_location(start).x
        found = []
        for number, line in enumerate(self._lines):
            before = place.x - left if number == 0 else 0
            layout = self._view.create_pango_layout("".join(text for text, _ in line))
            layout.set_attributes(_attributes(line, self._plain))
            if self._view.get_wrap_mode() != Gtk.WrapMode.NONE:
                width = self._view.get_visible_rect().width - left - self._view.get_right_margin()
                layout.set_width(max(width, 1) * Pango.SCALE)
                layout.set_wrap(Pango.WrapMode.CHAR)
                layout.set_indent(before * Pango.SCALE)
                before = 0
            found.append((layout, left + before))
        return found

    def _draw(self, view: Gtk.TextView, cairo_context: Any) -> bool:
        if not self._lines:
            return False
        self._look_at_background(cairo_context)
        kind = Gtk.TextWindowType.WIDGET
        seen = view.get_visible_rect()
        cairo_context.save()
        cairo_context.rectangle(
            *view.buffer_to_window_coords(kind, seen.x, seen.y), seen.width, seen.height
        )
        cairo_context.clip()
        y = view.get_iter_location(self._cursor()).y
        for layout, x in self._layouts():
            cairo_context.move_to(*view.buffer_to_window_coords(kind, x, y))
            PangoCairo.show_layout(cairo_context, layout)
            y += layout.get_pixel_size()[1]
        cairo_context.restore()
        return False

    # --- colours ---------------------------------------------------------------------------

    def _runs(self, start: Gtk.TextIter, end: Gtk.TextIter) -> List[Run]:
        """The text between two places in the colours that it has."""
        runs: List[Run] = []
        place = start.copy()
        while place.compare(end) < 0:
            until = place.copy()
            if not until.forward_to_tag_toggle(None) or until.compare(end) > 0:
                until = end.copy()
            colors: List[Optional[Color]] = [None]
            colors += [
                _bytes(tag.props.foreground_rgba)
                for tag in place.get_tags()
                if tag is not self._hide
                and tag.props.foreground_set
                and not tag.props.background_set  # of a matching bracket, which is drawn elsewhere
            ]
            runs.append((self._buffer.get_slice(place, until, True), colors[-1]))
            place = until
        return runs

    def _look_at_background(self, cairo_context: Any) -> None:
        """Find the colour of text without a style. The theme gives it to a part of the view that no
        program can ask, so it is told from the background.
        """
        seen = self._view.get_visible_rect()
        line = self._view.get_iter_location(self._cursor())
        kind = Gtk.TextWindowType.WIDGET
        place = seen.x + seen.width - 2, line.y + line.height // 2
        x, y = self._view.buffer_to_window_coords(kind, *place)
        left, top, right, bottom = cairo_context.clip_extents()
        if not (left <= x < right and top <= y < bottom):
            return  # only a part is drawn this time, such as the cursor
        image = cairo.ImageSurface(cairo.FORMAT_RGB24, 1, 1)
        sample = cairo.Context(image)
        over, down = cairo_context.user_to_device(x, y)
        sample.set_source_surface(cairo_context.get_target(), -int(over), -int(down))
        sample.paint()
        image.flush()
        bright = sum(image.get_data()[:3]) > 3 * 127
        self._plain = BLACK if bright else WHITE


def _bytes(color: Gdk.RGBA) -> Color:
    return (round(color.red * 255), round(color.green * 255), round(color.blue * 255))


def _spaced(line: str, view: Gtk.TextView) -> str:
    """The line with spaces for tabs."""
    width = view.get_tab_width() if hasattr(view, "get_tab_width") else 8
    return line.expandtabs(width)


def _attributes(line: List[Run], plain: Color) -> Pango.AttrList:
    """The colours of a line's runs."""
    attributes, start = Pango.AttrList(), 0
    for text, color in line:
        red, green, blue = color or plain
        attribute = Pango.attr_foreground_new(red * 257, green * 257, blue * 257)
        attribute.start_index = start
        start += len(text.encode("utf-8"))
        attribute.end_index = start
        attributes.insert(attribute)
    return attributes
