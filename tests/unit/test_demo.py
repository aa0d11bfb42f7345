from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from pippy_lsp import demo, demo_scenes, prompts
from pippy_lsp.demo_client import Ghost
from pippy_lsp.demo_view import View
from pippy_lsp.errors import ModelFileMissing


def shipped() -> list[str]:
    return sorted(path.stem for path in (prompts.root() / "demo").glob("*.toml"))


@pytest.mark.parametrize("language", shipped())
def test_the_shipped_session_fits_its_program(language: str) -> None:
    scenes = demo_scenes.from_script(demo_scenes.script(language))
    before, behind = scenes.program[: scenes.type_at], scenes.program[scenes.type_at :]
    whole = f"{before}{scenes.typed}pass{behind}"
    compile(whole, scenes.name, "exec")
    (hover,) = demo_scenes.hover_places(scenes, whole)
    assert whole[hover:].startswith(scenes.word)
    (action,) = demo_scenes.action_places(scenes, whole)
    assert whole[:action].endswith(f"\n{scenes.line}")


# id, a program where ^ is the place to write, what is typed there
PLACES = [
    ("empty", "^", ""),
    ("at the end", "a = 1\n^", ""),
    ("at the end of an open line", "a = 1^", "\n"),
    ("empty block", "for i in x:\n^\nprint(i)\n", "    "),
    ("empty block, indented already", "for i in x:\n    ^\nprint(i)\n", ""),
    ("empty block in a block", "def f():\n    if a:\n^\n    return 1\n", "        "),
    ("with a comment", "if a:  # why\n^\n", "    "),
    ("with tabs", "def f():\n\tif a:\n^\n\tpass\n", "\t\t"),
    ("crlf", "if a:\r\n^\r\nb\r\n", "    "),
    ("a colon that opens no block", "a = {1:\n2}\n^", ""),
    ("a docstring with a colon", '"""The rules:\n\n1. Go.\n"""\n^', ""),
]


@pytest.mark.parametrize(("marked", "typed"), [r[1:] for r in PLACES], ids=[r[0] for r in PLACES])
def test_where_a_program_of_ones_own_is_written_on(marked: str, typed: str) -> None:
    text = marked.replace("^", "")
    scenes = demo_scenes.from_program("a.py", "file:///a.py", text)
    assert text[: scenes.type_at] + "^" + text[scenes.type_at :] == marked
    assert (scenes.typed, scenes.removed, scenes.program) == (typed, "", text)


# id, a whole program, with the line that is taken out between marks
WHOLE = [
    ("a loop's line", "for i in x:\n    ^print(i)^\nprint(1)\n"),
    ("the first in the file", "def f():\n    return 1\nif a:\n    ^b()^\nif c:\n    d()\n"),
    ("the inner one", "def f():\n    a = 1\n    if a:\n        ^print('é', a)^\n    return a\n"),
    ("crlf", "if a:\r\n    ^b = 1^\r\n"),
    ("the comment goes too", "if a:\n    ^b = 1  # why^\n"),
    ("no body on the same line", "if a: b()\nwhile c:\n    ^d += 1^\n"),
    ("no two statements in a line", "if a:\n    b = 1; c = 2\nfor i in x:\n    ^print(i)^\n"),
]


@pytest.mark.parametrize("marked", [r[1] for r in WHOLE], ids=[r[0] for r in WHOLE])
def test_what_is_taken_out_of_a_whole_program(marked: str) -> None:
    text = marked.replace("^", "")
    scenes = demo_scenes.from_program("a.py", "file:///a.py", text)
    before, removed, behind = marked.split("^")
    assert scenes.removed == removed
    assert scenes.program == before + behind
    assert scenes.type_at == len(before)


# id, a program, the word that the hover asks first
WORDS = [
    ("a call first", "x = 1\nprint(x)\n", "print"),
    ("not the definition", "def f(a):\n    pass\ng(1)\n", "g"),
    ("no call", "a = 1\n", "a"),
]


@pytest.mark.parametrize(("text", "word"), [r[1:] for r in WORDS], ids=[r[0] for r in WORDS])
def test_what_the_hover_asks_first(text: str, word: str) -> None:
    scenes = demo_scenes.from_program("a.py", "file:///a.py", text)
    assert text[demo_scenes.hover_places(scenes, text)[0] :].startswith(word)


# id, a program, the lines that an action is asked for, in this order
LINES: list[tuple[str, str, list[str]]] = [
    ("no line", "a = 1\n", []),
    ("comments", "a = 1\n# say hello\n# bye\n", ["# say hello", "# bye"]),
    ("a broken line first", "# say hello\nif a\n    b()\n", ["if a", "# say hello"]),
    ("not the shebang", "#!/usr/bin/python3\nprint()\n  # ask\n", ["  # ask"]),
    ("crlf", "a = 1\r\n# ask\r\n", ["# ask"]),
    ("a null character", "# ask\n\0", ["# ask"]),
]


@pytest.mark.parametrize(("text", "lines"), [r[1:] for r in LINES], ids=[r[0] for r in LINES])
def test_what_the_action_asks_for(text: str, lines: list[str]) -> None:
    scenes = demo_scenes.from_program("a.py", "file:///a.py", text)
    places = demo_scenes.action_places(scenes, text)
    assert [text[:at].replace("\r", "").rsplit("\n", 1)[-1] for at in places] == lines


def test_an_empty_program_has_nothing_to_hover() -> None:
    assert demo_scenes.hover_places(demo_scenes.from_program("a.py", "file:///a.py", ""), "") == []


def test_a_model_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.gguf").touch()
    assert demo._absolute("tiny.gguf") == str(tmp_path / "tiny.gguf")
    assert demo._absolute("smollm2-135m-instruct") == "smollm2-135m-instruct"
    with pytest.raises(ModelFileMissing):
        demo._absolute("other.gguf")


def view() -> tuple[View, io.StringIO]:
    file = io.StringIO()
    return View(Console(file=file, width=60, highlight=False), prompts.messages()), file


# id, program with ^ for the cursor, the ghost text, what is shown
SHOWN = [
    ("nothing", "a = 1\n^\nb = 2", None, ["1   a = 1", "2 >", "3   b = 2"]),
    ("one line", "if a:\n    ^\nb = 2", "print(a)", ["1   if a:", "2 >     print(a)", "3   b = 2"]),
    (
        "two lines",
        "if a:\n    ^\nb = 2",
        "c = 1\n    d = 2",
        ["1   if a:", "2 >     c = 1", "+ >     d = 2", "3   b = 2"],
    ),
    ("in a line", "x = ^ + 1", "5", ["1 > x = 5 + 1"]),
    ("at the end", "a = 1\n^", "b = 2", ["1   a = 1", "2 > b = 2"]),
    ("brackets are no markup", "x = [^]", "[0]", ["1 > x = [[0]]"]),
]


@pytest.mark.parametrize(
    ("marked", "ghost", "shown"), [r[1:] for r in SHOWN], ids=[r[0] for r in SHOWN]
)
def test_ghost_text_can_be_seen_without_colours(
    marked: str, ghost: str | None, shown: list[str]
) -> None:
    screen, file = view()
    at = marked.index("^")
    screen.program(marked.replace("^", ""), at, Ghost(ghost, at, at) if ghost else None)
    assert [line.strip() for line in file.getvalue().splitlines()] == shown


def test_a_diff_and_the_times() -> None:
    screen, file = view()
    screen.diff("a\nb\n", "a\nc\n", "a.py")
    screen.time("demo-time-ghost", 41.6)
    screen.times()
    said = file.getvalue()
    assert "-b" in said
    assert "+c" in said
    assert said.count("42 ms") == 2
