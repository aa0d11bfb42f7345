"""The helper's menu: what can be done at the cursor, and how the helper is to be."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, List, Tuple

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk
from pippy_client import asks

MODES = ("block", "line", "hint", "off")
LEVELS = ("auto", 1, 2, 3, 4, 5)


def menu(helper: Any, actions: List[Any]) -> Gtk.Menu:
    """The menu with the server's actions for the cursor's place."""
    found = Gtk.Menu()
    fill(found, helper, actions)
    found.show_all()
    return found


def fill(found: Gtk.Menu, helper: Any, actions: List[Any]) -> None:
    """Put the entries into a menu."""
    say, household = helper.household.words.say, helper.household
    for action in actions:
        found.append(_entry(action["title"], partial(helper.run, action)))
    if not any(asks.explains(action) for action in actions):
        found.append(_entry(say("explain"), helper.explain))
    found.append(_entry(say("suggest"), helper.writer.invoke))
    found.append(Gtk.SeparatorMenuItem())
    server = household.session.settings
    mode = (server.get("completion") or {}).get("mode", "block")
    modes = [(say("mode-%s" % each), each) for each in MODES]
    found.append(_choice(say("mode"), modes, mode, "completion.mode", household.choose))
    levels = [(say("level-%s" % each), each) for each in LEVELS]
    level = server.get("level", "auto")
    found.append(_choice(say("level"), levels, level, "level", household.choose))
    found.append(_entry(say("doctor"), helper.doctor))
    switch = Gtk.CheckMenuItem(label=say("on"), active=household.session.phase in _RUNNING)
    switch.connect("toggled", lambda item: household.switch(item.get_active()))
    found.append(switch)
    status = _entry(household.session.sentence, lambda: None)
    status.set_sensitive(False)
    found.append(status)


_RUNNING = ("starting", "ready")


def _entry(title: str, work: Callable[[], Any]) -> Gtk.MenuItem:
    item = Gtk.MenuItem(label=title)
    item.connect("activate", lambda item: work())
    return item


def _choice(
    title: str,
    values: List[Tuple[str, Any]],
    now: Any,
    key: str,
    choose: Callable[[str, Any], None],
) -> Gtk.MenuItem:
    """An entry with a menu of its own, of which one is chosen."""
    item, below = Gtk.MenuItem(label=title), Gtk.Menu()
    group: List[Gtk.RadioMenuItem] = []
    for label, value in values:
        radio = Gtk.RadioMenuItem.new_with_label(group, label)
        group = radio.get_group()
        radio.set_active(value == now)
        below.append(radio)
    for radio, (_, value) in zip(below.get_children(), values):
        radio.connect("toggled", _chosen, key, value, choose)
    item.set_submenu(below)
    return item


def _chosen(
    item: Gtk.RadioMenuItem, key: str, value: Any, choose: Callable[[str, Any], None]
) -> None:
    if item.get_active():  # the one before is told too
        choose(key, value)


def popup(found: Gtk.Menu, view: Gtk.TextView, place: Gdk.Rectangle) -> None:
    """Show it below a rectangle of the view."""
    found.attach_to_widget(view, None)
    below, above = Gdk.Gravity.SOUTH_WEST, Gdk.Gravity.NORTH_WEST
    found.popup_at_rect(view.get_window(Gtk.TextWindowType.WIDGET), place, below, above, None)
