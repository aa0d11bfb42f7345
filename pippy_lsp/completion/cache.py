"""What was answered before, so that typing along a suggestion costs nothing.

In memory only. As llama.vim does it: an entry's key is the text around the cursor, and a look-up
walks back over what was typed since.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from pippy_lsp.completion.context import Window
from pippy_lsp.completion.shape import Shape

SIZE = 128
LOOK_BACK = 128
"""Characters typed along a suggestion that are still found."""
_TAIL, _HEAD = 512, 128
"""Characters of prefix and suffix that make the key."""
CLOSERS = ")]}\"'"
"""What an editor puts behind the cursor by itself."""


@dataclass(frozen=True)
class Entry:
    r"""What was answered (`\n` line ends; "" for nothing good) and for which shape."""

    text: str
    shape: Shape
    others: tuple[str, ...] = ()
    """Different ones, for a child who asked by hand."""


@dataclass(frozen=True)
class Found:
    """An entry, and how many of its characters were typed since."""

    entry: Entry
    typed: int

    @property
    def rest(self) -> str:
        """What is left to suggest."""
        return self.entry.text[self.typed :]


class Cache:
    """The latest answers."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._entries: OrderedDict[tuple[str, str, object], Entry] = OrderedDict()

    def put(self, window: Window, variant: object, entry: Entry) -> None:
        """Remember an answer; `variant` is all else that the answer depends on."""
        key = (window.prefix[-_TAIL:], window.suffix[:_HEAD], variant)
        self._entries[key] = entry
        self._entries.move_to_end(key)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def get(self, window: Window, variant: object) -> Found | None:
        """The answer at this place, or what is left of one that was typed along."""
        bare = window.suffix.lstrip(CLOSERS)
        for suffix in dict.fromkeys((window.suffix[:_HEAD], bare[:_HEAD])):
            found = self._walk_back(window.prefix, suffix, variant)
            if found:
                return found
        return None

    def _walk_back(self, prefix: str, suffix: str, variant: object) -> Found | None:
        for typed in range(min(LOOK_BACK, len(prefix)) + 1):
            end = len(prefix) - typed
            key = (prefix[max(0, end - _TAIL) : end], suffix, variant)
            entry = self._entries.get(key)
            if entry is None or (typed and len(entry.text) <= typed):
                continue
            if entry.text[:typed] == prefix[end:]:
                self._entries.move_to_end(key)
                return Found(entry, typed)
        return None
