"""Thonny itself, on a screen of its own, with the real server and the 0.5B.

Needs Xvfb and xdotool, a Python with tkinter, and gets Thonny from PyPI.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.editors import gui
from tests.editors.eye import Eye

pytestmark = [pytest.mark.editors, pytest.mark.model]

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "editors" / "thonny"
PICTURES = ROOT / "docs" / "images"
THONNY = "thonny==5.0.1"
SETTINGS = "[completion]\ntimeoutS = 60\n[teaching]\ntimeoutS = 60\n"
FACE = 'face = "\N{GRINNING FACE}"; print(fcae)\n'
PROGRAM = """\
import random

secret = random.randint(1, 10)
guess = 0

while guess != secret:
    guess = int(input("Your guess? "))
    if guess < secret:
        print("Too small!")
    """


class Thonny(NamedTuple):
    """The running Thonny."""

    screen: gui.Screen
    eye: Eye
    folder: Path

    def write(self, text: str) -> None:
        """Replace the program, as a child does: mark all of it and type."""
        self.screen.press("Escape", "ctrl+a", "Delete")
        self.eye.until_not("text")
        first, *lines = text.split("\n")
        self.screen.type(first)
        for before, line in zip([first, *lines], lines, strict=False):
            self.screen.press("Return")
            indent = len(before) - len(before.lstrip()) + 4 * before.endswith(":")
            wanted = len(line) - len(line.lstrip())
            self.screen.press(*["BackSpace"] * ((indent - wanted) // 4))
            self.screen.type(line.lstrip())
        gui.wait(lambda: self.eye.view["text"] == text, text, 20)


@pytest.fixture(scope="module")
def python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with Thonny and the plug-in's wheel."""
    gui.wanted("Xvfb", "xdotool")
    pytest.importorskip("tkinter")
    folder = request.config.cache.mkdir("thonny")
    found = folder / "bin" / "python"
    pip = [str(found), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if not (folder / "ready").is_file():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([*pip, THONNY], check=True)
        (folder / "ready").touch()
    wheels = tmp_path_factory.mktemp("wheels")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(wheels), str(PLUGIN)]
    subprocess.run(build, check=True, capture_output=True)  # the wheel from the source package
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "--no-deps", "--force-reinstall", str(wheel)], check=True)
    return found


@pytest.fixture(scope="module")
def thonny(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thonny]:
    """Thonny with a file open in it, and the model ready."""
    folder = tmp_path_factory.mktemp("thonny")
    (folder / "user").mkdir()
    (folder / "user" / "configuration.ini").write_text("[general]\nlanguage = en_US\n", "utf-8")
    (folder / ".pippy.toml").write_text(SETTINGS, "utf-8")
    program = folder / "game.py"
    program.write_text(FACE, "utf-8")
    screen = gui.Screen(folder, 1024, 768)
    cache = os.environ.get("PIPPY_CACHE_DIR") or str(Path.home() / ".cache" / "pippy-lsp")
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "DISPLAY": screen.name,
        "HOME": str(folder),
        "THONNY_USER_DIR": str(folder / "user"),
        "PIPPY_CACHE_DIR": cache,
        "PIPPY_MODEL": "qwen2.5-coder-0.5b-instruct",
        "PIPPY_LSP_COMMAND": f"{sys.executable} -m pippy_lsp",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'editors' / 'eye_tk'}",
        "PIPPY_TEST_EYE": str(folder / "eye.json"),
    }
    start = ["env", "-C", str(folder), str(python), "-m", "thonny", str(program)]
    with gui.running(start, environment, folder / "log"):
        found = Thonny(screen, Eye(folder / "eye.json"), folder)
        window = screen.window("Thonny")
        screen.do("windowmove", window, "0", "0")
        screen.do("windowsize", window, "1024", "768")
        found.eye.ready()
        left, top = found.eye.view["origin"]
        screen.click(left + 200, top + 100)
        found.eye.until("focus")
        yield found
        server = psutil.Process(found.eye.look()["pid"])
    gui.wait(lambda: not server.is_running(), "the end of the server", 20)
    screen.close()


def test_a_letter_that_tk_counts_twice_moves_nothing(thonny: Thonny) -> None:
    """It is in the file that was opened: no key has it."""
    assert thonny.eye.view["text"] == FACE
    thonny.screen.press("ctrl+Home", "End", "shift+F2")
    gui.wait(lambda: thonny.eye.view["text"] == FACE.replace("fcae", "face"), "the fix")


def test_shows_a_suggestion_beside_the_text_and_takes_it(thonny: Thonny) -> None:
    thonny.write(PROGRAM)
    (ghost, *_) = thonny.eye.until("ghost")
    thonny.eye.until("labels")
    view = thonny.eye.view
    assert view["text"] == PROGRAM
    (text, x, y), cursor = view["labels"][0], view["places"][view["cursor"]]
    assert (text, x, y) == (ghost, cursor[0], cursor[1])  # right behind the cursor
    thonny.screen.press("Tab")
    thonny.eye.until("text", f"    {ghost}")
    assert thonny.eye.view["text"].startswith(PROGRAM + ghost)
    thonny.screen.press("ctrl+z")
    gui.wait(lambda: thonny.eye.view["text"] == PROGRAM, "one step of undo")


def test_typing_along_keeps_it_and_escape_hides_it(thonny: Thonny) -> None:
    thonny.write('animals = ["cat", "dog", "cow"]\nfor animal in animals:\n    ')
    (ghost, *_) = thonny.eye.until("ghost")
    thonny.screen.type(ghost[:2])
    thonny.eye.until("text", f"    {ghost[:2]}")
    assert thonny.eye.view["ghost"][0] == ghost[2:]
    thonny.screen.press("Escape")
    thonny.eye.until_not("ghost")


def test_takes_a_word(thonny: Thonny) -> None:
    thonny.write('animals = ["cat", "dog", "cow"]\nfor animal in animals:\n    ')
    (ghost, *_) = thonny.eye.until("ghost")
    before = thonny.eye.view["text"]
    thonny.screen.press("ctrl+Right")
    gui.wait(lambda: thonny.eye.view["text"] != before, "a word")
    (rest, *_) = thonny.eye.until("ghost")
    assert thonny.eye.view["text"] + rest == before + ghost
    assert len(rest) < len(ghost)


def test_what_stands_behind_the_cursor_stays_behind_the_suggestion(thonny: Thonny) -> None:
    thonny.write('name = input("What is your name? ")\nprint()')
    thonny.screen.press("Left", "F4")
    (ghost, *_) = thonny.eye.until("ghost")
    assert ghost.endswith(")")
    thonny.screen.press("Tab")
    thonny.eye.until("text", f"print({ghost}")
    assert "))" not in thonny.eye.view["text"]


def test_explains_a_line_in_the_panel(thonny: Thonny) -> None:
    thonny.write("for i in range(3):\n    print(i)")
    thonny.screen.press("Escape", "Up", "Home", "F1")
    thonny.eye.until("panel", "run 3 times")
    words = thonny.eye.until("panel", "A computer's guess")
    assert "for is a loop" in words


def test_explains_the_word_under_the_pointer(thonny: Thonny) -> None:
    thonny.write("for i in range(3):\n    print(i)\n")
    thonny.screen.press("Escape")
    thonny.screen.point(*thonny.eye.place("range"))
    thonny.eye.until("bubble", "range")
    thonny.screen.point(*thonny.eye.place("print"))
    thonny.eye.until("bubble", "print")
    thonny.screen.press("Escape")
    thonny.eye.until_not("bubble")


def test_the_menu_at_the_cursor_fixes_a_mistake(thonny: Thonny) -> None:
    thonny.write("score = 1\nprint(scroe)")
    thonny.screen.press("Escape", "F2")
    assert "Fix this" in thonny.eye.until("menu")
    thonny.screen.press("Down", "Return")
    thonny.eye.until("text", "print(score)")


def test_explains_the_error_of_a_run(thonny: Thonny) -> None:
    thonny.write("scores = [4, 5, 6]\n\nprint(scores[3])")
    thonny.screen.press("Escape", "F5")
    words = thonny.eye.until("panel", "scores has 3 things")
    assert "at line 3" in words


def test_picture(thonny: Thonny) -> None:
    """The picture for the README: an explanation beside ghost text."""
    thonny.screen.click(*thonny.eye.place("scores"))
    thonny.write(PROGRAM)
    thonny.screen.press("Escape", "ctrl+Home", "Down", "Down", "Down", "Down", "Down", "F1")
    thonny.eye.until("panel", "A computer's guess")
    thonny.screen.press("ctrl+End", "F4")
    thonny.eye.until("ghost")
    thonny.screen.point(1000, 700)
    thonny.eye.until("labels")
    thonny.screen.picture(PICTURES / "thonny.png", (0, 0, 1024, 534))
