"""textDocument/hover: what a word is, in plain words, at once; the model's words when they come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest
import pytest_asyncio
from lsprotocol import types

from tests.e2e.editor import ANSWER_SECONDS, Editor, capabilities, session

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

MARKDOWN_SIGNS = ("`", "**", "---", "\\_", "\\*")
GUESS = "computer's guess"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quick(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """VS Code without the model's explanations: what is certain comes without a model."""
    options = {"teaching": {"explain": False}}
    async with session(tmp_path_factory.mktemp("work"), model="none", options=options) as found:
        yield found


def plain_client() -> types.ClientCapabilities:
    """Kate, as if it showed no Markdown: neither do many a terminal's clients."""
    found = capabilities("kate")
    assert found.text_document is not None
    hover = types.HoverClientCapabilities(content_format=[types.MarkupKind.PlainText])
    return attrs.evolve(found, text_document=attrs.evolve(found.text_document, hover=hover))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A client without Markdown."""
    folder = tmp_path_factory.mktemp("plain")
    options = {"teaching": {"explain": False}}
    async with session(folder, plain_client(), "none", options) as found:
        yield found


def content(hover: types.Hover | None) -> types.MarkupContent:
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    return hover.contents


async def text_at(editor: Editor, marked: str, uri: str) -> str | None:
    uri, place = editor.open_at(marked, uri)
    found = await editor.hover(uri, place.line, place.character)
    return None if found is None else content(found).value


# --- what is certain -----------------------------------------------------------------------

# The program with the mouse at |, and what the hover must say.
SAYS = {
    "range": ("for i in ra|nge(5):\n    print(i)\n", ("`range`", "5 times", "0, 1, 2, 3, 4")),
    "print": ("pr|int(1)\n", ("`print`", "shows")),
    "input": ('name = inp|ut("Who? ")\n', ("`input`", "asks")),
    "variable": ("score = 3\nprint(sco|re)\n", ("`score`", "Line 1", "whole number")),
    "changed-variable": ("n = 1\nn = n + 1\nprint(|n)\n", ("`n`", "Line 1", "Line 2 can change")),
    "parameter": ("def hi(name):\n    print(na|me)\n", ("`name`", "`hi`", "when it is called")),
    "own-function": (
        'def double(n):\n    """Twice as much."""\n    return n * 2\n\nprint(dou|ble(4))\n',
        ("function of your own", "line 1", "Twice as much.", "one value"),
    ),
    "own-class": ("class Dog:\n    pass\n\nrex = Do|g()\n", ("class of your own", "line 1")),
    "import": ("import ran|dom\n", ("`random`",)),
    "from-a-module": ("import random\nprint(random.rand|int(1, 6))\n", ("`randint`", "number")),
    "method": ("animals = []\nanimals.app|end('cat')\n", ("append", "list")),
    "string": ('print("he|llo")\n', ("text",)),
    "number": ("x = 1|2\n", ("number",)),
    "comment": ("# just wo|rds\n", ("note for people",)),
    "operator": ("if 3 |== 4:\n    pass\n", ("`==`", "same")),
    "keyword": ("wh|ile True:\n    break\n", ("`while`", "loop", "`break`")),
    "return": ("def one():\n    ret|urn 1\n", ("`return`", "hands back `1`")),
    "in-a-broken-file": ("for i in ra|nge(3)\n    print(i\n", ("`range`",)),
    "tabs": ("for i in range(2):\n\tfor j in ra|nge(3):\n\t\tprint(j)\n", ("3 times", "0, 1, 2")),
    "crlf": ("age = 12\r\nif age > 10:\r\n    print(a|ge)\r\n", ("`age`", "Line 1")),
    "after-an-emoji": ('print("🌞🌞é", le|n("ab"))\n', ("`len`",)),
    "accented-name": ("año = 12\nprint(añ|o)\n", ("`año`", "Line 1")),
    "no-line-end": ("pr|int", ("`print`",)),
}


@pytest.mark.parametrize("name", SAYS)
async def test_says(quick: Editor, name: str) -> None:
    marked, expected = SAYS[name]
    said = await text_at(quick, marked, f"untitled:{name}")
    assert said is not None
    assert [each for each in expected if each not in said] == []
    assert "\\n" not in said


NOTHING = {
    "blank-line": "x = 1\n|\ny = 2\n",
    "blank-space": "if True:\n |   pass\n",
    "after-the-end": "x = 1\n\n\n|",
    "empty-file": "|",
    "unknown-name": "prnt|ing\n",
}


@pytest.mark.parametrize("name", NOTHING)
async def test_says_nothing_of(quick: Editor, name: str) -> None:
    assert await text_at(quick, NOTHING[name], f"untitled:nothing-{name}") is None


@pytest.mark.parametrize("name", ["after-an-emoji", "accented-name", "crlf", "tabs"])
async def test_marks_the_word(quick: Editor, name: str) -> None:
    """The range is that of the word under the mouse, in the client's columns."""
    marked = SAYS[name][0]
    uri, place = quick.open_at(marked, f"untitled:word-{name}")
    found = await quick.hover(uri, place.line, place.character)
    assert found is not None
    assert found.range is not None
    word = {"after-an-emoji": "len", "accented-name": "año", "crlf": "age", "tabs": "range"}[name]
    erased = quick.applied(quick.texts[uri], [types.TextEdit(found.range, "")])
    before = marked.split("|")[0]
    kept = next(size for size in range(len(word) + 1) if before.endswith(word[:size]) and size)
    start = len(before) - kept
    assert erased == quick.texts[uri][:start] + quick.texts[uri][start + len(word) :]


async def test_a_saved_file_is_explained_as_an_unsaved_one(quick: Editor) -> None:
    marked = SAYS["range"][0]
    (quick.folder / "spaces and é.py").write_text("nothing = 'of this'\n", "utf-8")
    saved = await text_at(quick, marked, (quick.folder / "spaces and é.py").as_uri())
    assert saved == await text_at(quick, marked, "untitled:unsaved")


async def test_far_positions_are_no_trouble(quick: Editor) -> None:
    uri = quick.open("print(1)\n", "untitled:far")
    assert await quick.hover(uri, 99, 0) is None
    assert await quick.hover(uri, 0, 999) is None


# --- Markdown, or not ----------------------------------------------------------------------


@pytest.mark.parametrize("client", ["vscode", "neovim", "kate"])
async def test_markdown_for_those_who_say_they_show_it(client: str, tmp_path: Path) -> None:
    async with session(tmp_path, client, "none") as editor:
        uri = editor.open(SAYS["own-function"][0].replace("|", ""))
        found = content(await editor.hover(uri, 4, 7))
        assert found.kind == types.MarkupKind.Markdown
        assert "`double`" in found.value


@pytest.mark.parametrize("name", SAYS)
async def test_no_markdown_for_others(plain: Editor, name: str) -> None:
    uri, place = plain.open_at(SAYS[name][0], f"untitled:plain-{name}")
    found = content(await plain.hover(uri, place.line, place.character))
    assert found.kind == types.MarkupKind.PlainText
    assert [sign for sign in MARKDOWN_SIGNS if sign in found.value] == []
    expected = [each.replace("`", "") for each in SAYS[name][1]]
    assert [each for each in expected if each not in found.value] == []


# --- the model -----------------------------------------------------------------------------


async def test_answers_while_the_model_loads(tmp_path: Path) -> None:
    async with session(tmp_path, "vscode", "meaning") as editor:
        uri = editor.open("for i in range(5):\n    print(i)\n")
        assert (await editor.status()).phase in ("stopped", "loading")
        assert "5 times" in content(await editor.hover(uri, 0, 10)).value


async def test_answers_when_there_is_no_model(tmp_path: Path) -> None:
    async with session(tmp_path, "vscode", "none") as editor:
        uri = editor.open("for i in range(5):\n    print(i)\n")
        await editor.ready("failed")
        found = content(await editor.hover(uri, 0, 10)).value
        assert "5 times" in found
        assert GUESS not in found


async def until_guessed(editor: Editor, uri: str, line: int, character: int) -> str:
    """The hover with the model's words, which a first hover asks for."""
    end = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < end:
        said = content(await editor.hover(uri, line, character)).value
        if GUESS in said:
            return said
        await asyncio.sleep(0.25)
    raise AssertionError(f"the model said nothing: {said}")


async def test_the_models_words_come_at_the_next_hover(editor: Editor) -> None:
    uri = editor.open("for i in range(5):\n    print(i)\n", "untitled:guess")
    first = content(await editor.hover(uri, 0, 10)).value
    assert "5 times" in first
    assert GUESS not in first
    then = await until_guessed(editor, uri, 0, 10)
    assert then.startswith(first)
    guess = then.removeprefix(first).replace("---", "").split("*A computer")[0]
    assert 3 <= len(guess.split()) <= 60


async def test_the_models_words_hold_only_for_their_line(editor: Editor) -> None:
    uri = editor.open("for i in range(4):\n    print(i)\n", "untitled:changed")
    await until_guessed(editor, uri, 0, 10)
    editor.change(uri, "for i in range(6):\n    print(i)\n")
    found = content(await editor.hover(uri, 0, 10)).value
    assert "6 times" in found
    assert GUESS not in found


async def test_a_hover_may_wait_for_the_model(tmp_path: Path) -> None:
    options = {"teaching": {"hoverWaitMs": 1000 * int(ANSWER_SECONDS)}}
    async with session(tmp_path, plain_client(), "meaning", options) as editor:
        await editor.ready()
        uri = editor.open("total = 3 + 4\nprint(total)\n")
        found = content(await editor.hover(uri, 1, 1)).value
        assert GUESS in found
        assert [sign for sign in MARKDOWN_SIGNS if sign in found] == []
