"""The client's documents: versions, positions and edits, beside the server's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from pippy_client.document import Document, Edit, apply, difference

from pippy_lsp.documents import DocumentSnapshot

TEXTS = st.text(alphabet="ab()\n\r😀é\u2028\x0c ", max_size=30)

# id, old text, new text (| is the cursor), the edit
DIFFERENCES: dict[str, tuple[str, str, Edit]] = {
    "a letter": ("ab", "ax|b", Edit(1, 1, "x")),
    "a bracket before another": ("print()", "print()|)", Edit(6, 6, ")")),
    "the same letter again": ("aa", "aaa|", Edit(2, 2, "a")),
    "backspace among the same": ("aaa", "aa|", Edit(2, 3, "")),
    "the delete key": ("abc", "a|c", Edit(1, 2, "")),
    "a line with its indentation": ("if x:", "if x:\n    |", Edit(5, 5, "\n    ")),
    "a selection typed over": ("abcd", "aX|d", Edit(1, 3, "X")),
    "somebody else, further down": ("ab\ncd", "a|b\ncXd", Edit(4, 4, "X")),
    "all of it": ("abc", "xyz|", Edit(0, 3, "xyz")),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_the_difference_ends_at_the_cursor(name: str) -> None:
    old, marked, expected = DIFFERENCES[name]
    new, cursor = marked.replace("|", ""), marked.index("|")
    assert difference(old, new, cursor) == expected


@given(TEXTS, TEXTS, st.integers(0, 30))
def test_the_difference_makes_the_new_text(old: str, new: str, cursor: int) -> None:
    assert apply(old, [difference(old, new)]) == new
    assert apply(old, [difference(old, new, min(cursor, len(new)))]) == new


@given(TEXTS, st.integers(0, 30))
def test_positions_are_the_servers(text: str, at: int) -> None:
    offset = min(at, len(text))
    document, server = Document("untitled:a", text), DocumentSnapshot("untitled:a", 1, text)
    found = document.position(offset)
    place = types.Position(found["line"], found["character"])
    assert server.offset(place) == document.offset(found)


@given(st.text(alphabet="ab\n😀", max_size=30), st.integers(0, 30))
def test_a_position_comes_back_to_its_offset(text: str, at: int) -> None:
    document = Document("untitled:a", text)
    offset = min(at, len(text))
    assert document.offset(document.position(offset)) == offset


def test_a_change_is_told_with_the_range_before_it() -> None:
    document = Document("untitled:a", "a = '😀'\nb = 2\n")
    told = document.update("a = '😀!'\nb = 2\n")
    (change,) = told["contentChanges"]
    place = {"line": 0, "character": 7}  # the smile has two units
    assert change == {"range": {"start": place, "end": place}, "text": "!"}
    assert told["textDocument"] == {"uri": "untitled:a", "version": 2}
    assert document.update("a = '😀!'\nb = 2\n") == {}


def test_an_edit_for_an_older_text_is_not_made() -> None:
    document = Document("untitled:a", "x = 1")
    edit = {"range": document.range(0, 1), "newText": "y"}
    named = {"uri": "untitled:a", "version": 1}
    change = {"documentChanges": [{"textDocument": named, "edits": [edit]}]}
    assert document.edits(change) == [Edit(0, 1, "y")]
    document.update("x = 12")
    assert document.edits(change) == []
    assert document.edits({"changes": {"untitled:b": [edit]}}) == []


def test_a_line_and_its_first_word() -> None:
    document = Document("untitled:a", "if x:\n  😀 = 1\r\n")
    assert (document.line(1), document.line(9)) == ("  😀 = 1", "")
    assert document.first_word(1) == 8
