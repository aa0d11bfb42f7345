"""Documents as editors have them: every script, every line end, every size."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lsprotocol import types

from tests.e2e.editor import PATIENT, Editor, session
from tests.e2e.test_inline_completion import inserted, place

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

TEN_THOUSAND = "".join(f"value_{n} = {n}\n" for n in range(10_000))
LONG_LINE = 'numbers = "' + "#." * 500_000 + '"\n'
"""A megabyte, as a picture in a game may have."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with session(tmp_path_factory.mktemp("work"), model="meaning", options=PATIENT) as editor:
        await editor.ready()
        yield editor


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# The cursor | stands after "ran" of range; what is before it on the line takes unlike numbers of
# bytes, UTF-16 units and characters.
BEFORE = {
    "ascii": "x = 1; y = ran|ge(3)\n",
    "accents": 'x = "año, è"; y = ran|ge(3)\n',
    "emoji": 'x = "🌞🎈"; y = ran|ge(3)\n',
    "emoji-of-many-points": 'x = "👩‍👩‍👧‍👦🇨🇴"; y = ran|ge(3)\n',
    "combining": 'x = "e\u0301\u0301"; y = ran|ge(3)\n',
    "chinese": 'x = "你好"; y = ran|ge(3)\n',
    "a-name-with-accents": "año = 1; y = ran|ge(3)\n",
    "tab": "if True:\n\t\ty = ran|ge(3)\n",
    "crlf": 'x = "🌞"\r\ny = ran|ge(3)\r\n',
    "lone-cr": 'x = "🌞"\ry = ran|ge(3)\r',
    "form-feed": "x = 1\n\x0cy = ran|ge(3)\n",
    "line-separator": 'x = "\u2028"; y = ran|ge(3)\n',
    "byte-order-mark": "\ufeffy = ran|ge(3)\n",
    "no-line-end": "y = ran|ge(3)",
}


def position_of(marked: str) -> tuple[str, types.Position]:
    """As `place`, and for lone CR too."""
    _, found = place(marked.replace("\r\n", "\n").replace("\r", "\n"))
    return marked.replace("|", ""), found


@pytest.mark.parametrize("name", BEFORE)
async def test_hover_knows_where_it_is(shared: Editor, name: str) -> None:
    text, position = position_of(BEFORE[name])
    hover = await shared.hover(
        shared.open(text, f"untitled:hover-{name}"), position.line, position.character
    )
    assert hover is not None
    assert "range" in str(hover.contents)
    assert hover.range is not None
    start = position.character - units("ran")
    assert hover.range.start == types.Position(position.line, start)
    assert hover.range.end == types.Position(position.line, start + units("range"))


@pytest.mark.parametrize("name", BEFORE)
async def test_completion_knows_where_it_is(shared: Editor, name: str) -> None:
    text, position = position_of(BEFORE[name])
    uri = shared.open(text, f"untitled:names-{name}")
    found = await shared.complete(uri, position.line, position.character)
    assert "range" in [item.label for item in found.items]
    assert all(item.label.startswith("ran") for item in found.items)


GHOSTS = {
    "accents": 'saludo = "¡Hola, José!"\nfor letra in saludo:\n    |\n',
    "emoji-before": 'sun = "🌞"; moon = "🌙"; print(sun + |)\n',
    "emoji-after": 'sun = "🌞"\nprint(|)  # 🌞🌞\n',
    "tabs": "for i in range(3):\n\tif i > 1:\n\t\t|\n",
    "crlf": 'sun = "🌞"\r\nfor i in range(3):\r\n    |\r\n',
}


@pytest.mark.parametrize("name", GHOSTS)
async def test_ghost_text_lands_at_the_cursor(shared: Editor, name: str) -> None:
    text, position = place(GHOSTS[name])
    uri = shared.open(text, f"untitled:ghost-{name}")
    items = await shared.inline(uri, position.line, position.character)
    assert items
    found = items[0].range
    assert found is not None
    assert found.start.line == found.end.line == position.line
    assert found.start.character <= position.character <= found.end.character
    ast.parse(inserted(text, items[0]).replace("\r\n", "\n"))


# --- sizes ---------------------------------------------------------------------------------


async def test_an_empty_file(shared: Editor) -> None:
    uri = shared.open("", "untitled:empty")
    assert await shared.hover(uri, 0, 0) is None
    assert await shared.complete(uri, 0, 0) is not None
    assert isinstance(await shared.actions(uri, 0), list)
    for item in await shared.inline(uri, 0, 0):
        assert isinstance(item.insert_text, str)
        ast.parse(item.insert_text)


LOOP = "total = 0\nfor number in range(3):\n    "
CUTS = {"middle": 5_000, "end": 10_000}


@pytest.mark.parametrize("where", CUTS)
async def test_ten_thousand_lines(shared: Editor, where: str) -> None:
    lines = TEN_THOUSAND.splitlines(keepends=True)
    row = CUTS[where]
    name = f"value_{row - 1}"
    text = "".join(lines[:row]) + f"print(value_77)\n{name[:-1]}\n" + "".join(lines[row:])
    uri = shared.open(text, f"untitled:long-{where}")
    hover = await shared.hover(uri, row, 8)
    assert hover is not None
    assert "value_77" in str(hover.contents)
    names = await shared.complete(uri, row + 1, len(name) - 1)
    assert name in [item.label for item in names.items]
    here = types.Position(row, 0)
    titles = [each.title for each in await shared.offers(uri, types.Range(here, here))]
    assert "Explain this" in titles


@pytest.mark.parametrize("where", CUTS)
async def test_ghost_text_in_ten_thousand_lines(shared: Editor, where: str) -> None:
    lines = TEN_THOUSAND.splitlines(keepends=True)
    row = CUTS[where]
    text = "".join(lines[:row]) + LOOP + "\n" + "".join(lines[row:])
    uri = shared.open(text, f"untitled:ghost-long-{where}")
    items = await shared.inline(uri, row + 2, 4)
    assert items
    ast.parse(inserted(text, items[0]))


async def test_a_line_of_a_megabyte_is_left_alone(shared: Editor) -> None:
    uri = shared.open(LONG_LINE + "print(num)\n", "untitled:wide")
    assert not (await shared.complete(uri, 1, 9)).items
    assert await shared.hover(uri, 1, 2) is None
    assert await shared.actions(uri, 0) == []
    assert isinstance(await shared.inline(uri, 0, len(LONG_LINE) // 2), list)
    assert isinstance(await shared.inline(uri, 0, len(LONG_LINE) - 1), list)


# --- lives ---------------------------------------------------------------------------------


async def test_a_document_that_was_never_opened(shared: Editor) -> None:
    for uri in ("untitled:never", (shared.folder / "never.py").as_uri()):
        assert isinstance(await shared.inline(uri, 0, 0), list)
        assert await shared.hover(uri, 0, 0) is None
        assert await shared.complete(uri, 3, 3) is not None
        assert await shared.actions(uri, 0) == []


async def test_a_file_on_the_disk_that_was_never_opened(shared: Editor) -> None:
    file = shared.folder / "saved.py"
    file.write_text("number = 7\nprint(number)\n", "utf-8")
    assert "number" in await value_of(shared, file.as_uri(), 1, 8)


async def value_of(editor: Editor, uri: str, line: int, character: int) -> str:
    """What the hover says of a name; it quotes the line that gives the name its value."""
    hover = await editor.hover(uri, line, character)
    assert hover is not None
    return str(hover.contents)


async def test_closed_and_opened_again(shared: Editor) -> None:
    uri = shared.open("number = 7\nprint(number)\n", "untitled:twice")
    assert "number = 7" in await value_of(shared, uri, 1, 8)
    shared.client.text_document_did_close(
        types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
    )
    assert await shared.hover(uri, 1, 8) is None
    shared.open("number = 8\nprint(number)\n", uri)
    assert "number = 8" in await value_of(shared, uri, 1, 8)


async def test_two_documents_by_turns(shared: Editor) -> None:
    first = shared.open("number = 0\nprint(number)\n", "untitled:first")
    second = shared.open("number = 100\nprint(number)\n", "untitled:second")
    for turn in range(1, 6):
        shared.change(first, f"number = {turn}\nprint(number)\n")
        assert f"number = {turn}" in await value_of(shared, first, 1, 8)
        shared.change(second, f"number = {turn + 100}\nprint(number)\n")
        assert f"number = {turn + 100}" in await value_of(shared, second, 1, 8)
        assert f"number = {turn}" in await value_of(shared, first, 1, 8)


# --- edits ---------------------------------------------------------------------------------

Change = tuple[tuple[int, int, int, int], str]
# A text, changes in UTF-16 positions (each for what the one before left), and what comes out.
EDITS: dict[str, tuple[str, list[Change], str]] = {
    "insert": ('x = "a"\n', [((0, 6, 0, 6), "bc")], 'x = "abc"\n'),
    "after-an-emoji": ('x = "🌞b"\n', [((0, 7, 0, 7), "a")], 'x = "🌞ab"\n'),
    "delete-an-emoji": ('x = "a🌞b"\n', [((0, 6, 0, 8), "")], 'x = "ab"\n'),
    "between-emoji": ('x = "🌞🌙"\n', [((0, 7, 0, 7), "é")], 'x = "🌞é🌙"\n'),
    "over-lines": ('y = "é"\nx = "🌞"\n', [((0, 7, 1, 5), '\nx = "')], 'y = "é"\nx = "🌞"\n'),
    "crlf": ('y = 1\r\nx = "🌞"\r\n', [((1, 7, 1, 7), "!")], 'y = 1\r\nx = "🌞!"\r\n'),
    "join-crlf-lines": ('y = 1\r\n\r\nx = "a"\r\n', [((0, 5, 1, 0), "")], 'y = 1\r\nx = "a"\r\n'),
    "lone-cr": ('y = 1\rx = "a"\r', [((1, 6, 1, 6), "b")], 'y = 1\rx = "ab"\r'),
    "at-the-end": ("y = 1\n", [((1, 0, 1, 0), 'x = "é"\n')], 'y = 1\nx = "é"\n'),
    "past-the-end": ("y = 1\n", [((9, 9, 9, 9), 'x = "é"\n')], 'y = 1\nx = "é"\n'),
    "unended-line": ('x = "a', [((0, 6, 0, 6), '"')], 'x = "a"'),
    "past-an-unended-line": ('x = "a', [((0, 99, 0, 99), '"')], 'x = "a"'),
    "all": ("y = 1\nz = 2\n", [((0, 0, 2, 0), 'x = "🎈"\n')], 'x = "🎈"\n'),
    "into-nothing": ("", [((0, 0, 0, 0), 'x = "🎈"')], 'x = "🎈"'),
    "tabs": ('if 1:\n\tx = "a"\n', [((1, 6, 1, 7), "é")], 'if 1:\n\tx = "é"\n'),
    "several": (
        'x = "🌞"\n',
        [((0, 7, 0, 7), "🌙"), ((0, 5, 0, 7), ""), ((0, 7, 0, 7), "á")],
        'x = "🌙á"\n',
    ),
    "form-feed": ('\x0cx = "a"\n', [((0, 7, 0, 7), "b")], '\x0cx = "ab"\n'),
    "line-separator": (
        'y = "\u2028"\nx = "a"\n',
        [((1, 6, 1, 6), "b")],
        'y = "\u2028"\nx = "ab"\n',
    ),
}


@pytest.mark.parametrize("name", EDITS)
async def test_edits_leave_the_clients_text(shared: Editor, name: str) -> None:
    text, changes, wanted = EDITS[name]
    uri = shared.open(text, f"untitled:edit-{name}")
    events = [
        types.TextDocumentContentChangePartial(
            types.Range(types.Position(*span[:2]), types.Position(*span[2:])), new
        )
        for span, new in changes
    ]
    shared.client.text_document_did_change(
        types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, uri), events)
    )
    lines = wanted.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    (row,) = [number for number, line in enumerate(lines) if 'x = "' in line]
    column = units(lines[row][: lines[row].index("x")])
    assert lines[row].strip() in await value_of(shared, uri, row, column)
