"""What jedi knows: completions, and what the name under the cursor is.

The only user of jedi. jedi is not thread-safe and takes up to a second when it is new: call this
from one thread, `warm_up` first. Nothing of the workspace is ever run: no environment of the
project is started, and compiled modules are loaded from the standard library alone, since loading
one runs it (and pygame's prints to standard output, which is the editor's channel).
"""

from __future__ import annotations

import inspect
import logging
import re
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import jedi.settings
from jedi.api import Script
from jedi.api.environment import InterpreterEnvironment
from jedi.api.project import Project

_log = logging.getLogger(__name__)
_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)
_SIGNATURE_LINE = re.compile(r"^[\w.]+\(.*\)(\s*->.*)?$")
MOST = 200
T = TypeVar("T")
_JediName: TypeAlias = Any
"""jedi's names have no types of their own."""

# jedi would import these modules to look into them.
jedi.settings.auto_import_modules = []


@dataclass(frozen=True)
class CompletionFact:
    """A name that can be typed here. `signature` and `doc` cost time: ask for them for one item."""

    name: str
    kind: str
    """jedi's word: function, class, module, instance, statement, keyword, param, property, path."""
    insert: str
    """The whole text of the item; it replaces `typed` characters before the cursor."""
    typed: int
    _completion: _JediName = field(repr=False, compare=False, default=None)

    @cached_property
    def signature(self) -> str:
        """How it is called; "" where it can't be."""
        return _guarded(lambda: _signature(self._completion), "")

    @cached_property
    def doc(self) -> str:
        """The first sentence of its documentation."""
        return _guarded(lambda: first_sentence(self._completion.docstring(raw=True)), "")


@dataclass(frozen=True)
class NameFact:
    """What a name means. Empty text means that jedi does not know."""

    name: str
    kind: str
    """As `CompletionFact.kind`."""
    full_name: str
    """Dotted, from its module on: `random.randint`, `builtins.list.append`."""
    module: str
    signature: str
    doc: str
    """The first sentence of its documentation."""
    line: int | None
    """The line (from 0) that defines it, when that is in this file."""
    value_type: str
    """The type of what the name holds: `int`, `Turtle`; empty when there is not exactly one."""


def complete(source: str, line: int, column: int, path: Path | None = None) -> list[CompletionFact]:
    """What can be typed at `line`, `column` (from 0, in characters); the child's own names and
    plain ones first, names with underscores last.
    """

    def ask() -> list[CompletionFact]:
        found = _script(source, path).complete(line + 1, column)
        # What was typed can differ in case from the name, so it is counted, not compared.
        facts = [
            CompletionFact(
                c.name, str(c.type), c.name_with_symbols, c.get_completion_prefix_length(), c
            )
            for c in found
        ]
        return sorted(facts, key=_rank)[:MOST]

    return _guarded(ask, [])


def infer(source: str, line: int, column: int, path: Path | None = None) -> NameFact | None:
    """What the name at `line`, `column` (from 0, in characters) is; None when jedi can't say."""
    return _guarded(lambda: _infer(_script(source, path), line, column), None)


def references(
    source: str, line: int, column: int, path: Path | None = None
) -> list[tuple[int, int]]:
    """Where in this file the name at `line`, `column` (from 0, in characters) is written, as lines
    and columns; nothing when jedi can't say.
    """

    def ask() -> list[tuple[int, int]]:
        found = _script(source, path).get_references(line + 1, column, scope="file")
        return sorted({(name.line - 1, name.column) for name in found if name.line})

    return _guarded(ask, [])


def warm_up() -> None:
    """Read what nearly every program needs, so that the first question is answered fast."""
    source = "import random, turtle\ns = 'a'\nx = [1]\nx.append(random.randint(1, 2))\nprint(s)\n"
    infer(source, 3, 3)
    infer(source, 3, 17)
    for fact in complete(source + "s.", 5, 2)[:1]:
        str(fact.signature)


def cache_in(folder: Path) -> None:
    """Keep jedi's parsed libraries in `folder` instead of its own cache folder."""
    jedi.settings.cache_directory = str(folder)


def first_sentence(docstring: str) -> str:
    """The first sentence, without a leading signature line."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    while lines and (not lines[0].strip() or _SIGNATURE_LINE.match(lines[0].strip())):
        lines.pop(0)
    text: list[str] = []
    for line in lines:
        if not line.strip():
            break
        text.append(line.strip())
    paragraph = " ".join(text)
    match = _SENTENCE.match(paragraph)
    return match.group(1) if match else paragraph


def _guarded(ask: Callable[[], T], otherwise: T) -> T:
    """The one boundary to jedi: on a broken program it raises nearly anything."""
    try:
        return ask()
    except RecursionError:
        _log.info("jedi gave up: RecursionError")
    except Exception as error:  # noqa: BLE001
        # The message may hold the child's text, so only the type is said.
        _log.info("jedi gave up: %s", type(error).__name__)
    return otherwise


@cache
def _environment() -> InterpreterEnvironment:
    return InterpreterEnvironment()  # type: ignore[no-untyped-call]


@cache
def _project(folder: Path | None) -> Project:
    safe = _standard_library()
    others = [entry for entry in sys.path if entry and entry not in safe and Path(entry).is_dir()]
    added = [str(folder)] if folder else []
    return Project(
        folder or Path(sys.prefix),
        load_unsafe_extensions=False,
        smart_sys_path=False,
        sys_path=safe,
        added_sys_path=[*added, *others],
    )


def _standard_library() -> list[str]:
    """The entries of `sys.path` whose compiled modules may be loaded."""
    home = Path(sysconfig.get_path("stdlib"))
    native = Path(sysconfig.get_path("platstdlib"))
    return [
        entry
        for entry in sys.path
        if Path(entry) in (home, native)
        or (Path(entry).parent in (home, native) and Path(entry).name == "lib-dynload")
        or (Path(entry).name == "DLLs" and Path(entry).parent == Path(sys.base_prefix))
    ]


def _script(source: str, path: Path | None) -> Script:
    folder = path.parent if path else None
    script: Script = Script(source, path=path, environment=_environment(), project=_project(folder))
    return script


def _infer(script: Script, line: int, column: int) -> NameFact | None:
    defined = script.goto(line + 1, column, follow_imports=True)
    meant = script.infer(line + 1, column)
    # At a place that holds no name, jedi tells of the value beside it.
    if not defined or (not meant and defined[0].type == "keyword"):
        return None
    name, value = defined[0], meant[0] if meant else None
    richest = value if value is not None and value.type in ("function", "class", "module") else name
    own = {str(n.type) for n in meant}
    values = {n.name for n in meant} if own == {"instance"} else set()
    inside = name.line is not None and _in_this_file(script, name)
    return NameFact(
        name=name.name,
        kind=str(richest.type),
        full_name=_full_name(name, value),
        module=str(name.module_name or ""),
        signature=_signature(name) or _signature(richest),
        doc=first_sentence(name.docstring(raw=True) or richest.docstring(raw=True))
        if own != {"instance"}
        else "",
        line=name.line - 1 if inside else None,
        value_type=values.pop() if len(values) == 1 else "",
    )


def _in_this_file(script: Script, name: _JediName) -> bool:
    return bool(name.module_path == script.path) and not name.in_builtin_module()


def _full_name(name: _JediName, value: _JediName) -> str:
    """`random.randint` rather than `random.Random.randint`: as a child writes it."""
    return str(name.full_name or (value.full_name if value is not None else "") or "")


def _signature(name: _JediName) -> str:
    found = name.get_signatures()
    if not found:
        return ""
    shown = ", ".join(_parameter(p) for p in found[0].params if p.name not in ("self", "cls"))
    return f"{found[0].name}({shown})"


def _parameter(parameter: _JediName) -> str:
    """A parameter without its type, which says little to a child."""
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
    _, equals, default = parameter.to_string().partition("=")
    return f"{stars}{parameter.name}{'=' + default.strip() if equals else ''}"


def _rank(fact: CompletionFact) -> tuple[int, int, str]:
    hidden = len(fact.name) - len(fact.name.lstrip("_"))
    foreign = fact.kind == "module" and fact.name not in sys.stdlib_module_names
    own = 0 if fact.kind in ("param", "statement", "instance") else 1 + foreign
    return hidden, own, fact.name.lower()
