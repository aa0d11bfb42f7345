"""What the model is told of the program beyond the text that it reads: a line each, in a header.

The order is that of the imports, of the files and of the rows, and nothing here changes while the
child types at one place: the engine keeps what it has read as long as the text stays the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pippy_lsp.analysis import project
from pippy_lsp.completion.context import Window
from pippy_lsp.documents import DocumentSnapshot

_DEFINED = re.compile(
    r"^(?:async[ ]+)?def[ ]+(?P<function>\w+)[ ]*(?P<arguments>\([^()\n]*\))"
    r"|^class[ ]+(?P<class>\w+)"
    r"|^(?P<name>[A-Za-z]\w*)[ ]*=(?!=)",
    re.MULTILINE,
)
_CHARACTERS = 300
"""Of the definitions above what the model reads, and of those below."""
Lines = tuple[tuple[str, str], ...]
"""Each a file's name, and what is told of it."""


def told(snapshot: DocumentSnapshot, above: str, window: Window, lately: Lines = ()) -> str:
    """Comment lines: what the child's own modules define that the lines `above` import, what this
    program defines outside the window, and the lines that were changed `lately` in other places.
    """
    folder = snapshot.path.parent if snapshot.path else None
    lines = [*project.outlines(above, folder, snapshot.opened), *_own(snapshot, window), *lately]
    return "".join(f"# {name}: {text}\n" for name, text in lines)


def _own(snapshot: DocumentSnapshot, window: Window) -> Iterator[tuple[str, str]]:
    name = snapshot.uri.rpartition("/")[2].rpartition(":")[2]
    over, under = snapshot.text[: window.start], snapshot.text[window.end :]
    if found := _nearest(reversed(_definitions(over))):
        yield name, ", ".join(reversed(found))
    if found := _nearest(_definitions(under)):
        yield name, ", ".join(found)


def _nearest(definitions: Iterable[str]) -> list[str]:
    """As many as there is room for."""
    kept, room = list[str](), _CHARACTERS
    for each in definitions:
        room -= len(each) + 2
        if room < 0:
            break
        kept.append(each)
    return kept


@lru_cache(maxsize=8)
def _definitions(text: str) -> list[str]:
    """What the text defines at its left edge, each once; it may begin and end anywhere, so that it
    is not parsed.
    """
    found: dict[str, str] = {}
    for match in _DEFINED.finditer(text):
        name = match["function"] or match["class"] or match["name"]
        found.setdefault(name, name + (match["arguments"] or ""))
    return list(found.values())
