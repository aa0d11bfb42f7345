"""The program around a line, made whole where it is broken elsewhere.

A child's program is often broken in one place while they type in another. To judge a new line the
rest is repaired first: a line that does not parse is replaced by a harmless one of the same
indentation. What fits into the repaired program does not make the real one worse.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pippy_lsp.analysis import sections, syntax

_REPAIRS = 12
"""Broken lines that are repaired before we give up."""
_AFTER_HEADER = re.compile(r"expected an indented block after .* on line (\d+)")


@dataclass(frozen=True)
class Frame:
    """Lines before and after a gap of one line; a text that fits makes them a program."""

    above: tuple[str, ...]
    below: tuple[str, ...]
    sound: bool
    """Whether nothing had to be repaired."""
    lone: bool = False
    """Whether nothing could be repaired: the text is judged alone."""
    tree: ast.Module | None = None
    """The program with a filler in the gap."""

    def fill(self, lines: list[str]) -> str:
        """The program with `lines` in the gap."""
        if self.lone:
            indent = syntax.indent_of(lines[0])
            return "\n".join(line.removeprefix(indent) for line in lines)
        return "\n".join([*self.above, *lines, *self.below])

    @property
    def first(self) -> int:
        """The number (from 1) of the gap's first line in the filled program."""
        return 1 if self.lone else len(self.above) + 1

    def accept(self, lines: list[str]) -> ast.Module | None:
        """The tree of the program with `lines` in the gap, None where they don't fit."""
        if self.lone:
            alone = syntax.parse(self.fill(lines))
            return None if isinstance(alone, SyntaxError) else alone
        parts = self._sections
        near = parts.parse(lines)
        if near is None:
            return None
        tree = parts.join(near, len(lines) - 1)
        # what these say depends on the statements before them; all else is judged in its statement
        far = any("global" in line or "__future__" in line for line in lines)
        wrong = syntax.compile_error_line(tree if far else near)
        return None if self.first <= wrong < self.first + len(lines) else tree

    @cached_property
    def _sections(self) -> sections.Sections:
        return sections.cut(self.tree or ast.Module([], []), self.above, self.below)


def frame(above: list[str], indent: str, below: list[str]) -> Frame:
    """The frame of a gap at `indent` between two lists of lines."""
    return _frame(tuple(above), indent, tuple(below))


@lru_cache(maxsize=8)
def _frame(above: tuple[str, ...], indent: str, below: tuple[str, ...]) -> Frame:
    """Kept for the next keys on the same line."""
    gap = len(above)
    for filler in (f"{indent}pass", "", f"{indent}if 1:", f"{indent}except Exception: pass"):
        tree = syntax.parse("\n".join([*above, filler, *below]))
        if not isinstance(tree, SyntaxError):
            return Frame(above, below, sound=True, tree=tree)
    after = next((line for line in below if line.strip()), "")
    deeper = syntax.width(syntax.indent_of(after)) > syntax.width(indent)
    filler = f"{indent}if 1:" if deeper else f"{indent}pass"
    repaired = _repaired([*above, filler, *below], gap)
    if repaired is None:
        return Frame((), (), sound=False, lone=True)
    lines, tree = repaired
    return Frame(tuple(lines[:gap]), tuple(lines[gap + 1 :]), sound=False, tree=tree)


def _repaired(lines: list[str], gap: int) -> tuple[list[str], ast.Module] | None:
    """`lines` with harmless lines instead of broken ones, and their tree; None where that does not
    help.
    """
    for _ in range(_REPAIRS):
        error = syntax.parse("\n".join(lines))
        if not isinstance(error, SyntaxError):
            return lines, error
        bare = _AFTER_HEADER.match(error.msg or "")
        number = int(bare.group(1)) - 1 if bare else (error.lineno or 1) - 1
        number = _broken(lines, min(max(number, 0), len(lines) - 1), gap)
        if number < 0:
            return None
        lines = [*lines[:number], _harmless(lines, number, bool(bare)), *lines[number + 1 :]]
    return None


def _broken(lines: list[str], number: int, gap: int) -> int:
    """The line to repair when Python complains at `number`; -1 where there is none.

    The gap itself is right, so then the line before it is the wrong one; a blank line is where
    Python noticed, not where it happened.
    """
    while number >= 0 and (number == gap or not lines[number].strip()):
        number -= 1
    return number


def _harmless(lines: list[str], number: int, bare: bool) -> str:
    line = lines[number]
    if bare and not line.endswith(" pass"):
        return f"{line} pass"
    indent = syntax.indent_of(line)
    if line.strip() in ("pass", "if 1:"):
        return ""
    after = next((later for later in lines[number + 1 :] if later.strip()), "")
    deeper = syntax.width(syntax.indent_of(after)) > syntax.width(indent)
    return f"{indent}if 1:" if deeper else f"{indent}pass"
