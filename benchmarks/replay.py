"""Plays a trace to one side and notes, for each keystroke, what was shown and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Protocol

import psutil

from benchmarks.traces import Key, Section

LINGER = 2.0
"""Seconds that a child looks at the answer to a section's last keystroke."""


@dataclass(frozen=True)
class Answer:
    """What a side had to show for one state of the document."""

    at: float
    """By `time.perf_counter`."""
    text: str
    """What accepting it would insert at the cursor; "" where it had nothing."""
    note: str = ""
    """What it cost, for the profile."""


@dataclass(frozen=True)
class Spent:
    """What the model has computed since it was loaded."""

    evaluated: int
    """Prompt tokens that were not in its cache."""
    generated: int
    requests: int


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
    before: str
    """The cursor's line up to the cursor."""
    answer: Answer | None
    """None when a newer keystroke came first."""
    ms: float | None
    """From the keystroke to a suggestion that was shown; None where none was."""
    saved: int = 0
    """Keystrokes that accepting it would have saved; 0 where it was not right."""


@dataclass
class Line:
    """The keystrokes of one typed line: the unit of the intervals."""

    strokes: list[Stroke] = field(default_factory=list)
    cpu: float = 0.0
    """Seconds of CPU, all processes of the side together."""
    spent: Spent | None = None


async def play(section: Section, side: Side, speed: float) -> list[Line]:
    """The lines of `section` as they went; the child types `speed` times as fast as the trace."""
    await side.open(section)
    cpu = _Cpu(side.pid)
    document, sent, late = section.document, list[float](), list[float]()
    heads, marks = list[str](), list[tuple[int, float, Awaitable[Spent | None]]]()
    due = time.perf_counter()
    for number, key in enumerate(section.keys):
        due += key.wait / speed
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if not marks or key.line != section.keys[number - 1].line:
            marks.append((number, cpu.seconds(), asyncio.ensure_future(side.spent())))
        document = key.press(document)
        sent.append(time.perf_counter())
        late.append(sent[-1] - due)
        side.press(number, key, document)
        heads.append(document[document.rfind("\n", 0, key.cursor) + 1 : key.cursor])
    await asyncio.sleep(LINGER)
    sent.append(time.perf_counter())
    marks.append((len(section.keys), cpu.seconds(), asyncio.ensure_future(side.spent())))
    strokes = [
        _stroke(key, late[number], sent[number : number + 2], heads[number], side.answers.get(number))
        for number, key in enumerate(section.keys)
    ]
    return await _lines([_with_saved(strokes, number) for number in range(len(strokes))], marks)


def _stroke(
    key: Key, late: float, sent: list[float], before: str, answer: Answer | None
) -> Stroke:
    began, ended = sent
    if answer is not None and answer.at > ended:
        answer = None
    ms = 1000 * (answer.at - began) if answer and answer.text else None
    return Stroke(key, late, ended - began, before, answer, ms)


async def _lines(
    strokes: list[Stroke], marks: list[tuple[int, float, Awaitable[Spent | None]]]
) -> list[Line]:
    found: list[Line] = []
    totals = [await mark[2] for mark in marks]
    for index in range(len(marks) - 1):
        (first, before, _), (last, after, _) = marks[index : index + 2]
        then, now = totals[index], totals[index + 1]
        spent = None
        if then and now:
            spent = Spent(
                now.evaluated - then.evaluated,
                now.generated - then.generated,
                now.requests - then.requests,
            )
        found.append(Line(strokes[first:last], after - before, spent))
    return found


def agreed(suggestion: str, ahead: str) -> int:
    """How many characters of `ahead` the leading lines of `suggestion` are, the first included."""
    lines, coming = suggestion.rstrip().split("\n"), ahead.split("\n")
    same = 0
    while same < min(len(lines), len(coming)) and lines[same].rstrip() == coming[same].rstrip():
        same += 1
    found = "\n".join(coming[:same])
    return len(found) if found.strip() else 0


def _with_saved(strokes: list[Stroke], number: int) -> Stroke:
    """The keystroke with what its suggestion would have saved: the keys to type it, less Tab."""
    stroke = strokes[number]
    key = stroke.key
    right = agreed(stroke.answer.text, key.ahead) if stroke.ms is not None and stroke.answer else 0
    if not right:
        return stroke
    reached = number
    for later in range(number + 1, len(strokes)):
        other = strokes[later].key
        if other.part != key.part or other.done > key.done + right:
            break
        reached = later
    saved = max(0, reached - number - 1)
    return Stroke(
        key, stroke.late, stroke.pause, stroke.before, stroke.answer, stroke.ms, saved
    )


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
