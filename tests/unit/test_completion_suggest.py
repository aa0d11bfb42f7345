"""Ghost text from a program, a cursor and the model's raw text to what is shown."""

from __future__ import annotations

import ast
import asyncio

import pytest

from pippy_lsp.completion.suggest import Completer, Suggestion
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Infill, Request
from pippy_lsp.errors import EngineLoading, PippyError
from pippy_lsp.settings import CompletionSettings
from tests.fakes import FakeEngine

CURSOR = "‸"
AT_ONCE = CompletionSettings(debounce_ms=0)


async def ask(
    program: str,
    raw: str,
    *,
    level: int = 5,
    invoked: bool = False,
    engine: FakeEngine | None = None,
    settings: CompletionSettings | None = None,
) -> list[Suggestion]:
    offset = program.index(CURSOR)
    snapshot = DocumentSnapshot("untitled:a", 1, program.replace(CURSOR, ""))
    completer = Completer(engine or FakeEngine(raw))
    return await completer.suggest(
        snapshot, offset, settings or AT_ONCE, level=level, invoked=invoked
    )


async def shown(program: str, raw: str, **more: int | bool) -> str:
    """The text that is shown ("" for none)."""
    found = await ask(program, raw, **more)  # type: ignore[arg-type]
    return found[0].text if found else ""


async def test_what_a_teacher_wants_left_out_is_not_shown() -> None:
    text = "x = 3\n"
    snapshot = DocumentSnapshot("untitled:a", 1, text)
    for avoid, expected in (("While", ""), ("For", "while x:\n    x = x - 1")):
        completer = Completer(FakeEngine("while x:\n    x = x - 1\n"), avoid=frozenset({avoid}))
        found = await completer.suggest(snapshot, len(text), AT_ONCE, level=5)
        assert "".join(each.text for each in found) == expected


GUESS = """\
import random
secret = random.randint(1, 10)
guess = int(input("Guess: "))
if guess < secret:
    ‸
elif guess > secret:
    print("Too high")
else:
    print("Right")
"""

TABLE: dict[str, tuple[str, str, str]] = {
    # name: (program, what the model writes, what is shown)
    "body of an if": (GUESS, 'print("Too low")\nelif guess > secret:', 'print("Too low")'),
    "body with its own indent": (GUESS, '    print("Too low")\n', 'print("Too low")'),
    "body after a newline": (GUESS, '\n    print("Too low")\n', 'print("Too low")'),
    "two lines of body": (
        GUESS,
        'print("Too low")\n    print("Try again")\nelif',
        'print("Too low")\n    print("Try again")',
    ),
    "left the block before it wrote": (GUESS, "\nprint(1)\n", ""),
    "no indent from the editor": (
        "x = 1\nif x:\n‸\nprint(x)\n",
        "print(x + 1)\nprint(x)",
        "    print(x + 1)",
    ),
    "indent of the body that follows": (
        "x = 1\nif x:\n‸\n  print(x)\n",
        "x = x + 1\n  print(x)",
        "  x = x + 1",
    ),
    "two spaces": (
        "x = 1\nif x:\n  print(x)\nfor i in range(3):\n  ‸\n",
        "if i:\n      print(i)\n",
        "if i:\n    print(i)",
    ),
    "tabs": (
        "x = 1\nif x:\n\tprint(x)\nfor i in range(3):\n\t‸\n",
        "if i:\n\t\tprint(i)\n",
        "if i:\n\t\tprint(i)",
    ),
    "spaces for tabs": (
        "x = 1\nif x:\n\tprint(x)\nfor i in range(3):‸\n",
        "\n    print(i)\n",
        "\n\tprint(i)",
    ),
    "new line after a header": ("for i in range(3):‸\n", "\n    print(i)\n", "\n    print(i)"),
    "short body on the header's line": ("if True:‸\n", " print(1)\n", " print(1)"),
    "header gets its body": (
        "x = 1\nif x‸\nprint(x)\n",
        " > 0:\n    print(1)\nprint(x)",
        " > 0:\n    print(1)",
    ),
    "header without body": ("x = 1\nif x‸\nprint(x)\n", " > 0:\n", ""),
    "header over its body": ("x = 1\nwhile x‸\n    x = 0\n", " > 0:\n", " > 0:"),
    "else between": ("x = 1\nif x:\n    ‸\nelse:\n    print(2)\n", "x = 2\nelse:\n", "x = 2"),
    "body of try": (
        "try:\n    ‸\nexcept ValueError:\n    print(1)\n",
        "age = int(input())\nexcept ValueError:",
        "age = int(input())",
    ),
    "body of except": (
        'try:\n    x = 1\nexcept ValueError as e:\n    ‸\nprint("end")\n',
        'print(e)\nprint("end")',
        "print(e)",
    ),
    "decorated": (
        "class A:\n    @property\n    ‸\n",
        "def name(self):\n        return 1\n",
        "def name(self):\n        return 1",
    ),
    "class body": (
        "class Dog:\n    def __init__(self, name):\n        ‸\n",
        "self.name = name\n",
        "self.name = name",
    ),
    "match": (
        'day = "Sat"\nmatch day:\n    case "Sat":\n        ‸\n    case _:\n        print(1)\n',
        "print(day)\n    case _:",
        "print(day)",
    ),
    "closed bracket": ("print(‸)\n", '"hi")\n', '"hi"'),
    "closed bracket not repeated": ("print(‸)\n", '"hi"\n', '"hi"'),
    "one more bracket needed": ("print(len(‸)\n", '"hi")\n', '"hi")'),
    "two closed brackets": ("print(len(‸))\n", '"hi"))\n', '"hi"'),
    "closed quote": ('print("‸")\n', 'Hello")\n', "Hello"),
    "closed quote, more follows": ('x = 1\nprint("‸", x)\n', 'Hello", x)\n', "Hello"),
    "open bracket": ("print(‸\n", '"hi"\n', '"hi")'),
    "open quote": ('print("Hel‸\n', 'lo"\n', 'lo")'),
    "one bracket too many": ('print("a"‸\n', "))\n", ")"),
    "rest of line repeated": ("a = 1\nx = ‸ + a\n", "2 + a\n", "2"),
    "rest of line, nothing new": ("a = 1\nx = ‸a + 1\n", "a + 1\n", ""),
    "colon follows": ("def add(‸):\n    return 1\n", "a, b):\n    return a", "a, b"),
    "f-string": ('name = "Ada"\nprint(f"Hi {‸}")\n', 'name}")\n', "name"),
    "emoji before the cursor": ('print("🐶🐱", ‸)\n', "1)\n", "1"),
    "accents and emoji in the text": ("print(‸)\n", '"é🐶")\n', '"é🐶"'),
    "wrong attribute after emoji": (
        'import random\nx = "🐶", ‸\n',
        "random.randit(1, 6)\n",
        "random.randint(1, 6)",
    ),
    "the bracket that is closed below": ("‸\n    1,\n    2,\n]\n", "def f():\n    return 1\n", ""),
    "the bracket that is closed in the next line": ("‸\n    1, 2]\nx = 1\n", "y = 1\n", ""),
    "a bracket too many further below": ("x = 1\n‸\ny = 2\nprint(x))\n", "z = 1\n", "z = 1"),
    "header over the body that hangs": (
        "x = 1\nx = 2\n‸\n    print(x)\n",
        "if x > 1:\n    print(1)\n",
        "if x > 1:",
    ),
    "what follows would never be reached": (
        "def f(x):\n    ‸\n    return x + 1\n",
        "return x\n",
        "",
    ),
    "only its last line cuts off": (
        "def f(x):\n    # add two\n    ‸\n    return x\n",
        "x = x + 2\n    return x + 1\n",
        "x = x + 2",
    ),
    "next line is not repeated": ("x = 1\n‸\nprint(x)\n", "print(x)\n", ""),
    "next line ends the block": (
        "# count to ten\n‸\nprint(1)\n",
        "x = 2\ny = 3\nprint(1)\n",
        "x = 2\ny = 3",
    ),
    "previous line is not repeated": ("print(1)\n‸\n", "print(1)\n", ""),
    "loops are cut": (
        "x = 0\nwhile True:\n    ‸\n",
        "x = x + 1\n    x = x + 1\n    x = x + 1\n    x = x + 1\n",
        "x = x + 1\n    x = x + 1",
    ),
    "comment only": ("x = 1\n‸\n", "# print it\n", ""),
    "pass only": ("if True:\n    ‸\n", "pass\n", ""),
    "comment with code": (
        "for i in range(3):\n    ‸\n",
        "# show it\n    print(i)\n",
        "# show it\n    print(i)",
    ),
    "attribute mended": (
        "import random\nx = ‸\n",
        "random.randit(1, 6)\n",
        "random.randint(1, 6)",
    ),
    "attribute begun by the child": (
        "import random\nx = random.rand‸\n",
        "it(1, 6)\n",
        "",
    ),
    "attribute unknown": ("import random\nx = ‸\n", "random.magic(1, 6)\n", ""),
    "import mended": ("from random import ‸\n", "randit\n", "randint"),
    "module unknown": ("x = 1\n‸\n", "import nosuchmodule_here\n", ""),
    "name unknown": ("x = 1\nprint(‸)\n", "total)\n", ""),
    "name mended": ("user_name = 1\nprint(‸)\n", "userName)\n", "user_name"),
    "another player is no slip": ("player1 = 1\nprint(‸)\n", "player2)\n", ""),
    "cut before an unknown name": (
        "x = 1\nif x:\n    ‸\n",
        "print(x)\n    print(unknown)\n",
        "print(x)",
    ),
    "function later in the file": (
        "def main():\n    ‸\n\ndef helper():\n    return 1\n",
        "helper()\n",
        "helper()",
    ),
    "variable bound later": ("print(‸)\nscore = 1\n", "score)\n", ""),
    "star import of a child's module": ("from game import *\nprint(‸)\n", "score)\n", "score"),
    "star import of the library": ("from turtle import *\n‸\n", "forward(100)\n", "forward(100)"),
    "star import, not in the library": ("from turtle import *\n‸\n", "fly(100)\n", ""),
    "URL": ("x = 1\nsite = ‸\n", '"https://example.com/abc"\n', ""),
    "URL of the child": (
        'a = "https://example.com/abc"\nsite = ‸\n',
        '"https://example.com/abc"\n',
        '"https://example.com/abc"',
    ),
    "return outside": ("x = 1\n‸\n", "return x\n", ""),
    "break outside": ("x = 1\nif x:\n    ‸\n", "break\n", ""),
    "broken elsewhere": (
        'print("hello\nx = 1\nif x:\n    ‸\nfor i in range(3)\n    print(i)\n',
        "print(x)\n",
        "print(x)",
    ),
    "broken elsewhere, and here": (
        'print("hello\nx = 1\nif x:\n    ‸\nfor i in range(3)\n    print(i)\n',
        "print(x))(\n",
        "",
    ),
    "bodiless header above": ("def f():\nx = 1\nprint(‸)\n", "x)\n", "x"),
    "list that goes on": (
        'colors = [\n    "red",\n    ‸\n]\n',
        '"blue",\n    "green",\n]',
        '"blue",',
    ),
    "call over lines": ("‸\nx = 1\n", "print(\n    1,\n)\n", "print(\n    1,\n)"),
    "white space at the end": ("x = 1\n‸\n", "y = 2   \n", "y = 2"),
    "space at the cursor": ("x = ‸\n", " 5\n", "5"),
    "fences": ("x = 1\n‸\n", "```python\ny = 2\n```", "y = 2"),
    "spelled token": ("x = ‸\n", "5<|endoftext|>junk", "5"),
    "multi-line string": (
        "x = 1\n‸\n",
        'print("""a\nb""")\n',
        'print("""a\nb""")',
    ),
    "middle of a word": ("pri‸nt(1)\n", "xx\n", ""),
    "comment": ("# say he‸\n", "llo\n", ""),
    "docstring": ('def f():\n    """Say ‸\n    """\n', "hello\n", ""),
    "empty file": ("‸", "print(1)\n", ""),
    "comment that asks": (
        "# print the numbers from 1 to 3\n‸",
        "for i in range(1, 4):\n    print(i)\n\n\nprint(9)\n",
        "for i in range(1, 4):\n    print(i)",
    ),
    "another topic": (
        "# say hello\n‸",
        "print('hello')\n\n# say bye\nprint('bye')\n",
        "print('hello')",
    ),
    "the line after a complete one": ("print(1)‸\n", "\nprint(2)\n", "\nprint(2)"),
    "the line after, in its block": (
        "if True:\n    print(1)‸\n",
        "\n    print(2)\n",
        "\n    print(2)",
    ),
    "not out of its block": ("if True:\n    print(1)‸\n", "\nprint(2)\n", ""),
    "the line after is there already": ("print(1)‸\nprint(2)\n", "\nprint(2)\n", ""),
    "no comment behind code": ("do‸\n", "ne = 1  # It is done now\n", "ne = 1"),
    "no comments without end": ("x = 1\nprint(‸\n", "x)  # Show it. # # # # # #", "x)"),
    "a hash in a text": ("x = 1\n‸\n", 'print("# 1")\n', 'print("# 1")'),
    "the same in both branches": (
        "if a:\n    ‸\nelse:\n    print(1)\n",
        "print(1)\n",
        "",
    ),
    "a part of the same in both branches": (
        "if input():\n    ‸\nelse:\n    print(1)\n    print(2)\n",
        "print(2)\n",
        "print(2)",
    ),
    "round in circles": ("speeds = ‸\n", "[" + "10, " * 12, ""),
    "a line without end": ("x = ‸\n", " + ".join(map(str, range(80))), ""),
    "only white space": ("x = 1\n‸\n", "\n\n\n\n\n\n", ""),
    "a stray bracket where the indent lacks": ("if True:\n‸\n", ")\n", ""),
    "nothing": ("x = 1\n‸\n", "", ""),
    "walrus, lambda, comprehension": (
        "names = []\n‸\n",
        "print(sorted([n for n in names], key=lambda n: len(n)), (k := 1), k)\n",
        "print(sorted([n for n in names], key=lambda n: len(n)), (k := 1), k)",
    ),
}


@pytest.mark.parametrize(("program", "raw", "expected"), TABLE.values(), ids=TABLE.keys())
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
async def test_shows(program: str, raw: str, expected: str, newline: str) -> None:
    text = await shown(program.replace("\n", newline), raw)
    # a document without a line end has none to copy
    wanted = expected.replace("\n", newline if "\n" in program else "\n")
    assert text == wanted


LIMITS: dict[str, tuple[int, str, int, str]] = {
    # name: (level, mode, max_lines, what is shown after a header)
    "level 1": (1, "block", 6, "a = 1"),
    "level 2": (2, "block", 6, "a = 1\n    b = 2\n    c = 3\n    d = 4"),
    "max_lines": (5, "block", 2, "a = 1\n    b = 2"),
    "line": (5, "line", 6, "a = 1"),
    "off": (5, "off", 6, ""),
}


@pytest.mark.parametrize(("level", "mode", "most", "expected"), LIMITS.values(), ids=LIMITS.keys())
async def test_limits(level: int, mode: str, most: int, expected: str) -> None:
    settings = CompletionSettings(mode=mode, max_lines=most)  # type: ignore[arg-type]
    engine = FakeEngine("a = 1\n    b = 2\n    c = 3\n    d = 4\n    e = 5\n")
    found = await ask("if True:\n    ‸\n", "", level=level, engine=engine, settings=settings)
    assert (found[0].text if found else "") == expected
    assert bool(engine.requests) == (mode != "off")


async def test_invoked_in_a_comment_gives_the_code() -> None:
    text = await shown("# print hello twice‸", "\nprint('hello')\nprint('you')\n", invoked=True)
    assert text == "\nprint('hello')\nprint('you')"


async def test_stops_the_model_early() -> None:
    engine = FakeEngine("x = 1\n" + "y = 2\n" * 50)
    await ask("a = 0\n‸\n", "", engine=engine)
    assert engine.streams[0].seen == "x = 1\n"


async def test_stops_at_the_first_word_outside() -> None:
    engine = FakeEngine("x = 1\n\n# a long tale of what is next, that nobody waits for")
    found = await ask("if True:\n    ‸\n", "", engine=engine)
    assert found[0].text == "x = 1"
    assert engine.streams[0].seen == "x = 1\n\n#"


async def test_request_has_header_suffix_and_missing_indent() -> None:
    engine = FakeEngine("x = 2")
    await ask("a = 0\r\nif a:\r\n‸\r\nprint(a)\r\n", "", engine=engine, level=2)
    prompt = engine.requests[0].prompt
    assert isinstance(prompt, Infill)
    assert prompt.prefix == "a = 0\nif a:\n    "
    assert prompt.suffix == "\nprint(a)\n"
    assert prompt.header.startswith("# A Python program")
    assert "if and loops" in prompt.header


async def test_type_through_asks_once() -> None:
    engine = FakeEngine('print("hello")\n    print("you")\n')
    completer = Completer(engine)
    typed = 'print("hello")'
    for count in range(len(typed)):
        text = f"if True:\n    {typed[:count]}\n"
        snapshot = DocumentSnapshot("untitled:a", count, text)
        found = await completer.suggest(snapshot, len(text) - 1, AT_ONCE, level=5)
        assert found[0].text == f'{typed[count:]}\n    print("you")', count
    assert len(engine.requests) == 1


async def test_type_through_an_auto_closed_bracket() -> None:
    engine = FakeEngine("print(1)\n")
    completer = Completer(engine)
    for text, offset, expected in [
        ("x = 1\n\n", 6, "print(1)"),
        ("x = 1\nprint()\n", 12, "1"),
    ]:
        snapshot = DocumentSnapshot("untitled:a", 1, text)
        found = await completer.suggest(snapshot, offset, AT_ONCE, level=5)
        assert [each.text for each in found] == [expected]
    assert len(engine.requests) == 1


async def test_errors_reach_the_caller() -> None:
    def loading(request: Request) -> PippyError:
        return EngineLoading()

    with pytest.raises(EngineLoading):
        await ask("x = ‸\n", "", engine=FakeEngine(loading))


async def test_cancelling_reaches_the_caller() -> None:
    engine = FakeEngine("print(1)\n", delay=1)
    task = asyncio.create_task(ask("x = 1\n‸\n", "", engine=engine))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not engine.streams[0].ended


async def test_late_answers_keep_their_whole_lines() -> None:
    engine = FakeEngine("a = 1\n    b = 2", delay=0.02)
    settings = CompletionSettings(timeout_s=0.21)
    found = await ask("if True:\n    ‸\n", "", engine=engine, settings=settings)
    assert found[0].text == "a = 1"


async def test_a_large_file_is_judged_in_its_region() -> None:
    parts = [f"def part{n}():\n    return {n}\n\n" for n in range(3000)]
    program = "import random\n" + "".join([*parts, "def dice():\n    ‸\n\n", *parts])
    assert await shown(program, "return random.randit(1, part1())\n") == (
        "return random.randint(1, part1())"
    )


async def test_the_suggestion_parses_in_place() -> None:
    found = await ask(GUESS, 'print("Too low")\nelif')
    text = GUESS.replace(CURSOR, "")
    start = GUESS.index(CURSOR)
    assert (found[0].start, found[0].end) == (start, start)
    assert ast.parse(text[:start] + found[0].text + text[start:]).body


async def test_by_hand_the_next_answer_is_tried_when_the_first_does_not_hold() -> None:
    left = ["a = nobody\n", "a = nobody\n", "b = 2\n"]
    engine = FakeEngine(lambda _: left.pop(0))
    found = await ask("x = 1\n‸\n", "", engine=engine, invoked=True)
    assert [each.text for each in found] == ["b = 2"]


# What the model writes, greedily first; what is offered.
BRANCHES: dict[str, tuple[list[str], list[str]]] = {
    "three that differ": (["a = 1", "b = 2", "c = 3", "d = 4"], ["a = 1", "b = 2", "c = 3"]),
    "alike ones once": (["a = 1", "a = 1", "b = 2", "b = 2"], ["a = 1", "b = 2"]),
    "wrong ones never": (["a = 1", "b = other", "c = nobody", "d = 4"], ["a = 1", "d = 4"]),
    "a wrong first one": (["a = nobody", "b = 2", "b = 2", "c = 3"], ["b = 2", "c = 3"]),
    "none": (["pass"] * 4, []),
}


@pytest.mark.parametrize(("writes", "offered"), BRANCHES.values(), ids=BRANCHES.keys())
async def test_branches(writes: list[str], offered: list[str]) -> None:
    left = [f"{each}\n" for each in writes]
    engine = FakeEngine(lambda _: left.pop(0))
    snapshot = DocumentSnapshot("untitled:a", 1, "x = 1\n")
    completer = Completer(engine)
    for _ in range(2):
        found = await completer.suggest(snapshot, 6, AT_ONCE, level=1, invoked=True, branches=3)
        assert [each.text for each in found] == offered
    assert len(engine.requests) == len(writes)
