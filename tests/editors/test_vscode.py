"""VS Code with the extension, as it is given to people: the real editor, server and model."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pippy_lsp import __version__
from tests.editors.code_server import EXTENSION, CodeServer, chromium, code_server, extension
from tests.editors.conftest import MODEL, PICTURES
from tests.editors.vscode_driver import VSCode, browser
from tools import packages

pytestmark = pytest.mark.timeout(900)
SERVER = Path(sys.executable).parent / "pippy-lsp"
SETTINGS: dict[str, Any] = {
    "breadcrumbs.enabled": False,
    "editor.cursorBlinking": "solid",
    "editor.minimap.enabled": False,
    "telemetry.telemetryLevel": "off",
    "terminal.integrated.defaultProfile.linux": "bash",
    "workbench.activityBar.location": "hidden",
    "workbench.startupEditor": "none",
    "window.commandCenter": False,
}
PATIENT = {"pippy.completion.timeoutS": 60, "pippy.model.name": MODEL}
"""For a machine that is busy with other things."""
GUESS = "import random\n\nsecret = random.randint(1, 10)\n"


@dataclass
class Place:
    """A running code-server and its window."""

    server: CodeServer
    window: VSCode


@dataclass
class Workshop:
    """What is made once: the extension, and the browser to look at it."""

    vsix: Path
    chrome: Any
    command: list[str]


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    pytest.importorskip("playwright", reason="playwright is not installed: pip install playwright")
    command, program = code_server(), chromium()
    vsix = extension()
    with browser(program) as chrome:
        yield Workshop(vsix, chrome, command)


@contextmanager
def started(
    folder: Path, workshop: Workshop, settings: dict[str, Any], environment: dict[str, str]
) -> Iterator[Place]:
    """A code-server with one folder open."""
    work = folder / "work"
    work.mkdir()
    # The settings are what is tested here, and they come after the environment.
    named = ("PIPPY_MODEL", "PIPPY_LANGUAGE")
    environment = {name: value for name, value in environment.items() if name not in named}
    every = {**SETTINGS, **settings}
    server = CodeServer(workshop.command, folder, workshop.vsix, every, environment)
    page = workshop.chrome.new_page(viewport={"width": 900, "height": 480})
    try:
        window = VSCode(page, server.url, work)
        window.press("Control+B")
        yield Place(server, window)
    finally:
        page.close()
        server.close()


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory,
    workshop: Workshop,
    server_environment: dict[str, str],
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("vscode")
    settings = {**PATIENT, "pippy.server.path": str(SERVER)}
    with started(folder, workshop, settings, server_environment) as found:
        yield found


@pytest.fixture
def window(place: Place) -> VSCode:
    """The window, with nothing open that a test before has left."""
    found = place.window
    found.press("Escape", "Escape")
    found.command("View: Close All Editors")
    return found


def test_ghost_text_is_shown_and_taken(window: VSCode) -> None:
    window.open(GUESS, "guess.py")
    window.ready()
    window.type("gue")
    ghost = window.wait(window.ghost, "ghost text")
    window.page.screenshot(path=str(picture("vscode.png")))
    window.press("Tab")
    window.wait(lambda: window.lines()[3:] == ("gue" + ghost).split("\n"), "the suggestion")
    ast.parse("\n".join(window.lines()))
    last = window.lines()[-1]
    window.sees(f"Ln {3 + len(ghost.splitlines())}, Col {len(last) + 1}")


def test_ghost_text_stays_while_its_letters_are_typed(window: VSCode) -> None:
    window.open("animals = ['cat', 'dog']\nfor animal in animals:\n", "along.py")
    window.ready()
    window.type("    ")
    ghost = window.wait(window.ghost, "ghost text")
    assert ghost.startswith("print(")
    window.watch()
    for typed in range(5):
        window.type(ghost[typed])
        window.shows_ghost(ghost[typed + 1 :])
    assert "" not in window.watched()
    window.type("!")
    window.wait(lambda: window.ghost() != ghost[5:], "it to go when something else is typed")


def test_hover_and_explanation(window: VSCode) -> None:
    window.open(GUESS, "hover.py")
    window.ready()
    assert "picks a whole number by luck" in window.hover("randint")
    window.page.locator(".monaco-hover a", has_text="Explain this line").click()
    window.wait(lambda: "A computer's guess" in window.page_text(), "the explanation")
    assert "Explain this" in window.page_text()
    window.page.mouse.move(300, 400)
    window.wait(lambda: not window.page.locator(".monaco-hover:visible").count(), "no hover")
    window.page.screenshot(path=str(picture("vscode-explain.png")))


def test_an_action_mends_a_line(window: VSCode) -> None:
    window.open("guess = 3\nif guess = 3:\n    print('yes')\n", "fix.py")
    window.ready()
    window.press("Control+Home", "ArrowDown")
    assert "Fix this" in "".join(window.actions())
    window.act("Fix this")
    window.wait(lambda: window.lines()[1] == "if guess == 3:", "the fix")


def test_how_is_pippy(window: VSCode) -> None:
    window.open("x = 1\n", "doctor.py")
    window.ready()
    window.command("Pippy: How is Pippy?")
    window.wait(lambda: MODEL in window.page_text(), "the report")
    # One suggestion was taken by the first test, if it ran: then the server has heard of it.
    assert "1 taken" in window.page_text() or "0 offered" in window.page_text()


@pytest.mark.parametrize(
    ("language", "title"), [("Español", "¿Cómo está Pippy?"), ("English", "How is Pippy?")]
)
def test_the_menu_changes_what_the_server_does(
    window: VSCode, place: Place, language: str, title: str
) -> None:
    window.open("x = 1\n", f"{language[:2].lower()}.py")
    window.ready()
    window.status_item("status").click()
    window.choose("Language")
    window.choose(language)
    code = language[:2].lower()
    window.wait(lambda: place.server.setting("pippy.language") == code, "the setting")

    def asked() -> bool:
        window.command("Pippy: How is Pippy?")
        window.page.wait_for_timeout(2000)  # it is asked again where the setting comes later
        return title in window.page_text()

    window.wait(asked, "its words")


def test_a_question_is_answered(window: VSCode) -> None:
    window.open("x = 1\n", "ask.py")
    window.ready()
    window.command("Pippy: Ask a question")
    box = window.page.locator(".quick-input-box input")
    box.fill("How do I repeat something 5 times?")
    window.press("Enter")
    window.wait(lambda: "for" in window.page_text(), "the answer")
    assert "Ask Pippy" in window.page_text()


def test_an_error_in_the_terminal_is_explained(window: VSCode) -> None:
    window.open("animal = 'owl'\nprint(animl)\n", "error.py")
    window.ready()
    window.command("Terminal: Create New Terminal")
    terminal = window.page.locator(".terminal-wrapper.active .xterm-helper-textarea")
    terminal.wait_for()
    window.page.wait_for_timeout(3000)  # the shell tells nothing of when it is ready
    terminal.focus()
    window.type(f"{sys.executable} error.py\n")
    window.wait(lambda: window.status_item("error").is_visible(), "the offer to explain")
    assert window.status_item("error").inner_text().strip() == "What does NameError mean?"
    window.status_item("error").click()
    window.wait(lambda: "animl" in window.page_text(), "the explanation")
    assert "animal" in window.page_text()


def test_it_is_started_again_when_it_ends(window: VSCode, place: Place) -> None:
    window.open("x = 1\n", "again.py")
    window.ready()
    (server,) = place.server.processes("pippy-lsp --stdio")
    server.kill()
    window.wait(lambda: window.status() != "ready", "the end to be noticed")
    window.ready()
    assert place.server.processes("pippy-lsp --stdio")[0].pid != server.pid


def test_off_is_off(window: VSCode, place: Place) -> None:
    window.open("x = 1\n", "off.py")
    window.ready()
    window.command("Pippy: Turn off")
    window.wait(lambda: window.status() == "off", "the word")
    window.wait(lambda: not place.server.processes("pippy-lsp --stdio"), "the server to end")
    window.wait(lambda: not place.server.processes("pippy_lsp.engine"), "the worker to end")
    window.command("Pippy: Turn on")
    window.ready()


def test_a_wrong_setting_is_said_in_a_sentence(
    tmp_path: Path, workshop: Workshop, server_environment: dict[str, str]
) -> None:
    settings = {**PATIENT, "pippy.server.path": "/nowhere/pippy-lsp"}
    with started(tmp_path, workshop, settings, server_environment) as place:
        window = place.window
        window.open("x = 1\n", "wrong.py")
        window.wait(window.notifications, "a message")
        (message,) = window.notifications()
        assert message.startswith('The setting "pippy.server.path" names "/nowhere/pippy-lsp"')
        assert window.status() == "needs help"


def test_it_sets_itself_up(
    tmp_path: Path, workshop: Workshop, server_environment: dict[str, str]
) -> None:
    """No server on the PATH: it is installed out of the extension, without a terminal."""
    environment = {**server_environment, "PATH": without_the_server()}
    del environment["PYTHONPATH"]
    settings = {**PATIENT, "pippy.server.python": sys.executable}
    with started(tmp_path, workshop, settings, environment) as place:
        window = place.window
        window.open(GUESS, "setup.py")
        window.wait(lambda: window.status() == "not set up yet", "the status")
        window.button("Set up")
        window.wait(lambda: window.status() == "being set up", "the installation")
        window.wait(lambda: window.status() == "ready", "the installation to end", seconds=600)
        window.type("gue")
        window.wait(window.ghost, "ghost text")
        (server,) = place.server.processes("pippy-lsp --stdio")
        assert str(place.server.user) in " ".join(server.cmdline())


def test_the_extension_has_all_that_vs_code_looks_for(workshop: Workshop) -> None:
    assert packages.missing(workshop.vsix, __version__) == []


def test_what_needs_no_editor() -> None:
    """The extension's own unit tests."""
    ask = ["npm", "test"]
    done = subprocess.run(ask, cwd=EXTENSION, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]


def without_the_server() -> str:
    """The PATH without the folders that have our server."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(each for each in folders if not (Path(each) / "pippy-lsp").exists())


def picture(name: str) -> Path:
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES / name
