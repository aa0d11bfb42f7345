"""What the model is told of the places that it does not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from pippy_lsp.completion import elsewhere
from pippy_lsp.completion.context import Window
from pippy_lsp.completion.recent import Recent
from pippy_lsp.completion.suggest import Completer
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Infill
from pippy_lsp.settings import CompletionSettings
from tests.fakes import FakeEngine

URI = "file:///games/game.py"
LONG = "\n".join(f"def jump_{number:02}(height):\n    pass" for number in range(40)) + "\n"

# What lies above what the model reads, what lies below, and what it is told.
OWN: dict[str, tuple[str, str, str]] = {
    "nothing": ("", "", ""),
    "a function": ("def jump(height):\n    x = 1\n", "", "# game.py: jump(height)\n"),
    "defaults": ("def jump(height=3, *more): pass\n", "", "# game.py: jump(height=3, *more)\n"),
    "a coroutine": ("async def jump():\n", "", "# game.py: jump()\n"),
    "a class": ("class Player(Thing):\n    def go(self): pass\n", "", "# game.py: Player\n"),
    "a name": ("lives = 3\nlives = 4\nlives == 4\n", "", "# game.py: lives\n"),
    "half a function": ("    lives = 3\n    return\ndef jump():\n", "", "# game.py: jump()\n"),
    "above and below": ("lives = 3\n", "def end():\n", "# game.py: lives\n# game.py: end()\n"),
    "no definitions": ("print(1)\n", "print(2)\n", ""),
    "broken": ("def jump(:\nlives = \n", "", "# game.py: lives\n"),
}


@pytest.mark.parametrize(("over", "under", "told"), OWN.values(), ids=OWN.keys())
def test_own_definitions(over: str, under: str, told: str) -> None:
    snapshot = DocumentSnapshot(URI, 1, f"{over}here\n{under}")
    window = Window("here\n", "", len(over), len(over) + 5)
    assert elsewhere.told(snapshot, "", window) == told


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [(LONG + "here", "jump_23(height)", "jump_39(height)"), ("here" + LONG, "jump_00(", "jump_16")],
    ids=["above", "below"],
)
def test_the_nearest_are_told_in_their_order(text: str, first: str, last: str) -> None:
    at = text.index("here")
    snapshot = DocumentSnapshot(URI, 1, text)
    told = elsewhere.told(snapshot, "", Window("here", "", at, at + 4))
    assert len(told) < 330
    assert told.startswith(f"# game.py: {first}")
    assert last in told.rpartition(",")[2]


# Texts of (file, row) that follow each other, the rows that the model sees of game.py, and what it
# is told when the child is in game.py.
SHOP = ["price = 3\ntotal = 0\n", "price = 3\ntotal = price\n"]
EDITS: dict[str, tuple[list[tuple[str, str]], range, list[tuple[str, str]]]] = {
    "nothing changed": ([("game", "a = 1\n")], range(0), []),
    "opened only": ([("shop", SHOP[0])], range(0), []),
    "another file": (
        [("shop", SHOP[0]), ("shop", SHOP[1])],
        range(2),
        [("shop.py", "total = price")],
    ),
    "typed key by key": (
        [("shop", "x\n"), ("shop", "xy\n"), ("shop", "xyz\n")],
        range(2),
        [("shop.py", "xyz")],
    ),
    "seen": ([("game", "a = 1\nb = 2\n"), ("game", "a = 1\nb = 3\n")], range(2), []),
    "not seen": (
        [("game", "a = 1\nb = 2\n"), ("game", "a = 1\nb = 3\n")],
        range(1),
        [("game.py", "b = 3")],
    ),
    "moved by a line above": (
        [("game", "a\nbb\n"), ("game", "a\nbbb\n"), ("game", "new = 1\na\nbbb\n")],
        range(1),
        [("game.py", "bbb")],
    ),
    "deleted since": (
        [("shop", "aa\nbb\n"), ("shop", "aa\nbbb\n"), ("shop", "aa\n")],
        range(1),
        [],
    ),
    "emptied": ([("shop", "aa\nbb\n"), ("shop", "")], range(1), []),
    "a paste": ([("shop", ""), ("shop", "line = 1\n" * 9)], range(1), []),
    "a comment": ([("shop", "a\n"), ("shop", "# hello\n")], range(1), []),
    "an empty line": ([("shop", "a\n"), ("shop", "a\n\n")], range(1), []),
    "three at most, in the order of rows": (
        [("shop", "\n".join(f"r{row} = {n}" for row in range(5))) for n in range(2)],
        range(1),
        [("shop.py", "r2 = 1"), ("shop.py", "r3 = 1"), ("shop.py", "r4 = 1")],
    ),
}


@pytest.mark.parametrize(("texts", "seen", "told"), EDITS.values(), ids=EDITS.keys())
def test_recent(texts: list[tuple[str, str]], seen: range, told: list[tuple[str, str]]) -> None:
    recent = Recent()
    for name, text in texts:
        recent.changed(DocumentSnapshot(f"file:///games/{name}.py", 1, text))
    assert list(recent.lines(DocumentSnapshot(URI, 1, ""), seen)) == told


def test_lines_of_other_folders_are_not_told() -> None:
    recent = Recent()
    for text in SHOP:
        recent.changed(DocumentSnapshot("file:///letters/secret.py", 1, text))
    assert recent.lines(DocumentSnapshot(URI, 1, ""), range(0)) == ()


def test_what_is_told_stays_until_the_child_goes_elsewhere() -> None:
    recent, here = Recent(), DocumentSnapshot(URI, 1, "")
    assert recent.lines(here, range(5, 9)) == ()
    for text in SHOP:
        recent.changed(DocumentSnapshot("file:///games/shop.py", 1, text))
    assert recent.lines(here, range(5, 9)) == ()
    assert recent.lines(here, range(7, 9)) == (("shop.py", "total = price"),)


async def test_the_model_is_told(tmp_path: Path) -> None:
    engine = FakeEngine("1")
    completer = Completer(engine)
    for text in SHOP:
        completer.changed(DocumentSnapshot((tmp_path / "shop.py").as_uri(), 1, text))
    filler = "print('a line of a long program')\n" * 150
    program = f"def jump(height):\n    pass\n\n{filler}x = "
    snapshot = DocumentSnapshot((tmp_path / "game.py").as_uri(), 1, program)
    await completer.suggest(snapshot, len(program), CompletionSettings(debounce_ms=0), level=5)
    asked = engine.requests[0].prompt
    assert isinstance(asked, Infill)
    assert "# game.py: jump(height)\n# shop.py: total = price\n" in asked.header
