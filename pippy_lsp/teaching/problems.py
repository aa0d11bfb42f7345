"""What is wrong in a program, in a child's words: syntax errors and names that don't exist."""

from __future__ import annotations

import ast
import builtins
import difflib
import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pippy_lsp.analysis import names
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import (
    diagnose_blocks,
    diagnose_defs,
    diagnose_names,
    diagnose_values,
    diagnosis,
    glossary,
    repair,
    rules_layout,
    rules_lines,
    rules_signs,
    rules_words,
    straight,
    words,
)
from pippy_lsp.teaching.bindings import collect
from pippy_lsp.teaching.edits import minimal
from pippy_lsp.teaching.program import Program, Trouble, parse, read, split, trouble

REPAIRS = [
    *rules_signs.EARLY_RULES,
    *rules_layout.RULES[:2],
    *rules_lines.RULES,
    *rules_words.RULES,
    *rules_signs.RULES,
    *rules_lines.QUOTES,
    *rules_layout.RULES[2:],
    *rules_signs.LATE_RULES,
    *rules_words.LATE_RULES,
]
CERTAIN = [*diagnose_defs.RULES, *diagnose_names.EARLY_RULES]
"""What repairs would explain wrongly."""
OTHERS = [
    *diagnose_blocks.RULES,
    *diagnose_names.RULES,
    *diagnose_values.RULES,
    *diagnose_blocks.LATE_RULES,
    *diagnose_values.LATE_RULES,
]
_NEAR = 0.74
_CLEAR = 0.08
_SHORT = 3
_MOST_NAMES = 20
NAMES = frozenset({"unknown-name", "capital-name", "near-name", "near-module"})
_MODULES = frozenset({"pygame", "numpy", "matplotlib", "arcade", "pgzero", "sugar3", "guizero"})
"""What beginners import, and Python does not come with."""


Severity = Literal["error", "warning", "hint"]


@dataclass(frozen=True)
class Problem:
    """A mistake from `start` to `end`. `key` and `values` make its sentence (`Messages.say`);
    `repaired` is the whole program without it, where that is known for certain. An "error" stops
    the program for certain, a "warning" may, a "hint" is good to know.
    """

    code: str
    start: int
    end: int
    key: str
    values: dict[str, object] = field(default_factory=dict)
    repaired: str | None = None
    severity: Severity = "error"

    @property
    def is_name(self) -> bool:
        """Whether it is a name that does not exist; the program can be read."""
        return self.code in NAMES


@lru_cache(maxsize=8)
def problems(source: str, folder: Path | None = None) -> tuple[Problem, ...]:
    """The mistakes in `source`, the first in the text first. `folder` is where it is saved: the
    modules in it are the child's own.
    """
    found: list[Problem] = []
    program = None
    broken = trouble(source)
    if broken is not None:
        found.append(_syntax(source, broken))
        program = _as_repaired(source, found[0].repaired)
    found += _unknown_names(program or read(source), folder)
    return tuple(sorted(found, key=lambda problem: problem.start))


def _as_repaired(source: str, repaired: str | None) -> Program | None:
    """The program with the tree that it has once it is repaired; None where that is not clear."""
    tree = parse(repaired) if repaired is not None else None
    if repaired is None or not isinstance(tree, ast.Module):
        return None
    old, new = split(source), split(repaired)
    if len(old) != len(new):
        return None
    changed = frozenset(row for row, line in enumerate(old) if line != new[row])
    return Program(source, tree, changed)


def in_lines(
    found: tuple[Problem, ...], snapshot: DocumentSnapshot, first: int, last: int
) -> list[Problem]:
    """The problems that touch the lines from `first` to `last` (from 0)."""
    return [
        problem
        for problem in found
        if snapshot.row_column(problem.start)[0] <= last
        and snapshot.row_column(problem.end)[0] >= first
    ]


def _syntax(source: str, broken: Trouble) -> Problem:
    case = repair.case(source, broken)
    if found := diagnosis.first(case, CERTAIN):
        return _named(case, found)
    chain = repair.find(source, broken, REPAIRS)
    if chain:
        return _repairable(case, chain)
    if found := diagnosis.first(case, OTHERS):
        return _named(case, found)
    start, end = _line_span(case, case.row)
    return Problem("syntax", start, end, "problem-syntax", {"line": case.row + 1})


def _named(case: repair.Case, found: diagnosis.Finding) -> Problem:
    values: dict[str, object] = {key: words.code(text) for key, text in found.values.items()}
    if "other" in found.values:
        values["other"] = int(found.values["other"])
    values["line"] = case.row_of(found.start) + 1
    return Problem(found.code, found.start, found.end, f"problem-{found.code}", values)


def _repairable(case: repair.Case, chain: tuple[repair.Repair, ...]) -> Problem:
    repaired = case.text
    for step in chain:
        repaired = step.apply(repaired)
    edit, first = minimal(case.text, repaired), chain[0]
    row = case.row_of(first.start)
    start, end = _line_span(case, row)
    values: dict[str, object] = {key: words.code(text) for key, text in first.values.items()}
    if "other" in first.values:
        values["other"] = int(first.values["other"])
    values["line"] = row + 1
    return Problem(first.code, start, max(end, edit.end), f"problem-{first.code}", values, repaired)


def _line_span(case: repair.Case, row: int) -> tuple[int, int]:
    line = case.lines[row]
    start = case.starts[row] + len(line) - len(line.lstrip())
    return start, max(start, case.starts[row] + len(line.rstrip()))


def _unknown_names(program: Program, folder: Path | None) -> Iterator[Problem]:
    """Names that nothing gives a value. What broken lines mention counts as known."""
    elsewhere = "\n".join(program.lines[row] for row in sorted(program.broken))
    region = names.Region(1, 0, len(program.lines))
    text = "\n".join(program.lines)
    found = names.problems(program.tree, text, region, elsewhere=elsewhere, folder=folder)
    certain = straight.rows(program.tree)
    for each in found[:_MOST_NAMES]:
        if not each.name or not 1 <= each.row <= len(program.lines):
            continue
        start = program.starts[each.row - 1] + each.column
        end = start + len(each.name)
        if program.text[start:end] != each.name:
            if isinstance(program.statement(each.row - 1), (ast.Import, ast.ImportFrom)):
                yield from _unknown_module(program, each, start)
            continue
        # In a broken program a name may have its value in a block that could not be read.
        if program.mended and len(re.findall(rf"\b{re.escape(each.name)}\b", text)) > 1:
            continue
        made = _unknown(program, each, start, end)
        # What a module has, and which there are, may be otherwise where the child's Python is.
        own = not _of_module(program, start) or bool(each.mend)
        sure = own and each.row in certain
        yield made if sure else replace(made, severity="warning")


def _of_module(program: Program, start: int) -> bool:
    return program.text[:start].rstrip().endswith(".")


def _unknown_module(program: Program, each: names.Problem, start: int) -> Iterator[Problem]:
    """A slip in a module's name. Others may be there where the child's Python is."""
    known = sys.stdlib_module_names | _MODULES
    near = difflib.get_close_matches(each.name, sorted(known), n=1, cutoff=_NEAR)
    place = re.compile(rf"\b{re.escape(each.name)}\b").search(program.text, start)
    if not near or place is None or each.name in known or _counted(each.name, near[0]):
        return
    repaired = program.text[: place.start()] + near[0] + program.text[place.end() :]
    values: dict[str, object] = {"name": words.code(each.name), "right": words.code(near[0])}
    values["line"] = each.row
    key = "problem-near-module"
    yield Problem("near-module", *place.span(), key, values, repaired, severity="warning")


def _unknown(program: Program, each: names.Problem, start: int, end: int) -> Problem:
    attribute = program.text[:start].rstrip().endswith(".")
    meant = each.mend or ("" if attribute else _meant(program, each.name))
    values: dict[str, object] = {"name": words.code(each.name), "line": each.row}
    if not meant:
        return Problem("unknown-name", start, end, "problem-unknown-name", values)
    values["right"] = words.code(meant)
    repaired = program.text[:start] + meant + program.text[end:]
    same = meant.lower() == each.name.lower()
    code = "capital-name" if same else "near-name"
    return Problem(code, start, end, f"problem-{code}", values, repaired)


def _meant(program: Program, name: str) -> str:
    """The one name that was meant: another case of it, or a clear slip of the fingers."""
    mine = {binding.name for binding in collect(program)[0]}
    known = mine | set(glossary.load().builtin)
    for other in (*keyword.kwlist, *dir(builtins), *sorted(mine)):
        if other.lower() == name.lower() and other != name and not _statement_word(other):
            return other
    swapped = [other for other in known if sorted(other) == sorted(name) and other != name]
    if len(swapped) == 1 and len(name) > _SHORT:
        return swapped[0]
    near = difflib.get_close_matches(name, sorted(known - {name}), n=2, cutoff=_NEAR - _CLEAR)
    ratios = [difflib.SequenceMatcher(None, name, other).ratio() for other in near]
    if not near or ratios[0] < _NEAR or (len(near) > 1 and ratios[0] - ratios[1] < _CLEAR):
        return ""
    return "" if _counted(name, near[0]) else near[0]


def _statement_word(word: str) -> bool:
    return keyword.iskeyword(word) and word not in ("True", "False", "None")


def _counted(name: str, other: str) -> bool:
    """`player2` is not a slip of `player1`, nor `colors` of `color`."""
    digits = [[char for char in each if char.isdigit()] for each in (name, other)]
    return digits[0] != digits[1] or {f"{name}s", f"{other}s"} & {name, other} != set()


def unknown_names(text: str, first: int, last: int, folder: Path | None = None) -> set[str]:
    """The names in the lines from `first` to `last` (from 0) that nothing gives a value."""
    program = read(text)
    elsewhere = "\n".join(program.lines[row] for row in sorted(program.broken))
    region = names.Region(first + 1, 0, last + 1)
    found = names.problems(
        program.tree, "\n".join(program.lines), region, elsewhere=elsewhere, folder=folder
    )
    return {each.name for each in found}
