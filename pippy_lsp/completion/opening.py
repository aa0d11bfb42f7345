"""What a new line can begin with, by the lines around it.

The model is held to it while it writes, which costs nothing; a line that is refused afterwards has
cost its tokens, and leaves nothing to show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pippy_lsp.analysis import modules, syntax
from pippy_lsp.completion.place import Place
from pippy_lsp.completion.shape import Shape, levels

_NO_CODE = ("#", "...", '"""', "'''", "pass")
"""What says nothing where code is wanted."""
_JUMPS = ("return", "break", "continue", "raise")
"""What follows one of these in its block is never reached."""
_DEFINITIONS = ("def", "class")
_HEADERS = (
    *("if", "elif", "else", "for", "while", "try", "except", "finally", "with"),
    *_DEFINITIONS,
)
_ATTRIBUTE = re.compile(r"(?<![\w.)\]])([A-Za-z_]\w*)\.(\w*)$")
_IMPORT = re.compile(r"\s*import\s+([^#;]+)")
_WORD = re.compile(r"\s*([A-Za-z]\w*)")
_PUBLIC = tuple("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_FUNCTION = re.compile(r"\s*(?:async\s+)?def\b")
_GOES_ON = re.compile(r"\s*(?:elif|else|except|finally)\b")


@dataclass(frozen=True)
class Only:
    """The words of which the text must begin with one; `begun` stands before the cursor already."""

    words: tuple[str, ...] = ()
    begun: str = ""


def only(place: Place, shape: Shape | None, folder: Path | None = None) -> Only:
    """What the text must begin with; no words where anything will do. `folder` is where the program
    is saved.
    """
    if shape is None or shape.below:
        return Only()
    if _new_line(place, shape) and place.owes_header:
        return Only(_HEADERS)
    return _attribute(place, folder)


def _attribute(place: Place, folder: Path | None) -> Only:
    """After `random.` the names that the module has."""
    match = _ATTRIBUTE.search(place.head)
    if match is None or place.lexical.quote or place.lexical.comment:
        return Only()
    name, begun = match.groups()
    module = next((found for found in _modules(place, name) if found), "")
    if not module or modules.is_local(module, folder):
        return Only()
    known = modules.attributes(module) or ()
    words = sorted(each for each in known if each.startswith(begun or _PUBLIC))
    return Only(tuple(words), begun) if words else Only()


def _modules(place: Place, name: str) -> Iterator[str]:
    """The modules that imports above bind to `name`; "" where it is bound to something else too."""
    if any(re.match(rf"\s*{name}\s*=[^=]", line) for line in place.above):
        yield ""
        return
    for line in place.above:
        match = _IMPORT.match(line)
        for part in match.group(1).split(",") if match else ():
            module, _, alias = part.partition(" as ")
            if (alias or module).strip() == name:
                yield module.strip()


def avoided(place: Place, shape: Shape | None) -> tuple[str, ...]:
    """What the text must not begin with."""
    if place.lexical.quote or (place.head.strip() and not (shape and shape.below)):
        return ()
    words: tuple[str, ...] = _NO_CODE
    if shape is not None and _new_line(place, shape):
        words += _JUMPS if _cuts_off(place, shape) else ()
        # a function in a function is seldom wanted, and hard; a small model writes one for any
        # empty line under a docstring
        words += _DEFINITIONS if _in_function(place, shape) and not place.owes_header else ()
    return words


def first_word(text: str) -> str:
    """The name or keyword that the text begins with; "" for none."""
    match = _WORD.match(text)
    return match.group(1) if match else ""


def _new_line(place: Place, shape: Shape) -> bool:
    return not shape.inside and not place.head.strip() and not place.tail.strip()


def _cuts_off(place: Place, shape: Shape) -> bool:
    """Whether the next line would never be reached after a jump at any indentation."""
    if not place.next or _GOES_ON.match(place.next):
        return False
    return syntax.width(syntax.indent_of(place.next)) >= _deepest(place, shape)


def _deepest(place: Place, shape: Shape) -> int:
    """The width of the deepest indentation that the line may have."""
    if syntax.opens_block(place.previous):
        return syntax.width(shape.indent)
    return max([syntax.width(shape.indent), *map(syntax.width, levels(place))])


def _in_function(place: Place, shape: Shape) -> bool:
    """Whether the line will surely be in a function's body."""
    if place.previous.lstrip().startswith("#"):
        return False
    depth = syntax.width(shape.indent)
    if place.next:
        after = syntax.width(syntax.indent_of(place.next))
        depth = max(depth, min(after, _deepest(place, shape)))
    for line in reversed(place.above):
        indent = syntax.width(syntax.indent_of(line))
        if not line.strip() or indent >= depth:
            continue
        if _FUNCTION.match(line):
            return True
        depth = indent
    return False
