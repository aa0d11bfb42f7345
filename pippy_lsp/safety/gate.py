"""The judgement: whether a text may be shown to a child, and what a child's own text says."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from pippy_lsp.safety import lexicon

Reason = Literal["word", "phrase", "personal", "persona", "prompt"]
Heard = Literal["distress", "talk"]
_FENCED = re.compile(r"(```|~~~)[^\n]*\n.*?(?:\1|\Z)", re.DOTALL)
_SPAN = re.compile(r"(`+).+?\1|\"[^\"\n]*\"|(?<!\w)'[^'\n]*'(?!\w)")
_WORD = re.compile(r"\w+")
_COMMENT = re.compile(r"#+([^\n]*)")
_LEAK = 7
"""Words in a row of our own instructions that an answer never has by chance."""


class Context(msgspec.Struct, frozen=True):
    """What an answer follows; see `wrong`."""

    before: str = ""
    """The text that the answer goes on with: a word or a phrase may begin in it."""
    known: str = ""
    """What the child wrote: an address that stands there was not made up, and code may have a word
    again that is bad only between people.
    """
    told: str = ""
    """Our own words to the model, which are no answer."""
    prose: bool = False
    """Whether the answer speaks to the child; else it is code."""


def wrong(text: str, context: Context | None = None) -> Reason | None:
    """Why `text` may not be shown; None where it may."""
    context = context or Context()
    words, folded = lexicon.load(), lexicon.fold(context.before + text)
    begun = re.search(r"\w*\Z", context.before)
    first = begun.group() if begun else ""
    bad = {token for token in lexicon.tokens(first + text) if words.has(token)}
    if bad and not _said_again(bad, context, words):
        return "word"
    old = len(lexicon.fold(context.before))
    if any(match.end() > old for match in words.phrases.finditer(folded)):
        return "phrase"
    for match in words.personal.finditer(folded):
        if match.end() > old and match.group() not in lexicon.fold(context.known):
            return "personal"
    if context.prose and words.persona.search(lexicon.fold(spoken(text))):
        return "persona"
    return "prompt" if _leaks(text, context) else None


def _said_again(bad: set[str], context: Context, words: lexicon.Lexicon) -> bool:
    """Whether code only says again what stands in the child's own code and has a plain meaning too:
    a form that asks for a sex, Tom, Dick and Harry. An explanation has its own words.
    """
    if context.prose or not bad <= words.neutral:
        return False
    return bad <= set(lexicon.tokens(_COMMENT.sub("", context.known)))


def _leaks(text: str, context: Context) -> bool:
    """Whether the answer says our own instructions again."""
    if not context.told:
        return False
    mine = _WORD.findall(prose(context.told).lower())
    # Code may have the names that it was told of, in their order.
    said = _spaced(prose(text) if context.prose else comments(text))
    known = _spaced(context.known)
    rows = (f" {' '.join(mine[i : i + _LEAK])} " for i in range(len(mine) - _LEAK + 1))
    return any(row in said and row not in known for row in rows)


def _spaced(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.lower()))} "


def comments(code: str) -> str:
    """The text of the comments in `code`, one after another."""
    return " ".join(match.group(1).strip() for match in _COMMENT.finditer(code))


def prose(text: str) -> str:
    """`text` without its blocks of code."""
    return _FENCED.sub("\n", text)


def spoken(text: str) -> str:
    """What of Markdown is said, and neither code nor quoted."""
    return _SPAN.sub(" ", prose(text))


def heard(text: str, *, wish: bool = False) -> Heard | None:
    """What a child's own words say that asks for another answer than code. `wish`: whether they are
    said to the helper; in a program's texts people may talk of anything.
    """
    words, folded = lexicon.load(), lexicon.fold(text)
    played = [match.span() for match in words.play.finditer(folded)]
    for match in words.distress.finditer(folded):
        start, end = match.span()
        if not any(begin < end and start < after for begin, after in played):
            return "distress"
    return "talk" if wish and words.talk.search(folded) else None
