"""How a panel's answers become one. Each vote is a function from candidates to the winner."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"\w+|[^\w\s]")
_MAX_GRAM = 4


@dataclass(frozen=True)
class Candidate:
    """One answer that the judge let pass: `text` is what will be used."""

    text: str
    role: str = ""
    number: int = 0
    """Its place in the order of asking."""


Vote = Callable[[Sequence[Candidate]], Candidate]


def by_similarity(candidates: Sequence[Candidate]) -> Candidate:
    """The candidate with the highest summed BLEU to the others.

    Algorithm 1 of Li et al., "More Agents Is All You Need" (arXiv 2402.05120), which takes BLEU as
    the similarity for code. Ties go to the one that was asked first.
    """
    split = [_WORD.findall(candidate.text) for candidate in candidates]
    totals = [
        sum(bleu(mine, other) for j, other in enumerate(split) if j != i)
        for i, mine in enumerate(split)
    ]
    return candidates[totals.index(max(totals))]


def by_ast(candidates: Sequence[Candidate]) -> Candidate:
    """The first of the largest group that means the same to Python's parser."""
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
