"""Reads the table `[policy]` of one file: what it states, and what is wrong in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pippy_lsp import prompts, toml
from pippy_lsp.errors import PippyError, PolicyFile, PolicyKey, PolicyName, PolicyValue
from pippy_lsp.settings import WORKSPACE_FILE, Mode

TABLE = "policy"
Stated = dict[str, object]
"""The keys that a file has, with values that can be used."""
_STATEMENT = re.compile(r"(?m)^(?=[ \t]*(?:[\w.\"'-]+[ \t]*=|\[{1,2}[ \t]*[A-Za-z]))")
_ASSIGNED = re.compile(r"[ \t]*[\"']?([\w-]+)[\"']?[ \t]*=")
_HEADER = re.compile(r"[ \t]*\[{1,2}[ \t]*([\w.-]+)")
_NEAR = 0.7
_MOST = 300
"""Characters of a list of names in a sentence."""
_CONCEPTS = "prompts/levels.toml"
_MODES: tuple[str, ...] = get_args(Mode)


@dataclass(frozen=True)
class Key:
    """One key: the field it fills, what may stand there, and what is taken for a wrong value."""

    field: str
    wanted: str
    strictest: object
    """None stands for all its names."""
    accepts: Callable[[object], bool]
    names: Callable[[], dict[str, str]] | None = None
    """For a list of names: each name that is known, by how it may be spelled."""


def stated(path: Path) -> tuple[Stated, list[PippyError]]:
    """What the policy in the file `path` says; nothing where there is no such file."""
    try:
        if not path.is_file():
            return {}, []
        data = path.read_bytes()
    except OSError as error:
        # What it would close is not known, so everything is closed.
        problem = error.strerror or type(error).__name__
        return {"exam": True}, [PolicyFile(file=str(path), problem=problem)]
    return _read(_decoded(data), str(path), bare=path.name != WORKSPACE_FILE)


def _decoded(data: bytes) -> str:
    """The text; Windows' editors save UTF-16 too."""
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    return data.decode("utf-16" if wide else "utf-8-sig", "replace").replace("\r\n", "\n")


def _read(text: str, file: str, *, bare: bool) -> tuple[Stated, list[PippyError]]:
    """`bare`: a file that holds nothing but a policy may leave out the table's name."""
    problems: list[PippyError] = []
    try:
        tree = toml.loads(text)
    except toml.TOMLDecodeError as error:
        tree = {TABLE: dict(_rescued(text, inside=bare))}
        if tree[TABLE]:
            problems.append(PolicyFile(file=file, problem=str(error)))
    table = tree.get(TABLE, tree if bare else {})
    if not isinstance(table, dict):
        return {"exam": True}, [PolicyValue(file=file, key=TABLE, wanted=f"[{TABLE}]")]
    says: Stated = {}
    # A key that was guessed comes first, so that one that is written right goes before it.
    for written, value in sorted(table.items(), key=lambda item: item[0] in KEYS):
        key = _key(written, file, problems)
        if key:
            says[key] = _value(key, value, file, problems)
    return says, problems


def _rescued(text: str, *, inside: bool) -> Iterator[tuple[str, object]]:
    """The keys of `[policy]` in a file that is no TOML; one that can't be read has no value."""
    for statement in _STATEMENT.split(text):
        header, assigned = _HEADER.match(statement), _ASSIGNED.match(statement)
        if header:
            inside = header.group(1) == TABLE
        elif assigned and inside:
            try:
                yield assigned.group(1), next(iter(toml.loads(statement).values()))
            except toml.TOMLDecodeError:
                yield assigned.group(1), None


def _key(written: str, file: str, problems: list[PippyError]) -> str | None:
    """The key that was meant; a slip of the fingers must not open anything."""
    if written in KEYS:
        return written
    right = _near(written, {key.lower(): key for key in KEYS})
    problems.append(PolicyKey(file=file, key=written, known=right or ", ".join(KEYS)))
    return right


def _value(key: str, value: object, file: str, problems: list[PippyError]) -> object:
    about = KEYS[key]
    known = about.names() if about.names else {}
    if about.accepts is _words and isinstance(value, str):
        value = [value]
    if not about.accepts(value):
        problems.append(PolicyValue(file=file, key=key, wanted=about.wanted))
        return frozenset(known.values()) if about.strictest is None else about.strictest
    if not isinstance(value, list):
        return value
    if about.names is None:
        return frozenset(value)
    return frozenset(right for name in value if (right := _name(key, name, file, problems)))


def _name(key: str, name: str, file: str, problems: list[PippyError]) -> str | None:
    """The name that was meant. One that forbids may be guessed, one that allows may not."""
    about = KEYS[key]
    known = about.names() if about.names else {}
    if name.lower() in known:
        return known[name.lower()]
    near = _near(name, known)
    listed = ", ".join(dict.fromkeys(known.values()))
    hint = near or (listed if len(listed) < _MOST else _CONCEPTS)
    problems.append(PolicyName(file=file, key=key, name=name, known=hint))
    return near if about.strictest is None else None


def _near(name: str, known: dict[str, str]) -> str | None:
    found = difflib.get_close_matches(name.lower(), known, n=1, cutoff=_NEAR)
    return known[found[0]] if found else None


# --- the names that a policy may use -------------------------------------------------------


@cache
def concepts() -> dict[str, str]:
    """The concepts of `prompts/levels.toml`, by their spelling and by the bare name in small
    letters: `len()` is also "len", `import random` also "random".
    """
    table = prompts.table(Path(_CONCEPTS).name, dict[str, Any])
    spelled = {"builtins": "{}()", "methods": ".{}()", "modules": "import {}"}
    found: dict[str, str] = {}
    for level in table["level"]:
        for field in ("nodes", "forms", *spelled):
            for name in level.get(field, []):
                concept = spelled.get(field, "{}").format(name)
                found.setdefault(name.lower(), concept)
                found[concept.lower()] = concept
    return found


@cache
def actions() -> dict[str, str]:
    """The names of the actions: those that have a title."""
    keys = prompts.table(f"messages/{prompts.DEFAULT_LANGUAGE}.toml", dict[str, str])
    titles = [key.removeprefix("action-") for key in keys if key.startswith("action-")]
    return {name: name for name in titles if not name.endswith("-nothing")}


def _whole(lowest: int, highest: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and lowest <= value <= highest


def _truth(value: object) -> bool:
    return isinstance(value, bool)


def _words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


_NAMES = '["...", "..."]'
KEYS: dict[str, Key] = {
    "level": Key("level", "1 - 5", 1, _whole(1, 5)),
    "highestLevel": Key("highest_level", "1 - 5", 1, _whole(1, 5)),
    "modes": Key(
        "modes",
        ", ".join(_MODES),
        frozenset[str](),
        _words,
        lambda: {mode: mode for mode in _MODES},
    ),
    "highestStep": Key("highest_step", "0 - 4", 0, _whole(0, 4)),
    "actionsOff": Key("actions_off", _NAMES, None, _words, actions),
    "avoid": Key("avoid", _NAMES, None, _words, concepts),
    "servers": Key("servers", '["https://..."]', frozenset[str](), _words),
    "exam": Key("exam", "true / false", True, _truth),
}
