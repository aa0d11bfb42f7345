"""What jedi says, and that it never runs anything of the workspace."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pippy_lsp.analysis import jedi_facts

PROGRAM = '''import random, turtle, math
t = turtle.Turtle()
names = ["a"]
names.append("b")
def greet(name, times=2):
    """Say hello. Then stop."""
    return name * times
greet("x")
t.forward(3)
dice = random.randint(1, 6)
print(math.sqrt(4))
'''


def fact(word: str, path: Path | None = None) -> jedi_facts.NameFact:
    offset = PROGRAM.rindex(word)
    line = PROGRAM.count("\n", 0, offset)
    column = offset - (PROGRAM.rfind("\n", 0, offset) + 1)
    found = jedi_facts.infer(PROGRAM, line, column, path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("word", "kind", "full_name", "signature"),
    [
        ("randint", "function", "random.randint", "randint(a, b)"),
        ("append", "function", "builtins.list.append", "append(object)"),
        ("forward", "function", "turtle.TNavigator.forward", "forward(distance)"),
        ("sqrt", "function", "math.sqrt", "sqrt(x)"),
        ("greet", "function", "__main__.greet", "greet(name, times=2)"),
        ("math", "module", "math", ""),
    ],
)
def test_infer(word: str, kind: str, full_name: str, signature: str) -> None:
    found = fact(word)
    assert (found.kind, found.full_name, found.signature) == (kind, full_name, signature)


@pytest.mark.parametrize(
    ("word", "value_type", "line"),
    [("names", "list", 2), ("dice", "int", 9), ("t.", "Turtle", 1), ("greet", "", 4)],
)
def test_infer_what_the_childs_own_names_hold(word: str, value_type: str, line: int) -> None:
    found = fact(word)
    assert (found.value_type, found.line) == (value_type, line)


def test_infer_first_sentence_of_the_docstring() -> None:
    assert fact("greet").doc == "Say hello."


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("", 0, 0),
        ("x = (", 9, 90),
        ("for", 0, 1),
        ("é = '😀", 0, 5),
        ("\x00", 0, 0),
        ("(" * 500, 0, 400),
    ],
    ids=["empty", "outside", "keyword", "open-text", "null", "deep"],
)
def test_nothing_where_jedi_knows_nothing(source: str, line: int, column: int) -> None:
    assert jedi_facts.infer(source, line, column) is None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("ran", ["random", "range"]),
        ("score = 1\nsco", ["score"]),
        ("'a'.uppe", ["upper"]),
        ("import turt", ["turtle"]),
    ],
)
def test_complete(source: str, names: list[str]) -> None:
    lines = source.split("\n")
    program = source if source.startswith(("import", "'", "score")) else f"import random\n{source}"
    row = len(program.split("\n")) - 1
    found = jedi_facts.complete(program, row, len(lines[-1]))
    assert [each.name for each in found if each.name in names] == names
    assert all(each.insert.startswith(each.name) for each in found)


def test_complete_gives_names_with_underscores_last_and_their_docs_when_asked() -> None:
    found = jedi_facts.complete("'a'.", 0, 4)
    hidden = [each.name.startswith("_") for each in found]
    assert hidden == sorted(hidden)
    upper = next(each for each in found if each.name == "upper")
    assert upper.signature == "upper()"
    assert upper.doc


def test_complete_survives_any_program() -> None:
    assert jedi_facts.complete("x = (", 9, 90) == []


def test_nothing_of_the_workspace_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    (tmp_path / "helper.py").write_text(f"open({str(marker)!r}, 'w')\ndef tool(a):\n    'Do it.'\n")
    (tmp_path / "native.so").write_bytes(b"not a library")
    source = "import helper, native\nhelper.tool\nnative.x\n"
    found = jedi_facts.infer(source, 1, 8, tmp_path / "main.py")
    jedi_facts.infer(source, 2, 8, tmp_path / "main.py")
    assert found is not None
    assert found.signature == "tool(a)"
    assert not marker.exists()
    assert "helper" not in sys.modules


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", ""),
        ("One. Two.", "One."),
        ("f(x) -> y\n\nDo it well.\nMore", "Do it well."),
        ("no end", "no end"),
        ("two\nlines here. And more", "two lines here."),
    ],
)
def test_first_sentence(text: str, sentence: str) -> None:
    assert jedi_facts.first_sentence(text) == sentence


def test_warm_up_runs() -> None:
    jedi_facts.warm_up()
    assert fact("randint").name == "randint"
