"""Why a line that the raw model gets right was not shown: which step of ours lost it.

The steps are run again one after the other in this process, on the same model: what the model was
asked, what it wrote, which lines were read, what the checks left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.humaneval import Row, first_line
from benchmarks.infill_ours import TIMEOUT_S
from pippy_lsp.completion.reading import read
from pippy_lsp.completion.scene import Scene, scene
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Engine, Infill, Priority, Request, complete
from pippy_lsp.settings import CompletionSettings, Mode, ModelSettings

READY_SECONDS = 300.0


@dataclass(frozen=True)
class Loss:
    """A row that the raw model passes and ours does not."""

    row: str
    truth: str
    raw: str
    """The raw model's line."""
    shown: str
    """Ours, as the server showed it; "" for nothing."""
    step: str
    """The first step after which the raw model's line was gone: shape, prompt, reading, checks or
    server (it is here again)."""
    wrote: str = ""
    """What the model wrote for our prompt."""
    kept: tuple[str, ...] = ()
    """The lines that were read of it."""
    checked: str = ""
    prompts: dict[str, str] | None = None
    """Where the prompt did it: the model's line when the raw prompt differs in one thing only."""


async def explain(
    model: str,
    lost: Sequence[tuple[Row, str, str]],
    mode: Mode,
    level: int,
    step: Callable[[], None],
) -> list[Loss]:
    """The losses of (row, raw line, line shown) explained; `step` is called after each.

    Raises: ModelError, EngineError.
    """
    settings = CompletionSettings(mode=mode, debounce_ms=0, timeout_s=TIMEOUT_S)
    engine = LlamaEngine(ModelSettings(name=model))
    found: list[Loss] = []
    try:
        info = await engine.ready(READY_SECONDS)
        for row, raw, shown in lost:
            document = DocumentSnapshot("untitled:program.py", 1, row.document)
            here = scene(document, len(row.before), settings, info, level=level)
            found.append(await _explain(engine, row, here, raw, shown))
            step()
    finally:
        await engine.close()
    return found


async def _explain(engine: Engine, row: Row, here: Scene, raw: str, shown: str) -> Loss:
    if here.shape is None:
        return Loss(row.name, row.truth, raw, shown, "shape")
    request = here.request(Priority.GHOST)
    lead = here.shape.lead
    wrote = (await complete(engine, request, lambda text: here.reading(text).done)).text
    kept = read(wrote, here.place, here.shape, ended=True).lines
    checked = here.checked(wrote)
    if first_line(lead + wrote) != raw:
        return Loss(
            *(row.name, row.truth, raw, shown, "prompt", wrote, kept, checked),
            await _prompts(engine, row, request),
        )
    step = "server" if first_line(checked) == raw else "checks"
    step = step if first_line("\n".join(kept)) == raw else "reading"
    return Loss(row.name, row.truth, raw, shown, step, wrote, kept, checked)


async def _prompts(engine: Engine, row: Row, request: Request) -> dict[str, str]:
    """The model's line for the raw prompt, and when one thing in it is as in ours."""
    ours = request.prompt
    assert isinstance(ours, Infill)  # noqa: S101 - ghost text asks nothing else
    lead = ours.prefix[len(row.before) :] if ours.prefix.startswith(row.before) else ""
    variants = {
        "raw": Infill(row.before, row.after),
        "raw not healed": Infill(row.before, row.after, heal=False),
        "header": Infill(row.before, row.after, ours.header),
        "line end": Infill(row.before, f"\n{row.after}"),
        "indented": Infill(row.before + lead, row.after),
        "cut": Infill(ours.prefix.removesuffix(lead), ours.suffix.removeprefix("\n")),
    }
    found: dict[str, str] = {}
    for name, prompt in variants.items():
        asked = Request(prompt, max_tokens=request.max_tokens)
        answer = await complete(engine, asked, lambda text: "\n" in text.lstrip())
        typed = lead if name == "indented" else ""
        found[name] = first_line(typed + answer.text)
    return found
