"""What is said of lines of children's programs: by the hover at once, and by the model."""

from __future__ import annotations

import ast
import random
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks import reading
from pippy_lsp import prompts
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Engine, ModelInfo, Request, Status, StatusListener, Stream
from pippy_lsp.errors import UsageError
from pippy_lsp.settings import ModelSettings
from pippy_lsp.teaching.explain import Explainer
from pippy_lsp.teaching.hover import static_hover

_LOAD_SECONDS = 300.0
_SPAN = re.compile(r"`+([^`]+)`+")
_NAME = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_CODE_LIKE = re.compile(r"\b(?:\w+_\w+|[a-z]+[A-Z]\w*|\w+(?=\())")
_PLACES = re.compile(r"\b(?:lines?|líneas?) \d+(?:(?:,| to| and| a| y) \d+)*", re.IGNORECASE)
"""Lines are named by their numbers, which no program holds."""
_COUNTS = {
    "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "hundred": 100, "thousand": 1000,
}  # fmt: skip
_THINGS: dict[str, tuple[str, ...]] = {
    r"\bloops?\b": ("for ", "while "),
    r"\blists?\b": ("[", "list", "range", "append", "split"),
    r"\bdictionar(?:y|ies)\b": ("{", "dict"),
    r"\bclass(?:es)?\b": ("class ",),
    r"\bturtles?\b": ("turtle",),
    r"\brandom(?:ly)?\b": ("random", "choice", "shuffle", "randint"),
    r"\bfiles?\b": ("open(", "file", ".txt", ".csv"),
    r"\bprints?\b": ("print", "write"),
    r"\bmodules?\b": ("import",),
    r"\bmouse\b": ("click", "mouse"),
}
"""Words for things, and one of the pieces of code that must be in the program then."""


@dataclass(frozen=True)
class Line:
    """A line of a program, `row` from 0."""

    name: str
    text: str
    row: int

    @property
    def snapshot(self) -> DocumentSnapshot:
        """The program."""
        return DocumentSnapshot(f"untitled:{self.name}", 1, self.text)


@dataclass(frozen=True)
class Said:
    """What one layer said of a line; `strange` is what it names that is not in the program."""

    layer: str
    name: str
    row: int
    text: str
    strange: list[str]
    grade: float
    words: int
    ms: float


def lines(sources: dict[str, str], most: int, seed: int) -> list[Line]:
    """Lines at which a statement begins, drawn by chance."""
    found = []
    for name, text in sorted(sources.items()):
        rows = {node.lineno - 1 for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)}
        whole = text.split("\n")
        found += [Line(name, text, row) for row in sorted(rows) if whole[row].strip()[:3] != '"""']
    return random.Random(seed).sample(found, min(most, len(found)))


def strange(said: str, program: str) -> list[str]:
    """What `said` names that is not in the program: code, numbers, counts in words, and things.

    These rules are not the product's, which look at less of the program and at fewer words.
    """
    names, numbers = set(_NAME.findall(program)), {float(n) for n in _NUMBER.findall(program)}
    spans = " ".join(_SPAN.findall(said))
    prose = _PLACES.sub(" ", _SPAN.sub(" ", said))
    found = [name for name in _NAME.findall(spans) if name not in names]
    found += [name for name in _CODE_LIKE.findall(prose) if name not in names]
    found += [n for n in _NUMBER.findall(prose) if float(n) not in numbers and float(n) > 1]
    for word, count in _COUNTS.items():
        if re.search(rf"\b{word}\b", prose.lower()) and float(count) not in numbers:
            found.append(word)
    for word, pieces in _THINGS.items():
        if re.search(word, prose.lower()) and not any(piece in program for piece in pieces):
            found.append(word.replace("\\b", ""))
    return found


def _said(layer: str, line: Line, text: str, ms: float) -> Said:
    grade, words = reading.grade(text), reading.count(text)
    return Said(layer, line.name, line.row, text, strange(text, line.text), grade, words, ms)


def first_layer(chosen: list[Line], language: str) -> list[Said]:
    """What the hover says at once of the first word of each line that it knows. The examples of
    its entries are other programs, and are left out of all but the time.
    """
    found = []
    example = prompts.messages(language).say("hover-example")
    for line in chosen:
        snapshot = line.snapshot
        start = snapshot.line_starts[line.row]
        start += len(snapshot.line(line.row)) - len(snapshot.line(line.row).lstrip())
        began = time.perf_counter()
        known = static_hover(snapshot, start, language)
        spent = (time.perf_counter() - began) * 1000
        text = (known.text if known else "").split(example)[0].strip()
        found.append(_said("at once", line, text, spent))
    return found


class Heard:
    """An engine that remembers what its model wrote."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.texts: list[str] = []

    @property
    def status(self) -> Status:
        """As the engine's."""
        return self._engine.status

    def on_status(self, listener: StatusListener) -> None:
        """As the engine's."""
        self._engine.on_status(listener)

    async def start(self) -> None:
        """As the engine's."""
        await self._engine.start()

    async def ready(self, timeout: float | None = None) -> ModelInfo:
        """As the engine's."""
        return await self._engine.ready(timeout)

    async def close(self) -> None:
        """As the engine's."""
        await self._engine.close()

    @asynccontextmanager
    async def generate(self, request: Request) -> AsyncIterator[Stream]:
        """As the engine's; the whole answer is kept."""
        async with self._engine.generate(request) as stream:
            yield stream
        self.texts.append(stream.result.text)


async def second_layer(
    chosen: list[Line], model: str, language: str, adapter: str = "none"
) -> list[Said]:
    """What the model says of each line: the first answer as it wrote it, and what is shown; or
    what is shown in its place where nothing of it was good enough. `adapter` is the path of a LoRA
    adapter that it wears, or "none".

    Raises: ModelError, EngineError; UsageError for an adapter that does not fit.
    """
    engine = Heard(LlamaEngine(ModelSettings(name=model, teacher_adapter=adapter)))
    await engine.start()
    found = []
    try:
        await engine.ready(_LOAD_SECONDS)
        if engine.status.error:
            raise UsageError(what=f"The model can't wear {adapter}: {engine.status.details}.")
        for done, line in enumerate(chosen, start=1):
            engine.texts.clear()
            began = time.perf_counter()
            said = await Explainer(engine, language).explain(line.snapshot, line.row, line.row)
            spent = (time.perf_counter() - began) * 1000
            if engine.texts:
                found.append(_said("the model, unchecked", line, engine.texts[0], spent))
            shown = said.text if said.guess else ""
            found.append(_said("the model, shown", line, shown, spent))
            if not said.guess:
                found.append(_said("from facts instead", line, said.text, spent))
            print(f"\r{done} of {len(chosen)} lines", end="", file=sys.stderr, flush=True)
    finally:
        await engine.close()
        print(file=sys.stderr)
    return found
