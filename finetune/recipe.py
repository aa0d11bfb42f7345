"""A recipe: which model, which pairs, what kind of adapter, how it is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from finetune import jobs, names, pairs
from pippy_lsp import toml
from pippy_lsp.errors import UsageError

FOLDER = Path(__file__).parent / "recipes"
Above0 = Annotated[int, Meta(ge=1)]


class Lora(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The adapter (Hu et al., arXiv 2106.09685)."""

    rank: Annotated[int, Meta(ge=1, le=256)] = 16
    alpha: Annotated[float, Meta(gt=0)] = 32
    """What is learned counts alpha / rank times."""
    dropout: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    targets: tuple[str, ...] = names.MATRICES
    """The matrices that it is beside."""


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it learns; the loss is that of the answers alone."""

    weights: Literal["float32", "bfloat16", "nf4"] = "float32"
    """How the model's own weights lie in memory; "nf4" (4 bits) needs a GPU."""
    steps: Above0 = 80
    batch: Above0 = 2
    gather: Above0 = 4
    """Batches that one step is made from."""
    rate: Annotated[float, Meta(gt=0, lt=1)] = 2e-4
    warmup: Annotated[int, Meta(ge=0)] = 0
    longest: Above0 = 512
    """Tokens; a longer pair is left out."""
    save_every: Above0 = 20
    """Steps; a run that was stopped goes on from there."""
    judged: Above0 = 120
    """Held-out pairs at most that the loss is measured on."""


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    model: str
    """A name of the registry, or the path of a GGUF."""
    wears: Literal["teacher", "inline"] = "teacher"
    """The job that the adapter is for."""
    seed: int = 1
    data: pairs.Settings = pairs.Settings()
    lora: Lora = Lora()
    training: Training = Training()


def load(name: str) -> Recipe:
    """The recipe of this name, or in the file at this path.

    Raises: UsageError.
    """
    file = Path(name) if Path(name).suffix == ".toml" else FOLDER / f"{name}.toml"
    try:
        found = msgspec.convert(toml.loads(file.read_text("utf-8")), Recipe)
    except OSError as error:
        known = ", ".join(sorted(each.stem for each in FOLDER.glob("*.toml")))
        what = f"There is no recipe {name}. There are {known}, or give the path of a .toml file."
        raise UsageError(what=what) from error
    except (UnicodeDecodeError, toml.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(what=f"The recipe {file.name} can't be used: {error}.") from error
    _known(file.name, "jobs", found.data.jobs, jobs.JOBS)
    _known(file.name, "targets", found.lora.targets, names.MATRICES)
    for job in found.data.jobs:
        if (job in jobs.INLINE) != (found.wears == "inline"):
            what = f'The recipe {file.name} has the job {job}, which wears no "{found.wears}".'
            raise UsageError(what=what)
    return found


def _known(file: str, key: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    wrong = next((each for each in given if each not in known), None)
    if wrong is not None or not given:
        what = f"In the recipe {file}, {key} can name {', '.join(known)}; it has {wrong}."
        raise UsageError(what=what)
