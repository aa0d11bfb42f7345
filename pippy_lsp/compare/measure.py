"""Asks one model all questions, by the same ways that the server asks it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import psutil

from pippy_lsp import prompts
from pippy_lsp.agents.chair import Chair
from pippy_lsp.compare import figures
from pippy_lsp.compare.exam import Hole, Line, Paper, Problem
from pippy_lsp.compare.figures import Answer, Figures
from pippy_lsp.completion.suggest import Completer
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine import gguf, models
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Engine, Infill, ModelInfo, Request, complete
from pippy_lsp.errors import PippyError, SandboxBroken
from pippy_lsp.safety.guard import Guarded
from pippy_lsp.settings import CompletionSettings, ModelSettings
from pippy_lsp.teaching import words
from pippy_lsp.teaching.comments import comment_to_code
from pippy_lsp.teaching.explain import Explainer

PANEL = 5
"""Answers that vote."""
LEVEL = 5
"""Nothing is refused because a child does not know it yet."""
_GHOST = CompletionSettings(debounce_ms=0, timeout_s=300.0)
"""Nothing is given up for its time."""
_TYPED = 4
"""Keys whose first token is timed, in each hole."""
Step = Callable[[], None]


def check_sandbox(paper: Paper) -> None:
    """Whether answers can be run here at all. Raises: SandboxBroken."""
    if paper.holes and paper.holes[0].prints(paper.holes[0].part) is None:
        raise SandboxBroken


async def measure(name: str, paper: Paper, language: str, step: Step) -> Figures:
    """The model's figures; `step` is called after each question. `name` is one of the registry's or
    a path. A model that can't be asked has an `error` in its row.

    Raises: ModelError where there is no such model.
    """
    found = models.resolve(name)
    licence = found.entry.licence if found.entry else gguf.read(found.path).licence
    about = Figures(found.name, found.path.stat().st_size, licence)
    asked = str(found.path) if found.entry is None else found.name
    engine = Guarded(LlamaEngine(ModelSettings(name=asked)))
    try:
        model = await engine.ready()
        answers = await ask(engine, paper, language, step)
        first = await typed(engine, paper)
        return row(about, model, answers, first, memory_of(engine.inner))
    except PippyError as error:
        return Figures(
            about.name, about.size, licence, error=prompts.messages(language).error(error)
        )
    finally:
        await engine.close()


def row(
    about: Figures, model: ModelInfo, answers: list[Answer], first: list[float], memory: int
) -> Figures:
    """`about` with the figures of these answers; `first` are the times of first tokens."""
    said = [each.text for each in answers if each.kind == "line" and each.good]
    return Figures(
        name=about.name,
        size=about.size,
        licence=about.licence,
        infill=model.infill,
        memory=memory,
        first_ms=round(figures.median(first), 1),
        ghost_ms=round(figures.median([each.ms for each in answers if each.kind == "hole"]), 1),
        holes=figures.share(answers, "hole"),
        solved=figures.share(answers, "problem"),
        panel=figures.share(answers, "panel"),
        explained=figures.share(answers, "line"),
        grade=figures.grade(said),
        words=figures.median([float(len(words.plain(text).split())) for text in said]),
        answers=tuple(answers),
    )


def memory_of(engine: Engine) -> int:
    """Bytes of its worker; 0 where it has none, or it is not there any more."""
    pid = engine.pid if isinstance(engine, LlamaEngine) else None
    try:
        return int(psutil.Process(pid).memory_info().rss) if pid else 0
    except psutil.Error:
        return 0


async def ask(engine: Engine, paper: Paper, language: str, step: Step) -> list[Answer]:
    """All answers of the model.

    Raises: ModelError, EngineError.
    """
    completer, explainer = Completer(engine, language), Explainer(engine, language)
    chairs = {"problem": Chair(engine, "off"), "panel": Chair(engine, PANEL)}
    answers: list[Answer] = []

    def add(answer: Answer) -> None:
        answers.append(answer)
        step()

    for number, hole in enumerate(paper.holes):
        add(await _hole(completer, hole, number))
    for problem in paper.problems:
        for kind, chair in chairs.items():
            add(await _problem(engine, problem, kind, chair, language))
    for line in paper.lines:
        add(await _line(explainer, line))
    return answers


async def _hole(completer: Completer, hole: Hole, number: int) -> Answer:
    text = f"{hole.before}{hole.after}"
    snapshot = DocumentSnapshot(f"untitled:hole-{number}.py", 1, text)
    began = time.perf_counter()
    found = await completer.suggest(snapshot, len(hole.before), _GHOST, level=LEVEL)
    ms = _since(began)
    line = found[0].text if found else ""
    right = await asyncio.to_thread(lambda: hole.prints(line) == hole.prints(hole.part))
    return Answer("hole", hole.part, line, bool(line) and right, ms)


async def _problem(
    engine: Engine, problem: Problem, kind: str, chair: Chair, language: str
) -> Answer:
    snapshot = DocumentSnapshot(f"untitled:{kind}.py", 1, problem.whole)
    began = time.perf_counter()
    edit = await comment_to_code(
        engine, snapshot, problem.row, LEVEL, language=language, chair=chair
    )
    ms = _since(began)
    if edit is None:
        return Answer(kind, problem.part, "", good=False, ms=ms)
    good = await asyncio.to_thread(problem.solved, edit.apply(snapshot.text))
    return Answer(kind, problem.part, edit.new_text.strip("\n"), good, ms)


async def _line(explainer: Explainer, line: Line) -> Answer:
    began = time.perf_counter()
    said = await explainer.explain(line.snapshot, line.row, line.row, level=LEVEL)
    asked = line.snapshot.line(line.row).strip()
    return Answer("line", asked, said.text, said.guess, _since(began))


async def typed(engine: Engine, paper: Paper) -> list[float]:
    """Milliseconds from a key to the first token, where the key before it was asked for too.

    Raises: EngineError.
    """
    found = []
    for hole in paper.holes:
        for count in range(_TYPED + 1):
            asked = Request(Infill(hole.before + hole.part[:count], hole.after), max_tokens=1)
            usage = (await complete(engine, asked)).usage
            if count:
                found.append(usage.first_ms)
    return [each for each in found if each]


def _since(began: float) -> float:
    return round(1000 * (time.perf_counter() - began), 1)
