"""How a panel's answers become one: by their text. By what they do: see `behaviour`."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"\w+|[^\w\s]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_MAX_GRAM = 4


@dataclass(frozen=True)
class Candidate:
    """One answer that the judge let pass: `text` is what will be used."""

    text: str
    role: str = ""
    number: int = 0
    """Its place in the order of asking."""


@dataclass(frozen=True)
class Vote:
    """A way to choose. `vote(candidates)` is the winner."""

    choose: Callable[[Sequence[Candidate]], Candidate]
    same: Callable[[str], Hashable | None]
    """Equal for answers that count as one; None for an answer that can't settle a vote."""
    slow: bool = False
    """Whether it takes long: then it is asked beside the event loop."""

    def __call__(self, candidates: Sequence[Candidate]) -> Candidate:
        """The winner."""
        return self.choose(candidates)


def _most_alike(candidates: Sequence[Candidate]) -> Candidate:
    split = [_WORD.findall(candidate.text) for candidate in candidates]
    return _medoid(candidates, lambda mine, other: bleu(split[mine], split[other]))


def _closest(candidates: Sequence[Candidate]) -> Candidate:
    told = [sentences(candidate.text) for candidate in candidates]
    return _medoid(candidates, lambda mine, other: likeness(told[mine], told[other]))


def _medoid(candidates: Sequence[Candidate], alike: Callable[[int, int], float]) -> Candidate:
    """The candidate that is most like all others together; of equals, the one asked first."""
    count = range(len(candidates))
    totals = [sum(alike(i, j) for j in count if j != i) for i in count]
    return candidates[totals.index(max(totals))]


def _commonest(candidates: Sequence[Candidate]) -> Candidate:
    keys = [normalised(candidate.text) for candidate in candidates]
    counts = Counter(keys)
    best = max(counts.values())
    return next(c for c, key in zip(candidates, keys, strict=True) if counts[key] == best)


def bleu(candidate: Sequence[str], reference: Sequence[str]) -> float:
    """BLEU of one sentence (Papineni et al. 2002) with n-grams up to 4, or the shorter length, and
    one added to each count of 2-grams and longer (Lin and Och 2004). 0 to 1.
    """
    if not candidate or not reference:
        return float(list(candidate) == list(reference))
    longest = min(_MAX_GRAM, len(candidate), len(reference))
    logs = 0.0
    for size in range(1, longest + 1):
        mine, theirs = _grams(candidate, size), _grams(reference, size)
        extra = 0 if size == 1 else 1
        hits = sum((mine & theirs).values()) + extra
        if not hits:
            return 0.0
        logs += math.log(hits / (sum(mine.values()) + extra))
    shorter = min(0.0, 1 - len(reference) / len(candidate))
    return math.exp(logs / longest + shorter)


def _grams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))


def sentences(text: str) -> list[Counter[str]]:
    """The words of each sentence of `text`, in small letters."""
    found = [Counter(re.findall(r"\w+", part.lower())) for part in _SENTENCE.split(text)]
    return [words for words in found if words]


def likeness(mine: Sequence[Counter[str]], other: Sequence[Counter[str]]) -> float:
    """How much of what one text says the other says too: for each sentence its best match by the
    cosine of the words, averaged over the sentences of both. 0 to 1.
    """
    if not mine or not other:
        return float(not mine and not other)
    best = [max(_cosine(one, two) for two in other) for one in mine]
    best += [max(_cosine(one, two) for two in mine) for one in other]
    return sum(best) / len(best)


def _cosine(one: Counter[str], two: Counter[str]) -> float:
    both = sum(count * two[word] for word, count in one.items())
    return both / math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in two.values()))


def _words(text: str) -> Hashable:
    return tuple(re.findall(r"\w+", text.lower()))


def normalised(text: str) -> str:
    """What stays of `text` when spelling does not count: its tree, else its words."""
    lines = text.strip("\r\n").splitlines()
    indent = min((len(s) - len(s.lstrip()) for s in lines if s.strip()), default=0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse("\n".join(line[indent:] for line in lines)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(_WORD.findall(text.lower()))


by_similarity = Vote(_most_alike, normalised)
"""The candidate with the highest summed BLEU to the others.

Algorithm 1 of Li et al., "More Agents Is All You Need" (arXiv 2402.05120), which takes BLEU as the
similarity for code. Ties go to the one that was asked first.
"""
by_ast = Vote(_commonest, normalised)
"""The first of the largest group that means the same to Python's parser."""
by_sentences = Vote(_closest, _words)
"""For prose: the medoid, the answer whose sentences are most like the others'."""
