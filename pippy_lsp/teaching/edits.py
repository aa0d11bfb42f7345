"""One change of one place in a document, as small as it can be."""

from __future__ import annotations

from dataclasses import dataclass

from pippy_lsp.teaching import words
from pippy_lsp.teaching.program import split


@dataclass(frozen=True)
class Edit:
    """Put `new_text` where the characters from `start` to `end` are. `why` is for the child;
    `guess` is true where a model made it.
    """

    start: int
    end: int
    new_text: str
    why: str = ""
    guess: bool = False

    def shown(self, text: str) -> str:
        """`why`, and the whole lines that the change makes in `text`, as Markdown."""
        new = self.apply(text)
        first = len(split(new[: self.start])) - 1
        last = len(split(new[: self.start + len(self.new_text)]))
        lines = [line for line in split(new)[first:last] if line.strip()]
        return "\n\n".join(filter(None, [self.why, words.fence("\n".join(lines))]))

    def apply(self, text: str) -> str:
        """`text` with the change made."""
        return text[: self.start] + self.new_text + text[self.end :]


def minimal(old: str, new: str, why: str = "") -> Edit:
    """The smallest single edit that makes `new` out of `old`; all else stays byte for byte."""
    start = _shared(old, new)
    most = min(len(old), len(new)) - start
    tail = _shared(old[::-1][:most], new[::-1][:most])
    # A line end of two characters is not torn apart.
    if (
        start
        and old[start - 1 : start] == "\r"
        and "\n" in (old[start : start + 1], new[start:][:1])
    ):
        start -= 1
    if tail and old[len(old) - tail] == "\n" and old[: len(old) - tail].endswith("\r"):
        tail -= 1
    return Edit(start, len(old) - tail, new[start : len(new) - tail], why)


def _shared(one: str, two: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, two, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(two)))
