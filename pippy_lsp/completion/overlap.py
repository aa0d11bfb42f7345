"""How a text meets what already stands right of the cursor."""

from __future__ import annotations

from collections.abc import Iterator

_CLOSERS = ")]}\"':,"


def fitted(text: str, tail: str) -> Iterator[str]:
    """`text` without what it repeats of `tail`, the likeliest reading first.

    An editor closes brackets and quotes by itself and a model writes them again; a model also
    often writes the rest of the line once more. Which reading is right shows when it is parsed:
    the first one that fits is it.
    """
    seen: set[str] = set()
    for candidate in _readings(text.rstrip(), tail.rstrip()):
        kept = candidate if tail[:1].isspace() is False else candidate.rstrip()
        if kept.strip() and kept not in seen:
            seen.add(kept)
            yield kept


def _readings(text: str, tail: str) -> Iterator[str]:
    rest = tail.lstrip()
    if rest and text.endswith(rest) and _at_word(text, len(text) - len(rest)):
        yield text[: len(text) - len(rest)]
        if rest.strip(_CLOSERS):
            # the whole rest of the line was written again: nothing else is meant
            return
    for length in range(min(len(text), len(rest)) - 1, 0, -1):
        cut = len(text) - length
        if text.endswith(rest[:length]) and _at_word(text, cut) and _at_word(rest, length):
            yield text[:cut]
    yield text
    if rest:
        at = text.rfind(rest)
        while at >= 0:
            yield text[:at]
            at = text.rfind(rest, 0, at)
    trimmed = text
    while trimmed and trimmed[-1] in _CLOSERS:
        trimmed = trimmed[:-1]
        yield trimmed


def _at_word(text: str, at: int) -> bool:
    """Whether `at` is not in the middle of a word."""
    return not (0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum())
