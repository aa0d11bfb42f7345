"""LoRA adapters: which one each job wears, and whether a file can be one for the model.

llama.cpp crashes on some wrong ones at the first token, so the header is compared with the
model's first. Source of the rules: llama.cpp, src/llama-adapter.cpp.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from pippy_lsp.engine import gguf, state
from pippy_lsp.errors import AdapterWrong, ModelFileMissing
from pippy_lsp.settings import ModelSettings

JOBS = ("inline", "teacher")
"""Ghost text and other infill; all that is asked in a chat."""
NONE = "none"
_EMBEDDING = "token_embd.weight"
_PARTS = (".lora_a", ".lora_b")


class Adapter(msgspec.Struct, frozen=True):
    """An adapter that a job wears."""

    path: str
    scale: float = 1.0


class Adapters(msgspec.Struct, frozen=True):
    """The adapters of the jobs; None: the model as it is."""

    inline: Adapter | None = None
    teacher: Adapter | None = None


def wanted(settings: ModelSettings) -> Adapters:
    """What the settings name, or else what `pippy-lsp models adapt` chose; nothing is checked."""
    chosen = state.load().adapters
    named = {"inline": settings.inline_adapter, "teacher": settings.teacher_adapter}
    found: dict[str, Adapter] = {}
    for job, path in named.items():
        if path.casefold() == NONE:
            continue
        if path:
            found[job] = Adapter(str(Path(path).expanduser().absolute()), settings.adapter_scale)
        elif job in chosen:
            found[job] = Adapter(chosen[job].path, chosen[job].scale)
    return Adapters(**found)


def check(path: Path, model: Path) -> None:
    """Whether the file at `path` is a LoRA adapter for the model in the file `model`.

    Raises: ModelFileMissing, NotAModel, ModelTruncated, AdapterWrong.
    """
    mine, base = gguf.outline(path), gguf.outline(model)
    problem = _kind(mine) or _architecture(mine, base) or _shapes(mine, base)
    if problem:
        raise AdapterWrong(path=str(path), problem=problem)


def _kind(mine: gguf.Outline) -> str:
    if mine.texts.get("general.type") != "adapter":
        return "it is no adapter"
    kind = mine.texts.get("adapter.type", "")
    return "" if kind == "lora" else f'it is an adapter of the kind "{kind[:40]}", not "lora"'


def _architecture(mine: gguf.Outline, base: gguf.Outline) -> str:
    made, have = (each.texts.get("general.architecture", "") for each in (mine, base))
    return "" if made == have else f"it was made for {made[:40]}, and the model is {have[:40]}"


def _shapes(mine: gguf.Outline, base: gguf.Outline) -> str:
    """What is wrong with its tensors; they come in pairs, whose product is added to the model's."""
    names = {name.removesuffix(part) for name in mine.tensors for part in _PARTS}
    pairs = [name for name in names if all(f"{name}{part}" in mine.tensors for part in _PARTS)]
    if not pairs or len(mine.tensors) != 2 * len(pairs):
        return "its tensors are not pairs of lora_a and lora_b"
    for name in sorted(pairs):
        if name not in base.tensors:
            return f"the model has no tensor {name[:60]}"
        a, b = (mine.tensors[f"{name}{part}"] for part in _PARTS)
        shape = base.tensors[name]
        if min(len(a), len(b), len(shape)) != 2:  # noqa: PLR2004 - matrices
            return f"{name[:60]} is no matrix"
        fits = (b[1], a[1]) == shape if name == _EMBEDDING else (a[0], b[1]) == shape
        if not fits or (name != _EMBEDDING and a[1] != b[0]):
            return f"its {name[:60]} does not fit the model's: another size of model?"
    return ""


def use(job: str, path: str, scale: float, model: Path | None) -> Adapter | None:
    """Let the job wear the adapter from now on where the settings name none; "none" takes it off.

    `model` is what it is compared with, where there is one.

    Raises: as `check`; OSError when it can't be remembered.
    """
    if path.casefold() == NONE:
        state.remember_adapter(job, None)
        return None
    file = Path(path).expanduser().absolute()
    if not file.is_file():
        raise ModelFileMissing(path=str(file))
    if model is not None:
        check(file, model)
    elif _kind(gguf.outline(file)):
        raise AdapterWrong(path=str(file), problem=_kind(gguf.outline(file)))
    chosen = Adapter(str(file), scale)
    state.remember_adapter(job, state.Worn(chosen.path, chosen.scale))
    return chosen
