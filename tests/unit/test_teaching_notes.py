"""Write a docstring and Add comments: where the words go, and which are kept."""

from __future__ import annotations

import pytest

from pippy_lsp.teaching import annotate, docstring
from pippy_lsp.teaching.action import Action
from pippy_lsp.teaching.edits import Edit
from tests.fakes import FakeEngine
from tests.unit.wishes import wish


async def made(
    action: Action, program: str, said: str, first: int = 0, last: int | None = None
) -> str | None:
    """The program after the action; None where nothing is done."""
    asked = wish(program, first, last, FakeEngine(said))
    if not action.available(asked.snapshot, asked.start, asked.end):
        return None
    assert action.model is not None
    found = await action.model(asked)
    assert found is None or isinstance(found, Edit)
    return found.apply(program) if found else None


SAID = "It adds two numbers."
# id, the program, the row, the program with a docstring
DOCSTRINGS = [
    ("plain", "def add(a, b):\n    return a + b\n", 0,
     f'def add(a, b):\n    """{SAID}"""\n    return a + b\n'),
    ("crlf-tabs", "def add(a, b):\r\n\treturn a + b\r\n", 0,
     f'def add(a, b):\r\n\t"""{SAID}"""\r\n\treturn a + b\r\n'),
    ("long-head", "def add(\n    a,\n    b,\n):\n    return a + b\n", 0,
     f'def add(\n    a,\n    b,\n):\n    """{SAID}"""\n    return a + b\n'),
    ("comment", "def add(a, b):  # sum\n    # now\n    return a + b\n", 0,
     f'def add(a, b):  # sum\n    """{SAID}"""\n    # now\n    return a + b\n'),
    ("method", "class A:\n    def add(self):\n        pass\n", 1,
     f'class A:\n    def add(self):\n        """{SAID}"""\n        pass\n'),
    ("dict-default", "def add(a={1: 2}):\n    pass\n", 0,
     f'def add(a={{1: 2}}):\n    """{SAID}"""\n    pass\n'),
    ("there-already", 'def add():\n    """Adds."""\n', 0, None),
    ("one-line", "def add(a, b): return a + b\n", 0, None),
    ("not-on-the-head", "def add(a, b):\n    return a + b\n", 1, None),
    ("broken", "def add(a, b)\n    return a + b\n", 0, None),
    ("no-function", "x = 1\n", 0, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("program", "row", "result"), [r[1:] for r in DOCSTRINGS], ids=[r[0] for r in DOCSTRINGS]
)
async def test_a_docstring(program: str, row: int, result: str | None) -> None:
    assert await made(docstring.ACTION, program, SAID, row) == result


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Adds the numbers. And more.", "Adds the numbers."),
        ("adds `a` and `b` together", "Adds a and b together."),
        ("It calls the function `foo` there.", None),
        ("It gives back 42 always.", None),
        ('It says "yes" to all.', None),
        ("", None),
        ("Adds.", None),
    ],
)
async def test_which_sentence_is_kept(said: str, kept: str | None) -> None:
    program = "def add(a, b):\n    return a + b\n"
    result = await made(docstring.ACTION, program, said)
    assert (result.split('"""')[1] if result else None) == kept


NOTE = "Say what it is."
# id, the program, the first and last selected row, the program with comments
COMMENTS = [
    ("a-line", "x = 1\nprint(x)\n", 1, None, f"x = 1\n# {NOTE}\nprint(x)\n"),
    ("certain", "x = 1\n", 0, None, "# This puts 1 into the name x.\nx = 1\n"),
    ("crlf", "print(1)\r\n", 0, None, f"# {NOTE}\r\nprint(1)\r\n"),
    ("further-in", "if 1:\n\tprint(1)\n", 1, None, f"if 1:\n\t# {NOTE}\n\tprint(1)\n"),
    ("decorated", "@staticmethod\ndef f():\n    pass\n", 1, None,
     f"# {NOTE}\n@staticmethod\ndef f():\n    pass\n"),
    ("no-end", "print(1)", 0, None, f"# {NOTE}\nprint(1)"),
    ("has-one", "# one\nx = 1\n", 1, None, None),
    ("has-one-after", "x = 1  # one\n", 0, None, None),
    ("in-a-text", 'print("""a\nx = 1\n""")\n', 1, None, f'# {NOTE}\nprint("""a\nx = 1\n""")\n'),
    ("second-in-a-line", "print(1); y = 2\n", 0, None, f"# {NOTE}\nprint(1); y = 2\n"),
    ("elif", "if 0:\n    pass\nelif 1:\n    pass\n", 2, None, None),
    ("on-a-comment", "if 1:\n    # say it\n    pass\n", 1, None, None),
    ("docstring", '"""Hello."""\n', 0, None, None),
    ("broken", "x = = 1\n", 0, None, None),
    ("blank", "\n", 0, None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("program", "first", "last", "result"), [r[1:] for r in COMMENTS], ids=[r[0] for r in COMMENTS]
)
async def test_comments(program: str, first: int, last: int | None, result: str | None) -> None:
    assert await made(annotate.ACTION, program, NOTE, first, last) == result


async def test_what_the_model_makes_up_is_not_written() -> None:
    program = "total = 3\nfor i in range(4):\n    print(i)\n"
    said = 'This shows "hello" 99 times.'
    result = await made(annotate.ACTION, program, said, 0, 2)
    assert result is not None
    assert "99" not in result
    assert result.startswith("# This puts 3 into the name total.\ntotal = 3\n# ")


async def test_the_parts_of_a_block_get_comments_too() -> None:
    left = ["Say all numbers.", "Show one of them.", "Say that it is done."]
    program = "for i in range(3):\n    list(i)\n    print(i)\n    max(i)\n"
    asked = wish(program, 0, 2, FakeEngine(lambda _: left.pop(0)))
    assert annotate.ACTION.model is not None
    found = await annotate.ACTION.model(asked)
    assert isinstance(found, Edit)
    assert found.apply(program) == (
        "# Say all numbers.\nfor i in range(3):\n    # Show one of them.\n    list(i)\n"
        "    print(i)\n    # Say that it is done.\n    max(i)\n"
    )
