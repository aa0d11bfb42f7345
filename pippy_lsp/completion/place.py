r"""The program around the cursor, as lines with `\n` ends, whatever the document has.

A document of up to `WHOLE` characters is taken whole. Of a longer one only a region around the
cursor is, from one top-level definition to another, so that a keystroke costs the same in a file
of ten thousand lines; its imports come along.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from pippy_lsp.analysis import syntax
from pippy_lsp.analysis.syntax import Lexical

WHOLE = 16_000
_ABOVE, _BELOW = 7_000, 3_000
_TOP = re.compile(r"^(?:def |class |async def |@)", re.MULTILINE)
_IMPORT = re.compile(r"^(?:import|from)[ \t].*$", re.MULTILINE)
_LITERAL = 40
"""Lines that a list or a dict may have."""
_IMPORTS_IN = 4_000
"""The imports are looked for in this many characters at the top."""


def plain(text: str) -> str:
    r"""`text` with `\n` line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def imports(text: str, end: int) -> str:
    """The one-line imports at the top of `text` and before `end`, each with its line end."""
    found = _IMPORT.findall(text, 0, min(end, _IMPORTS_IN))
    whole = (line.rstrip("\r") for line in found if not syntax.lexical(line).open)
    return "".join(f"{line}\n" for line in whole if not line.endswith("\\"))


@dataclass(frozen=True)
class Place:
    """The cursor's line in two parts, and the lines above and below it."""

    above: tuple[str, ...]
    head: str
    tail: str
    below: tuple[str, ...]
    elsewhere: str = ""
    """The whole document, where `above` and `below` are not all of it."""

    @cached_property
    def lexical(self) -> Lexical:
        """Whether the cursor is in a string, a comment, brackets."""
        return syntax.lexical("\n".join([*self.above, self.head]))

    @cached_property
    def lexical_above(self) -> Lexical:
        """The same at the start of the cursor's line."""
        return syntax.lexical("\n".join([*self.above, ""]))

    @cached_property
    def previous(self) -> str:
        """The last line above that is not blank."""
        return next((line for line in reversed(self.above) if line.strip()), "")

    @cached_property
    def next(self) -> str:
        """The first line below that is not blank."""
        return next((line for line in self.below if line.strip()), "")

    @cached_property
    def owes_header(self) -> bool:
        """Whether the cursor's empty line must open a block: the next line is deeper than the last
        one, which opens none.
        """
        code = syntax.code_of(self.next)
        if self.lexical_above.open or syntax.opens_block(self.previous) or not code.strip():
            return False
        closes = sum(map(code.count, ")]}")) > sum(map(code.count, "([{"))
        before, after = map(syntax.indent_of, (self.previous, self.next))
        return not closes and syntax.width(after) > syntax.width(before)

    @cached_property
    def owes_bracket(self) -> str:
        """The closing bracket of what must be opened here: it stands alone at the start of a line
        below, or in the next line; "" for none.
        """
        if self.lexical.brackets or self.lexical.quote:
            return ""
        below = "\n".join(self.below[:_LITERAL])
        at = syntax.unmatched(below)
        before, _, line = below[: max(at, 0)].rpartition("\n")
        return below[at] if at >= 0 and not (before.strip() and line.strip()) else ""

    @cached_property
    def unit(self) -> str:
        """One step of indentation in this program."""
        step = self.head.removeprefix(syntax.indent_of(self.previous))
        # the editor's own step, where it has opened the first block
        first = syntax.opens_block(self.previous) and step and not step.strip()
        around = "\n".join([*self.above[-400:], *self.below[:200]])
        return syntax.unit_of(around, step if first else "    ")


def place(text: str, offset: int) -> Place:
    """The place of `offset` in a document's text."""
    if "\n" not in text and "\r" in text:
        text = text.replace("\r", "\n")
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    first, last, kept = 0, len(text), ""
    if len(text) > WHOLE:
        first, last = _region(text, start, end)
        kept = imports(text, first)
    above = (kept + plain(text[first:start])).split("\n")[:-1]
    below = plain(text[end + 1 : last]).split("\n") if end < last else []
    return Place(
        tuple(above),
        plain(text[start:offset].rstrip("\r")),
        text[offset:end].rstrip("\r"),
        tuple(below),
        elsewhere="" if (first, last) == (0, len(text)) else text,
    )


def _region(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the region around the line from `start` to `end` begins and ends."""
    first = max(0, start - _ABOVE)
    if first:
        top = _TOP.search(text, text.find("\n", first) + 1, start)
        first = top.start() if top else text.rfind("\n", 0, first) + 1
    last = min(len(text), end + _BELOW)
    if last < len(text):
        tops = [match.start() for match in _TOP.finditer(text, end + 1, last)]
        last = tops[-1] if tops else text.rfind("\n", end, last) + 1
    return first, max(last, end)
