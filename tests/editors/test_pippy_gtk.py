"""The example window of editors/pippy, `python3 -m pippy_gtk`: any GtkSource.View gets the helper.

Needs the Debian packages of editors/pippy/README.md, but no Sugar.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.editors import gui
from tests.editors.eye import Eye

pytestmark = [pytest.mark.editors, pytest.mark.model]

ROOT = Path(__file__).parents[2]
EDITORS = ROOT / "editors"
PYTHON = "/usr/bin/python3"
"""Debian's, which has gi."""
SOURCES = "import gi; gi.require_version('Gtk', '3.0'); gi.require_version('GtkSource', '{}')"
CHOICES = '{"server": {"completion": {"timeoutS": 60}, "teaching": {"timeoutS": 60}}}'
PROGRAM = "score = 10\nname = 'Ada'\n\nif score > 5:\n    print("


class Window(NamedTuple):
    """The window that runs."""

    screen: gui.Screen
    eye: Eye
    process: psutil.Process


def environment(folder: Path, display: str) -> dict[str, str]:
    """That of the window: its own home, our server, the model of the cache."""
    paths = (EDITORS / "pippy", EDITORS / "common", ROOT, ROOT / "tests" / "editors" / "eye_gtk")
    cache = os.environ.get("PIPPY_CACHE_DIR") or str(Path.home() / ".cache" / "pippy-lsp")
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "DISPLAY": display,
        "GDK_BACKEND": "x11",
        "NO_AT_BRIDGE": "1",
        "HOME": str(folder),
        "SUGAR_ACTIVITY_ROOT": str(folder),
        "PIPPY_CACHE_DIR": cache,
        "PIPPY_MODEL": "qwen2.5-coder-0.5b-instruct",
        "PIPPY_LSP_COMMAND": f"{sys.executable} -m pippy_lsp",
        "PYTHONPATH": ":".join(map(str, paths)),
        "PIPPY_TEST_EYE": str(folder / "eye.json"),
    }


def needs_gtk() -> None:
    gui.wanted("Xvfb", "xdotool", PYTHON)
    looks = ([PYTHON, "-c", SOURCES.format(version)] for version in ("4", "3.0"))
    if all(subprocess.run(look, capture_output=True, check=False).returncode for look in looks):
        pytest.skip("not installed: python3-gi gir1.2-gtksource-4")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    needs_gtk()
    folder = tmp_path_factory.mktemp("gtk")
    file = folder / "game.py"
    file.write_text(PROGRAM, "utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "pippy-lsp.json").write_text(CHOICES, "utf-8")
    screen = gui.Screen(folder, 800, 600)
    command = [PYTHON, "-m", "pippy_gtk", str(file)]
    with gui.running(command, environment(folder, screen.name), folder / "log") as pid:
        found = Window(screen, Eye(folder / "eye.json"), psutil.Process(pid))
        screen.window("pippy-lsp")
        found.eye.ready()
        yield found
        server = psutil.Process(found.eye.look()["pid"])
    gui.wait(lambda: not server.is_running(), "the end of the server", 20)
    screen.close()
    assert file.read_text("utf-8") == PROGRAM


def test_it_shows_the_file_and_a_suggestion_that_tab_takes(window: Window) -> None:
    assert window.eye.view["text"] == PROGRAM
    window.screen.press("ctrl+End")
    window.screen.type("n")
    shown = window.eye.until("ghost")
    assert window.eye.view["text"] == PROGRAM + "n"
    window.screen.press("Tab")
    text = gui.wait(
        lambda: window.eye.view["text"] != PROGRAM + "n" and window.eye.view["text"], "the text"
    )
    assert text.startswith(PROGRAM + "n" + shown[0])


def test_it_explains_a_line(window: Window) -> None:
    window.screen.click(*window.eye.place("score = 10"))
    window.screen.press("alt+e")
    assert window.eye.until("bubble", "score")


def test_a_file_that_can_not_be_read_is_one_sentence(tmp_path: Path) -> None:
    needs_gtk()
    screen = gui.Screen(tmp_path, 100, 100)
    done = subprocess.run(
        [PYTHON, "-m", "pippy_gtk", tmp_path / "none.py"],
        env=environment(tmp_path, screen.name),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    screen.close()
    assert done.returncode == 2
    assert "can't be read" in done.stderr
    assert "Traceback" not in done.stderr
