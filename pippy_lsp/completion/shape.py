"""How much to suggest: nothing, a line or a block, by the syntax around the cursor."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pippy_lsp.analysis import syntax
from pippy_lsp.completion.place import Place
from pippy_lsp.settings import Mode

_WORD = re.compile(r"\w")
_JUMP = re.compile(r"\s*(?:return|break|continue|raise)\b")
_ASKS = re.compile(r"#\W*\w+\W+\w+")
"""A comment of two words or more can ask for something."""


@dataclass(frozen=True)
class Shape:
    """What a suggestion may look like."""

    lines: int
    """Lines that are wanted."""
    most: int
    """Lines when the first ones open a block or a bracket that must be closed."""
    indent: str
    """The indentation of the cursor's line, once the suggestion is there."""
    lead: str = ""
    """White space that the editor should have put before the cursor."""
    below: bool = False
    """The suggestion begins with a new line: the cursor's line is complete."""
    inside: bool = False
    """Only the rest of this one line: text follows, or the cursor is in brackets or a string."""


def decide(place: Place, mode: Mode, lines: int, *, invoked: bool = False) -> Shape | None:
    """The shape of a suggestion of at most `lines` lines; None where none is wanted."""
    if mode == "off" or _inside_word(place.head, place.tail):
        return None
    if mode == "hint":
        return _hint(place, invoked=invoked)
    return _code(place, mode, lines, invoked=invoked)


def _code(place: Place, mode: Mode, lines: int, *, invoked: bool) -> Shape | None:
    wanted = lines if mode == "block" else 1
    if place.lexical.comment or place.lexical.quote:
        return _in_text(place, wanted, invoked=invoked)
    indent = syntax.indent_of(place.head)
    if place.tail.strip() or place.lexical_above.brackets:
        return Shape(1, 1, indent, inside=True)
    if not place.head.strip():
        return _blank(place, wanted, invoked=invoked)
    if syntax.opens_block(place.head):
        return Shape(wanted, max(1, wanted), indent, below=True)
    return Shape(1, max(2, wanted), indent)


def _in_text(place: Place, wanted: int, *, invoked: bool) -> Shape | None:
    """In a comment or a string: prose is left alone unless the child asks."""
    indent = syntax.indent_of(place.head)
    if place.lexical.quote:
        one_line = len(place.lexical.quote) == 1
        return Shape(1, 1, indent, inside=True) if one_line or invoked else None
    asks = invoked and not place.tail.strip() and _asks(place.head)
    return Shape(wanted, max(2, wanted), indent, below=True) if asks else None


def _hint(place: Place, *, invoked: bool) -> Shape | None:
    """A comment: only on an empty line."""
    text = place.lexical.comment or place.lexical.quote or place.lexical_above.brackets
    if text or (place.head + place.tail).strip():
        return None
    blank = _blank(place, 1, invoked=invoked)
    return replace(blank, most=1) if blank else None


def _inside_word(head: str, tail: str) -> bool:
    return bool(head and tail and _WORD.match(head[-1]) and _WORD.match(tail[0]))


def _asks(line: str) -> bool:
    return _ASKS.search(line) is not None


def _blank(place: Place, wanted: int, *, invoked: bool) -> Shape | None:
    """An empty line."""
    starts = syntax.opens_block(place.previous)
    asked = place.previous.lstrip().startswith("#") and _asks(place.previous)
    if not place.previous and not place.next and not invoked:
        return None
    indent = _indent(place, starts=starts)
    if indent is None:
        return None
    if place.owes_header:
        indent = max(indents(place), key=len)
        return Shape(1, 1, indent, lead=indent[len(place.head) :])
    lines = wanted if starts or asked or invoked else 1
    return Shape(lines, max(2, wanted), indent, lead=indent[len(place.head) :])


def _indent(place: Place, *, starts: bool) -> str | None:
    """The nearest indentation at or right of the cursor that Python allows on this line."""
    previous, following = syntax.indent_of(place.previous), syntax.indent_of(place.next)
    if starts:
        body = previous + place.unit
        # deeper still: what follows is the body of a line that belongs here
        if syntax.width(previous) < syntax.width(following) <= syntax.width(body):
            body = following
        deep_enough = syntax.width(place.head) > syntax.width(previous)
        if deep_enough and (place.head == body or body != following):
            return place.head
        return body if body.startswith(place.head) else None
    return min(indents(place), key=len, default=None)


def indents(place: Place) -> list[str]:
    """The indentations at or right of the cursor that Python allows on this empty line, after a
    line that opens no block.
    """
    if syntax.opens_block(place.previous):
        return []
    return [level for level in levels(place) if level.startswith(place.head)]


def levels(place: Place) -> list[str]:
    """The indentations of the blocks that are open after the line above, the deepest first. What
    would follow a `return` in its block is never reached, so that block is closed.
    """
    found = [syntax.indent_of(place.previous)]
    if place.lexical_above.quote or not found[0]:
        return found
    for line in reversed(place.above):
        indent = syntax.indent_of(line)
        if line.strip() and len(indent) < len(found[-1]):
            found.append(indent)
        if not found[-1]:
            break
    return found[1:] if len(found) > 1 and _JUMP.match(place.previous) else found
