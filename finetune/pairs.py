"""The pairs: what the server asks, and what it should be answered, as lines of JSON.

Nothing of what the project measures with is in them: programs are those of `families/` and of the
glossary, mistakes are made by chance, and prompt and answer go through the product's own code.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from benchmarks import reading
from finetune import families, jobs, lines
from finetune.families import Family, Program
from finetune.jobs import Asking
from pippy_lsp.analysis import levels
from pippy_lsp.engine.protocol import Chat, Infill
from pippy_lsp.errors import UsageError
from pippy_lsp.teaching import glossary

MOST_GRADE = 6.0
"""Flesch-Kincaid, as the product's own sentences are held to."""
_PROSE = ("explain", "comments", "docstring", "ask", "hint")
_VAGUE = ("x", "a", "thing", "v", "z")
_FIXES, _HARDER = 3, (0, 0, 1, 2)
_QUESTIONS = (
    "What does {} do?",
    "How do I use {}?",
    "what is {} for",
    "Can you show me {}?",
    "why do people write {} in a program?",
)
_NAMED = re.compile(r"\w+ = ")
_PROJECT = "families/ of this project"
_GLOSSARY = "prompts/glossary of this project"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which pairs are made."""

    jobs: tuple[str, ...] = ("explain",)
    variants: int = 4
    """Programs of each family."""
    held_out: float = 0.2
    """Share of the families that is never trained on."""


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the file."""

    job: str
    family: str
    split: str
    """"train" or "held-out"; a family is wholly in one of them."""
    level: int
    prompt: Infill | Chat
    answer: str
    """What the model writes after the prompt; a chat's answer ends there."""
    licence: str
    source: str


Made = tuple[str, int, Asking | None]
"""The job, the level, and the pair where the product takes it."""


async def build(given: Settings, seed: int, dropped: Counter[str]) -> AsyncIterator[Pair]:
    """All pairs, the same for the same seed; `dropped` counts by job what did not pass."""
    known = families.load()
    words = list(_words()) if "ask" in given.jobs else []
    names = [each.name for each in known] + [f"glossary {word}" for word, _, _ in words]
    away = _held_out(names, given.held_out, seed)
    for family in known:
        chance = random.Random(f"{seed} {family.name}")
        async for made in _of_family(family, given, chance):
            for pair in _kept(made, family.name, away, _PROJECT, dropped):
                yield pair
    for word, text, example in words:
        chance = random.Random(f"{seed} {word}")
        async for made in _of_word(word, text, example, chance):
            for pair in _kept(made, f"glossary {word}", away, _GLOSSARY, dropped):
                yield pair


def _held_out(names: list[str], share: float, seed: int) -> set[str]:
    """Families that are not trained on: of the programs and of the glossary as large a share."""
    found: set[str] = set()
    for kind in (True, False):
        mine = sorted(name for name in names if name.startswith("glossary ") is kind)
        found |= set(random.Random(seed).sample(mine, round(share * len(mine))))
    return found


def _kept(
    made: Made, family: str, away: set[str], source: str, dropped: Counter[str]
) -> Iterator[Pair]:
    job, level, asking = made
    if asking is None or not _easy(job, asking.answer):
        dropped[job] += 1
        return
    split = "held-out" if family in away else "train"
    licence = families.LICENCE
    prompt = asking.request.prompt
    yield Pair(job, family, split, level, prompt, asking.answer, licence, source)


def _easy(job: str, answer: str) -> bool:
    return job not in _PROSE or reading.grade(answer.split("```", maxsplit=1)[0]) <= MOST_GRADE


async def _of_family(family: Family, given: Settings, chance: random.Random) -> AsyncIterator[Made]:
    for program in families.programs(family, given.variants, chance):
        for job, way in _WAYS.items():
            async for made in way(program, chance):
                if job in given.jobs:
                    yield made


def _level(program: Program, chance: random.Random) -> int:
    return min(program.level + chance.choice(_HARDER), levels.highest())


async def _explained(program: Program, chance: random.Random) -> AsyncIterator[Made]:
    for index, part in enumerate(program.parts):
        row = program.row(index)
        said = {row: part.say} | {row + int(at) - 1: text for at, text in part.inside.items()}
        for at, text in said.items():
            level = _level(program, chance)
            if text:
                yield "explain", level, await jobs.explain(program.text, at, level, text)


def _with(program: Program, index: int, line: str, *, rest: bool) -> tuple[str, int]:
    """The program with `line` in place of the part `index`, and that line's row (from 0)."""
    before = [part.code for part in program.parts[:index]]
    after = [part.code for part in program.parts[index + 1 :]] if rest else []
    return "\n".join([*before, line, *after]) + "\n", program.row(index)


async def _coded(program: Program, chance: random.Random) -> AsyncIterator[Made]:
    for index, part in enumerate(program.parts):
        level, rest = _level(program, chance), chance.random() < 0.5
        if part.comment:
            # What follows tells which name is meant.
            rest = rest or _NAMED.match(part.code) is not None
            text, row = _with(program, index, f"# {part.comment}", rest=rest)
            code = part.code.rstrip("\n")
            yield "comment_to_code", level, await jobs.comment_to_code(text, row, level, code)


async def _commented(program: Program, _: random.Random) -> AsyncIterator[Made]:
    for index, part in enumerate(program.parts):
        if part.comment:
            said = part.comment[0].upper() + part.comment[1:]
            found = await jobs.commented(program.text, program.row(index), said)
            yield "comments", program.level, found


async def _documented(program: Program, _: random.Random) -> AsyncIterator[Made]:
    for index, part in enumerate(program.parts):
        if part.doc:
            found = await jobs.documented(program.text, program.row(index), part.doc)
            yield "docstring", program.level, found


async def _fixed(program: Program, chance: random.Random) -> AsyncIterator[Made]:
    whole = program.text.split("\n")
    made = [(row, bad) for row, line in enumerate(whole) for bad in lines.broken(line)]
    taken = 0
    for row, bad in chance.sample(made, len(made)):
        text = "\n".join([*whole[:row], bad, *whole[row + 1 :]])
        found = await jobs.fix(text, row, whole[row]) if taken < _FIXES else None
        if found is not None:
            taken += 1
            yield "fix", program.level, found


async def _named(program: Program, chance: random.Random) -> AsyncIterator[Made]:
    for name in program.names:
        old = chance.choice(_VAGUE)
        text = re.sub(rf"\b{name}\b", old, program.text)
        row = next(n for n, line in enumerate(text.split("\n")) if re.match(rf"\s*{old} =", line))
        yield "names", program.level, await jobs.named(text, row, old, name)


async def _hinted(program: Program, chance: random.Random) -> AsyncIterator[Made]:
    for index, part in enumerate(program.parts):
        level, rest = _level(program, chance), chance.random() < 0.5
        if part.comment:
            text, row = _with(program, index, "", rest=rest)
            yield "hint", level, await jobs.hint(text, row, level, part.comment)


Way = Callable[[Program, random.Random], AsyncIterator[Made]]
_WAYS: dict[str, Way] = {
    "explain": _explained,
    "comment_to_code": _coded,
    "comments": _commented,
    "docstring": _documented,
    "fix": _fixed,
    "names": _named,
    "hint": _hinted,
}


def _words() -> Iterator[tuple[str, str, str]]:
    """Words of the glossary that have an example: the word, what it means, the example."""
    book = glossary.load()
    for table in (book.keyword, book.builtin, book.module):
        for word, entry in table.items():
            if entry.example:
                yield word, entry.text, entry.example


async def _of_word(
    word: str, text: str, example: str, chance: random.Random
) -> AsyncIterator[Made]:
    for question in chance.sample(_QUESTIONS, 2):
        # The lowest level that may see the example is the one that asks.
        for level in range(1, levels.highest() + 1):
            found = await jobs.asked(question.format(word), level, text, example)
            if found is not None or level == levels.highest():
                yield "ask", level, found
                break


def write(pairs: Iterable[Pair], file: Path) -> int:
    """Write them, all or none, and say how many they are."""
    encoder = msgspec.json.Encoder()
    rows = [encoder.encode(pair) for pair in pairs]
    part = file.with_name(f"{file.name}.part")
    part.write_bytes(b"".join(row + b"\n" for row in rows))
    part.replace(file)
    return len(rows)


def read(file: Path) -> list[Pair]:
    """The pairs of a file. Raises: UsageError where there are none."""
    try:
        rows = file.read_bytes().splitlines()
        found = [msgspec.json.decode(row, type=Pair) for row in rows]
    except OSError as error:
        raise UsageError(what=f"There is no file {file}: make it with the command data.") from error
    except msgspec.DecodeError as error:
        raise UsageError(what=f"{file} has a line that is no pair: {error}.") from error
    if not found:
        raise UsageError(what=f"{file} has no pairs.")
    return found
