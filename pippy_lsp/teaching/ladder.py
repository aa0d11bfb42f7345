"""Help me with this, the ladder of hints: a question, where to look, a worked example of something
else, the line itself.

Each step is given only when it is asked for again at the same place. The first three are certain
and need no model.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import comments, fixes, glossary, lexer, words, worked
from pippy_lsp.teaching.action import Action, Answer, Asked, Words, rows
from pippy_lsp.teaching.edits import Edit, minimal
from pippy_lsp.teaching.problems import Problem
from pippy_lsp.teaching.program import Program, read
from pippy_lsp.teaching.steps import HIGHEST

NAME = "help"
_CONCEPTS: dict[type[ast.AST], str] = {
    ast.For: "for", ast.While: "while", ast.If: "if", ast.FunctionDef: "def",
    ast.Return: "return", ast.Import: "import", ast.ImportFrom: "from", ast.ClassDef: "class",
    ast.Try: "try", ast.With: "with",
}  # fmt: skip
_OTHERS = ("for", "if", "while")
"""Words whose examples are shown where nothing is nearer."""
_CODE = re.compile(
    r"```|^ {4,}\S|\w\s*[-+*/%]?=[^=]|\w\([^)]*\)|\w\[|[\w)\]\"']:\s*$", re.MULTILINE
)
_SPAN = re.compile(r"(`+)(.+?)\1")
_BARE = re.compile(r"[^\W\d]\w*|[^\w\s]{1,2}")
"""A name, or a sign: to point at one is no code."""


def without_code(text: str) -> str:
    """`text` where it holds no code; "" where it does."""
    if "```" in text or "~~~" in text:
        return ""
    bare = _SPAN.sub(lambda span: "x" if _BARE.fullmatch(span[2].strip()) else "```", text)
    return "" if _CODE.search(bare) else text


@dataclass(frozen=True)
class _Place:
    asked: Asked
    program: Program
    row: int
    problem: Problem | None
    wish: str | None
    """What a comment in the line asks for."""

    def say(self, key: str, **values: object) -> str:
        return self.asked.say.say(key, **values)

    @property
    def book(self) -> glossary.Glossary:
        return glossary.load(self.asked.language)

    @property
    def line(self) -> str:
        return self.program.lines[self.row]

    @property
    def concepts(self) -> Iterator[str]:
        """Python's words that the line is about, the first one first."""
        node = self.program.statement(self.row)
        if node is not None and not self.wish and type(node) in _CONCEPTS:
            yield _CONCEPTS[type(node)]
        for word in re.findall(r"[^\W\d]\w*", self.line):
            if word in self.book.builtin or (word in self.book.keyword and not self.wish):
                yield word


def _place(asked: Asked) -> _Place:
    row = asked.rows[0]
    problem = fixes.wanted(asked.snapshot, asked.start, asked.end)
    row = asked.snapshot.row_column(problem.start)[0] if problem else row
    wish = comments.wish(asked.snapshot, row)
    return _Place(asked, read(asked.snapshot.text), row, problem, wish)


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    first, last = rows(snapshot, start, end)
    begin, stop = snapshot.line_starts[first], snapshot.line_starts[last] + len(snapshot.line(last))
    has_code = any(token.start < stop and token.end > begin for token in lexer.code(snapshot.text))
    return has_code or comments.wish(snapshot, first) is not None


def certain(asked: Asked) -> Answer:
    """The next step's words; None where it is the last one and needs the model."""
    place = _place(asked)
    step = asked.steps.next(asked.snapshot, place.row, asked.highest_step)
    if step < 1:
        return None
    if step >= HIGHEST:
        return _certain_line(place)
    text = (_question, _where, _example)[step - 1](place)
    key = "ladder-more" if step < asked.highest_step else "ladder-last"
    return Words(f"{text}\n\n{place.say(key, step=step, most=asked.highest_step)}")


async def line_itself(asked: Asked) -> Answer:
    """The last step, where it needs the model: the fix, the code that a comment asks for, or what
    the line does.

    Raises: as `Engine.generate`.
    """
    if asked.highest_step < HIGHEST:
        return None
    place, engine, snapshot = _place(asked), asked.engine, asked.snapshot
    edit: Edit | None = None
    if place.problem is not None:
        edit = await fixes.fix(
            *(engine, snapshot, asked.start, asked.end, asked.language), chair=asked.chair
        )
    elif place.wish is not None:
        edit = await comments.comment_to_code(
            *(engine, snapshot, place.row, asked.level, asked.language, asked.avoid),
            chair=asked.chair,
        )
    else:
        said = await asked.explainer.explain(snapshot, place.row, place.row, level=asked.level)
        return Words(said.text, said.guess)
    return Words(edit.shown(snapshot.text), guess=True) if edit else None


# --- the steps -----------------------------------------------------------------------------


def _question(place: _Place) -> str:
    if place.problem is not None:
        kind = "name" if "name" in place.problem.code else "syntax"
        return place.say(f"ladder-1-{kind}", line=place.row + 1)
    if place.wish is not None:
        return place.say("ladder-1-wish")
    concept = next(place.concepts, "")
    if concept:
        return place.say("ladder-1-concept", word=words.code(concept))
    return place.say("ladder-1-line")


def _where(place: _Place) -> str:
    line = place.row + 1
    if place.problem is not None:
        return without_code(_spot(place, place.problem)) or place.say("ladder-2-line", line=line)
    return place.say("ladder-2-wish" if place.wish is not None else "ladder-2-line", line=line)


def _spot(place: _Place, problem: Problem) -> str:
    """Where the mistake is, as near as it is known, and not what it is."""
    at = problem.start
    if problem.repaired is not None:
        at = minimal(place.program.text, problem.repaired).start
    row, column = place.asked.snapshot.row_column(at)
    line = place.program.lines[row]
    if not line[:column].strip():
        return place.say("ladder-2-start", line=row + 1)
    if not line[column:].strip():
        return place.say("ladder-2-end", line=row + 1)
    near = [token for token in lexer.code(place.program.text) if token.start <= at]
    if near and near[-1].kind == "name":
        return place.say("ladder-2-near", line=row + 1, word=words.code(near[-1].text))
    return place.say("ladder-2-middle", line=row + 1)


def _example(place: _Place) -> str:
    """A mistake of the same sort elsewhere, or what a word of the line does in another program."""
    found = worked.load(place.asked.language).get(place.problem.code) if place.problem else None
    if found is not None and not _holds(found.right, place):
        parts = [
            "ladder-3-wrong",
            words.fence(found.wrong),
            "ladder-3-right",
            words.fence(found.right),
        ]
        return "\n\n".join(place.say(part) if part.startswith("ladder") else part for part in parts)
    for word in (*place.concepts, *_OTHERS):
        entry = place.book.keyword.get(word) or place.book.builtin.get(word)
        if entry and entry.example and not _holds(entry.example, place):
            return "\n\n".join([entry.text, place.say("ladder-3"), words.fence(entry.example)])
    return place.say("ladder-2-line", line=place.row + 1)


def _holds(example: str, place: _Place) -> bool:
    """Whether the example says the child's own line, so that it would give the answer away."""
    lines = {line.strip() for line in example.splitlines()}
    answer = place.problem.repaired.splitlines() if place.problem and place.problem.repaired else []
    own = {place.line.strip(), *(line.strip() for line in answer[place.row : place.row + 1])}
    return bool(own & lines - {""})


def _certain_line(place: _Place) -> Words | None:
    if place.problem is None:
        return None
    edit = fixes.certain(place.asked.snapshot, place.problem, place.asked.language)
    return Words(edit.shown(place.program.text)) if edit else None


ACTION = Action(NAME, "pippy.help", _available, edits=False, certain=certain, model=line_itself)
