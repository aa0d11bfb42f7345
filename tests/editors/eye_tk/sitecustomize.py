"""Looks into the Thonny under test, which has this folder on its PYTHONPATH: what the child sees is
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


def look(plugin: Any) -> dict[str, Any]:
    """All that a test wants to know."""
    helper, panel = plugin.current, plugin.panel
    menu = getattr(plugin, "menu", None)
    return {
        "phase": plugin.session.phase,
        "sentence": plugin.session.sentence,
        "pid": plugin.session.pid,
        "panel": panel.words if panel is not None else "",
        "views": [view(helper, menu, panel)] if helper is not None else [],
    }


def view(helper: Any, menu: Any, panel: Any) -> dict[str, Any]:
    text = helper.text
    shown = menu is not None and menu.winfo_ismapped()
    titles = [
        menu.entrycget(at, "label")
        for at in range(menu.index("end") + 1 if shown else 0)
        if menu.type(at) == "command"
    ]
    content = helper.surface.text()
    places = [text.bbox(helper.surface.index(at)) for at in range(len(content) + 1)]
    return {
        "text": content,
        "buffer": text.get("1.0", "end-1c"),
        "cursor": helper.surface.cursor(),
        "focus": text.focus_get() is text,
        "ghost": helper.surface.overlay.lines,
        "labels": [[each["text"], each.winfo_x(), each.winfo_y()] for each in shown_labels(helper)],
        "bubble": helper.bubble.markdown,
        "panel": panel.words if panel is not None else "",
        "menu": titles,
        "question": middle(panel.question) if panel is not None else [],
        "origin": [text.winfo_rootx(), text.winfo_rooty()],
        "places": [list(place) if place else [0, 0, 0, 0] for place in places],
    }


def middle(widget: Any) -> list[int]:
    x = widget.winfo_rootx() + widget.winfo_width() // 2
    return [x, widget.winfo_rooty() + widget.winfo_height() // 2]


def shown_labels(helper: Any) -> list[Any]:
    return [each for each in helper.surface.overlay._labels if each.winfo_ismapped()]


def view_class() -> Any:
    return getattr(sys.modules.get("thonnycontrib.pippy.panel"), "HelperView", None)


def watch() -> None:
    """Wait for the plug-in, then look when it looks itself."""
    while not (plugin := getattr(view_class(), "plugin", None)):
        time.sleep(0.05)
    last = [""]

    def again() -> None:
        try:
            now = json.dumps(look(plugin))
        except Exception as error:  # noqa: BLE001 - the test shows it
            now = json.dumps({"views": [], "error": repr(error)})
        if now != last[0]:
            last[0] = now
            new = Path(FILE + ".new")
            new.write_text(now, "utf-8")
            new.replace(FILE)

    plugin.pump.each.append(again)


if FILE:
    threading.Thread(target=watch, daemon=True).start()
