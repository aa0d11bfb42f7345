"""textDocument/inlineCompletion with the 0.5B: ghost text parses where it lands."""

from __future__ import annotations

import ast
import re

import pytest
from lsprotocol import types

from tests.e2e.editor import Editor

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

# Small programs as children write them; | is the cursor.
PROGRAMS = {
    "guess-the-number": """\
import random
secret = random.randint(1, 10)
guess = int(input("Your guess? "))
if guess < secret:
    |
elif guess > secret:
    print("Too big!")
else:
    print("You got it!")
""",
    "greeting": 'name = input("What is your name? ")\nprint(|)\n',
    "times-table": "number = 7\nfor i in range(1, 11):\n    |\n",
    "turtle-square": "import turtle\npen = turtle.Turtle()\nfor side in range(4):\n    |\n",
    "function-body": "def double(n):\n    |\n\nprint(double(4))\n",
    "list-of-animals": 'animals = ["cat", "dog", "owl"]\nfor animal in animals:\n    |\n',
    "countdown": "import time\ncount = 5\nwhile count > 0:\n    print(count)\n    |\n",
    "score": (
        'score = 0\nanswer = input("2 + 2? ")\nif answer == "4":\n    score = |\nprint(score)\n'
    ),
    "dice": "import random\ndice = random.|\nprint(dice)\n",
    "average": "def average(numbers):\n    total = sum(numbers)\n    return |\n",
    "class-pet": (
        "class Pet:\n    def __init__(self, name):\n        |\n\n"
        '    def speak(self):\n        print(self.name + " says hi")\n'
    ),
    "emoji-and-accents": 'ciudad = "Bogotá 🌞"\nprint("¡Hola, " + |)\n',
    "crlf": 'age = int(input("Age? "))\r\nif age > 12:\r\n    |\r\n',
    "tabs": "for i in range(3):\n\tfor j in range(3):\n\t\t|\n",
}


def place(marked: str) -> tuple[str, types.Position]:
    """The text without the mark, and the mark's place in UTF-16 units."""
    before, after = marked.split("|")
    line = before.count("\n")
    column = len(before.rsplit("\n", 1)[-1].encode("utf-16-le")) // 2
    return before + after, types.Position(line, column)


def inserted(text: str, item: types.InlineCompletionItem) -> str:
    """The document after the item was accepted, as a UTF-16 client does it."""
    assert isinstance(item.insert_text, str)
    assert item.range is not None
    lines = text.split("\n")

    def offset(position: types.Position) -> int:
        units = lines[position.line].encode("utf-16-le")[: position.character * 2]
        return sum(len(each) + 1 for each in lines[: position.line]) + len(
            units.decode("utf-16-le")
        )

    return text[: offset(item.range.start)] + item.insert_text + text[offset(item.range.end) :]


@pytest.mark.parametrize("name", PROGRAMS)
async def test_parses_in_place_and_repeats_nothing(editor: Editor, name: str) -> None:
    text, position = place(PROGRAMS[name])
    uri = editor.open(text, f"untitled:{name}")
    items = await editor.inline(uri, position.line, position.character)
    assert items, "no suggestion"
    result = inserted(text, items[0])
    ast.parse(result.replace("\r\n", "\n"))
    after = [line.strip() for line in text.splitlines()[position.line + 1 :] if line.strip()]
    assert isinstance(items[0].insert_text, str)
    last = items[0].insert_text.strip().splitlines()[-1].strip()
    assert not after or last != after[0]


async def test_keeps_the_documents_line_ends(editor: Editor) -> None:
    text, position = place(PROGRAMS["crlf"])
    uri = editor.open(text, "untitled:line-ends")
    items = await editor.inline(uri, position.line, position.character)
    result = inserted(text, items[0])
    assert result.count("\n") == result.count("\r\n")


# The document, the cursor, and nothing to say.
NOTHING = {
    "in-the-middle-of-a-word": ("animals = []\nani|mals.append(1)\n"),
    "in-a-string": 'print("hello wo|rld")\n',
}


@pytest.mark.parametrize("name", NOTHING)
async def test_is_quiet(editor: Editor, name: str) -> None:
    text, position = place(NOTHING[name])
    uri = editor.open(text, f"untitled:quiet-{name}")
    items = await editor.inline(uri, position.line, position.character)
    for item in items:
        ast.parse(inserted(text, item))
    assert name != "in-the-middle-of-a-word" or not items


async def test_an_empty_file_is_no_trouble(editor: Editor) -> None:
    uri = editor.open("", "untitled:empty")
    for item in await editor.inline(uri, 0, 0):
        assert isinstance(item.insert_text, str)
        ast.parse(item.insert_text)


async def test_a_position_past_the_end_is_no_trouble(editor: Editor) -> None:
    uri = editor.open("x = 1", "untitled:past")
    assert isinstance(await editor.inline(uri, 99, 99), list)


async def test_offers_different_suggestions_by_hand(editor: Editor) -> None:
    text, position = place(PROGRAMS["greeting"])
    uri = editor.open(text, "untitled:branches")
    items = await editor.inline(uri, position.line, position.character)
    assert 2 <= len(items) <= 3
    assert len({str(item.insert_text) for item in items}) == len(items)
    for item in items:
        ast.parse(inserted(text, item))


# The document, the cursor, and the item that is selected in the list of completions.
CHOSEN = {
    "another-word-than-the-model-would-write": ("for i in range(3):\n    p|\n", "print"),
    "after-a-dot": ("animals = ['owl', 'cat']\nanimals.|\nprint(animals)\n", "append"),
    "after-an-emoji": ('face = "🌞"\nprint("🌞", f|)\n', "face"),
}


@pytest.mark.parametrize("name", CHOSEN)
async def test_goes_on_from_the_selected_completion(editor: Editor, name: str) -> None:
    marked, chosen = CHOSEN[name]
    text, position = place(marked)
    uri = editor.open(text, f"untitled:chosen-{name}")
    word = re.split(r"\W", marked.split("|")[0])[-1]
    start = types.Position(position.line, position.character - len(word))
    info = types.SelectedCompletionInfo(types.Range(start, position), chosen)
    items = await editor.inline(uri, position.line, position.character, info)
    for item in items:
        assert item.range == info.range
        assert isinstance(item.insert_text, str)
        assert item.insert_text.startswith(chosen)
        ast.parse(inserted(text, item))
    assert items or chosen == "face", "no suggestion"
