"""llama.vim's rules: when it asks llama.cpp's server, with what, and what it shows.

Follows autoload/llama.vim of https://github.com/ggml-org/llama.vim (MIT) at commit
a1c8e6e40cb45df59b78add5b65d575386832465 (31 January 2026) with its default configuration, except
that the ring of chunks of other files is off: a trace has one file, and each chunk would only make
the peer's prompts longer. Functions carry the names they have there. Lines count from 1, as in Vim.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

N_PREFIX, N_SUFFIX = 256, 64
N_PREDICT = 128
T_MAX_PROMPT_MS = 500
T_MAX_PREDICT_MS = 1000
T_FIRST_MS = 250
"""The first request of a place is a quick one; the speculative one after it has more time."""
MAX_LINE_SUFFIX = 8
MAX_CACHE_KEYS = 250
LOOK_BACK = 128
RETRY_SECONDS = 0.1
"""How long it waits before it asks again while a request is running."""

Send = Callable[[dict[str, Any], Callable[[str], None]], None]
"""Sends a request and calls back with the content of the answer."""
Later = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Calls something in so many seconds; what it returns takes that back."""
Show = Callable[[str], None]
"""Is told what is shown at the cursor; "" where an answer had nothing to show."""


@dataclass(frozen=True)
class Context:
    """What it sends of the buffer."""

    prefix: str
    middle: str
    suffix: str
    indent: int
    tail: str
    """What stands right of the cursor on its line."""

    @property
    def keys(self) -> list[str]:
        """The cache's keys: of the whole, and of it with up to three top lines dropped."""
        found, prefix = [_key(self.prefix + self.middle, self.suffix)], self.prefix
        for _ in range(3):
            prefix = prefix.partition("\n")[2]
            if not prefix:
                break
            found.append(_key(prefix + self.middle, self.suffix))
        return found


def _key(before: str, suffix: str) -> str:
    return hashlib.sha256(f"{before}Î{suffix}".encode()).hexdigest()


class Buffer:
    """The document's lines and the cursor."""

    def __init__(self, text: str = "", cursor: int = 0) -> None:
        self.lines = text.split("\n")
        self.y = text.count("\n", 0, cursor) + 1
        self.x = cursor - (text.rfind("\n", 0, cursor) + 1)

    def line(self, number: int) -> str:
        """Line `number`; "" where there is none."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def between(self, first: int, last: int) -> list[str]:
        """The lines from `first` to `last`, both included."""
        return self.lines[max(0, first - 1) : max(0, last)]

    def context(self, x: int, y: int, prev: list[str], indent_last: int) -> Context:
        """`s:fim_ctx_local`: the text around (x, y), with `prev` as if it were accepted there."""
        above = self.between(max(1, y - N_PREFIX), y - 1)
        line, tail, indent = self.line(y), "", indent_last
        if prev:
            above = self.between(max(1, y - N_PREFIX + len(prev) - 1), y - 1)
            head = line + prev[0] if len(prev) == 1 else prev[-1]
            above += [line + prev[0], *prev[1:-1]] if len(prev) > 1 else []
        elif not line.strip():
            head, indent = "", 0
        else:
            head, tail, indent = line[:x], line[x:], len(line) - len(line.lstrip())
        below = self.between(y + 1, min(len(self.lines), y + N_SUFFIX))
        suffix = tail + "\n" + "\n".join(below) + "\n"
        return Context("\n".join(above) + "\n", head, suffix, indent, tail)

    def rendered(self, content: str) -> tuple[list[str], str]:
        """`s:fim_render`: the lines it displays at the cursor, and what accepting them inserts."""
        parts = content.rstrip("\n").split("\n")
        line = self.line(self.y)
        if not line.strip():
            lead = min(len(parts[0]) - len(parts[0].lstrip()), len(line))
            line, parts[0] = parts[0][:lead], parts[0][lead:]
        head, tail = line[: self.x], line[self.x :]
        if parts[0] == "" and parts[1:] == self.between(self.y + 1, self.y + len(parts) - 1):
            parts = [""]
        if parts == [tail] or self._repeats_below(head, parts):
            parts = [""]
        inserted = "\n".join(parts)
        return [*parts[:-1], parts[-1] + tail], inserted if inserted.strip() else ""

    def _repeats_below(self, head: str, parts: list[str]) -> bool:
        """Whether the suggestion only repeats the lines below the cursor."""
        y = self.y + 1
        while y < len(self.lines) and not self.line(y).strip():
            y += 1
        if head + parts[0] != self.line(y):
            return False
        if len(parts) == 2:
            return parts[-1] == self.line(y + 1)[: len(parts[-1])]
        return parts[1:] == self.between(y + 1, y + len(parts) - 1)


class LlamaVim:
    """The plugin in insert mode."""

    def __init__(self, send: Send, later: Later, show: Show) -> None:
        self._send, self._later, self._show = send, later, show
        self._cache: OrderedDict[str, str] = OrderedDict()
        self._running = False
        self._stop_timer: Callable[[], None] | None = None
        self._indent_last = -1
        self._displayed: list[str] | None = None
        self._accepts = False
        self.buffer = Buffer()

    def moved(self, buffer: Buffer) -> None:
        """`CursorMovedI`: the text or the cursor has changed."""
        self.buffer = buffer
        self._displayed = None
        self._try_hint()
        self._fim(None, [])

    def opened(self, buffer: Buffer) -> None:
        """Another file is shown; it asks nothing before the cursor moves."""
        self.buffer = buffer
        self._displayed = None

    def _fim(self, place: tuple[int, int] | None, prev: list[str]) -> None:
        """`llama#fim`, by itself and with the cache; no place means that of the cursor."""
        if self._running:
            if self._stop_timer:
                self._stop_timer()
            self._stop_timer = self._later(RETRY_SECONDS, lambda: self._fim(place, prev))
            return
        x, y = place or (self.buffer.x, self.buffer.y)
        context = self.buffer.context(x, y, prev, self._indent_last)
        if len(context.tail) > MAX_LINE_SUFFIX or any(self._get(key) for key in context.keys):
            return
        self._indent_last = context.indent
        self._running = True
        milliseconds = T_MAX_PREDICT_MS if prev else T_FIRST_MS
        self._send(request(context, milliseconds), lambda text: self._answered(context.keys, text))

    def _answered(self, keys: list[str], content: str) -> None:
        """`s:fim_on_response`, then `s:fim_on_exit`."""
        for key in keys:
            self._cache[key] = content
            self._cache.move_to_end(key)
        while len(self._cache) > MAX_CACHE_KEYS:
            self._cache.popitem(last=False)
        if self._displayed is None or not self._accepts:
            self._try_hint()
        self._running = False

    def _get(self, key: str) -> bool:
        if key in self._cache:
            self._cache.move_to_end(key)
        return key in self._cache

    def _try_hint(self) -> None:
        """`s:fim_try_hint`: show what the cache has, and prepare what comes after it."""
        x, y = self.buffer.x, self.buffer.y
        content = self._cached(self.buffer.context(x, y, [], self._indent_last))
        if content is None:
            return
        self._displayed, inserted = self.buffer.rendered(content)
        self._accepts = bool(inserted)
        self._show(inserted)
        self._fim((x, y), self._displayed)

    def _cached(self, context: Context) -> str | None:
        """The answer for this place, or what is left of one that was typed along."""
        before, suffix = context.prefix + context.middle, context.suffix
        exact = _key(before, suffix)
        if self._get(exact):
            return self._cache[exact]
        found, best = None, 0
        for typed in range(1, min(LOOK_BACK, len(before)) + 1):
            key = _key(before[:-typed], suffix)
            content = self._cache[key] if self._get(key) else ""
            if not content.startswith(before[-typed:]) or len(content) == typed:
                continue
            rest = content[typed:]
            if found is None:
                found = rest
            elif len(rest) > best:
                found, best = rest, len(rest)
        return found


def request(context: Context, milliseconds: int) -> dict[str, Any]:
    """The body of its POST to `/infill`."""
    return {
        "id_slot": 0,
        "input_prefix": context.prefix,
        "input_suffix": context.suffix,
        "input_extra": [],
        "prompt": context.middle,
        "n_predict": N_PREDICT,
        "stop": [],
        "n_indent": context.indent,
        "top_k": 40,
        "top_p": 0.90,
        "samplers": ["top_k", "top_p", "infill"],
        "stream": False,
        "cache_prompt": True,
        "t_max_prompt_ms": T_MAX_PROMPT_MS,
        "t_max_predict_ms": milliseconds,
        "response_fields": [
            "content",
            "timings/prompt_n",
            "timings/prompt_ms",
            "timings/predicted_n",
            "timings/predicted_ms",
            "truncated",
            "tokens_cached",
        ],
    }
