"""The hint ladder: a question, where to look, an example of something else, the line itself.

Each step is given only when it is asked for again at the same place; the place is forgotten when
its code changes. The first three steps are certain and need no model.
"""

from __future__ import annotations

import ast
import re
from collections import OrderedDict
from dataclasses import dataclass

from pippy_lsp import prompts
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.prompts import Messages
from pippy_lsp.teaching import comments, fixes, glossary, words
from pippy_lsp.teaching.action import Asked, Words
from pippy_lsp.teaching.problems import Problem
from pippy_lsp.teaching.program import read

HIGHEST = 4
_KEPT = 64
_CONCEPTS: dict[type[ast.AST], str] = {
    ast.For: "for", ast.While: "while", ast.If: "if", ast.FunctionDef: "def",
    ast.Return: "return", ast.Import: "import", ast.ImportFrom: "from", ast.ClassDef: "class",
    ast.Try: "try", ast.With: "with",
}  # fmt: skip
_CODE = re.compile(r"```|~~~|^ {4,}\S|\w\s*=[^=]|\w\(.*\)|:\s*$", re.MULTILINE)
_SPAN = re.compile(r"`+([^`]*)`+")


class Ladder:
    """How far the child has come at each place; in memory only."""

    def __init__(self) -> None:
        self._steps: OrderedDict[tuple[str, str, int], int] = OrderedDict()

    def next(self, snapshot: DocumentSnapshot, row: int, highest: int = HIGHEST) -> int:
        """The step to give for the line `row` (from 0) now, 1 to `highest`; 0 where none may be."""
        line = snapshot.line(row).strip()
        # The same line twice in a program is two places, and a line that moves stays the same.
        same = sum(snapshot.line(above).strip() == line for above in range(row))
        key = (snapshot.uri, line, same)
        step = min(self._steps.pop(key, 0) + 1, highest)
        for other in [each for each in self._steps if each[0] == key[0]]:
            if not _still(snapshot, other[1]):
                del self._steps[other]
        self._steps[key] = step
        while len(self._steps) > _KEPT:
            self._steps.popitem(last=False)
        return step


def _still(snapshot: DocumentSnapshot, line: str) -> bool:
    return any(each.strip() == line for each in snapshot.text.splitlines())


@dataclass(frozen=True)
class _Place:
    say: Messages
    row: int
    problem: Problem | None
    concept: str
    wish: str | None


def without_code(text: str) -> str:
    """`text` where it holds no code; "" where it does. A single name in code marks is none."""
    bare = _SPAN.sub(lambda m: "x" if re.fullmatch(r"\w+|[^\w\s]{1,2}", m[1]) else "```", text)
    return "" if _CODE.search(bare) else text


async def answer(asked: Asked, step: int) -> Words | None:
    """The words of one step; None where the last step finds nothing good.

    Raises: as `Engine.generate`, in the last step only.
    """
    place = _place(asked)
    if step >= HIGHEST:
        return await _line(asked, place)
    text = (_question, _where, _example)[max(step, 1) - 1](place, asked.language)
    more = place.say.say("ladder-more", step=step, most=HIGHEST)
    return Words(f"{text}\n\n{more}")


def _place(asked: Asked) -> _Place:
    program, row = read(asked.snapshot.text), asked.rows[0]
    problem = fixes.wanted(asked.snapshot, asked.start, asked.end)
    node = program.statement(row)
    concept = _CONCEPTS.get(type(node), "") if node is not None else ""
    if not concept and program.lines[row].strip():
        concept = _first_word(program.lines[row])
    say = prompts.messages(asked.language)
    return _Place(say, row, problem, concept, comments.task(asked.snapshot.line(row)))


def _first_word(line: str) -> str:
    """The first word of the line that the glossary knows."""
    book = glossary.load()
    found = re.findall(r"[^\W\d]\w*", line)
    return next((word for word in found if word in book.keyword or word in book.builtin), "")


def _question(place: _Place, language: str) -> str:
    if place.problem is not None:
        kind = "name" if "name" in place.problem.code else "syntax"
        return place.say.say(f"ladder-1-{kind}", line=place.row + 1)
    if place.wish is not None:
        return place.say.say("ladder-1-wish")
    if place.concept:
        return place.say.say("ladder-1-concept", word=words.code(place.concept))
    return place.say.say("ladder-1-line")


def _where(place: _Place, language: str) -> str:
    if place.problem is not None:
        values = {**place.problem.values}
        return without_code(place.say.say(place.problem.key, **values)) or place.say.say(
            "ladder-2-line", line=place.row + 1
        )
    if place.wish is not None:
        return place.say.say("ladder-2-wish", line=place.row + 1)
    return place.say.say("ladder-2-line", line=place.row + 1)


def _example(place: _Place, language: str) -> str:
    book = glossary.load(language)
    entry = book.keyword.get(place.concept) or book.builtin.get(place.concept)
    entry = entry if entry and entry.example else book.keyword["for"]
    return "\n\n".join([entry.text, place.say.say("ladder-3"), words.fence(entry.example)])


async def _line(asked: Asked, place: _Place) -> Words | None:
    """The line itself: the fix, or what the comment asks for."""
    text, edit = asked.snapshot.text, None
    if place.problem is not None:
        edit = await fixes.fix(
            asked.engine, asked.snapshot, asked.start, asked.end, asked.language
        )
    elif place.wish is not None:
        edit = await comments.comment_to_code(
            asked.engine, asked.snapshot, place.row, asked.level, asked.language
        )
    if edit is None:
        return None
    new = edit.apply(text)
    first = text.count("\n", 0, edit.start)
    last = new.count("\n", 0, edit.start + len(edit.new_text))
    lines = "\n".join(line for line in read(new).lines[first : last + 1])
    certain = place.problem is not None and place.problem.repaired is not None
    said = [edit.why, words.fence(lines)]
    return Words("\n\n".join(part for part in said if part), guess=not certain)
