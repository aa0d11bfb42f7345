"""What the child's own modules define."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pippy_lsp.analysis import project
from pippy_lsp.completion.suggest import Completer
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Infill
from pippy_lsp.settings import CompletionSettings
from tests.fakes import FakeEngine

PETS = """\
import random
LIVES = 3
_secret = 1

def feed(pet, food=1):
    return pet

def _hidden(): pass

class Dog:
    def __init__(self, name):
        self.name = name
    def bark(self, times):
        pass
"""
OFFERS = "LIVES, feed(pet, food), Dog, Dog.bark(times)"

# The program, and what is told of the modules pets, zoo and broken beside it.
PROGRAMS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "import": ("import random\nimport pets\n", [("pets.py", OFFERS)]),
    "from": ("from pets import feed\n", [("pets.py", OFFERS)]),
    "crlf": ("import pets\r\nx = 1\r\n", [("pets.py", OFFERS)]),
    "two in order": ("import zoo, pets\n", [("zoo.py", "open_zoo()"), ("pets.py", OFFERS)]),
    "twice": ("import pets\nfrom pets import Dog\n", [("pets.py", OFFERS)]),
    "not imported": ("print(1)\n", []),
    "not there": ("import cats\n", []),
    "broken": ("import broken\n", []),
    "the standard library's": ("import random, math\n", []),
    "in a line that is not finished": ("import \nfrom pets import\n", []),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pets.py").write_text(PETS, "utf-8")
    (tmp_path / "zoo.py").write_text("def open_zoo():\n    pass\n", "utf-8")
    (tmp_path / "broken.py").write_text("def broken(:\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize(("program", "told"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_outlines(program: str, told: list[tuple[str, str]], folder: Path) -> None:
    assert project.outlines(program, folder) == told
    assert project.outlines(program, None) == []


def test_a_changed_file_is_read_again(folder: Path) -> None:
    assert project.outlines("import zoo\n", folder) == [("zoo.py", "open_zoo()")]
    (folder / "zoo.py").write_text("def close_zoo():\n    pass\n", "utf-8")
    os.utime(folder / "zoo.py", ns=(1, 1))
    assert project.outlines("import zoo\n", folder) == [("zoo.py", "close_zoo()")]


def test_what_is_in_the_editor_counts(folder: Path) -> None:
    opened = {"zoo": "def feed_zoo():\n    pass\n", "unsaved": "FOOD = 1\n", "cats": "x = 1"}
    program = "import zoo, unsaved\n"
    found = project.outlines(program, folder, opened)
    assert found == [("zoo.py", "feed_zoo()"), ("unsaved.py", "FOOD")]
    broken = {name: f"{text}def (" for name, text in opened.items()}
    assert project.outlines(program, folder, broken) == found
    assert project.outlines("import zoo\n", folder) == [("zoo.py", "open_zoo()")]


def test_a_long_module_is_cut(folder: Path) -> None:
    text = "".join(f"def number_{n}(a, b):\n    pass\n" for n in range(100))
    (folder / "zoo.py").write_text(text, "utf-8")
    ((_, offers),) = project.outlines("import zoo\n", folder)
    assert len(offers) <= 300
    assert offers.endswith(")")


async def test_the_model_is_told(folder: Path) -> None:
    engine = FakeEngine("pets.feed(1)")
    text = "import pets\npets."
    snapshot = DocumentSnapshot((folder / "game.py").as_uri(), 1, text)
    settings = CompletionSettings(debounce_ms=0)
    await Completer(engine).suggest(snapshot, len(text), settings, level=5)
    prompt = engine.requests[0].prompt
    assert isinstance(prompt, Infill)
    assert f"# pets.py: {OFFERS}\n\n" in prompt.header
