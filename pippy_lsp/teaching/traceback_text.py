"""Reads CPython's tracebacks (3.8 to 3.14) in a text: as printed, or in a comment or docstring."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pippy_lsp.teaching.program import split

_COMMENT = re.compile(r"^[ \t]*#+ ?")
_GROUP = re.compile(r"^(?:[ \t]*[|+] ?)+")
_HEADER = re.compile(r"Traceback \(most recent call last\)")
_FILE = re.compile(r'File "(?P<file>.+?)", line (?P<line>\d+)(?:, in (?P<where>.+?))?\s*$')
_REPEATED = re.compile(r"\[Previous line repeated (\d+) more times?\]")
_CHAINED = re.compile(r"During handling of the above exception|The above exception was the direct")
_CARETS = re.compile(r"^[ \t]*[~^][~^ \t]*$")
_ERROR = re.compile(r"^(?P<type>(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(?:: ?(?P<message>.*))?$")
_PLACED = re.compile(r" \((?P<file>[^()]*), line (?P<line>\d+)\)$")
_NAMED = re.compile(r"(?:Error|Exception|Warning|Interrupt|Exit|Iteration)$")
_MOST_ECHOED = 12
"""Lines of one statement that Python 3.13 shows."""


@dataclass(frozen=True)
class Frame:
    """Where Python was: `line` counts from 1, `code` is the line as it was then."""

    file: str
    line: int
    where: str = ""
    code: str = ""
    marked: tuple[int, int] | None = None
    """The part of `code` under the signs `~~^^`."""

    @property
    def part(self) -> str:
        """The code that Python marked; "" where it marked none."""
        return self.code[slice(*self.marked)] if self.marked else ""


@dataclass(frozen=True)
class Traceback:
    """An error's type and message, and the frames that led to it, the last one last."""

    type: str
    message: str
    frames: tuple[Frame, ...] = ()
    repeated: int = 0
    """How often a frame came again that is not shown."""
    start: int = 0
    """The offsets of the traceback in the program that it was found in; 0 for one that was sent."""
    end: int = 0


def parse(text: str) -> Traceback | None:
    """The traceback in `text`, the last one of several; a last line alone will do."""
    found = list(_scan(text))
    if found:
        return replace(found[-1], start=0, end=0)
    for line in reversed(split(text)):
        lone = _lone(line)
        if lone:
            return lone
    return None


def find(source: str, offset: int) -> Traceback | None:
    """The traceback that was pasted in `source` at `offset`."""
    for each in _scan(source) if 'File "' in source else ():
        if each.start <= offset <= each.end:
            return each
    start = max(source.rfind("\n", 0, offset), source.rfind("\r", 0, offset)) + 1
    line = split(source[start:])[0]
    found = _lone(line) if _COMMENT.match(line) else None
    return replace(found, start=start, end=start + len(line)) if found else None


def _lone(line: str) -> Traceback | None:
    """The last line of a traceback, without the rest of it."""
    error = _ERROR.match(_bare(line).strip())
    if error and error["message"] and _is_builtin(error["type"]):
        return _finished(error, _Block())
    return None


@dataclass
class _Block:
    """A traceback that is being read."""

    start: int = -1
    frames: list[Frame] = field(default_factory=list)
    repeated: int = 0
    echoed: int = 0
    indent: int = 0
    code_at: int = 0
    begun: bool = False

    def again(self) -> None:
        """Another part of the same chain begins."""
        self.frames, self.repeated, self.echoed = [], 0, 0


def _scan(text: str) -> Iterator[Traceback]:
    """All tracebacks in `text`; a chain of them is one, and its last error counts."""
    block, last, at = _Block(), None, 0
    for raw in split(text):
        start, line = at, _bare(raw)
        end = start + len(raw)
        at = end + (2 if text[end : end + 2] == "\r\n" else 1)
        if not line.strip():
            continue
        if last and not block.begun and not _CHAINED.search(line):
            yield last
            last, block = None, _Block()
        error = _read(block, line, start)
        if error:
            last = replace(_finished(error, block), start=block.start, end=end)
            block = _Block(start=block.start)
    if last:
        yield last


def _bare(raw: str) -> str:
    """The line without a comment's sign, or a group's bars."""
    line = _COMMENT.sub("", raw, count=1)
    return _GROUP.sub("", line, count=1) if _GROUP.match(line) else line


def _read(block: _Block, line: str, start: int) -> re.Match[str] | None:
    """Take one line into the block; the match of the line that ends it."""
    text, indent = line.strip(), len(line) - len(line.lstrip())
    frame, again = _FILE.search(text), _REPEATED.search(text)
    if _HEADER.search(text) or _CHAINED.search(text):
        block.again()
        block.begun = True
    elif frame and text.startswith("File "):
        block.frames.append(Frame(frame["file"], int(frame["line"]), frame["where"] or ""))
        block.begun, block.echoed, block.indent = True, 0, indent
    elif again:
        block.repeated += int(again[1])
    elif block.begun:
        error = _error(block, text, indent)
        if error:
            return error
        _echo(block, line, text)
    if block.begun and block.start < 0:
        block.start = start
    return None


def _error(block: _Block, text: str, indent: int) -> re.Match[str] | None:
    error = _ERROR.match(text)
    if not error or not block.frames:
        return error if error and _is_builtin(error["type"]) else None
    name = error["type"].rpartition(".")[2]
    if indent < block.indent or (indent == block.indent and block.frames[-1].code):
        return error
    return error if _is_builtin(name) and indent <= block.indent and error["message"] else None


def _echo(block: _Block, line: str, text: str) -> None:
    """A line of the program, or the signs under it."""
    block.echoed += 1
    if not block.frames or block.echoed > _MOST_ECHOED:
        block.begun = False
        block.again()
        block.start = -1
        return
    frame = block.frames[-1]
    if not frame.code:
        block.code_at = line.find(text)
        block.frames[-1] = replace(frame, code=text)
    elif _CARETS.match(line) and frame.marked is None:
        first = line.find(text) - block.code_at
        if 0 <= first < len(frame.code):
            block.frames[-1] = replace(frame, marked=(first, first + len(text)))


def _finished(error: re.Match[str], block: _Block) -> Traceback:
    message, frames = (error["message"] or "").strip(), block.frames
    placed = _PLACED.search(message)
    if placed and not frames:
        frames = [Frame(placed["file"], int(placed["line"]))]
        message = message[: placed.start()]
    name = error["type"].removeprefix("__main__.")
    return Traceback(name, message, tuple(frames), block.repeated)


def _is_builtin(name: str) -> bool:
    found = getattr(builtins, name, None)
    return (
        isinstance(found, type) and issubclass(found, BaseException) and bool(_NAMED.search(name))
    )
