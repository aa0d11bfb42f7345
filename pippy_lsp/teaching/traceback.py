"""What an error of a running program means, in a child's words: `prompts/errors/LANG.toml`.

No model: what is said comes from Python's message and from the line that it points to.
"""

from __future__ import annotations

import builtins
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath, PureWindowsPath
from string import Template

import msgspec

from pippy_lsp import prompts
from pippy_lsp.teaching import traceback_facts, words
from pippy_lsp.teaching.problems import problems
from pippy_lsp.teaching.program import Program, read
from pippy_lsp.teaching.traceback_scene import Facts, Scene
from pippy_lsp.teaching.traceback_text import Frame, Traceback, find, parse

__all__ = ["Explained", "Traceback", "explain", "find", "parse"]

_FOREIGN = re.compile(
    r"site-packages|[/\\]lib(?:64)?[/\\]python\d|python[\d.-]*\\lib\\|^<frozen", re.IGNORECASE
)
_UNREADABLE = ("SyntaxError", "IndentationError", "TabError")
_LONGEST_MESSAGE = 120
_NAME = re.compile(r"\$(\w+)")
Slot = str | tuple[str, ...]


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of one error; see `prompts/errors/en.toml`."""

    type: str
    message: str = ""
    facts: str = ""
    say: tuple[Slot, ...] = ()
    advice: tuple[Slot, ...] = msgspec.field(default=(), name="try")


class Errors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language."""

    words: dict[str, str]
    kinds: dict[str, str]
    error: tuple[Case, ...]


@dataclass(frozen=True)
class Explained:
    """The words, in Markdown, and the line of the source (from 0) that they are about, if known."""

    markdown: str
    row: int | None = None


@cache
def load(language: str = prompts.DEFAULT_LANGUAGE) -> Errors:
    """The words of `language`, or English where it has none.

    Raises: PromptError when the file is missing or has another shape.
    """
    return prompts.table(prompts.localized("errors/{lang}.toml", language), Errors)


def explain(
    error: Traceback,
    source: str,
    *,
    file: str = "",
    line_offset: int = 0,
    advice: bool = True,
    language: str = prompts.DEFAULT_LANGUAGE,
) -> Explained:
    """What `error` means for the program `source`, which is saved as `file`.

    `line_offset`: lines that the editor put above the program when it ran it. `advice`: whether to
    say what to do; an exam leaves it out.
    """
    book = load(language)
    frame = _own(error, file)
    row = _row(frame, source, error, line_offset) if frame else None
    sentences = [_where(book, error, frame, row, source, line_offset)] if frame else []
    if frame and frame is not error.frames[-1]:
        deepest, frame = error.frames[-1], None  # our line says nothing for certain
        sentences.append(book.words["inside"])
        error = replace(error, message=f"{error.message} [in {deepest.where}]")
    problem = _unread(error, source, row, language) if advice else ""
    sentences += [problem] if problem else _meaning(book, error, frame, row, source, advice=advice)
    return Explained(" ".join(filter(None, sentences)), row)


# --- the line ------------------------------------------------------------------------------


def _own(error: Traceback, file: str) -> Frame | None:
    """The last frame in the child's own file, else in any that is no library's."""
    mine = [frame for frame in error.frames if _base(frame.file) == _base(file)] if file else []
    others = [frame for frame in error.frames if not _FOREIGN.search(frame.file)]
    found = mine or others
    return found[-1] if found else None


def _base(path: str) -> str:
    return PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name


def _row(frame: Frame, source: str, error: Traceback, line_offset: int) -> int | None:
    """The row of the source that the frame means: the nearest with the same text, as a program
    changes after it ran, and a pasted traceback moves the lines below it.
    """
    program, wanted = read(source), frame.line - 1 - line_offset
    lines = program.lines
    if not frame.code:
        return wanted if 0 <= wanted < len(lines) and lines[wanted].strip() else None
    pasted = range(0)
    if error.end:
        first, last = (bisect_right(program.starts, at) - 1 for at in (error.start, error.end))
        pasted = range(first, last + 1)
    same = [r for r, line in enumerate(lines) if line.strip() == frame.code and r not in pasted]
    return min(same, key=lambda row: abs(row - wanted), default=None)


def _where(
    book: Errors,
    error: Traceback,
    frame: Frame,
    row: int | None,
    source: str,
    line_offset: int,
) -> str:
    line = row + 1 if row is not None else frame.line - line_offset
    code = frame.code or (read(source).lines[row].strip() if row is not None else "")
    key = ("unread" if error.type in _UNREADABLE else "where") + ("" if code else "-number")
    return Template(book.words[key]).substitute(line=line, code=words.code(code))


def _unread(error: Traceback, source: str, row: int | None, language: str) -> str:
    """What our own reading says of a line that Python can't read, if it has the mistake still."""
    if error.type not in _UNREADABLE or row is None:
        return ""
    program = read(source)
    for problem in problems(source):
        at = max(r for r, start in enumerate(program.starts) if start <= problem.start)
        named = problem.code != "syntax" and not problem.is_name
        if named and abs(at - row) <= 1:
            return prompts.messages(language).say(problem.key, **problem.values)
    return ""


# --- the words -----------------------------------------------------------------------------


def _meaning(
    book: Errors,
    error: Traceback,
    frame: Frame | None,
    row: int | None,
    source: str,
    *,
    advice: bool,
) -> list[str]:
    case, groups = _case(book, error)
    if case is None:
        name, text = words.code(error.type), words.code(error.message, _LONGEST_MESSAGE)
        key = "own" if error.message else "own-short"
        return [Template(book.words[key]).substitute(type=name, text=text)]
    facts = groups | _facts(case, frame, row, source, groups)
    values = {key: _said(book, key, value) for key, value in facts.items()}
    slots = (*case.say, *(case.advice if advice else ()))
    return [_capital(_filled(slot, values)) for slot in slots]


def _case(book: Errors, error: Traceback) -> tuple[Case | None, Facts]:
    """The first case that fits, of the error's type or of one that it is a kind of."""
    for name in _types(error.type):
        for case in book.error:
            match = re.search(case.message, error.message) if case.type == name else None
            if match:
                return case, {key: value for key, value in match.groupdict().items() if value}
    return None, {}


def _types(name: str) -> list[str]:
    found = getattr(builtins, name, None)
    return [each.__name__ for each in found.__mro__] if isinstance(found, type) else [name]


def _facts(case: Case, frame: Frame | None, row: int | None, source: str, groups: Facts) -> Facts:
    frame = frame or Frame("", 0)
    own = row is not None and bool(frame.line)
    program: Program = read(source if own else frame.code)
    scene = Scene(program, row if own and row else 0, frame, groups, own)
    return traceback_facts.collect(case.facts, scene)


def _said(book: Errors, key: str, value: str) -> str:
    if key.startswith("kind"):
        return book.kinds.get(value) or words.code(value)
    return value if key.startswith(("count", "line", "plain", "text")) else words.code(value)


def _filled(slot: Slot, values: Facts) -> str:
    """The first sentence of the slot that has all it speaks of; "" where none has."""
    for sentence in (slot,) if isinstance(slot, str) else slot:
        if all(name in values for name in _NAME.findall(sentence)):
            return Template(sentence).substitute(values)
    return ""


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
