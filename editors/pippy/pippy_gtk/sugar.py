"""What only Sugar's Pippy has: a toolbar, and an output panel in which programs fail."""

from __future__ import annotations

import re
from typing import Any, List

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk

from .household import dispatch, later

LINE_OFFSET = 2
"""Pippy writes two lines above a program before it runs it (`PYTHON_PREFIX` in pippy_app.py)."""
SETTLE_SECONDS = 0.4
"""How long the output is quiet before it is read."""
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):$", re.MULTILINE)
_SYNTAX = re.compile(r'^  File ".*", line \d+$', re.MULTILINE)
_LAST = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit|Warning)\b.*$", re.MULTILINE)


def error_in(output: str) -> str:
    """The last traceback in what a program wrote, if it is whole; else ""."""
    starts = [match.start() for match in _TRACEBACK.finditer(output)]
    if not starts:  # a SyntaxError of the program itself has no first line
        starts = [match.start() for match in _SYNTAX.finditer(output)][:1]
    if not starts:
        return ""
    found = output[starts[-1] :]
    ends = [match.end() for match in _LAST.finditer(found)]
    return found[: ends[0]] + "\n" if ends else ""


def follow(helper: Any) -> None:
    """Once the view is in Pippy's window, use the window's toolbar and output panel."""

    def placed(*_: Any) -> None:
        window = helper.view.get_toplevel()
        if isinstance(window, Gtk.Window) and not hasattr(window, "pippy_lsp"):
            window.pippy_lsp = Panel(window, helper.household)

    helper.view.connect("hierarchy-changed", placed)
    helper.view.connect("map", placed)


class Panel:
    """Pippy's window, as far as it is the helper's business."""

    def __init__(self, window: Gtk.Window, household: Any) -> None:
        self._window, self._household = window, household
        self._timer = 0
        self._explained = ""
        self._row = 0
        self._terminal: Any = None
        dispatch(self._find)

    def _find(self) -> None:
        """The window is built from inside out: its panel and toolbar come after the view."""
        for widget in _below(self._window):
            if type(widget).__gtype__.name == "VteTerminal":
                self._terminal = widget
                widget.connect("contents-changed", lambda terminal: self._wrote())
        box = getattr(self._window, "get_toolbar_box", lambda: None)()
        if box is not None:
            _add_button(box.toolbar, self._household)

    def _wrote(self) -> None:
        _, row = self._terminal.get_cursor_position()
        if row < self._row:
            self._explained = ""  # cleared: the next run may fail in the same way
        self._row = row
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer = later(SETTLE_SECONDS, self._read)

    def _read(self) -> None:
        self._timer = 0
        error = error_in(_text(self._terminal))
        if not error:
            self._explained = ""
        elif error != self._explained and self._household.current is not None:
            self._explained = error
            self._household.current.explain_error(error)


def _text(terminal: Any) -> str:
    """All that the terminal holds."""
    _, row = terminal.get_cursor_position()
    found = terminal.get_text_range(0, 0, row, terminal.get_column_count(), None)
    text = found[0] if isinstance(found, tuple) else found
    return "\n".join(line.rstrip() for line in (text or "").splitlines())


def _below(widget: Gtk.Widget) -> List[Gtk.Widget]:
    """The widget and all inside it."""
    found = [widget]
    if isinstance(widget, Gtk.Container):
        for child in widget.get_children():
            found += _below(child)
    return found


def _add_button(toolbar: Any, household: Any) -> None:
    """A button with which the menu opens: not every child knows keys."""
    from sugar3.graphics.toolbutton import ToolButton

    button = ToolButton("toolbar-help")
    button.set_tooltip(household.words.say("what-now"))
    button.connect("clicked", lambda button: household.current and household.current.ask_actions())
    toolbar.insert(button, max(toolbar.get_n_items() - 2, 0))
    button.show()
