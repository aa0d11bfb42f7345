"""Which model is used: the ones that are here, the choice, and whether a file can be one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec

from pippy_lsp import machine
from pippy_lsp.engine import codellama, memory, state
from pippy_lsp.engine.choice import Choice, choose_auto, choose_teacher
from pippy_lsp.engine.gguf import GgufInfo, read
from pippy_lsp.engine.registry import Entry, Quicker, registry
from pippy_lsp.engine.state import Speed, cache_dir, models_dir, remember_speed
from pippy_lsp.errors import (
    ModelCantInfill,
    ModelError,
    ModelFileMissing,
    ModelInUse,
    ModelMissing,
    ModelTooLarge,
    SettingsError,
    UnknownModel,
)

__all__ = [
    "Choice",
    "GgufInfo",
    "ModelFile",
    "Speed",
    "auto_choice",
    "cache_dir",
    "check",
    "choose_auto",
    "installed",
    "path",
    "remember_speed",
    "remove",
    "resolve",
    "use",
]

AUTO = "auto"
_MB = 2**20
_READ_AT_ONCE = 64
"""Prompt tokens that the worker evaluates in one step: its n_ubatch."""
_OVERHEAD = 64 * _MB
"""What llama.cpp and its interpreter take besides: with it the sum is 1 to 7 % above what was
measured (135M 245 MB, 0.5B 605 MB, 1.5B 1270 MB; context 4096, weights not mapped)."""


class ModelFile(msgspec.Struct, frozen=True):
    """A model that is on this machine."""

    name: str
    path: Path
    """The file that is loaded: the model's twin, where it has one and was not named by a path."""
    entry: Entry | None
    """None for a file that the registry does not know."""


def file_of(entry: Entry) -> Path:
    """Where the model of `entry` lies, or will lie."""
    return models_dir() / entry.file


def staging_of(entry: Entry) -> Path:
    """Where a download of it is kept until it is whole and verified."""
    return models_dir() / ".staging" / entry.name


def twin_of(entry: Entry) -> Path:
    """Where its twin lies, or would lie; see `twin`. Its name says what it is."""
    quicker = entry.quicker or Quicker()
    types = "-".join(filter(None, (*quicker.kinds.values(), quicker.head)))
    return models_dir() / ".twins" / f"{Path(entry.file).stem}-{types}.gguf"


def _model_of(entry: Entry) -> ModelFile:
    """The entry's model as it is used: its twin, where that was made."""
    return ModelFile(entry.name, twin_of(entry) if has_twin(entry) else file_of(entry), entry)


def has_twin(entry: Entry) -> bool:
    """Whether its twin was made. It only ever gets its name when it is whole."""
    return entry.quicker is not None and twin_of(entry).is_file()


def is_installed(entry: Entry) -> bool:
    """Whether its whole file is here. It only ever gets its name when it was verified."""
    file = file_of(entry)
    return file.is_file() and (not entry.size or file.stat().st_size == entry.size)


def installed() -> list[ModelFile]:
    """The registry's models that are here, in the registry's order."""
    return [_model_of(entry) for entry in registry().models if is_installed(entry)]


def auto_choice() -> Choice:
    """What "auto" takes on this machine, whether or not it is here yet."""
    return choose_auto(
        memory.total(),
        os.cpu_count() or 1,
        [model.name for model in installed()],
        state.load().speeds,
    )


def resolve(name_or_path: str) -> ModelFile:
    """The model that a setting means: a name of the registry, the path of a GGUF, or "auto".

    "auto" is the choice of `use`, where that is still here, else the best installed model that
    suits the machine.

    Raises: ModelMissing when it is not here yet; UnknownModel; ModelFileMissing.
    """
    if name_or_path.casefold() != AUTO:
        return _named(name_or_path)
    chosen = state.load().chosen
    if chosen.casefold() != AUTO:
        try:
            return _named(chosen)
        except ModelError:
            # Its file was deleted since: better another model than none.
            pass
    return _named(auto_choice().name)


def teacher(name_or_path: str, inline: ModelFile, room: int, context: int) -> ModelFile | None:
    """The model for explanations beside `inline`, in `room` bytes of memory; None: the same one.

    "auto" takes a better one where it is fast enough and fits, and none on battery.

    Raises: as `resolve`.
    """
    if name_or_path.casefold() != AUTO:
        found = _named(name_or_path)
        return None if found.path == inline.path else found
    if machine.on_battery():
        return None
    left = {each.name: room - needed_memory(read(each.path), context) for each in installed()}
    chosen = choose_teacher(inline.name, left, state.load().speeds)
    return _named(chosen) if chosen else None


def _named(name_or_path: str) -> ModelFile:
    entry = registry().find(name_or_path)
    if entry is not None:
        if not is_installed(entry):
            raise ModelMissing(name=entry.name)
        return _model_of(entry)
    file = Path(name_or_path).expanduser().absolute()
    if file.is_file():
        return ModelFile(file.stem, file, _entry_of(file))
    if file.suffix.lower() == ".gguf" or Path(name_or_path).name != name_or_path:
        raise ModelFileMissing(path=str(file))
    raise UnknownModel(name=name_or_path)


def _entry_of(file: Path) -> Entry | None:
    """The entry whose file this is, by name and size: it knows how the model infills."""
    size = file.stat().st_size
    return next((e for e in registry().models if e.file == file.name and e.size in (0, size)), None)


def path(name_or_path: str) -> Path:
    """Where the model lies. Raises: as `resolve`."""
    return resolve(name_or_path).path


def use(name_or_path: str) -> ModelFile | None:
    """Take this model from now on where the settings say "auto"; "auto" itself forgets it (None).

    Raises: as `resolve` and `gguf.read`; SettingsError when the choice can't be written.
    """
    if name_or_path.casefold() == AUTO:
        _remember(AUTO)
        return None
    model = _named(name_or_path)
    read(model.path)
    known = registry().find(name_or_path)
    _remember(known.name if known else str(model.path))
    return model


def _remember(name: str) -> None:
    try:
        state.remember_choice(name)
    except OSError as error:
        raise SettingsError(key=str(state.state_file()), problem=str(error.strerror)) from error


def remove(name: str) -> Path:
    """Delete the model's file, its twin, and what an unfinished download left; the file's path.

    Raises: UnknownModel; ModelMissing when there is nothing of it; ModelInUse when the file can't
    be deleted, as on Windows while it is open.
    """
    entry = registry().get(name)
    file, staging = file_of(entry), staging_of(entry)
    if not file.exists() and not staging.exists():
        raise ModelMissing(name=entry.name)
    try:
        file.unlink(missing_ok=True)
        twin_of(entry).unlink(missing_ok=True)
        if staging.exists():
            shutil.rmtree(staging)
    except OSError as error:
        raise ModelInUse(name=entry.name) from error
    if state.load().chosen == entry.name:
        _remember(AUTO)
    return file


def needed_memory(info: GgufInfo, context: int) -> int:
    """Bytes that the worker takes with this model and a context of that many tokens.

    The weights, the KV cache in f16, the logits and activations of one step, and the rest.
    """
    step = _READ_AT_ONCE * 4 * (info.vocabulary + 16 * info.embedding_length)
    return info.size + info.kv_bytes * context + step + _OVERHEAD


def check(path: Path, context: int = 4096, available: int | None = None) -> GgufInfo:
    """Whether the file at `path` is a model that this machine can load; what its header says.

    `context` is in tokens, `available` in bytes (None asks the operating system).

    Raises: ModelFileMissing, NotAModel, ModelTruncated, ModelCantInfill, ModelTooLarge.
    """
    info = read(path)
    if codellama.kind_of(path.name, info.name) == "python":
        raise ModelCantInfill(name=path.stem)
    room = memory.available() if available is None else available
    needed = needed_memory(info, context)
    if needed > room:
        raise ModelTooLarge(needed=-(-needed // _MB), available=room // _MB)
    return info
