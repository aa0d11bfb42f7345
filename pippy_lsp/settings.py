"""The settings: typed, with a default for each.

Sources, the later wins key by key: the defaults, `.pippy.toml` in the workspace's root,
`initializationOptions`, `workspace/configuration` (section `pippy`), the environment (`PIPPY_*`).
Names are camelCase on the wire and in `.pippy.toml`, as editors write them. A wrong value costs
that one key, never the server: it keeps its default and is reported in one sentence.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import Meta

from pippy_lsp import toml
from pippy_lsp.errors import SettingsError

WORKSPACE_FILE = ".pippy.toml"
Mode = Literal["off", "hint", "line", "block"]
Remote = Literal["no", "tls", "plain"]
PanelSize = Union[Literal["off", "auto"], Annotated[int, Meta(ge=1, le=10)]]  # noqa: UP007 - 3.10


class ModelSettings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which model answers."""

    name: str = "auto"
    """A name of `pippy-lsp models list`, a path to a GGUF, or "auto"."""
    teacher: str = ""
    """The same for explanations and actions: one more model beside it, where both fit; "" takes the
    one for all."""
    context: Annotated[int, Meta(ge=512)] = 4096
    """Tokens of context that the worker reserves; less takes less memory."""
    threads: Annotated[int, Meta(ge=0)] = 0
    """Threads that read a prompt; 0 means all cores."""
    inline_adapter: str = ""
    """The path of a LoRA adapter (GGUF) for ghost text; "none" wears none."""
    teacher_adapter: str = ""
    """The same for explanations and actions."""
    adapter_scale: float = 1.0
    """How strongly both count."""
    server: str = ""
    """The URL of a server that answers in place of a model on this computer."""
    server_model: str = ""
    """The name of the model there; "" takes its first one."""
    remote: Remote = "no"
    """Whether what the child writes may be sent to a server that is not this computer: "no",
    "tls" encrypted only, "plain" unencrypted too. A workspace's file can't allow it."""


def only_adapters(one: ModelSettings, other: ModelSettings) -> bool:
    """Whether both differ in their adapters and in nothing else."""
    bare = [
        msgspec.structs.replace(each, inline_adapter="", teacher_adapter="", adapter_scale=1.0)
        for each in (one, other)
    ]
    return one != other and bare[0] == bare[1]


class CompletionSettings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Ghost text."""

    mode: Mode = "block"
    """"off" does nothing at all, "hint" says in a comment what to do next, "line" gives one line,
    "block" a few."""
    debounce_ms: Annotated[int, Meta(ge=0)] = 10
    """A keystroke waits this long for the next one before the model is asked."""
    max_lines: Annotated[int, Meta(ge=1)] = 6
    """The most lines one suggestion has."""
    timeout_s: Annotated[float, Meta(gt=0)] = 8.0
    """An answer that takes longer is given up."""
    as_item: bool | None = None
    """Give the suggestion as the first completion item: None means where the client has no
    inline completion."""


class TeachingSettings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Explanations and actions."""

    explain: bool = True
    """Whether hover also gives the model's explanation."""
    hover_wait_ms: Annotated[int, Meta(ge=0)] = 0
    """How long a hover may wait for the model's explanation; 0 gives what is there at once."""
    line_offset: int = 0
    """Lines that the editor puts above the program before it runs it: an error's line counts them
    too. Pippy puts 2."""
    timeout_s: Annotated[float, Meta(gt=0)] = 60.0
    """An explanation or an action that takes longer is given up."""


class DiagnosticsSettings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What is wrong in the program, marked while it is written."""

    enabled: bool = True
    """Whether mistakes are marked at all."""
    habits: bool = True
    """Whether to mark also what runs and is most likely not meant."""
    pause_ms: Annotated[int, Meta(ge=0)] = 400
    """How long nobody types before anything is marked."""
    line_pause_ms: Annotated[int, Meta(ge=0)] = 2000
    """How long nobody types before the line that is in work is marked."""


class SparingSettings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """When the server does less: nothing ahead of time, no panels, longer pauses."""

    when: Literal["auto", "always", "never"] = "auto"
    """"auto": on battery, and while other programs keep the processor busy."""
    busy: Annotated[float, Meta(gt=0, le=1)] = 0.7
    """Share of the processor that other programs use, from which on it counts as busy."""
    debounce_ms: Annotated[int, Meta(ge=0)] = 250
    """A keystroke then waits at least this long for the next one before the model is asked."""


class Settings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """All settings."""

    language: str = "en"
    """The child's language, as in `prompts/messages/`."""
    level: Annotated[int, Meta(ge=1, le=5)] | Literal["auto"] = "auto"
    """What the child knows, 1 to 5; see `prompts/levels.toml`."""
    panel: PanelSize = "auto"
    """How many answers vote where the child asked for one: "off" is one, "auto" as many as this
    computer has time for."""
    sandbox: bool = True
    """Whether answers may be run, shut in, to see what they do; else their text alone votes."""
    status_notifications: bool = False
    """Whether to send `didChangeStatus` (as Copilot's server does) at each change."""
    model: ModelSettings = ModelSettings()
    completion: CompletionSettings = CompletionSettings()
    teaching: TeachingSettings = TeachingSettings()
    diagnostics: DiagnosticsSettings = DiagnosticsSettings()
    sparing: SparingSettings = SparingSettings()


_ENVIRONMENT = {
    "PIPPY_MODEL": ("model", "name"),
    "PIPPY_LANGUAGE": ("language",),
    "PIPPY_MODE": ("completion", "mode"),
    "PIPPY_SERVER": ("model", "server"),
    "PIPPY_REMOTE": ("model", "remote"),
}


def read(
    sources: Iterable[Mapping[str, Any] | None],
    environ: Mapping[str, str] | None = None,
) -> tuple[Settings, list[SettingsError]]:
    """The settings that `sources` (earlier first) and the environment give, and what was wrong."""
    merged: dict[str, Any] = {}
    problems: list[SettingsError] = []
    for source in [*sources, _from_environment(os.environ if environ is None else environ)]:
        for path, value in _leaves(source or {}):
            candidate = _with(merged, path, value)
            try:
                msgspec.convert(candidate, Settings)
            except msgspec.ValidationError as error:
                problems.append(SettingsError(key=".".join(path), problem=_plain(error)))
            else:
                merged = candidate
    return msgspec.convert(merged, Settings), problems


def workspace_file(folder: Path) -> tuple[dict[str, Any], list[SettingsError]]:
    """What `.pippy.toml` in `folder` says; nothing where there is none. The teacher's policy in it
    is no setting: `policy` reads it. That text may leave the computer is not for a folder to say,
    which may come from anywhere.
    """
    path = folder / WORKSPACE_FILE
    try:
        found = toml.loads(path.read_text("utf-8-sig"))
        if isinstance(model := found.get("model"), dict):
            model.pop("remote", None)
        return {key: value for key, value in found.items() if key != "policy"}, []
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError, toml.TOMLDecodeError) as error:
        return {}, [SettingsError(key=WORKSPACE_FILE, problem=str(error))]


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, path in _ENVIRONMENT.items():
        if environ.get(name):
            found = _with(found, path, environ[name])
    return found


def _leaves(
    source: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterable[tuple[tuple[str, ...], Any]]:
    """Each value with its path; a null says nothing, as editors send null for "not set"."""
    for key, value in source.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, str(key)))
        elif value is not None:
            yield (*above, str(key)), value


def _with(tree: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    """A copy of `tree` with `value` at `path`."""
    copy = dict(tree)
    if len(path) == 1:
        copy[path[0]] = value
    else:
        below = copy.get(path[0])
        copy[path[0]] = _with(below if isinstance(below, dict) else {}, path[1:], value)
    return copy


def _plain(error: msgspec.ValidationError) -> str:
    """msgspec's message without the path, which the key says already."""
    return str(error).split(" - at ")[0]
