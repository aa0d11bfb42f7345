# ruff: noqa: E501 - tables
"""Tracebacks: read in every form that CPython prints, and said in a child's words."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from string import Template

import pytest

from pippy_lsp.teaching import traceback, traceback_facts, words
from pippy_lsp.teaching.traceback import Traceback, explain, find, parse
from tests.unit.broken_programs import BROKEN, Broken

UNREADABLE = ("SyntaxError", "IndentationError", "TabError")


def run(source: str, folder: Path) -> str:
    """What Python prints for a program."""
    (folder / "game.py").write_text(source, "utf-8")
    command = [sys.executable, "-S", "-X", "utf8", "game.py"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    return done.stderr.decode()


# --- real programs -------------------------------------------------------------------------


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_real_error_is_explained(broken: Broken, tmp_path: Path) -> None:
    error = parse(run(broken.source, tmp_path))
    assert error is not None
    # What our own reading says of a line that Python can't read is tested with the problems.
    own_words = error.type not in UNREADABLE
    found = explain(error, broken.source, file="game.py", advice=own_words)
    assert found.row == broken.line - 1
    assert [each for each in broken.words if each not in found.markdown] == []
    assert "$" not in found.markdown
    assert len(words.plain(explain(error, broken.source).markdown).split()) <= 60


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_an_exam_gets_no_advice(broken: Broken, tmp_path: Path) -> None:
    error = parse(run(broken.source, tmp_path))
    assert error is not None
    found = explain(error, broken.source, file="game.py", advice=False)
    assert found.markdown
    assert not re.search(r"Did you mean|Make it|Use |Put ", found.markdown)


# --- the forms that tracebacks have --------------------------------------------------------

PROGRAM = "scores = [4, 5, 6]\nprint(scores[3] + 1)\n"
PY38 = """\
Traceback (most recent call last):
  File "game.py", line 2, in <module>
    print(scores[3] + 1)
IndexError: list index out of range
"""
PY311 = """\
Traceback (most recent call last):
  File "/home/kid/game.py", line 2, in <module>
    print(scores[3] + 1)
          ~~~~~~^^^
IndexError: list index out of range
"""
WINDOWS = PY311.replace("/home/kid/", "C:\\Users\\kid\\").replace("\n", "\r\n")
FLAT = "\n".join(line.strip() for line in PY38.splitlines())
CHAINED = """\
Traceback (most recent call last):
  File "game.py", line 1, in <module>
    int("a")
ValueError: invalid literal for int() with base 10: 'a'

During handling of the above exception, another exception occurred:

"""
GROUP = "\n".join(f"  | {line}" for line in PY311.splitlines())

# id, the text, whether Python marked the part
FORMS: list[tuple[str, str, bool]] = [
    ("3.8", PY38, False),
    ("3.11", PY311, True),
    ("windows", WINDOWS, True),
    ("without spaces", FLAT, False),
    ("chained", CHAINED + PY311, True),
    ("with what was printed before", "Hello!\n4\n" + PY38, False),
    ("with what was printed after", PY38 + "\nPress any key\n", False),
    ("in a group", GROUP, True),
]


@pytest.mark.parametrize(("text", "marked"), [r[1:] for r in FORMS], ids=[r[0] for r in FORMS])
def test_the_form_makes_no_difference(text: str, marked: bool) -> None:
    error = parse(text)
    assert error is not None
    assert (error.type, error.message) == ("IndexError", "list index out of range")
    (frame,) = error.frames
    assert (frame.line, frame.code) == (2, "print(scores[3] + 1)")
    assert frame.part == ("scores[3]" if marked else "")
    found = explain(error, PROGRAM, file="game.py")
    assert found.row == 1
    assert "`scores` has 3 things" in found.markdown


COMMENT = textwrap.indent(PY311, "# ")
TIGHT = textwrap.indent(PY311, "#")
DOCSTRING = f'"""\n{PY311}"""\n'
INDENTED = textwrap.indent(
    f'def f():\n    """What?\n\n{textwrap.indent(PY311, "    ")}    """\n', ""
)

# id, the pasted traceback
PASTED: list[tuple[str, str]] = [
    ("comment", COMMENT),
    ("comment without a space", TIGHT),
    ("docstring", DOCSTRING),
    ("docstring of a function", INDENTED),
    ("into the program", PY311),
    ("windows", COMMENT.replace("\n", "\r\n")),
    ("last line alone", "# IndexError: list index out of range\n"),
]


@pytest.mark.parametrize("pasted", [r[1] for r in PASTED], ids=[r[0] for r in PASTED])
@pytest.mark.parametrize("above", [True, False], ids=["above", "below"])
def test_a_pasted_traceback_is_found(pasted: str, above: bool) -> None:
    source = pasted + PROGRAM if above else PROGRAM + pasted
    error = find(source, source.index("IndexError") + 2)
    assert error is not None
    assert (error.type, error.message) == ("IndexError", "list index out of range")
    assert source[error.start : error.end].endswith("IndexError: list index out of range")
    found = explain(error, source, file="game.py")
    if error.frames:
        row = source[: source.index("print(scores[3] + 1)\n" if not above else PROGRAM)].count("\n")
        assert found.row == row + above
        assert "`scores`" in found.markdown
    for place in (source.index("scores = "), len(source)):
        assert find(source, place) is None or place == error.end + 1


# id, a text in which there is no traceback
NONE: list[tuple[str, str]] = [
    ("nothing", ""),
    ("a program", PROGRAM),
    ("a comment", "# Error: this is wrong\n# look at the list\n"),
    ("a comment about an error", "# a ValueError: that is what int gives\n"),
    ("code that looks like it", "x: ValueError\nKeyError\n"),
    ("a header alone", "Traceback (most recent call last):\n"),
    ("a file alone", '  File "game.py", line 2\n'),
]


@pytest.mark.parametrize("text", [r[1] for r in NONE], ids=[r[0] for r in NONE])
def test_what_is_no_traceback(text: str) -> None:
    assert [find(text, at) for at in range(len(text) + 1) if find(text, at)] == []


@pytest.mark.parametrize("size", range(0, len(PY311), 7))
def test_a_traceback_that_is_cut_does_no_harm(size: int) -> None:
    error = parse(PY311[size:])
    assert error is None or explain(error, PROGRAM).markdown


# --- the line ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "line", "offset", "row"),
    [
        pytest.param("a = 1\nprint(b)\n", 2, 0, 1, id="as it was"),
        pytest.param("a = 1\nprint(b)\n", 4, 2, 1, id="two lines that the editor put above"),
        pytest.param("\n\n\na = 1\nprint(b)\n", 2, 0, 4, id="moved down since"),
        pytest.param("print(b)\na = 1\nprint(b)\n", 3, 0, 2, id="the nearer of two"),
        pytest.param("a = 1\nprint(c)\n", 2, 0, None, id="changed since"),
        pytest.param("", 2, 0, None, id="another program"),
    ],
)
def test_the_line_of_the_program(source: str, line: int, offset: int, row: int | None) -> None:
    text = f"  File \"game.py\", line {line}, in <module>\n    print(b)\nNameError: name 'b' is not defined"
    error = parse(text)
    assert error is not None
    found = explain(error, source, file="game.py", line_offset=offset)
    assert found.row == row
    number = line - offset if row is None else row + 1
    assert f"line {number}: `print(b)`" in found.markdown


def test_the_last_frame_in_the_childs_file_counts() -> None:
    text = """\
Traceback (most recent call last):
  File "game.py", line 2, in <module>
    play()
  File "/home/kid/helper.py", line 8, in play
    random.choice([])
  File "/usr/lib/python3.11/random.py", line 373, in choice
    raise IndexError('Cannot choose from an empty sequence')
IndexError: Cannot choose from an empty sequence
"""
    error = parse(text)
    assert error is not None
    mine = explain(error, "import helper\nplay()\n", file="game.py")
    assert mine.row == 1
    assert "line 2: `play()`" in mine.markdown
    assert "random.choice([])" in explain(error, "").markdown


def test_repeated_lines_are_counted() -> None:
    text = """\
Traceback (most recent call last):
  File "game.py", line 3, in <module>
    f(1)
  File "game.py", line 2, in f
    return f(n + 1)
           ^^^^^^^^
  [Previous line repeated 995 more times]
RecursionError: maximum recursion depth exceeded
"""
    error = parse(text)
    assert error is not None
    assert (len(error.frames), error.repeated) == (2, 995)
    assert "`f` calls itself" in explain(error, "").markdown


# --- nothing is invented -------------------------------------------------------------------

# id, the program, its error in line 2, words that would be a guess
GUESSES: list[tuple[str, str, str, str]] = [
    ("two lists", "a = b = [1]\nprint(a[1] + b[0])", "IndexError: list index out of range", "`a` "),
    ("grows", "a = [1, 2]; a.append(3)\nprint(a[9])", "IndexError: list index out of range", "thing"),
    ("two divisions", "a = b = 1\nprint(1 / a + 1 / b)", "ZeroDivisionError: division by zero", "`a`"),
    ("two sums", "a = 'x'\nprint('a' + a + 3 + 4)", 'TypeError: can only concatenate str (not "int") to str', "str(3)"),
    ("two texts", "a = 1\nprint(a.b, c.b)", "AttributeError: 'NoneType' object has no attribute 'b'", "`a`"),
    ("a parameter", "a = [1, 2, 3]\ndef f(a): return a[5]", "IndexError: list index out of range", "things"),
    ("in sum", "a = ['x']\nprint(sum(a) + 1)", "TypeError: unsupported operand type(s) for +: 'int' and 'str'", "`sum(a)`"),
    ("in max", "a = [1, 'x']\nprint(max(a) < 3)", "TypeError: '>' not supported between instances of 'str' and 'int'", "`max(a)`"),
    ("in sorted", "a = 5\nfor b in sorted(a): print(b)", "TypeError: 'int' object is not iterable", "`sorted(a)`"),
    ("another dictionary", "a = {'Tim': 1}; b = {}\nprint(b['tim'])", "KeyError: 'tim'", "Did you mean"),
    ("not from a subscript", "a = {3}; b = {}\na.remove(3); b[4] = 1; print(b[5])", "KeyError: 3", "`b`"),
    ("two values", "a = None; a = b.sort()\nprint(a.c)", "AttributeError: 'NoneType' object has no attribute 'c'", "sort"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "error", "guess"), [r[1:] for r in GUESSES], ids=[r[0] for r in GUESSES]
)
def test_what_is_not_certain_is_not_said(source: str, error: str, guess: str) -> None:
    code = source.splitlines()[1]
    found = parse(f'  File "game.py", line 2, in <module>\n    {code}\n{error}')
    assert found is not None
    said = explain(found, source, file="game.py").markdown
    assert guess not in said.replace(words.code(code), "")


@pytest.mark.parametrize(
    "message", ["`x`", "$name", "*a* [b](c) ![d](http://e)", "x" * 999, "", "a\tb"], ids=range(6)
)
def test_an_unknown_error_is_quoted_safely(message: str) -> None:
    found = explain(Traceback("MyError", message), "")
    assert "`MyError`" in found.markdown
    assert len(found.markdown) < 250
    assert "http://" not in re.sub(r"`.*`", "", found.markdown)


# --- the data ------------------------------------------------------------------------------


def test_every_case_can_be_said() -> None:
    for case in traceback.load().error:
        groups = set(re.compile(case.message).groupindex)
        assert case.facts in ("", *traceback_facts.FACTS)
        for slot in (*case.say, *case.advice):
            for sentence in (slot,) if isinstance(slot, str) else slot:
                names = [m["named"] for m in Template.pattern.finditer(sentence)]
                assert None not in names, sentence
                assert case.facts or set(names) <= groups, sentence


def test_a_later_case_of_a_type_is_no_narrower() -> None:
    closed = set[str]()
    for case in traceback.load().error:
        assert case.type not in closed, f"{case.type}: no message reaches {case.message!r}"
        if not case.message:
            closed.add(case.type)
