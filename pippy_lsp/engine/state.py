"""What is remembered between runs: the chosen model, and how fast each one was here.

It is a convenience: a broken file is as good as none.
"""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path

import msgspec
import platformdirs

_APP = "pippy-lsp"


class Speed(msgspec.Struct, frozen=True):
    """Tokens a second, as measured on this machine."""

    prompt_tps: float
    decode_tps: float
    panel: float = 0.0
    """How many times as long as one answer five take that are written together; 0: not measured."""


class Worn(msgspec.Struct, frozen=True):
    """A LoRA adapter that a job wears."""

    path: str
    scale: float = 1.0


class State(msgspec.Struct, frozen=True):
    """What the file holds."""

    chosen: str = "auto"
    """What `models use` was given: a name, an absolute path, or "auto"."""
    speeds: dict[str, Speed] = msgspec.field(default_factory=dict)
    adapters: dict[str, Worn] = msgspec.field(default_factory=dict)
    """By job: "inline", "teacher"."""


def cache_dir() -> Path:
    """Where what can be had again lies: PIPPY_CACHE_DIR, else the user's cache."""
    override = os.environ.get("PIPPY_CACHE_DIR")
    if override:
        return Path(override).expanduser().absolute()
    return Path(platformdirs.user_cache_dir(_APP, appauthor=False))


def models_dir() -> Path:
    """Where the models lie."""
    return cache_dir() / "models"


def state_file() -> Path:
    """Where the state lies: in what PIPPY_CACHE_DIR names, else in the user's configuration."""
    if os.environ.get("PIPPY_CACHE_DIR"):
        return cache_dir() / "state.json"
    return Path(platformdirs.user_config_dir(_APP, appauthor=False)) / "state.json"


def load() -> State:
    """The state; the defaults where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(state_file().read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return State()


def save(state: State) -> None:
    """Write the state whole, or not at all. Raises: OSError."""
    path = state_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".state-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(state)))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def remember_choice(name: str) -> None:
    """Take `name` from now on, where the settings say "auto". Raises: OSError."""
    save(msgspec.structs.replace(load(), chosen=name))


def remember_adapter(job: str, worn: Worn | None) -> None:
    """Let the job wear it from now on; None takes it off. Raises: OSError."""
    state = load()
    others = {name: each for name, each in state.adapters.items() if name != job}
    save(msgspec.structs.replace(state, adapters={**others, job: worn} if worn else others))


def remember_speed(name: str, prompt_tps: float, decode_tps: float, panel: float = 0.0) -> None:
    """Remember how fast the model `name` is here (tokens a second), and what a panel costs.

    Raises: OSError.
    """
    state = load()
    # JSON has no infinity, and what was not measured is as good as too slow.
    finite = [tps if math.isfinite(tps) else 0.0 for tps in (prompt_tps, decode_tps, panel)]
    speeds = {**state.speeds, name: Speed(*finite)}
    save(msgspec.structs.replace(state, speeds=speeds))
