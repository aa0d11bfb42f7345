"""Reads the model's text as it comes: which lines are kept, and when enough is known.

The same function reads the unfinished and the whole text, so that stopping early changes nothing
of what is suggested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pippy_lsp.analysis import syntax
from pippy_lsp.completion.place import Place, plain
from pippy_lsp.completion.shape import Shape, indents

_BLANKS = 3
"""Line ends without a word after which nothing is expected any more."""
_LONGEST = 100
"""Characters: a line that goes on for longer is a list of made-up things, and hard to read."""
_RUNAWAY = re.compile(r"(\w.{2,6}?)\1{8,}.{0,6}$|(\w.{7,19}?)\2{3,}.{0,19}$")
"""A piece that comes again and again at a line's end: the model goes round in circles."""
_TRIPLE = re.compile(r"\"{3}|'{3}")
_SAME = 2
"""How often one line may come in a suggestion."""
_MARKUP = re.compile(r"<\|[^\n|]{0,40}\|?>?|<(?:EOT|PRE|SUF|MID)>|</s>|```")
"""Tokens of infill and chat that a small model spells out, and the end of a fence."""
_FENCE = re.compile(r"\s*`{1,3}\w*(\n|$)")
"""A fence around the whole answer."""


@dataclass(frozen=True)
class Reading:
    """What is known so far. The first line goes on at the cursor."""

    lines: tuple[str, ...] = ()
    done: bool = False


def read(raw: str, place: Place, shape: Shape, *, ended: bool) -> Reading:
    """The lines of `raw` that are wanted; `ended` when no more text will come."""
    text = plain(raw)
    fence = _FENCE.match(text)
    if fence and not fence.group(1) and not ended:
        return Reading()
    text = text[fence.end() :] if fence else text
    shape = settled(text, place, shape)
    markup = _MARKUP.search(text)
    if markup:
        text, ended = text[: markup.start()], True
    text = _uncommented(text, place)
    if shape.inside:
        line, newline, _ = text.partition("\n")
        if _endless(line):
            return Reading(done=True)
        closed = _closed(line, place)
        done = bool(newline) or ended or closed is not None
        return Reading((line if closed is None else closed,) if done else (), done)
    if shape.below:
        return _below(text, place, shape, ended=ended)
    return _from_cursor(text, place, shape, ended=ended)


def _closed(line: str, place: Place) -> str | None:
    """`line` up to where it closes the bracket that the text after the cursor closes already; None
    where it does not.
    """
    owed = place.lexical.brackets
    if not owed or not place.tail.lstrip().startswith(owed[-1]) or owed[-1] not in line:
        return None
    for at, character in enumerate(line):
        if character == owed[-1]:
            state = syntax.lexical(place.head + line[: at + 1])
            if len(state.brackets) < len(syntax.lexical(place.head).brackets) and not state.quote:
                return line[: at + 1]
    return None


def _uncommented(text: str, place: Place) -> str:
    """`text` without the comments behind code: they are long, and the code says it already. The
    line that is being written ends where its comment begins.
    """
    if "#" not in text or place.lexical.quote or place.lexical.comment or _TRIPLE.search(text):
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        before = place.head if number == 0 else ""
        code = syntax.code_of(before + line)
        if code.strip() and len(code) < len((before + line).rstrip()) and len(code) >= len(before):
            lines[number] = code[len(before) :] + "\n" * (number == len(lines) - 1)
    return "\n".join(lines)


def settled(raw: str, place: Place, shape: Shape) -> Shape:
    """The shape that the text has: after a complete line the model may go on with the next one, and
    on an empty line it may write at any indentation that Python allows there.
    """
    if not place.head.strip() and not shape.inside:
        return _at_its_indent(raw, place, shape)
    starts = raw.lstrip(" \t\r").startswith("\n")
    plain_end = not shape.inside and not shape.below and place.head.strip() and not place.tail
    return replace(shape, below=True) if starts and plain_end else shape


def _at_its_indent(raw: str, place: Place, shape: Shape) -> Shape:
    blank = raw[: len(raw) - len(raw.lstrip())]
    if len(blank) == len(raw):
        return shape
    _, newline, written = blank.rpartition("\n")
    wide = syntax.width(written if newline else shape.indent + written)
    indent = next((each for each in indents(place) if syntax.width(each) == wide), None)
    if indent is None:
        return shape
    return replace(shape, indent=indent, lead=indent[len(place.head) :])


def _from_cursor(text: str, place: Place, shape: Shape, *, ended: bool) -> Reading:
    """A suggestion that goes on with the cursor's line."""
    if not place.head.strip():
        blank, body = text[: len(text) - len(text.lstrip())], text.lstrip()
        if not body or _outdented(blank, shape):
            return Reading(done=ended or blank.count("\n") > _BLANKS or bool(body))
        text = body
    elif not text.split("\n")[0].strip() and "\n" in text:
        return Reading(done=True)
    elif place.head[-1:].isspace():
        text = text.lstrip(" \t")
    return _Reader(place, shape, shape.lead + text, 0).read(ended=ended)


def _below(text: str, place: Place, shape: Shape, *, ended: bool) -> Reading:
    """A suggestion that begins on the next line, or else is the rest of a short `if x: y`."""
    first, newline, rest = text.partition("\n")
    if not newline and not ended:
        return Reading()
    if first.strip() and place.lexical.comment:
        return Reading(done=True)
    if first.strip() and not first.lstrip().startswith("#"):
        return Reading((first,), done=True)
    body = rest.lstrip("\n")
    while body and not body.split("\n")[0].strip() and "\n" in body:
        body = body.split("\n", 1)[1]
    if not body.strip():
        return Reading(done=ended or rest.count("\n") > _BLANKS)
    return _Reader(place, shape, f"\n{body}", 1).read(ended=ended)


def _outdented(blank: str, shape: Shape) -> bool:
    """Whether the model left the cursor's block before it wrote anything."""
    _, newline, indent = blank.rpartition("\n")
    return bool(newline) and syntax.width(indent) < syntax.width(shape.indent)


def _endless(line: str) -> bool:
    return len(line) > _LONGEST or _RUNAWAY.search(line) is not None


class _Reader:
    """Goes through the lines and stops at the first one that is not wanted."""

    def __init__(self, place: Place, shape: Shape, text: str, skip: int) -> None:
        self._place, self._shape = place, shape
        self._parts = text.split("\n")
        self._skip = skip
        """Leading parts that are empty: the end of the cursor's line."""
        self._base = syntax.width(shape.indent)
        self._header: int | None = None
        """The indentation of the last header, while it has no body."""
        self._wanted = shape.lines

    def read(self, *, ended: bool) -> Reading:
        known = len(self._parts) if ended else len(self._parts) - 1
        kept: list[str] = []
        for number, part in enumerate(self._parts[:known]):
            full = self._place.head + part if number == 0 else part
            if number >= self._skip and not self._keeps(full, kept, number):
                return Reading(tuple(kept), done=True)
            kept.append(part)
            if self._full(full, kept):
                return Reading(tuple(kept), done=True)
        rest = self._parts[-1]
        if _endless(rest):
            return Reading(tuple(kept), done=True)
        left = (
            not ended
            and known > self._skip
            and bool(rest.strip())
            and not self._owed(kept).open
            and self._leaves(rest, kept)
        )
        return Reading(tuple(kept), done=ended or left)

    def _count(self, kept: list[str]) -> int:
        return sum(1 for part in kept[self._skip :] if part.strip())

    def _keeps(self, full: str, kept: list[str], number: int) -> bool:
        """Whether this line still belongs to the suggestion."""
        if _endless(full.removeprefix(self._place.head) if number == 0 else full):
            return False
        if number == 0:
            return not self._duplicate(full)
        if self._owed(kept).open:
            return True
        if not full.strip():
            return not (kept and not kept[-1].strip() and number > self._skip)
        if self._leaves(full, kept):
            return False
        repeated = sum(1 for part in kept if part.strip() == full.strip())
        return repeated < _SAME and not self._duplicate(full)

    def _leaves(self, full: str, kept: list[str]) -> bool:
        """Whether this line is out of the block; its first word is enough to know."""
        indent = syntax.width(syntax.indent_of(full))
        least = self._base
        if self._shape.below and syntax.opens_block(self._place.head):
            least += 1
        if self._header is not None and self._shape.lines == 1:
            least = max(least, self._header + 1)
        # the next thing that a comment tells of is another suggestion
        new_topic = full.lstrip().startswith("#") and indent == self._base and self._has_code(kept)
        return indent < least or new_topic

    def _has_code(self, kept: list[str]) -> bool:
        return any(part.strip() and not part.lstrip().startswith("#") for part in kept)

    def _duplicate(self, full: str) -> bool:
        """Whether this is the next line of the program."""
        following = self._place.next
        return bool(full.strip()) and not self._place.tail and full.rstrip() == following.rstrip()

    def _owed(self, kept: list[str]) -> syntax.Lexical:
        return syntax.lexical(self._place.head + "\n".join(kept))

    def _full(self, full: str, kept: list[str]) -> bool:
        """Whether the lines are enough."""
        if len(kept) <= self._skip or not full.strip():
            return False
        count = self._count(kept)
        if count >= self._shape.most and not (self._shape.below and count < 1):
            return True
        if self._owed(kept).open or full.lstrip().startswith(("#", "@")):
            return False
        if syntax.opens_block(full):
            if self._header is None and self._shape.lines == 1:
                self._header = syntax.width(syntax.indent_of(full))
                self._wanted = self._shape.most
            return False
        return count >= self._wanted
