"""Looks into the editor under test, which has this folder on its PYTHONPATH: what the child sees is
written to the file $PIPPY_TEST_EYE, in JSON, whenever it is another. It changes nothing.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

FILE = os.environ.get("PIPPY_TEST_EYE", "")
EVERY_MS = 50


def look(households: Any) -> dict[str, Any]:
    """All that a test wants to know."""
    found: dict[str, Any] = {"views": []}
    for household in households.values():
        found["phase"], found["sentence"] = household.session.phase, household.session.sentence
        found["pid"] = household.session.pid
        for helper in household.helpers:
            if helper.view.get_mapped():
                found["views"].append(view(helper))
        panel = getattr(household.helpers[-1].view.get_toplevel(), "pippy_lsp", None)
        found["panel"] = panel is not None
    return found


def view(helper: Any) -> dict[str, Any]:
    menu = helper._menu
    shown = menu is not None and menu.get_mapped()
    origin = helper.view.get_window(1).get_origin()  # Gtk.TextWindowType.WIDGET
    return {
        "text": helper.surface.text(),
        "cursor": helper.surface.cursor(),
        "focus": helper.view.has_focus(),
        "ghost": helper.surface.painter.lines,
        "bubble": helper.bubble.text if helper.bubble.visible else "",
        "menu": [each.get_label() for each in menu.get_children()] if shown else [],
        "origin": [origin.x, origin.y],
        "places": [
            [box.x, box.y, box.width, box.height]
            for box in (helper.place(at) for at in range(len(helper.surface.text()) + 1))
        ],
    }


def watch() -> None:
    """Wait for the plug-in, then look from its own thread."""
    while not hasattr(sys.modules.get("pippy_gtk.household"), "_households"):
        time.sleep(0.05)
    GLib = sys.modules["pippy_gtk.household"].GLib  # noqa: N806
    households = sys.modules["pippy_gtk.household"]._households
    last = [""]

    def again() -> bool:
        try:
            now = json.dumps(look(households))
        except Exception as error:  # noqa: BLE001 - the test shows it
            now = json.dumps({"views": [], "error": repr(error)})
        if now != last[0]:
            last[0] = now
            new = Path(FILE + ".new")
            new.write_text(now, "utf-8")
            new.replace(FILE)
        return True

    GLib.timeout_add(EVERY_MS, again)


if FILE:
    threading.Thread(target=watch, daemon=True).start()
