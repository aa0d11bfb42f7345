"""Typing traces: beginners' programs as a child types them, with corrections, jumps and pauses.

A trace is a list of sections. In each, a program is open up to the cursor (and often after it), and
some of its lines are typed in: with an editor's auto-indent, slips that are taken back, a line that
was forgotten and is added later, and pauses to think. The same seed gives the same trace.
"""

from __future__ import annotations

import ast
import math
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pippy_lsp.errors import UsageError

Kind = Literal["letter", "enter", "tab", "backspace", "slip", "move"]

UNIT = 4
"""Spaces of an indentation."""
SECTION = 120
"""Characters (without indentation) that are typed in one section."""
_ENOUGH = 60
"""Characters without which a section is not worth opening a file."""
_OPENING = 1.5
"""Seconds between opening a program and the first key."""
_SLIP, _HESITATE, _THINK, _FORGET, _WRITTEN = 0.025, 0.03, 0.22, 0.7, 0.5
"""Chances: of a slip a letter, of a look for the key, of a pause to think a line, of a forgotten
line a section, and of a program that goes on after the section."""
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHIFTED = frozenset('!"#$%&()*+:<>?@^_{|}~')


@dataclass(frozen=True)
class Key:
    """One keystroke: `text` replaces the characters from `start` to `end` of the document."""

    kind: Kind
    wait: float
    """Seconds since the keystroke before."""
    start: int
    end: int
    text: str
    part: int
    """Which uninterrupted piece of typing it belongs to."""
    line: int
    """Which of the typed lines it belongs to, counted through the section."""
    done: int
    """How many characters of the part stand there once it is pressed."""
    ahead: str
    """What the child types next from here; "" where a slip stands first."""

    @property
    def cursor(self) -> int:
        """Where the cursor is after it."""
        return self.start + len(self.text)

    def press(self, document: str) -> str:
        """The document after it."""
        return document[: self.start] + self.text + document[self.end :]


@dataclass(frozen=True)
class Section:
    """One program, and what is typed into it."""

    name: str
    before: str
    """The program up to the cursor."""
    after: str
    """The program after the cursor."""
    keys: tuple[Key, ...]

    @property
    def document(self) -> str:
        """The program as it is opened."""
        return self.before + self.after


def data_folder(given: str | None) -> Path:
    """The benchmarks' data: in `given`, else $PIPPY_BENCH_DATA, else beside the checkout.

    Raises: UsageError when the programs are not there.
    """
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(given or os.environ.get("PIPPY_BENCH_DATA") or beside)
    if not (folder / "kid-programs").is_dir():
        raise UsageError(
            what=f"There is no folder kid-programs in {folder}: name the data with --data "
            "or PIPPY_BENCH_DATA."
        )
    return folder


def programs(folder: Path) -> dict[str, str]:
    """The children's programs in `folder`/kid-programs, by name."""
    files = sorted((folder / "kid-programs").glob("*.py"))
    return {file.stem: file.read_text("utf-8") for file in files}


def trace(sources: dict[str, str], keys: int, seed: int) -> list[Section]:
    """Sections of `sources` with `keys` keystrokes in all."""
    chance = random.Random(seed)
    made: list[Section] = []
    left = keys
    while left > 0:
        for name in chance.sample(sorted(sources), len(sources)):
            section = _section(name, sources[name], chance)
            if section is None:
                continue
            kept = section.keys[:left]
            made.append(Section(name, section.before, section.after, kept))
            left -= len(kept)
            if left <= 0:
                break
        if not made:
            raise UsageError(what="There is nothing to type in these programs.")
    return made


def _section(name: str, source: str, chance: random.Random) -> Section | None:
    """A piece of the program, typed in; None where the program is too short."""
    lines = source.rstrip("\n").split("\n")
    starts = [start for start in _starts(source, lines) if _size(lines[start:]) >= _ENOUGH]
    if not starts:
        return None
    first = chance.choice(starts)
    last = first + 1
    while last < len(lines) and _size(lines[first:last]) < SECTION:
        last += 1
    before = "".join(f"{line}\n" for line in lines[:first])
    rest = "".join(f"\n{line}" for line in lines[last:])
    after = rest + "\n" if rest and chance.random() < _WRITTEN else ""
    typist = _Typist(before, after, chance)
    typed = lines[first:last]
    typist.type(typed, _forgotten(typed, chance))
    return Section(name, before, after, tuple(typist.keys))


def _starts(source: str, lines: list[str]) -> Iterator[int]:
    """Where the program's top-level statements start, its docstring and imports aside."""
    for statement in ast.parse(source).body:
        said = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not said and not isinstance(statement, (ast.Import, ast.ImportFrom)):
            start = statement.lineno - 1
            if not lines[start].startswith("@"):
                yield start


def _size(lines: list[str]) -> int:
    return sum(len(line.strip()) for line in lines)


def _forgotten(lines: list[str], chance: random.Random) -> int | None:
    """A line that can be added later, because what is typed makes sense without it."""
    if chance.random() >= _FORGET:
        return None
    whole = [n for n in range(1, len(lines) - 1) if lines[n].strip() and _parses(lines, n)]
    return chance.choice(whole) if whole else None


def _parses(lines: list[str], without: int) -> bool:
    """Whether the line is a whole statement, and what is typed stands without it."""
    above, below = lines[:without], lines[without + 1 :]
    try:
        for part in (above, [lines[without].strip()], above + below):
            ast.parse("\n".join(part))
    except SyntaxError:
        return False
    return True


class _Typist:
    """A child at the keyboard: its keystrokes, and the document that they make."""

    def __init__(self, before: str, after: str, chance: random.Random) -> None:
        self.document = before + after
        self.cursor = len(before)
        self.keys: list[Key] = []
        self._chance = chance
        self._wait = _OPENING
        self._part = 0
        self._line = 0
        self._text = ""
        """The part as it will be."""
        self._done = 0
        self._ends: list[int] = []
        """Where in the document each line of the part ended when the next one was begun."""

    def type(self, lines: list[str], forgotten: int | None) -> None:
        """Type the lines; come back for the forgotten one three lines later."""
        if forgotten is None:
            self._insert("\n".join(lines))
            return
        later = min(len(lines), forgotten + 4)
        self._insert("\n".join(lines[:forgotten] + lines[forgotten + 1 : later]))
        end, size = self.cursor, len(self.document)
        self._move(self._ends[forgotten - 1])
        self._insert("\n" + lines[forgotten])
        self._move(end + len(self.document) - size)
        if later < len(lines):
            self._insert("\n" + "\n".join(lines[later:]))

    def _insert(self, text: str) -> None:
        self._part += 1
        self._text, self._done, self._ends = text, 0, []
        for number, line in enumerate(text.split("\n")):
            if number:
                self._enter(len(line) - len(line.lstrip()) if line.strip() else None)
            self._indent(line)
            self._letters(line.strip())

    def _move(self, cursor: int) -> None:
        self._wait = self._think(1.0)
        self.cursor = cursor
        self._text, self._done = "", 0
        self._key("move", cursor, cursor, "", clean=False)

    def _enter(self, wanted: int | None) -> None:
        """A new line with the editor's indentation; one that was left empty loses its own."""
        self._ends.append(self.cursor)
        self._line += 1
        head = self._head()
        indent = head[: len(head) - len(head.lstrip())] + " " * UNIT * head.endswith(":")
        start = self.cursor if head.strip() else self.cursor - len(head)
        self._wait = self._around(0.4, 0.4)
        self._done += 1
        clean = wanted is None or len(indent) <= wanted
        if clean and wanted is not None:
            self._done += len(indent)
        self._key("enter", start, self.cursor, "\n" + indent, clean=clean and wanted is not None)
        pause = self._chance.random() < _THINK
        self._wait = self._think(1.0) if pause else self._around(0.6, 0.45)

    def _indent(self, line: str) -> None:
        """Take away or add what the editor put wrong."""
        if not line.strip():
            return
        wanted = len(line) - len(line.lstrip())
        while len(self._head()) > wanted:
            size = min(UNIT, len(self._head()) - wanted)
            right = len(self._head()) - size == wanted
            self._done += wanted if right else 0
            self._key("backspace", self.cursor - size, self.cursor, "", clean=right)
            self._wait = self._around(0.18, 0.25)
        missing = wanted - len(self._head())
        if missing > 0:
            self._done += missing
            self._key("tab", self.cursor, self.cursor, " " * missing)

    def _letters(self, text: str) -> None:
        for index, letter in enumerate(text):
            if letter.isalpha() and self._chance.random() < _SLIP:
                self._slip(text[index : index + 1 + self._chance.randrange(3)])
            self._done += 1
            self._key("letter", self.cursor, self.cursor, letter)

    def _slip(self, text: str) -> None:
        """A neighbour of the right key, perhaps some letters more, and all of it taken back."""
        wrong = _neighbour(text[0], self._chance) + text[1:]
        for letter in wrong:
            self._key("slip", self.cursor, self.cursor, letter, clean=False)
        self._wait = self._around(0.5, 0.3)
        for left in reversed(range(len(wrong))):
            self._key("backspace", self.cursor - 1, self.cursor, "", clean=not left)
            self._wait = self._around(0.18, 0.25)

    def _key(self, kind: Kind, start: int, end: int, text: str, *, clean: bool = True) -> None:
        ahead = self._text[self._done :] if clean else ""
        key = Key(
            kind, round(self._wait, 3), start, end, text, self._part, self._line, self._done, ahead
        )
        self.keys.append(key)
        self.document, self.cursor = key.press(self.document), key.cursor
        self._wait = self._around(0.22, 0.35) * (1.4 if text in _SHIFTED else 1.0)
        if self._chance.random() < _HESITATE:
            self._wait += self._chance.uniform(0.5, 1.5)

    def _head(self) -> str:
        return self.document[self.document.rfind("\n", 0, self.cursor) + 1 : self.cursor]

    def _around(self, seconds: float, spread: float) -> float:
        """A log-normal time with that median, as inter-key times are."""
        return min(1.2, max(0.08, self._chance.lognormvariate(math.log(seconds), spread)))

    def _think(self, least: float) -> float:
        return self._chance.uniform(least, 4 * least)


def _neighbour(letter: str, chance: random.Random) -> str:
    """A key beside that of `letter`."""
    for row in _ROWS:
        at = row.find(letter.lower())
        if at >= 0:
            return chance.choice(row[max(0, at - 1) : at] + row[at + 1 : at + 2])
    return "x"
