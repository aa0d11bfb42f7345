"""A text that must begin with one of some words, with a small vocabulary."""

from __future__ import annotations

import pytest

from pippy_lsp.engine.vocabulary import Vocabulary
from pippy_lsp.engine.wording import Wording

PIECES = [
    *("", "r", "rand", "random", "randint", " rand", "int", "i", "if", " if", "elif", "if(", "i f"),
    *("ran", "randint(", "range", "(", "()", " ", "\n  ", ":", "é", "_int", "1", "choice"),
]
TABLE = Vocabulary([piece.encode() for piece in PIECES])
ENDS = {"", "(", "()", " ", "\n  ", ":", " if", " rand"}
"""What can follow a word; the first one stands for the end of the text."""

ALLOWED: dict[str, tuple[str, str, str, set[str]]] = {
    # name: (words, begun, written, the pieces that may come next)
    "a keyword": ("if", "", "", {"i", "if", " if", "if(", " ", "\n  "}),
    "after white space": ("if", "", "\n  ", {"i", "if", " if", "if(", " ", "\n  "}),
    "in the word": ("if", "", "i", set()),
    "two that begin alike": (
        "randint random",
        "",
        "",
        {"r", "ran", "rand", " rand", "random", "randint", "randint(", " ", "\n  "},
    ),
    "in the middle": ("randint random", "", "rand", {"i", "int"}),
    "begun by the child": ("randint", "rand", "", {"i", "int"}),
    "begun, no white space": ("choice", "c", "", set()),
    "whole, and a longer one": ("rand randint", "", "rand", ENDS | {"i", "int"}),
    "whole": ("randint", "randint", "", ENDS),
    "none fits": ("choice", "rand", "", set()),
}


@pytest.mark.parametrize(
    ("words", "begun", "written", "expected"), ALLOWED.values(), ids=ALLOWED.keys()
)
def test_the_next_piece(words: str, begun: str, written: str, expected: set[str]) -> None:
    wording = Wording(tuple(words.split()), begun, TABLE)
    if written:
        wording.write(written.encode())
    assert {PIECES[token] for token in wording.allowed()} == expected
    assert all(wording.fits(PIECES[token].encode()) for token in wording.allowed())


DONE: dict[str, tuple[str, str, list[str], bool]] = {
    # name: (words, begun, what is written, whether nothing more is held)
    "nothing asked": ("", "", [], True),
    "nothing written": ("if", "", [], False),
    "white space": ("if", "", [" ", "\n"], False),
    "the word may go on": ("if", "", ["if"], False),
    "ended": ("if", "", ["if", " "], True),
    "ended in one piece": ("if", "", [" if("], True),
    "begun": ("randint", "ran", ["dint", "("], True),
    "another word": ("if", "", ["x"], True),
    "letters of other alphabets": ("caf", "", ["caf", "é"], True),
}


@pytest.mark.parametrize(("words", "begun", "written", "done"), DONE.values(), ids=DONE.keys())
def test_when_it_is_done(words: str, begun: str, written: list[str], done: bool) -> None:
    wording = Wording(tuple(words.split()), begun, TABLE)
    for text in written:
        wording.write(text.encode())
    assert wording.done is done


@pytest.mark.parametrize("token", range(1, len(PIECES)), ids=PIECES[1:])
def test_a_piece_is_allowed_where_it_fits(token: int) -> None:
    wording = Wording(("rand", "randint", "if"), "", TABLE)
    allowed = set(wording.allowed())
    piece = PIECES[token]
    assert (token in allowed) is (wording.fits(piece.encode()) and piece != "i f")
