"""What was found out of one model."""

from __future__ import annotations

import importlib
import statistics
import warnings
from collections.abc import Callable, Sequence

import msgspec

from pippy_lsp.teaching import words


class Share(msgspec.Struct, frozen=True):
    """So many of so many."""

    yes: int
    of: int

    @property
    def percent(self) -> float:
        """0 of nothing."""
        return 100 * self.yes / self.of if self.of else 0.0


class Answer(msgspec.Struct, frozen=True):
    """What the model said to one question, as it would be shown."""

    kind: str
    """ "hole", "problem", "panel" or "line"."""
    asked: str
    text: str
    good: bool
    """Whether it is right; of a line: whether the model's own words were fit to be shown."""
    ms: float


class Figures(msgspec.Struct, frozen=True):
    """One model's row. Times are in milliseconds, NaN-free: 0 where nothing was measured."""

    name: str
    size: int
    """Bytes of its file."""
    licence: str
    infill: bool = False
    """Whether it can be told what follows the cursor."""
    memory: int = 0
    """Bytes that its worker takes."""
    first_ms: float = 0.0
    """From a key to the first token, while typing on; the median."""
    ghost_ms: float = 0.0
    """To ghost text at a place where nothing was read before; the median."""
    holes: Share = Share(0, 0)
    solved: Share = Share(0, 0)
    """Problems, by one answer."""
    panel: Share = Share(0, 0)
    """By a panel of several."""
    explained: Share = Share(0, 0)
    """Lines of which something that the model said could be shown."""
    grade: float | None = None
    """Flesch-Kincaid's, the median; None where textstat is not installed or nothing was said."""
    words: float = 0.0
    """Of an explanation, the median."""
    answers: tuple[Answer, ...] = ()
    error: str = ""
    """Why it could not be asked, as a sentence."""


def median(values: Sequence[float]) -> float:
    """The middle; 0 of nothing."""
    return statistics.median(values) if values else 0.0


def share(answers: Sequence[Answer], kind: str) -> Share:
    """How many of a kind are good."""
    found = [each.good for each in answers if each.kind == kind]
    return Share(sum(found), len(found))


def grade(texts: Sequence[str]) -> float | None:
    """The median reading grade of explanations in Markdown; None where it can't be told."""
    measure = flesch_kincaid()
    plain = [text for text in map(words.plain, texts) if text.strip()]
    return median([measure(text) for text in plain]) if measure and plain else None


def flesch_kincaid() -> Callable[[str], float] | None:
    """What tells the grade of a plain text: textstat's; None where that is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pkg_resources, which it still uses
            textstat = importlib.import_module("textstat")
    except ImportError:
        return None
    return lambda text: float(textstat.flesch_kincaid_grade(text))
