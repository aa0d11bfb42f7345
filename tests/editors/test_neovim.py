"""Neovim 0.12 with its own ghost text and with ours, and 0.11 with ours: the same for the child."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.editor import PATIENT
from tests.editors.conftest import PICTURES, needed
from tests.editors.neovim import PACKAGES, Neovim, binary

PROGRAM = """\
import random

secret = random.randint(1, 10)


def ask():
    guess = int(input("Your guess: "))
    return guess


def play():
"""
EDITORS = ["0.12 builtin", "0.12 own", "0.11 own"]


@pytest.fixture(scope="module", params=EDITORS)
def neovim(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    server_command: list[str],
    server_environment: dict[str, str],
) -> Iterator[Neovim]:
    needed("tmux")
    version, ghost = request.param.split()
    config = {"cmd": server_command, "ghost": ghost, "settings": PATIENT}
    folder = tmp_path_factory.mktemp("nvim")
    editor = Neovim(binary(version), folder, server_environment, config)
    try:
        yield editor
    finally:
        editor.close()


def suggested(neovim: Neovim, before: str, typed: str) -> str:
    """Open `before`, type: the ghost text."""
    neovim.open(before)
    neovim.press("o")
    neovim.type(typed)
    neovim.wait(lambda: neovim.lua("require('pippy').visible()"), "a suggestion")
    return neovim.wait(neovim.ghost, "ghost text").rstrip()


def taken(neovim: Neovim) -> int:
    count: int = neovim.status()["suggestions"]["accepted"]
    return count


def test_ghost_text_is_shown_and_taken(neovim: Neovim, request: pytest.FixtureRequest) -> None:
    ghost = suggested(neovim, PROGRAM, "g")
    before = taken(neovim)
    if "0.12 builtin" in request.node.name:
        neovim.picture(PICTURES / "neovim.svg")
    neovim.press("Tab")
    neovim.wait(lambda: taken(neovim) == before + 1, "the server to hear of it")
    lines = neovim.lines()
    assert lines[11] == "    g" + ghost
    row, column = neovim.lua("vim.api.nvim_win_get_cursor(0)")
    assert (row, column) == (len(lines), len(lines[-1]))
    neovim.press("Escape")
    neovim.press("u")
    neovim.wait(lambda: neovim.lines()[11:] == ["    g"], "the undo of the suggestion alone")


def test_ghost_text_stays_while_its_letters_are_typed(neovim: Neovim) -> None:
    ghost = suggested(neovim, PROGRAM, "g")
    neovim.type(ghost[0])
    neovim.wait(lambda: neovim.lines()[11] == "    g" + ghost[0], "the letter")
    assert neovim.ghost().rstrip() == ghost[1:]
    neovim.press("Tab")
    neovim.wait(lambda: neovim.lines()[11] == "    g" + ghost, "all of it, once")


def test_ghost_text_goes_when_another_letter_is_typed(neovim: Neovim) -> None:
    ghost = suggested(neovim, PROGRAM, "g")
    other = "7" if not ghost.startswith("7") else "8"
    neovim.type(other)
    neovim.wait(lambda: neovim.lines()[11] == "    g" + other, "the letter")
    assert ghost[1:] not in neovim.ghost()
    neovim.press("Escape")
    neovim.wait(lambda: not neovim.lua("require('pippy').visible()"), "nothing in Normal mode")


def test_word_by_word(neovim: Neovim) -> None:
    ghost = suggested(neovim, PROGRAM, "guess ")
    word = ghost.split()[0]
    neovim.press("M-Right")
    neovim.wait(lambda: neovim.lines()[11] == "    guess " + word, "the word")
    assert neovim.ghost().rstrip() == ghost[len(word) :]
    assert neovim.status()["suggestions"]["partly"] >= 1


def test_another_version_is_what_is_taken(neovim: Neovim) -> None:
    suggested(neovim, PROGRAM, "g")
    before = neovim.status()["suggestions"]["offered"]
    neovim.press("M-]")
    neovim.wait(lambda: neovim.status()["suggestions"]["offered"] > before, "an answer")
    neovim.wait(lambda: neovim.lua("require('pippy').visible()"), "a suggestion")
    ghost = neovim.ghost().rstrip().removesuffix(" (1/1)")
    neovim.press("Tab")
    neovim.wait(lambda: neovim.lines()[11] == "    g" + ghost, "the version that was shown")


def test_windows_line_ends(neovim: Neovim) -> None:
    ghost = suggested(neovim, PROGRAM.replace("\n", "\r\n"), "g")
    assert neovim.lua("vim.bo.fileformat") == "dos"
    neovim.press("Tab")
    neovim.wait(lambda: neovim.lines()[11] == "    g" + ghost, "the suggestion")
    assert "\r" not in "".join(neovim.lines())


# id, what is left of a suggestion, its first piece by words, and by lines
PIECES = [
    ("a word", "print(name)", "print", "print(name)"),
    ("signs", "(name, 1)", "(", "(name, 1)"),
    ("space before", " = ask()", " =", " = ask()"),
    ("letters of all languages", "año = 1", "año", "año = 1"),
    ("the next line", "\\n    x = 1\\ny", "\n    x", "\n    x = 1"),
    ("space alone", "  ", "  ", "  "),
]


@pytest.mark.parametrize(
    ("rest", "word", "line"), [p[1:] for p in PIECES], ids=[p[0] for p in PIECES]
)
def test_pieces(neovim: Neovim, rest: str, word: str, line: str) -> None:
    assert neovim.lua(f'require("pippy.text").word("{rest}")') == word
    assert neovim.lua(f'require("pippy.text").line("{rest}")') == line


# id, the command line before the cursor, what can stand there
COMPLETIONS = [
    ("a name", "Pippy ex", ["explain"]),
    ("a level", "Pippy level ", ["1", "2", "3", "4", "5", "auto"]),
    ("a mode", "Pippy mode b", ["block"]),
    ("with a range", "1,2Pippy fi", ["fix"]),
    ("nothing more", "Pippy doctor ", []),
]


@pytest.mark.parametrize(
    ("typed", "found"), [c[1:] for c in COMPLETIONS], ids=[c[0] for c in COMPLETIONS]
)
def test_completions_of_the_command(neovim: Neovim, typed: str, found: list[str]) -> None:
    assert neovim.lua(f'vim.fn.getcompletion("{typed}", "cmdline")') == found


def test_dismissed_tab_is_a_tab(neovim: Neovim) -> None:
    suggested(neovim, PROGRAM, "g")
    neovim.press("C-]")
    neovim.wait(lambda: not neovim.ghost().strip(), "no ghost text")
    neovim.press("Tab")
    neovim.wait(lambda: neovim.lines()[11] in ("    g\t", "    g   "), "a tab")


def test_columns_after_an_emoji(neovim: Neovim) -> None:
    start = 'names = ["🐍 Ada", "Bo"]'
    ghost = suggested(neovim, start, 'print("🐍", nam')
    neovim.press("Tab")
    neovim.wait(lambda: neovim.lines()[1] == 'print("🐍", nam' + ghost, "the suggestion")


def test_explanation(neovim: Neovim, request: pytest.FixtureRequest) -> None:
    neovim.open(PROGRAM)
    neovim.command("3Pippy explain")
    neovim.sees("computer's guess")
    if "0.12 builtin" in request.node.name:
        neovim.picture(PICTURES / "neovim-explain.svg")


def test_hover(neovim: Neovim) -> None:
    neovim.open("count = 3\nfor i in range(count):\n    print(i)\n")
    neovim.command("normal! 2G0")
    neovim.press("K")
    neovim.sees("3 times")


def test_fix(neovim: Neovim) -> None:
    neovim.open("guess = 3\nif guess = 3:\n    print('yes')\n")
    neovim.command("2Pippy fix")
    neovim.wait(lambda: neovim.lines()[1] == "if guess == 3:", "the fix")


def test_nothing_to_fix(neovim: Neovim) -> None:
    neovim.open("guess = 3\n")
    neovim.command("Pippy fix")
    neovim.sees("nothing to fix")


def test_error(neovim: Neovim) -> None:
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    prnt(1)\n'
    neovim.open(trace + "NameError: name 'prnt' is not defined\n", "error.txt.py")
    neovim.command("Pippy error")
    neovim.sees("prnt")
    assert neovim.wait(lambda: len(neovim.lua("vim.api.nvim_list_wins()")) == 2, "a window")


def test_doctor(neovim: Neovim) -> None:
    neovim.open("x = 1\n")
    neovim.command("Pippy doctor")
    neovim.sees("How is Pippy?")
    neovim.command("only")


def test_level_and_mode(neovim: Neovim) -> None:
    neovim.open("x = 1\n")
    neovim.command("Pippy level 9")
    neovim.sees("The level is a number")
    neovim.command("Pippy mode off")
    neovim.sees('The ghost text is "off" now.')
    neovim.press("o")
    neovim.type("prin")
    neovim.command("Pippy mode block")
    neovim.sees('The ghost text is "block" now.')
    settings = neovim.lua("vim.lsp.get_clients({name = 'pippy'})[1].settings.pippy.completion")
    assert settings == {"mode": "block", "timeoutS": 60}


def test_status(neovim: Neovim) -> None:
    neovim.open("x = 1\n")
    neovim.wait(lambda: neovim.lua("require('pippy').statusline()") == "pippy", "an idle server")
    neovim.command("Pippy status")
    neovim.sees("qwen2.5-coder-0.5b-instruct")


def test_off_is_off(neovim: Neovim) -> None:
    neovim.open(PROGRAM)
    neovim.command("Pippy off")
    neovim.wait(lambda: neovim.lua("#vim.lsp.get_clients({name = 'pippy'})") == 0, "no client")
    assert neovim.lua("require('pippy').statusline()") == ""
    assert neovim.lua("vim.fn.maparg('<Tab>', 'i', false, true).buffer or 0") == 0
    neovim.command("Pippy on")
    neovim.wait(lambda: neovim.lua("#vim.lsp.get_clients({name = 'pippy', bufnr = 0})"), "a client")


def test_health(neovim: Neovim) -> None:
    neovim.command("checkhealth pippy")
    neovim.wait(lambda: any("running, for" in line for line in neovim.lines()), "the report")
    report = "\n".join(neovim.lines())
    assert "is pippy-lsp" in report
    assert "ERROR" not in report
    assert "A model is on this computer." in report
    neovim.command("bdelete")


def test_help(neovim: Neovim) -> None:
    neovim.command("help :Pippy")
    neovim.sees("Say what these lines do.")
    neovim.command("bdelete")


def test_sentences_are_in_both_languages(neovim: Neovim) -> None:
    words = neovim.lua("require('pippy.words').words")
    assert set(words["en"]) == set(words["es"])
    assert all(words["es"][key].count("%") == each.count("%") for key, each in words["en"].items())


@pytest.mark.parametrize("version", PACKAGES)
def test_setup_installs_it(version: str, work: Path, server_environment: dict[str, str]) -> None:
    homes = {f"XDG_{name}_HOME": str(work / name) for name in ("CONFIG", "DATA", "STATE")}
    environment = {**server_environment, **homes}
    setup = [sys.executable, "-m", "pippy_lsp", "setup", "neovim"]
    subprocess.run([*setup, "--yes"], env=environment, check=True, stdout=subprocess.DEVNULL)
    ask = "lua io.write(vim.fn.exists(':Pippy'), ' ', vim.lsp.config.pippy.cmd[1])"
    command = [str(binary(version)), "--headless", "-n", "-c", ask, "-c", "qa"]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    exists, server = told.stdout.split()
    assert exists == "2"
    assert Path(server).is_file()
    subprocess.run([*setup, "--undo"], env=environment, check=True, stdout=subprocess.DEVNULL)
    assert list((work / "DATA").rglob("*.lua")) == []


def test_the_help_has_tags() -> None:
    doc = Path(__file__).parents[2] / "editors" / "neovim" / "doc"
    tags = (doc / "tags").read_text("utf-8").splitlines()
    assert {line.split("\t")[0] for line in tags} >= {"pippy", ":Pippy", "g:pippy"}
