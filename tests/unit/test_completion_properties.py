"""Whatever the model writes, wherever the cursor is: what is shown parses in place."""

from __future__ import annotations

import ast
import asyncio
import warnings

from hypothesis import given, settings
from hypothesis import strategies as st

from pippy_lsp.completion.suggest import Completer
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.settings import CompletionSettings
from tests.fakes import FakeEngine

DICE = """\
import random

# roll two dice
def roll():
    first = random.randint(1, 6)
    second = random.randint(1, 6)
    return first + second

total = 0
for turn in range(5):
    points = roll()
    if points == 12:
        print("Wow! 🎲")
    elif points > 6:
        print(f"Good: {points}")
    else:
        print("Try again", points)
    total += points
print("Total:", total)
"""
PETS = '''\
class Pet:
\t"""A pet has a name."""

\tdef __init__(self, name):
\t\tself.name = name
\t\tself.food = [
\t\t\t"fish",
\t\t\t"meat",
\t\t]

\tdef speak(self):
\t\ttry:
\t\t\tprint(self.name + " says hi")
\t\texcept TypeError as problem:
\t\t\tprint(problem)

while True:
\tname = input("Name? ")
\tif not name: break
\tPet(name).speak()
'''
RAW = [
    "print(total)\n",
    "    print(total)\n",
    "\n    print(1)\n",
    "if total > 3:\n    print(1)\n",
    "if total > 3:\n",
    "else:\n",
    "    else:\n        print(2)\n",
    ")\n",
    '"hi")\n',
    "'",
    '"""',
    "(",
    "[1,\n 2]\n",
    "return total\n",
    "break\n",
    "\n\n\n",
    "\t\tprint(1)\n",
    "#",
    "# a b\n",
    ":",
    "\\\n",
    "name",
    " = 1\n",
    "random.randit(1, 2)\n",
    "def f(x):\n        return x\n",
    "  y = 1\n",
    "é🐶",
    "{x}",
    "x if",
    "total +",
    "```",
    "<|fim|>",
    "\x00",
    "\r\n",
    "points == 12:\n        print(3)\n",
    "pass\n",
]
TEXTS = st.lists(st.sampled_from(RAW), max_size=4).map("".join) | st.text(max_size=12)


def parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            return False
    return True


@settings(max_examples=600, deadline=None)
@given(
    program=st.sampled_from([DICE, PETS, DICE.replace("\n", "\r\n")]),
    at=st.floats(0, 1),
    cut=st.booleans(),
    raw=TEXTS,
    mode=st.sampled_from(["line", "block"]),
    invoked=st.booleans(),
    level=st.integers(1, 5),
)
def test_shown_text_parses_in_place(
    program: str, at: float, cut: bool, raw: str, mode: str, invoked: bool, level: int
) -> None:
    offset = int(at * len(program))
    offset -= program[max(0, offset - 1) : offset + 1] == "\r\n"  # LSP has no such position
    end = program.find("\n", offset)
    if cut and end > 0:
        end -= program[end - 1] == "\r"
        program = program[:offset] + program[max(end, offset) :]
    snapshot = DocumentSnapshot("untitled:a", 1, program)
    asked = CompletionSettings(mode=mode, debounce_ms=0)  # type: ignore[arg-type]
    completer = Completer(FakeEngine(raw))
    found = asyncio.run(completer.suggest(snapshot, offset, asked, level=level, invoked=invoked))
    start = program.rfind("\n", 0, offset) + 1
    stop = program.find("\n", offset)
    without = program[:start] + (program[stop:] if stop >= 0 else "")
    for each in found:
        whole = program[: each.start] + each.text + program[each.end :]
        assert each.text.strip()
        assert parses(whole) or not parses(without), (program[start:stop], each.text)
