"""From the lines that were read to a suggestion that fits, or to nothing.

Each candidate is put into the program and judged there: it parses, its names exist, it does not
repeat what is around it, it invents no addresses or secrets, it is not too hard for the child. What
is too hard is said in simpler words where that is certain. What fails loses its last line, until
something holds.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pippy_lsp.analysis import calls, concepts, levels, names, reach, simpler, syntax
from pippy_lsp.analysis.concept_nodes import Use
from pippy_lsp.analysis.frame import Frame, frame
from pippy_lsp.completion.indent import rewrite
from pippy_lsp.completion.overlap import fitted
from pippy_lsp.completion.place import Place
from pippy_lsp.completion.shape import Shape

_INVENTED = re.compile(
    r"https?://\S+|\bwww\.\S+|[\w.+-]+@\w[\w-]*\.\w+"
    r"|\b(?:sk|pk|ghp|gho|xox[bp]|AKIA|AIza)[-_]?[A-Za-z0-9]{16,}"
    r"|\b(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9_]{28,}\b"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b"
)
"""Addresses, keys and the like: fine where the child wrote them, never made up."""
_NAME = re.compile(r"\w+")
_EMPTY = frozenset({"pass", "...", "…"})
_ROUNDS = 12
"""Candidates that are judged before we give up."""
_SIMPLER = 3
"""Statements of one suggestion that are said in simpler words."""


@dataclass(frozen=True)
class Checker:
    """Judges suggestions at one place; `folder` is where the program is saved."""

    place: Place
    shape: Shape
    folder: Path | None = None
    level: int = 5
    """What the child knows; see `levels`."""
    avoid: frozenset[str] = frozenset()
    """Concepts that a teacher wants left out whatever the level; see `policy`."""

    def prepare(self) -> None:
        """Do what can be done before there are lines to judge, which takes as long as they do."""
        self._frame()

    def best(self, lines: tuple[str, ...]) -> str:
        """The longest part of `lines` that holds, mended where that is certain; "" for none."""
        lines = self._worth(rewrite(lines, self.place, self.shape))
        if not lines:
            return ""
        around = self._frame()
        for _ in range(_ROUNDS):
            if not lines:
                return ""
            text, keep = self._judge(around, lines)
            if text:
                return text
            lines = self._worth(lines[:keep])
        return ""

    def _frame(self) -> Frame:
        place, indent = self.place, self.shape.indent
        if self.shape.below:
            indent = syntax.indent_of(place.head)
        return frame(list(place.above), indent, list(place.below))

    def _judge(self, around: Frame, lines: tuple[str, ...]) -> tuple[str, int]:
        """The text that holds, or "" and how many lines may still be kept."""
        for text in filter(str.strip, self._candidates(lines)):
            tree = around.accept(self._spliced(text))
            if tree is None or not self._opens(text):
                continue
            keep = self._reached(around, tree, text)
            if keep is not None:
                return "", min(keep, len(lines) - 1)
            mended, keep = self._named(around, tree, text)
            fits = tree if mended == text else mended and around.accept(self._spliced(mended))
            if not fits:
                return "", min(keep, len(lines) - 1)
            plain, keep = self._levelled(around, fits, mended)
            return plain, min(keep, len(lines) - 1)
        return "", len(lines) - 1

    def _candidates(self, lines: tuple[str, ...]) -> Iterator[str]:
        """The ways in which the text can meet what follows the cursor."""
        text = "\n".join(lines).rstrip()
        if lines[0] == "" and len(lines) > 1:
            text = "\n" + "\n".join(lines[1:]).rstrip()
        if self.place.tail.strip():
            yield from fitted(text, self.place.tail)
            return
        yield text
        state = syntax.lexical(self.place.head + text)
        if not self.shape.below and not state.comment and len(state.quote) < 3:  # noqa: PLR2004
            yield text + state.quote + state.brackets[::-1]
        while text and text[-1] in ")]}\"'" and len(lines) == 1:
            text = text[:-1]
            yield text

    def _spliced(self, text: str) -> list[str]:
        return (self.place.head + text + self.place.tail).split("\n")

    def _opens(self, text: str) -> bool:
        """Whether the bracket is open that is closed below."""
        owed = self.place.owes_bracket
        return not owed or syntax.lexical(self.place.head + text).brackets.endswith(owed)

    def _reached(self, around: Frame, tree: ast.Module, text: str) -> int | None:
        """The lines before the first one that is never reached, or keeps the next one from being
        so; None where all are. What the child has begun is theirs.
        """
        first = around.first + bool(self.place.head.strip())
        row = reach.cut_off(tree, first, around.first + text.count("\n"))
        return None if row is None else row - around.first

    def _named(self, around: Frame, tree: ast.Module, text: str) -> tuple[str, int]:
        """The text with its names mended, or "" and the lines before the first wrong name."""
        lines = self._spliced(text)
        row = around.first
        shift = len(syntax.indent_of(lines[0])) if around.lone else 0
        column = len(self.place.head.encode()) - shift
        known = "" if around.sound else "\n".join([*self.place.above, *self.place.below])
        elsewhere, whole = self.place.elsewhere or known, around.fill(lines)
        region = names.Region(row, column, row + len(lines) - 1)
        found = [
            *names.problems(tree, whole, region, elsewhere=elsewhere, folder=self.folder),
            *calls.problems(tree, whole, region, elsewhere=elsewhere, folder=self.folder),
        ]
        found.sort(key=lambda problem: (problem.row, problem.column))
        for problem in reversed(found):
            at = problem.row - row
            start = problem.column + shift
            end = start + len(problem.name)
            ours = at > 0 or start >= len(self.place.head)
            if not problem.mend or not ours or lines[at][start:end] != problem.name:
                return "", min(each.row for each in found if not each.mend or each == problem) - row
            lines[at] = lines[at][:start] + problem.mend + lines[at][end:]
        whole = "\n".join(lines)
        return whole[len(self.place.head) : len(whole) - len(self.place.tail)], 0

    def _levelled(self, around: Frame, tree: ast.Module, text: str) -> tuple[str, int]:
        """The text within the level, or "" and the lines before the first thing too hard."""
        first = hard = self._too_hard(around, tree, text)
        for _ in range(_SIMPLER):
            if hard is None:
                return text, 0
            text = self._simpler(around, tree, text, hard)
            fits = around.accept(self._spliced(text)) if text else None
            if fits is None or self._named(around, fits, text)[0] != text:
                break
            tree, hard = fits, self._too_hard(around, fits, text)
        return ("", first.row - around.first) if first and hard else (text, 0)

    def _too_hard(self, around: Frame, tree: ast.Module, text: str) -> Use | None:
        """The first concept of the text that the child has not met."""
        if self.level >= levels.highest() and not self.avoid:
            return None
        lines = self._spliced(text)
        indent = syntax.indent_of(lines[0]) if around.lone else ""
        end = len(lines[-1].removeprefix(indent).encode()) - len(self.place.tail.encode())
        region = concepts.Region(
            around.first,
            len(self.place.head.removeprefix(indent).encode()),
            around.first + len(lines) - 1,
            end,
        )
        return concepts.beyond(tree, region, self.level, avoid=self.avoid)

    def _simpler(self, around: Frame, tree: ast.Module, text: str, hard: Use) -> str:
        """The text with the statement at `hard` in simpler words; "" where none are certain."""
        if around.lone:
            return ""
        place, lines = self.place, self._spliced(text)
        seen = "" if around.sound else "\n".join([*place.above, *place.below])
        taken = frozenset(_NAME.findall(seen + place.elsewhere))
        whole = around.fill(lines)
        found = simpler.rewrite(tree, whole, hard.row, syntax.unit_of(whole), taken)
        if found is None:
            return ""
        at = found.first - around.first
        lines[at : found.last - around.first + 1] = found.lines
        whole = "\n".join(lines)
        # what the child has typed stays, and so does the rest of the line
        kept = whole.startswith(place.head) and whole.endswith(place.tail)
        allowed = 1 if self.shape.inside else self.shape.most
        long = sum(1 for line in lines if line.strip()) > max(allowed, 1) + self.shape.below
        return whole[len(place.head) : len(whole) - len(place.tail)] if kept and not long else ""

    def _worth(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        """`lines` up to the last one worth showing."""
        for number, line in enumerate(lines):
            if any(each not in self._document for each in _INVENTED.findall(line)):
                lines = lines[:number]
                break
        while lines and self._says_nothing(lines[-1], first=len(lines) == 1):
            lines = lines[:-1]
        if all(self._says_nothing(line, first=not number) for number, line in enumerate(lines)):
            return ()
        return () if self._repeats(lines) else lines

    @property
    def _document(self) -> str:
        place = self.place
        return place.elsewhere or "\n".join([*place.above, place.head, place.tail, *place.below])

    def _says_nothing(self, line: str, *, first: bool) -> bool:
        """Blank, a comment or `pass`; what goes on with a begun line may be anything."""
        text = line.strip()
        if not text:
            return True
        if first and self.place.head.strip():
            return text.startswith("#") and not self.place.lexical.quote
        return text.startswith("#") or text in _EMPTY

    def _repeats(self, lines: tuple[str, ...]) -> bool:
        """Whether the program's last lines would only come once more."""
        full = [line.rstrip() for line in (self.place.head + "\n".join(lines)).split("\n")]
        full = [line for line in full if line]
        before = [line.rstrip() for line in self.place.above if line.strip()]
        return not self.place.tail and (before[-len(full) :] == full or self._as_otherwise(full))

    def _as_otherwise(self, full: list[str]) -> bool:
        """Whether both branches of an `if` would do the same."""
        after = [line.strip() for line in self.place.below if line.strip()][: len(full) + 1]
        branches = bool(after) and after[0].startswith(("else", "elif", "except"))
        return branches and after[1:] == [line.strip() for line in full]
