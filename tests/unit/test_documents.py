from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from pippy_lsp.documents import DocumentSnapshot, Encoding

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")


def snapshot(
    text: str, encoding: Encoding = "utf-16", uri: str = "file:///a.py"
) -> DocumentSnapshot:
    return DocumentSnapshot(uri, 1, text, encoding)


# id, text, line, character in utf-8, in utf-16, in utf-32, the text before the position
POSITIONS = [
    ("ascii", "a = 1\nb = 2\n", 1, 3, 3, 3, "a = 1\nb ="),
    ("after an accent", "é = 1", 0, 2, 1, 1, "é"),
    ("after a combining accent", "e\u0301 = 1", 0, 3, 2, 2, "e\u0301"),
    ("after an emoji", "x = '😀'", 0, 9, 7, 6, "x = '😀"),
    ("after a family of emoji", "'👩‍👧'", 0, 12, 6, 4, "'👩‍👧"),
    ("after Chinese", "名 = 1\n名", 1, 3, 1, 1, "名 = 1\n名"),
    ("line start after emoji", "😀\nx", 1, 0, 0, 0, "😀\n"),
    ("crlf", "a\r\nb\r\n", 1, 1, 1, 1, "a\r\nb"),
    ("lone cr", "a\rb\rc", 2, 1, 1, 1, "a\rb\rc"),
    ("mixed line ends", "a\r\nb\rc\nd", 3, 0, 0, 0, "a\r\nb\rc\n"),
    ("form feed ends no line", "a\x0cb\nc", 0, 3, 3, 3, "a\x0cb"),
    ("vertical tab ends no line", "a\x0bb\nc", 1, 0, 0, 0, "a\x0bb\n"),
    ("line separator ends no line", "a\u2028b\nc", 0, 5, 3, 3, "a\u2028b"),
    ("tab is one unit", "\tx", 0, 1, 1, 1, "\t"),
    ("empty", "", 0, 0, 0, 0, ""),
    ("after the last line end", "a\n", 1, 0, 0, 0, "a\n"),
    ("byte order mark", "\ufeffx = 1", 0, 3, 1, 1, "\ufeff"),
]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("row", POSITIONS, ids=[row[0] for row in POSITIONS])
def test_positions_both_ways(
    row: tuple[str, str, int, int, int, int, str], encoding: Encoding
) -> None:
    _, text, line, *units, before = row
    position = types.Position(line, units[ENCODINGS.index(encoding)])
    document = snapshot(text, encoding)
    assert text[: document.offset(position)] == before
    assert document.position(len(before)) == position


# id, text, line, character (utf-16), the text before the clamped position
CLAMPED = [
    ("past the line's end", "ab\ncd\n", 0, 99, "ab"),
    ("past a crlf line's end", "ab\r\ncd", 0, 99, "ab"),
    ("past a non-ascii line's end", "é\ncd", 0, 99, "é"),
    ("past the last line", "ab\ncd", 9, 0, "ab\ncd"),
    ("past the end of an unterminated line", "ab", 0, 3, "ab"),
    ("just past the last line end", "a\n", 1, 5, "a\n"),
    ("inside an emoji", "😀x", 0, 1, ""),
    ("inside a later emoji", "a😀x", 0, 2, "a"),
    ("empty document", "", 3, 3, ""),
]


@pytest.mark.parametrize(
    ("text", "line", "character", "before"),
    [row[1:] for row in CLAMPED],
    ids=[row[0] for row in CLAMPED],
)
def test_positions_past_the_ends(text: str, line: int, character: int, before: str) -> None:
    assert text[: snapshot(text).offset(types.Position(line, character))] == before


# id, text, its lines
LINES = [
    ("none", "", [""]),
    ("one, unterminated", "a", ["a"]),
    ("one, terminated", "a\n", ["a", ""]),
    ("crlf", "a\r\n\r\nb", ["a", "", "b"]),
    ("lone cr", "a\r\rb", ["a", "", "b"]),
    ("form feed", "a\x0cb\n", ["a\x0cb", ""]),
]


@pytest.mark.parametrize(("text", "lines"), [row[1:] for row in LINES], ids=[r[0] for r in LINES])
def test_lines(text: str, lines: list[str]) -> None:
    document = snapshot(text)
    assert [document.line(number) for number in range(len(document.line_starts))] == lines
    assert document.line(len(lines)) == ""
    assert document.line(-1) == ""


NEWLINES = [
    ("none", "a", "\n"),
    ("lf", "a\nb\r\n", "\n"),
    ("crlf", "a\r\nb", "\r\n"),
    ("cr", "a\rb", "\r"),
]


@pytest.mark.parametrize(
    ("text", "newline"), [r[1:] for r in NEWLINES], ids=[r[0] for r in NEWLINES]
)
def test_newline(text: str, newline: str) -> None:
    assert snapshot(text).newline == newline


URIS = [
    ("file", "file:///tmp/a.py", "a.py"),
    ("file with a space", "file:///tmp/my%20game.py", "my game.py"),
    ("file with an accent", "file:///tmp/%C3%A9.py", "é.py"),
    ("untitled", "untitled:Untitled-1", None),
    ("notebook cell", "vscode-notebook-cell:/a.ipynb#X", None),
    ("empty", "", None),
]


@pytest.mark.parametrize(("uri", "name"), [r[1:] for r in URIS], ids=[r[0] for r in URIS])
def test_path(uri: str, name: str | None) -> None:
    path = snapshot("", uri=uri).path
    assert (path.name if path else None) == name


def test_range_of_an_emoji() -> None:
    document = snapshot("x\n'😀'\n")
    assert document.range(3, 4) == types.Range(types.Position(1, 1), types.Position(1, 3))


def test_positions_of_offsets_past_the_ends() -> None:
    document = snapshot("a\nbc")
    assert document.position(-5) == types.Position(0, 0)
    assert document.position(99) == types.Position(1, 2)


TEXTS = st.text(
    st.one_of(st.sampled_from("\r\n\t\x0c\u2028 aé名😀\u0301\ufeff"), st.characters()), max_size=60
)


@given(TEXTS, st.sampled_from(ENCODINGS), st.data())
def test_every_offset_round_trips(text: str, encoding: Encoding, data: st.DataObject) -> None:
    document = snapshot(text, encoding)
    offset = data.draw(st.integers(0, len(text)))
    found = document.offset(document.position(offset))
    # Between \r and \n there is no position: LSP puts it at the end of the line.
    inside_crlf = text[offset - 1 : offset + 1] == "\r\n" and offset > 0
    assert found == (offset - 1 if inside_crlf else offset)


@given(TEXTS, st.sampled_from(ENCODINGS), st.integers(0, 80), st.integers(0, 200))
def test_any_position_lands_inside_its_line(
    text: str, encoding: Encoding, line: int, character: int
) -> None:
    document = snapshot(text, encoding)
    offset = document.offset(types.Position(line, character))
    assert 0 <= offset <= len(text)
    if line < len(document.line_starts):
        assert document.row_column(offset)[0] == line


@given(TEXTS)
def test_lines_and_their_ends_make_the_text(text: str) -> None:
    document = snapshot(text)
    starts = [*document.line_starts, len(text)]
    rebuilt = ""
    for number in range(len(document.line_starts)):
        content = document.line(number)
        end = text[starts[number] + len(content) : starts[number + 1]]
        assert end in ("", "\n", "\r", "\r\n")
        rebuilt += content + end
    assert rebuilt == text
