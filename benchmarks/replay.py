"""Plays a trace to one side and notes, for each keystroke, what was shown and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Protocol

import psutil

from benchmarks.traces import Key, Section

LINGER = 2.0
"""Seconds that a child looks at the answer to a section's last keystroke."""


@dataclass(frozen=True)
class Spent:
    """What the model has computed since it was loaded."""

    evaluated: int
    """Prompt tokens that were not in its cache."""
    generated: int

    def since(self, before: Spent) -> Spent:
        """What was computed between the two."""
        return Spent(self.evaluated - before.evaluated, self.generated - before.generated)


@dataclass(frozen=True)
class Answer:
    """What a side had to show for one state of the document."""

    at: float
    """By `time.perf_counter`."""
    text: str
    """What accepting it would insert at the cursor; "" where it had nothing."""
    spent: Spent | None = None
    """What the model had computed in all when it came; told for the profile only."""


class Side(Protocol):
    """One of the two: an editor's plugin and the server behind it."""

    answers: dict[int, Answer]
    """By the number of the keystroke; of the section that is open."""

    @property
    def pid(self) -> int:
        """The process whose tree does the work."""

    async def open(self, section: Section) -> None:
        """Show another program, and forget the answers."""

    def press(self, number: int, key: Key, document: str) -> None:
        """A keystroke has made the document this."""

    def spent(self) -> Awaitable[Spent | None]:
        """What was computed up to now; None where it does not tell."""


@dataclass(frozen=True)
class Stroke:
    """One keystroke and what came of it."""

    key: Key
    late: float
    """Seconds by which it was sent after its time."""
    pause: float
    """Seconds to the next keystroke."""
    head: str
    """The cursor's line up to the cursor."""
    answer: Answer | None
    """None when a newer keystroke came first."""
    ms: float | None
    """From the keystroke to a suggestion that was shown; None where none was."""
    along: bool = False
    """Whether it went along the suggestion before it, whose rest an editor goes on showing."""
    wait_ms: float = 0.0
    """From the keystroke to the next suggestion, whichever keystroke brought it, or to the end of
    the section."""
    saved: int = 0
    """Keystrokes that accepting it would have saved; 0 where it was not right."""


@dataclass
class Line:
    """The keystrokes of one typed line: the unit of the intervals."""

    section: str
    strokes: list[Stroke] = field(default_factory=list)
    cpu: float = 0.0
    """Seconds of CPU, all processes of the side together."""
    spent: Spent | None = None


@dataclass
class _Mark:
    """The counters when a line was begun."""

    number: int
    cpu: float
    spent: Awaitable[Spent | None]


async def play(section: Section, side: Side, speed: float) -> list[Line]:
    """The lines of `section` as they went; the child types `speed` times as fast as the trace."""
    cpu = _Cpu(side.pid)
    document, sent, late = section.document, list[float](), list[float]()
    heads = list[str]()
    # what is computed when a program is opened counts as its first line's
    marks = [_Mark(0, cpu.seconds(), asyncio.ensure_future(side.spent()))]
    await side.open(section)
    due = time.perf_counter()
    for number, key in enumerate(section.keys):
        due += key.wait / speed
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if number and key.line != section.keys[number - 1].line:
            marks.append(_Mark(number, cpu.seconds(), asyncio.ensure_future(side.spent())))
        document = key.press(document)
        heads.append(document[document.rfind("\n", 0, key.cursor) + 1 : key.cursor])
        sent.append(time.perf_counter())
        late.append(sent[-1] - due)
        side.press(number, key, document)
    await asyncio.sleep(LINGER)
    sent.append(time.perf_counter())
    marks.append(_Mark(len(section.keys), cpu.seconds(), asyncio.ensure_future(side.spent())))
    strokes = []
    for number, key in enumerate(section.keys):
        answer = side.answers.get(number)
        strokes.append(_stroke(key, late[number], sent[number : number + 2], heads[number], answer))
    return await _lines(section.name, judged(strokes), marks)


def _stroke(key: Key, late: float, sent: list[float], head: str, answer: Answer | None) -> Stroke:
    began, ended = sent
    if answer is not None and answer.at > ended:
        answer = None
    ms = 1000 * (answer.at - began) if answer and answer.text else None
    return Stroke(key, late, ended - began, head, answer, ms)


async def _lines(name: str, strokes: list[Stroke], marks: list[_Mark]) -> list[Line]:
    found: list[Line] = []
    for then, now in pairwise(marks):
        before, after = await then.spent, await now.spent
        spent = after.since(before) if before and after else None
        found.append(Line(name, strokes[then.number : now.number], now.cpu - then.cpu, spent))
    return found


def judged(strokes: list[Stroke]) -> list[Stroke]:
    """The keystrokes of a section, each seen together with those before and after it."""
    found: list[Stroke] = []
    wait = 0.0
    for number in reversed(range(len(strokes))):
        stroke = strokes[number]
        wait = wait + 1000 * stroke.pause if stroke.ms is None else stroke.ms
        before = strokes[number - 1] if number else None
        found.append(
            replace(
                stroke,
                along=before is not None and _along(before, stroke),
                wait_ms=wait,
                saved=_saved(strokes, number),
            )
        )
    return found[::-1]


def _along(before: Stroke, stroke: Stroke) -> bool:
    """Whether the keystroke went along the suggestion before it and left some of it."""
    if before.ms is None or not before.answer or stroke.key.kind in ("move", "backspace"):
        return False
    typed, suggested = stroke.key.text, before.answer.text
    return suggested.startswith(typed) and bool(suggested[len(typed) :].strip())


def agreed(suggestion: str, ahead: str) -> int:
    """How many characters of `ahead` the leading lines of `suggestion` are, the first included."""
    lines, coming = suggestion.rstrip().split("\n"), ahead.split("\n")
    same = 0
    while same < min(len(lines), len(coming)) and lines[same].rstrip() == coming[same].rstrip():
        same += 1
    found = "\n".join(coming[:same])
    return len(found) if found.strip() else 0


def _saved(strokes: list[Stroke], number: int) -> int:
    """The keystrokes that accepting the suggestion would have saved, less the one to accept it."""
    stroke = strokes[number]
    if stroke.ms is None or stroke.answer is None:
        return 0
    right = agreed(stroke.answer.text, stroke.key.ahead)
    reached = number
    for later in range(number + 1, len(strokes) if right else 0):
        other = strokes[later].key
        if other.part != stroke.key.part or other.done > stroke.key.done + right:
            break
        reached = later
    return max(0, reached - number - 1)


class _Cpu:
    """CPU time of a process and all below it; the list of them is made once a section."""

    def __init__(self, pid: int) -> None:
        parent = psutil.Process(pid)
        self._processes = [parent, *parent.children(recursive=True)]

    def seconds(self) -> float:
        total = 0.0
        for process in self._processes:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total
