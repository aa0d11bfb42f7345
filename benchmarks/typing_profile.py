"""What happened at our slowest keystrokes, for those who tune the server."""

from __future__ import annotations

from benchmarks.replay import Line, Spent, Stroke
from benchmarks.typing_figures import PAUSE, strokes

MOST = 20
"""Entries of each list."""
_LONG = 1000
"""Milliseconds without ghost text that are a long wait."""


def profile(lines: list[Line]) -> str:
    """The slowest answers, the pauses that got nothing, and the longest waits for ghost text.

    An entry has the key, the prompt and generated tokens since the answer before, the line up to
    the cursor, and what was shown.
    """
    stories = _stories(strokes(lines))
    slow = [(stroke.ms, story) for stroke, story in stories if stroke.ms is not None]
    empty = [
        (1000 * stroke.pause, story)
        for stroke, story in stories
        if stroke.ms is None and stroke.pause >= PAUSE
    ]
    parts = (
        ("slowest suggestions (ms)", slow),
        ("pauses in which nothing was shown (ms of pause)", empty),
        ("longest waits for ghost text (ms)", _waits(stories)),
    )
    return "\n".join(f"\n{title}\n{_longest(timed)}" for title, timed in parts)


def _longest(timed: list[tuple[float, str]]) -> str:
    ordered = sorted(timed, key=lambda entry: -entry[0])[:MOST]
    return "\n".join(f"{ms:7.0f}  {story}" for ms, story in ordered)


def _stories(found: list[Stroke]) -> list[tuple[Stroke, str]]:
    """Each keystroke with a line that tells what happened."""
    told: list[tuple[Stroke, str]] = []
    before: Spent | None = None
    for stroke in found:
        answer, cost = stroke.answer, ""
        if answer and answer.spent:
            spent = answer.spent.since(before) if before else answer.spent
            before, cost = answer.spent, f"{spent.evaluated}+{spent.generated}"
        text = (
            "no reply" if answer is None else repr(answer.text[:60]) if answer.text else "nothing"
        )
        kind = "along" if stroke.along else stroke.key.kind
        told.append((stroke, f"{kind:10}{cost:>8}  {stroke.head[-60:]!r} -> {text}"))
    return told


def _waits(stories: list[tuple[Stroke, str]]) -> list[tuple[float, str]]:
    """The times without ghost text, from the first keystroke to the one that ended them."""
    found: list[tuple[float, str]] = []
    begun: Stroke | None = None
    count = nothing = 0
    for stroke, story in stories:
        if stroke.ms is None and not stroke.along:
            begun = begun or stroke
            count += 1
            nothing += stroke.answer is not None
        elif begun is not None:
            said = f"{count} keys ({nothing} told there is nothing) from {begun.head[-30:]!r} to"
            if begun.wait_ms >= _LONG:
                found.append((begun.wait_ms, f"{said} {story.strip()}"))
            begun, count, nothing = None, 0, 0
    return found
