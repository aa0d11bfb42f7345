"""Drops what a model says about things that are not in the code.

It can't tell whether a sentence is true, only whether it speaks of a name, a number or a text that
the code and the known facts do not have. That catches most of what a small model makes up.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

from pippy_lsp import prompts

MOST_WORDS = 60
MOST_SENTENCES = 2
_ENDS = ".!?"
_LEAST_WORDS = 3
_FENCED = re.compile(r"```.*?(?:```|$)|~~~.*?(?:~~~|$)", re.DOTALL)
_SPAN = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_BREAK = re.compile(r"(?<=[.!?])[\"')]*\s+(?=[A-Z`\"'(])")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")
_CODE_LIKE = re.compile(r"\b(?:\w+_\w+|[a-z]+[A-Z]\w*|\w+(?=\(\)))")
_QUOTED = re.compile(r"\"([^\"]+)\"|(?<!\w)'([^']+)'(?!\w)")
_UNSAFE = re.compile(r"://|!?\[[^\]]*\]\(|<[a-zA-Z/!]")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """prompts/factcheck/LANG.toml."""

    doubts: tuple[str, ...]
    tails: tuple[str, ...]
    units: tuple[str, ...]
    """What is counted; other things that are counted may stand beside each other in the code."""
    counts: dict[str, int]
    things: dict[str, tuple[str, ...]]


@cache
def load(language: str = prompts.DEFAULT_LANGUAGE) -> Words:
    """What is not said unchecked in `language`. Raises: PromptError."""
    return prompts.table(prompts.localized("factcheck/{lang}.toml", language), Words)


def sentences(text: str) -> list[str]:
    """The sentences of a model's answer, without code blocks and list marks."""
    found = []
    for paragraph in _FENCED.sub("\n", text).splitlines():
        line = _BULLET.sub("", paragraph).strip()
        found += [sentence.strip() for sentence in _BREAK.split(line) if sentence.strip()]
    return found


def grounded(sentence: str, known: str, language: str = prompts.DEFAULT_LANGUAGE) -> bool:
    """Whether every name, number, thing and quoted text of `sentence` is in `known`, and it makes
    no guess.
    """
    names = set(_IDENTIFIER.findall(known))
    spans = " ".join(match.group(2) for match in _SPAN.finditer(sentence))
    prose = _SPAN.sub(" ", sentence)
    named = {*_IDENTIFIER.findall(spans), *_CODE_LIKE.findall(prose)}
    numbers = {float(number) for number in _NUMBER.findall(known)}
    words = load(language)
    units = "|".join(words.units)
    found = re.findall(rf"\b({'|'.join(words.counts)})\s+(?:{units})\b", prose, re.IGNORECASE)
    counted = {words.counts[word.lower()] for word in found}
    said = {float(number) for number in _NUMBER.findall(sentence)} | {float(n) for n in counted}
    things = [pieces for word, pieces in words.things.items() if _has(prose, word)]
    quoted = [double or single for double, single in _QUOTED.findall(prose)]
    flat = " ".join(known.split()).lower()
    return (
        named <= names
        and said <= numbers
        and all(any(piece in known for piece in pieces) for pieces in things)
        and not any(_has(prose, doubt) for doubt in words.doubts)
        and all(_bare(text) in flat for text in quoted)
        and not _UNSAFE.search(prose)
    )


def _has(prose: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(words)}\b", prose, re.IGNORECASE) is not None


def _short(sentence: str, language: str) -> str:
    """The sentence up to what a model adds of its own."""
    tails = "|".join(map(re.escape, load(language).tails))
    found = re.search(rf",\s+(?:{tails})\b", sentence, re.IGNORECASE)
    if found is None or (
        "`" in sentence[found.start() :] and sentence.count("`", 0, found.start()) % 2
    ):
        return sentence
    return f"{sentence[: found.start()]}."


def _bare(text: str) -> str:
    """Quoted text to look for: a full stop inside the quotes belongs to the sentence."""
    return " ".join(text.split()).strip(".,!?").lower()


def keep(text: str, known: str, language: str = prompts.DEFAULT_LANGUAGE) -> str:
    """The sentences of `text` that are grounded, as many as a child reads at once. "" when the
    first is not: the others lean on it. A last sentence that was cut is dropped.
    """
    found = [_short(sentence, language) for sentence in sentences(text)]
    if len(found) > 1 and found[-1][-1] not in _ENDS:
        found.pop()
    if not found or len(found[0].split()) < _LEAST_WORDS or not grounded(found[0], known, language):
        return ""
    kept: list[str] = []
    for sentence in found:
        words = sum(len(each.split()) for each in [*kept, sentence])
        if len(kept) == MOST_SENTENCES or words > MOST_WORDS:
            break
        if grounded(sentence, known, language) and sentence not in kept:
            kept.append(sentence if sentence[-1] in _ENDS else f"{sentence}.")
    return " ".join(kept)
