"""The actions that change the program: one edit that parses, and all else byte for byte."""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lsprotocol import types

from tests.e2e.editor import Editor, session

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

CLIENTS = ("vscode", "neovim", "kate")
GUESS = "A computer's guess"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quiet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Editor]]:
    """Each client, with no model: what is certain needs none."""
    folder = tmp_path_factory.mktemp("quiet")
    async with (
        session(folder, "vscode", "none") as vscode,
        session(folder, "neovim", "none") as neovim,
        session(folder, "kate", "none") as kate,
    ):
        found = {"vscode": vscode, "neovim": neovim, "kate": kate}
        for each in found.values():
            await each.ready("failed")
            await each.message()
        yield found


async def action(
    editor: Editor, uri: str, title: str, first: int, last: int | None = None
) -> types.CodeAction:
    """The action in the menu, for the cursor or for the lines before `last`."""
    found = {each.title: each for each in await editor.actions(uri, first, last)}
    assert title in found, list(found)
    return found[title]


async def made(
    editor: Editor, uri: str, title: str, first: int, last: int | None = None
) -> tuple[str, str]:
    """The program after the action, and what is said of it."""
    chosen = await action(editor, uri, title, first, last)
    said = len(editor.client.messages)
    if chosen.edit is None:
        chosen = await editor.resolve(chosen)
    elif chosen.command is not None:
        await editor.execute(chosen.command.command, *(chosen.command.arguments or []))
    assert chosen.edit is not None, [each.message for each in editor.client.messages[said:]]
    text = editor.applied(editor.texts[uri], editor.edits(chosen.edit))
    ast.parse(text.replace("\r\n", "\n"))
    return text, (await editor.message(said)).message


# id, the title, the program, the first line and the end of the selection, the program after it,
# what is said
CERTAIN: list[tuple[str, str, str, int, int | None, str, str]] = [
    ("fix", "Fix this", "x = '🌞'\r\nif x = 'é':\r\n    print(x)\r\n", 1, None,
     "x = '🌞'\r\nif x == 'é':\r\n    print(x)\r\n", "one = sets a value"),
    ("simpler", "Make it simpler",
     "é = 1\r\na = [n * 2 for n in range(3)]\r\nprint(a)\r\n", 1, None,
     "é = 1\r\na = []\r\nfor n in range(3):\r\n    a.append(n * 2)\r\nprint(a)\r\n",
     "in simpler words"),
    ("function", "Make this a function", "a = 1\nb = a + 1\nprint('é', b)\nprint(b)\n", 1, 3,
     "a = 1\n\n\ndef my_function(a):\n    b = a + 1\n    print('é', b)\n    return b\n\n\n"
     "b = my_function(a)\nprint(b)\n", "are a function now"),
]  # fmt: skip
# ruff: noqa: ISC004 - the programs of the table are longer than a line


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("row", CERTAIN, ids=[r[0] for r in CERTAIN])
async def test_a_certain_edit(
    quiet: dict[str, Editor],
    client: str,
    row: tuple[str, str, str, int, int | None, str, str],
) -> None:
    name, title, program, first, last, result, said = row
    uri = quiet[client].open(program, f"untitled:{name}-{client}")
    text, message = await made(quiet[client], uri, title, first, last)
    assert text == result
    assert said in message
    assert GUESS not in message


async def test_why_lines_can_be_no_function_is_said(quiet: dict[str, Editor]) -> None:
    editor = quiet["vscode"]
    uri = editor.open("while True:\n    x = 1\n    break\n", "untitled:leaves")
    chosen = await action(editor, uri, "Make this a function", 1, 3)
    said = len(editor.client.messages)
    assert (await editor.resolve(chosen)).edit is None
    assert "jump out of their place" in (await editor.message(said)).message


# --- with the model ------------------------------------------------------------------------

AREA = "# é🌞\r\ndef area(width, height):\r\n\treturn width * height\r\n\r\nprint(area(2, 3))\r\n"


async def test_a_docstring(editor: Editor) -> None:
    uri = editor.open(AREA, "untitled:docstring")
    text, message = await made(editor, uri, "Write a docstring", 1)
    head, body = AREA.split("\treturn")
    assert text.startswith(head + '\t"""')
    assert text.endswith('"""\r\n\treturn' + body)
    tree = ast.parse(text.replace("\r\n", "\n"))
    assert isinstance(tree.body[0], ast.FunctionDef)
    words = ast.get_docstring(tree.body[0]) or ""
    assert 3 <= len(words.split()) <= 20
    assert "Check that it is true" in message
    assert GUESS in message


async def test_comments(editor: Editor) -> None:
    program = 'score = 0\nfor i in range(5):\n\tscore = score + i  # é🌞\nprint("Score", score)\n'
    uri = editor.open(program, "untitled:comments")
    text, message = await made(editor, uri, "Add comments", 0, 4)
    assert GUESS in message
    lines = text.split("\n")
    assert [line for line in lines if not line.startswith("#")] == program.split("\n")
    assert text.startswith("# This puts 0 into the name score.\n")
    assert lines[2].startswith("# ")
    assert all(len(line) <= 80 for line in lines)


async def test_a_better_name(editor: Editor) -> None:
    program = 'a = input("What is your name? ")\r\nprint("a", a)\r\nprint(f"Bye {a}")  # a é🌞\r\n'
    uri = editor.open(program, "untitled:names")
    text, message = await made(editor, uri, "Better names", 0)
    match = re.match(r"([a-z_]{3,}) = input", text)
    assert match is not None
    name = match.group(1)
    assert text == program.replace("a = input", f"{name} = input").replace(
        '"a", a)', f'"a", {name})'
    ).replace("{a}", "{" + name + "}")
    assert f"The name a is {name} now" in message
    assert GUESS in message


async def test_a_client_that_takes_no_edits_is_shown_the_lines(quiet: dict[str, Editor]) -> None:
    """Kate asks for no edit later: it is not kept waiting for the model, and gets a message."""
    kate = quiet["kate"]
    uri = kate.open("def f(a):\n    return a\n", "untitled:docstring-kate")
    for title in ("Write a docstring", "Add comments", "Better names"):
        chosen = await action(kate, uri, title, 0)
        assert chosen.edit is None
        assert chosen.command is not None
        said = len(kate.client.messages)
        await kate.execute("pippy.show", *(chosen.command.arguments or []))
        assert (await kate.message(said)).message == (await kate.status()).message
