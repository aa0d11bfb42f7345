"""Sugar's Pippy itself, on a screen of its own, with the real server and the 0.5B.

Needs the Debian packages of editors/pippy/README.md.
"""

from __future__ import annotations

import os
import shutil
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
INSTALLED = Path("/usr/share/sugar/activities/Pippy.activity")
PICTURES = ROOT / "docs" / "images"
PROGRAM = """\
import random

secret = random.randint(1, 10)
guess = 0

while guess != secret:
  guess = int(input("Your guess? "))
  if guess < secret:
    print("Too small!")
  """
CHOICES = '{"server": {"completion": {"timeoutS": 60}, "teaching": {"timeoutS": 60}}}'


class Pippy(NamedTuple):
    """The running activity."""

    screen: gui.Screen
    eye: Eye
    activity: Path

    def write(self, text: str) -> None:
        """Replace the program, as a child does: mark all of it and type."""
        self.screen.press("Escape", "ctrl+a", "Delete")
        self.eye.until_not("text")
        first, *lines = text.split("\n")
        self.screen.type(first)
        for before, line in zip([first, *lines], lines, strict=False):
            self.screen.press("Return")
            if before.startswith(" "):  # the editor indents as in the line before
                self.screen.press("shift+Home", "BackSpace")
            self.screen.type(line)
        gui.wait(lambda: self.eye.view["text"] == text, text, 20)


@pytest.fixture(scope="module")
def pippy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pippy]:
    """Pippy with the helper installed into a copy of its bundle, and the model ready."""
    gui.wanted("Xvfb", "xdotool", "dbus-run-session", "sugar-activity3")
    if not INSTALLED.is_dir():
        pytest.skip("not installed: sugar-pippy-activity")
    folder = tmp_path_factory.mktemp("pippy")
    activity = Path(shutil.copytree(INSTALLED, folder / "Pippy.activity"))
    installer = ROOT / "editors" / "pippy" / "install.py"
    subprocess.run(["/usr/bin/python3", installer, "install", activity], check=True)
    screen = gui.Screen(folder, 1024, 768)
    command = ["sugar-activity3", "pippy_app.PippyActivity", "-b", "org.laptop.Pippy", "-a", "test"]
    environment = _environment(folder, activity, screen)
    start = ["dbus-run-session", "--", "env", "-C", str(activity), *command]
    with gui.running(start, environment, folder / "log"):
        found = Pippy(screen, Eye(folder / "eye.json"), activity)
        screen.window("Pippy")
        found.eye.ready()
        yield found
        server = psutil.Process(found.eye.look()["pid"])
    gui.wait(lambda: not server.is_running(), "the end of the server", 20)
    screen.close()


def _environment(folder: Path, activity: Path, screen: gui.Screen) -> dict[str, str]:
    root = folder / "home" / ".sugar" / "default" / "org.laptop.Pippy"
    for name in ("instance", "data", "tmp"):
        (root / name).mkdir(parents=True)
    (root / "data" / "pippy-lsp.json").write_text(CHOICES, "utf-8")
    (folder / "run").mkdir(mode=0o700)
    cache = os.environ.get("PIPPY_CACHE_DIR") or str(Path.home() / ".cache" / "pippy-lsp")
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "DISPLAY": screen.name,
        "GDK_BACKEND": "x11",
        "GTK_THEME": "sugar-72",
        "NO_AT_BRIDGE": "1",
        "HOME": str(folder / "home"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "SUGAR_BUNDLE_PATH": str(activity),
        "SUGAR_BUNDLE_ID": "org.laptop.Pippy",
        "SUGAR_BUNDLE_NAME": "Pippy",
        "SUGAR_BUNDLE_VERSION": "75",
        "SUGAR_ACTIVITY_ROOT": str(root),
        "SUGAR_PROFILE": "default",
        "PIPPY_CACHE_DIR": cache,
        "PIPPY_MODEL": "qwen2.5-coder-0.5b-instruct",
        "PIPPY_LSP_COMMAND": f"{sys.executable} -m pippy_lsp",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'editors' / 'eye_gtk'}",
        "PIPPY_TEST_EYE": str(folder / "eye.json"),
    }


def test_shows_a_suggestion_beside_the_text_and_takes_it(pippy: Pippy) -> None:
    pippy.write(PROGRAM)
    (ghost, *_) = pippy.eye.until("ghost")
    assert pippy.eye.view["text"] == PROGRAM  # what is shared in Sugar is the program alone
    pippy.screen.press("Tab")
    pippy.eye.until("text", ghost)
    assert pippy.eye.view["text"].startswith(PROGRAM + ghost)
    pippy.screen.press("ctrl+z")
    gui.wait(lambda: pippy.eye.view["text"] == PROGRAM, "one step of undo")


def test_typing_along_keeps_it_and_escape_hides_it(pippy: Pippy) -> None:
    pippy.write('animals = ["cat", "dog", "cow"]\nfor animal in animals:\n  ')
    (ghost, *_) = pippy.eye.until("ghost")
    pippy.screen.type(ghost[:2])
    pippy.eye.until("text", f"  {ghost[:2]}")
    assert pippy.eye.view["ghost"][0] == ghost[2:]
    pippy.screen.press("Escape")
    pippy.eye.until_not("ghost")


def test_takes_a_word(pippy: Pippy) -> None:
    pippy.write('animals = ["cat", "dog", "cow"]\nfor animal in animals:\n  ')
    (ghost, *_) = pippy.eye.until("ghost")
    before = pippy.eye.view["text"]
    pippy.screen.press("ctrl+Right")
    gui.wait(lambda: pippy.eye.view["text"] != before, "a word")
    (rest, *_) = pippy.eye.until("ghost")
    assert pippy.eye.view["text"] + rest == before + ghost
    assert len(rest) < len(ghost)


def test_what_stands_behind_the_cursor_stays_behind_the_suggestion(pippy: Pippy) -> None:
    pippy.write('name = input("What is your name? ")\nprint()')
    pippy.screen.press("Left")
    pippy.screen.press("ctrl+space")
    (ghost, *_) = pippy.eye.until("ghost")
    assert ghost.endswith(")")
    pippy.screen.press("Tab")
    pippy.eye.until("text", f"print({ghost}")
    assert "))" not in pippy.eye.view["text"]


def test_explains_a_line_on_a_key(pippy: Pippy) -> None:
    pippy.write("for i in range(3):\n  print(i)")
    pippy.screen.press("Up", "Home", "alt+e")
    pippy.eye.until("bubble", "run 3 times")
    words = pippy.eye.until("bubble", "A computer's guess")
    assert "for is a loop" in words
    pippy.screen.press("Escape")
    pippy.eye.until_not("bubble")


def test_explains_the_word_under_the_pointer(pippy: Pippy) -> None:
    pippy.write("for i in range(3):\n  print(i)\n")
    pippy.screen.press("Escape")
    pippy.screen.point(*pippy.eye.place("range"))
    pippy.eye.until("bubble", "range")
    pippy.screen.point(*pippy.eye.place("print"))
    pippy.eye.until("bubble", "print")


def test_the_menu_fixes_a_mistake(pippy: Pippy) -> None:
    pippy.write("score = 1\nprint(scroe)")
    pippy.screen.press("alt+h")
    titles = pippy.eye.until("menu", "Fix this")
    assert titles[-1] == "The helper is ready."
    pippy.screen.press("Down", "Return")
    pippy.eye.until("text", "print(score)")


def test_explains_the_error_of_a_run_in_the_line_of_the_program(pippy: Pippy) -> None:
    pippy.write("scores = [4, 5, 6]\n\nprint(scores[3])")
    pippy.screen.press("Escape", "alt+r")
    words = pippy.eye.until("bubble", "scores has 3 things")
    assert "at line 3" in words  # Python says 5: Pippy writes two lines above the program


def test_picture(pippy: Pippy) -> None:
    """The picture for the README."""
    pippy.screen.click(*pippy.eye.place("scores"))
    pippy.screen.press("alt+c")
    pippy.write(PROGRAM)
    pippy.eye.until("ghost")
    pippy.screen.point(1000, 700)
    pippy.screen.picture(PICTURES / "pippy.png", (0, 0, 1024, 460))
