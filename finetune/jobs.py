"""What the server asks for each job, and whether it takes our answer.

Each function runs the product's own job with an engine that says our answer. It gives the request
where the product shows that answer as it is, else None.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from finetune.rehearsal import Rehearsal
from pippy_lsp.agents.chair import Chair
from pippy_lsp.completion.scene import scene
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Infill, Priority, Request
from pippy_lsp.settings import CompletionSettings
from pippy_lsp.teaching import annotate, ask, comments, docstring, fixes, rename
from pippy_lsp.teaching.action import Asked
from pippy_lsp.teaching.edits import Edit
from pippy_lsp.teaching.explain import Explainer
from pippy_lsp.teaching.steps import Steps

JOBS = ("explain", "comment_to_code", "comments", "docstring", "fix", "names", "ask", "hint")
INLINE = ("hint",)
"""Those that an adapter for `inline` answers; the others are the teacher's."""
_FENCE = "\n```"


@dataclass(frozen=True)
class Asking:
    """The request, and the text that the model should write, up to its end."""

    request: Request
    answer: str


def _snapshot(text: str) -> DocumentSnapshot:
    return DocumentSnapshot("untitled:program", 1, text)


def _taken(engine: Rehearsal, answer: str, taken: bool) -> Asking | None:
    return Asking(engine.asked, answer) if taken and engine.asked is not None else None


async def explain(text: str, row: int, level: int, said: str) -> Asking | None:
    """`said` of the line `row` (from 0)."""
    answer = said.removeprefix("This")
    engine = Rehearsal(answer)
    explainer = Explainer(engine, chair=Chair(engine, "off"))
    found = await explainer.explain(_snapshot(text), row, row, level=level)
    return _taken(engine, answer, found.guess and found.text == said)


async def comment_to_code(text: str, row: int, level: int, code: str) -> Asking | None:
    """The lines `code` for the comment in the line `row`."""
    answer = code + _FENCE
    engine, snapshot = Rehearsal(answer), _snapshot(text)
    chair = Chair(engine, "off")
    found = await comments.comment_to_code(engine, snapshot, row, level, chair=chair)
    return _taken(engine, answer, found is not None and found.new_text.strip("\n") == code)


async def fix(text: str, row: int, right: str) -> Asking | None:
    """`right` (a whole line) in place of the line `row`, where the rules alone find no fix."""
    answer = right.strip() + _FENCE
    engine, snapshot = Rehearsal(answer), _snapshot(text)
    start = snapshot.line_starts[row]
    found = await fixes.fix(engine, snapshot, start, start)
    lines = text.split("\n")
    lines[row] = right
    return _taken(engine, answer, found is not None and found.apply(text) == "\n".join(lines))


async def commented(text: str, row: int, said: str) -> Asking | None:
    """The comment `said` above the line `row`."""
    engine = Rehearsal(said)
    found = await annotate.answer(_asked(engine, text, row))
    sentence = f"# {said[:1].upper()}{said[1:]}."
    return _taken(engine, said + ".", isinstance(found, Edit) and sentence in found.apply(text))


async def documented(text: str, row: int, said: str) -> Asking | None:
    """The docstring `said` of the function in the line `row`."""
    answer = f'{said}"""'
    engine = Rehearsal(answer)
    found = await docstring.answer(_asked(engine, text, row))
    taken = isinstance(found, Edit) and f'"""{said}"""' in found.apply(text)
    return _taken(engine, answer, taken)


async def named(text: str, row: int, old: str, new: str) -> Asking | None:
    """The name `new` for the name `old` that the line `row` gives a value."""
    answer = f"{new}`"
    engine = Rehearsal(answer)
    model = rename.ACTION.model
    found = await model(_asked(engine, text, row)) if model is not None else None
    taken = isinstance(found, Edit) and not _uses(found.apply(text), old)
    return _taken(engine, answer, taken)


def _uses(text: str, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(ast.parse(text)))


async def asked(question: str, level: int, words: str, code: str) -> Asking | None:
    """The words and the program for a child's question."""
    answer = f"{words}\n\n```python\n{code}{_FENCE}"
    engine = Rehearsal(answer)
    reply = await ask.ask(engine, ask.Question(question, level=level))
    return _taken(engine, answer, reply.guess and (reply.words, reply.code) == (words, code))


async def hint(text: str, row: int, level: int, said: str) -> Asking | None:
    """The rest of the hint at the empty line `row`, after the prompt's own opening."""
    settings = CompletionSettings(mode="hint")
    snapshot = _snapshot(text)
    here = scene(snapshot, snapshot.line_starts[row], settings, None, level=level)
    answer = f" {said}"
    if here.shape is None or not here.checked(answer):
        return None
    request = here.request(Priority.GHOST)
    return Asking(request, answer + "\n") if isinstance(request.prompt, Infill) else None


def _asked(engine: Rehearsal, text: str, row: int) -> Asked:
    snapshot = _snapshot(text)
    at = snapshot.line_starts[row]
    return Asked(engine, Explainer(engine), Steps(), snapshot, at, at)
