"""The ghost text of the editors that have none: what is shown, and what Tab does."""

from __future__ import annotations

import pytest
from pippy_client.document import Document, Edit, apply, difference
from pippy_client.ghost import Ghost, Suggestion, suggestions


def ghost(marked: str, text: str, end: int | None = None) -> tuple[Ghost, str, int]:
    """A ghost text at the mark."""
    before, after = marked.split("|")
    found = Ghost()
    at = len(before)
    item = Suggestion(at, at if end is None else end, text, None)
    found.show([item], before + after, at)
    return found, before + after, at


def put(found: Ghost, old: str, marked: str) -> bool:
    """The child makes this of the text."""
    new, cursor = marked.replace("|", ""), marked.index("|")
    return found.changed(difference(old, new, cursor), new, cursor)


# id, text and cursor, the suggestion, what the child makes of it, what is shown then
TYPED = {
    "typed along": ("pri|", "nt(x)", "prin|", ["t(x)"]),
    "a line typed along": ("if x:|", "\n    y()", "if x:\n    |", ["y()"]),
    "something else": ("pri|", "nt(x)", "prim|", [""]),
    "all of it": ("pri|", "nt", "print|", [""]),
    "taken back": ("pri|", "nt", "pr|", [""]),
    "only spaces left": ("x|", "y  ", "xy|", [""]),
    "a line above": ("a\npri|", "nt(x)", "b\na\npri|", ["nt(x)"]),
    "a bracket before a bracket": ("f(g(x|)", "))", "f(g(x)|)", [")"]),
}


@pytest.mark.parametrize("name", TYPED)
def test_typing_along_keeps_it(name: str) -> None:
    marked, text, after, shown = TYPED[name]
    found, old, _ = ghost(marked, text)
    assert put(found, old, after) == (shown != [""])
    assert (found.view().lines or [""]) == shown


def test_a_bracket_that_stands_there_is_not_shown_twice() -> None:
    found, text, at = ghost("print(|)", '"Hi")', end=7)
    assert found.view() == (['"Hi"'], 6)
    edit = found.edit()
    assert edit == Edit(6, 6, '"Hi"')
    assert found.landing() == len('print("Hi")')
    assert apply(text, [edit]) == 'print("Hi")'
    assert at == 6


def test_what_would_be_replaced_is_hidden() -> None:
    found, text, _ = ghost("x = |foo", "bar", end=7)
    assert found.view() == (["bar"], 7)
    edit = found.edit()
    assert edit is not None
    assert apply(text, [edit]) == "x = bar"


def test_a_range_from_the_lines_start_stays_while_typing_back_and_forth() -> None:
    found = Ghost()
    found.show([Suggestion(0, 2, "print(x)", None)], "pr", 2)
    assert found.view().lines == ["int(x)"]
    assert put(found, "pr", "p|")
    assert found.view().lines == ["rint(x)"]


def test_the_next_word_and_the_last_one() -> None:
    found, _, _ = ghost("|", "print(name)")
    assert found.word() == Edit(0, 0, "print")
    found, _, _ = ghost("|", "name")
    assert found.word() is None


def test_several_to_choose_from() -> None:
    found = Ghost()
    found.show([Suggestion(0, 0, "ab", None), Suggestion(0, 0, "ac", None)], "", 0)
    found.cycle(1)
    assert found.view().lines == ["ac"]
    put(found, "", "a|")
    assert (found.view().lines, found.count) == (["c"], 2)
    found.cycle(1)
    assert found.view().lines == ["b"]


def test_a_move_of_the_cursor_ends_it() -> None:
    found, _, at = ghost("pri|", "nt")
    assert found.moved(at)
    assert not found.moved(0)


def test_an_answers_items_with_and_without_a_list() -> None:
    document = Document("untitled:a", "ab")
    item = {"insertText": "c", "range": document.range(2, 2)}
    snippet = {"insertText": {"kind": "snippet", "value": "$1"}, "range": document.range(2, 2)}
    expected = [Suggestion(2, 2, "c", None)]
    assert suggestions({"items": [item, snippet]}, document) == expected
    assert suggestions([item], document) == expected
    assert suggestions(None, document) == []
