"""textDocument/completion: jedi's names; our suggestion first, for editors without ghost text."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types

from tests.e2e.editor import PATIENT, Editor, session

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

SUGGESTION = "pippy: a computer's guess"
"""The detail of the item that is the model's."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kate(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with session(tmp_path_factory.mktemp("kate"), "kate", "meaning", PATIENT) as found:
        await found.ready()
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vscode(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with session(tmp_path_factory.mktemp("vscode"), "vscode", "plumbing") as found:
        await found.ready()
        yield found


async def items_at(editor: Editor, marked: str, uri: str) -> list[types.CompletionItem]:
    uri, place = editor.open_at(marked, uri)
    return list((await editor.complete(uri, place.line, place.character)).items)


def names(items: list[types.CompletionItem]) -> list[str]:
    """The labels as an editor sorts them, without the suggestion."""
    ordered = sorted(items, key=lambda item: item.sort_text or item.label)
    return [item.label for item in ordered if item.detail != SUGGESTION]


# --- names ---------------------------------------------------------------------------------

# The program with the cursor at |, and names that must be there.
OFFERS = {
    "a-module's": ("import random\nrandom.|\n", {"randint", "choice", "shuffle"}),
    "begun": ("import random\nrandom.ran|\n", {"randint", "randrange", "random"}),
    "a-text's": ('word = "hi"\nword.|\n', {"upper", "lower", "split"}),
    "a-list's": ("animals = []\nanimals.|\n", {"append", "remove", "sort"}),
    "own-variable": ("score = 3\nprint(sc|)\n", {"score"}),
    "own-function": ("def double(n):\n    return n\n\ndo|\n", {"double"}),
    "parameter": ("def hi(friend):\n    print(fr|)\n", {"friend"}),
    "built-in": ("pri|\n", {"print"}),
    "module": ("import ran|\n", {"random"}),
    "all-modules": ("import |\n", {"abc", "calendar"}),
    "from-a-module": ("from random import ra|\n", {"randint", "random"}),
    "after-an-emoji": ('word = "🌞é"; wo|\n', {"word"}),
    "accents": ("año = 1\nañ|\n", {"año"}),
    "crlf": ("import math\r\nx = 1\r\nmath.|\r\n", {"pi", "sqrt", "floor"}),
    "tabs": ("for i in range(3):\n\tnumber = i\n\tprint(num|)\n", {"number"}),
    "no-line-end": ("import math\nmath.|", {"pi"}),
}


@pytest.mark.parametrize("name", OFFERS)
async def test_offers_names(vscode: Editor, name: str) -> None:
    marked, expected = OFFERS[name]
    found = await items_at(vscode, marked, f"untitled:names-{name}")
    assert expected <= set(names(found))


async def test_plain_names_come_before_those_with_underscores(vscode: Editor) -> None:
    found = names(await items_at(vscode, "import random\nrandom.|\n", "untitled:order"))
    hidden = [label.startswith("_") for label in found]
    assert any(hidden)
    assert hidden == sorted(hidden)


NOWHERE = {
    "comment": "import random\n# random.|\n",
    "begun-in-a-comment": "score = 1\n# my sc|\n",
    "after-code": "score = 1  # the sc|\n",
    "string": 'score = 1\nprint("my sc|")\n',
    "open-string": 'score = 1\nprint("my sc|\n',
    "long-string": 'score = 1\ntext = """\nsc|\n"""\n',
    "number": "x = 12|\n",
}


@pytest.mark.parametrize(
    "name",
    list(NOWHERE),
)
async def test_offers_no_names_in(vscode: Editor, name: str) -> None:
    assert await items_at(vscode, NOWHERE[name], f"untitled:nowhere-{name}") == []


@pytest.mark.parametrize("marked", ["|", "print(1)\n\n\n|"], ids=["empty-file", "end"])
async def test_an_empty_line_is_no_trouble(vscode: Editor, marked: str) -> None:
    found = await items_at(vscode, marked, "untitled:empty")
    assert "print" in names(found)
    assert len(found) <= 200


async def test_a_position_past_the_end_is_no_trouble(vscode: Editor) -> None:
    uri = vscode.open("score = 1\nsc", "untitled:past")
    answer = await vscode.complete(uri, 99, 99)
    assert "score" in [item.label for item in answer.items]


@pytest.mark.parametrize("model", ["meaning", "none"], ids=["loading", "failed"])
async def test_names_need_no_model(model: str, tmp_path: Path) -> None:
    async with session(tmp_path, "kate", model) as editor:
        if model == "none":
            await editor.ready("failed")
        else:
            assert (await editor.status()).phase in ("stopped", "loading")
        found = await items_at(editor, "import random\nrandom.|\n", "untitled:early")
        assert "randint" in names(found)
        assert [item for item in found if item.detail == SUGGESTION] == []


async def test_a_list_that_is_cut_is_asked_for_again(vscode: Editor) -> None:
    """An editor sieves a list that is said to be complete: what was cut off would never show."""
    uri, place = vscode.open_at("import |\n", "untitled:all")
    answer = await vscode.complete(uri, place.line, place.character)
    assert answer.is_incomplete or "turtle" in [item.label for item in answer.items]


# --- the suggestion ------------------------------------------------------------------------

# Where the 0.5B has something to say.
PROGRAMS = {
    "body": (
        'secret = 7\nguess = int(input("Guess: "))\nif guess < secret:\n    |\n'
        'else:\n    print("You got it!")\n'
    ),
    "begun": 'name = input("Name? ")\npri|\n',
    "emoji-before": 'ciudad = "Bogotá 🌞"\nprint("¡Hola 🌞, " + |)\n',
    "crlf": 'age = int(input("Age? "))\r\nif age > 12:\r\n    |\r\n',
    "tabs": "for i in range(3):\n\tfor j in range(3):\n\t\t|\n",
    "unfinished": "def average(numbers):\n    total = sum(numbers)\n    return |\n",
}


async def suggested(editor: Editor, name: str) -> tuple[str, types.CompletionItem]:
    uri, place = editor.open_at(PROGRAMS[name], f"untitled:suggest-{name}")
    answer = await editor.complete(uri, place.line, place.character)
    assert answer.is_incomplete, "the suggestion is for this place alone"
    assert answer.items, "no suggestion"
    return uri, answer.items[0]


@pytest.mark.parametrize("name", PROGRAMS)
async def test_the_suggestion_comes_first(kate: Editor, name: str) -> None:
    uri, place = kate.open_at(PROGRAMS[name], f"untitled:first-{name}")
    answer = await kate.complete(uri, place.line, place.character)
    first, *others = answer.items
    assert first.detail == SUGGESTION
    assert first.preselect
    assert first.sort_text is not None
    assert all(first.sort_text < (item.sort_text or item.label) for item in others)
    assert [item for item in others if item.preselect or item.detail == SUGGESTION] == []


@pytest.mark.parametrize("name", PROGRAMS)
async def test_the_suggestion_parses_where_it_lands(kate: Editor, name: str) -> None:
    uri, item = await suggested(kate, name)
    assert isinstance(item.text_edit, types.TextEdit)
    text = kate.texts[uri]
    result = kate.applied(text, [item.text_edit])
    ast.parse(result.replace("\r\n", "\n"))
    assert result != text
    lines = text.splitlines(keepends=True)
    unchanged = "".join(lines[: item.text_edit.range.start.line])
    assert result.startswith(unchanged)
    assert result.endswith("".join(lines[item.text_edit.range.end.line + 1 :]))


@pytest.mark.parametrize("name", PROGRAMS)
async def test_the_suggestions_range_is_one_that_clients_take(kate: Editor, name: str) -> None:
    """On one line, around the cursor, from the start of the typed word, which the filter spells."""
    before = PROGRAMS[name].split("|")[0]
    uri, item = await suggested(kate, name)
    cursor = kate.position(before)
    assert isinstance(item.text_edit, types.TextEdit)
    where = item.text_edit.range
    assert where.start.line == where.end.line == cursor.line
    assert where.start.character <= cursor.character <= where.end.character
    line = kate.texts[uri].splitlines()[cursor.line].encode("utf-16-le")
    typed = line[where.start.character * 2 : cursor.character * 2]
    assert (item.filter_text or item.label).startswith(typed.decode("utf-16-le"))


async def test_the_suggestion_keeps_the_documents_line_ends(kate: Editor) -> None:
    uri, item = await suggested(kate, "crlf")
    assert isinstance(item.text_edit, types.TextEdit)
    result = kate.applied(kate.texts[uri], [item.text_edit])
    assert result.count("\n") == result.count("\r\n")


async def test_the_label_is_one_line(kate: Editor) -> None:
    for name in PROGRAMS:
        _, item = await suggested(kate, name)
        assert "\n" not in item.label
        assert item.label.strip()


@pytest.mark.parametrize("client", ["vscode", "neovim"])
async def test_no_suggestion_beside_ghost_text(client: str, tmp_path: Path) -> None:
    async with session(tmp_path, client) as editor:
        await editor.ready()
        uri, place = editor.open_at(PROGRAMS["begun"], "untitled:ghost")
        answer = await editor.complete(uri, place.line, place.character)
        assert not answer.is_incomplete
        assert "print" in [item.label for item in answer.items]
        assert [item.label for item in answer.items if item.detail == SUGGESTION] == []
        assert (await editor.status()).spent.prompt == 0, "the model was asked for nothing"


async def test_the_setting_asks_for_it_beside_ghost_text(tmp_path: Path) -> None:
    options = {"completion": {"asItem": True, "timeoutS": 60}}
    async with session(tmp_path, "vscode", "meaning", options) as editor:
        await editor.ready()
        _, first = await suggested(editor, "body")
        assert first.detail == SUGGESTION


async def test_the_next_key_takes_the_place_of_the_last(kate: Editor) -> None:
    """As Kate asks at each key: no answer is for a text that is no longer there."""
    uri, place = kate.open_at("for i in range(3):\n    |\n", "untitled:keys")
    asked = []
    for key in "print(":
        kate.change(uri, kate.applied(kate.texts[uri], [insertion(place, key)]))
        place = types.Position(place.line, place.character + 1)
        asked.append(asyncio.ensure_future(kate.complete(uri, place.line, place.character)))
        await asyncio.sleep(0.02)
    answers = await asyncio.gather(*asked)
    shown = [[i for i in answer.items if i.detail == SUGGESTION] for answer in answers]
    assert not any(shown[:-1])
    assert len(shown[-1]) == 1


def insertion(place: types.Position, text: str) -> types.TextEdit:
    return types.TextEdit(types.Range(place, place), text)
