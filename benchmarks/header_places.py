"""The cursor places of header_programs.toml, and what is said of a suggestion at one of them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from pippy_lsp.analysis import names, syntax
from pippy_lsp.analysis.frame import frame
from pippy_lsp.completion.overlap import fitted
from pippy_lsp.completion.place import Place, place

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

FILE = Path(__file__).with_name("header_programs.toml")
_SPAN = re.compile(r"«([^»]*)»|‹([^›]*)›")
_MARKS = re.compile("[«»‹›]")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One program; what the child types next is marked in it."""

    name: str
    level: int
    text: str


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a chat model is told; templates with `$name`."""

    system: str
    marked: str
    fill: str
    after: str
    alone: str
    mark: str


class Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    texts: Texts
    wordings: dict[str, str]
    concepts: dict[int, tuple[str, ...]]
    program: tuple[Program, ...]


@dataclass(frozen=True)
class Spot:
    """A cursor, and what comes there."""

    name: str
    level: int
    text: str
    """The document."""
    offset: int
    truth: str
    whole: str
    """The finished program: what it uses the child knows, whatever the level says."""

    @property
    def place(self) -> Place:
        """The lines around the cursor."""
        return place(self.text, self.offset)

    @property
    def line(self) -> str:
        """The cursor's line as the child finishes it."""
        return self.place.head + self.truth.split("\n")[0] + self.place.tail


@dataclass(frozen=True)
class Verdict:
    """What is said of a suggestion and of the model's own first line."""

    shown: bool
    exact: bool
    """The first line is the child's, but for white space and the kind of quotes."""
    alike: bool
    """The same but for the words in strings."""
    sound: bool
    """The model's first line parses in place, and every name in it exists."""
    remark: bool
    """The suggestion has a comment, which a small model makes up: `# Output: 42`."""
    beyond: tuple[str, ...]
    """Concepts of the suggestion that the level does not have and the program does not use."""


def load(file: Path = FILE) -> Book:
    """The programs and texts. Raises: OSError, ValueError when they are not what they should be."""
    return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Book, strict=False)


def spots(programs: tuple[Program, ...], *, end: bool = False) -> Iterator[Spot]:
    """Every marked place, in the programs' order; `end` as if nothing came after it yet.

    Raises: ValueError for a program without marks.
    """
    for program in programs:
        text = program.text.lstrip("\n")
        whole = _MARKS.sub("", text)
        found = list(_SPAN.finditer(text))
        if not found or len(_MARKS.findall(text)) != 2 * len(found):
            raise ValueError(f"{program.name}: marks are missing or do not match")
        for number, span in enumerate(found, 1):
            before = _MARKS.sub("", text[: span.start()])
            going_on, last = span.groups()
            after = _MARKS.sub("", text[span.end() :])
            truth = going_on if last is None else last
            if end or last is not None:
                truth, after = truth + after.split("\n", maxsplit=1)[0], ""
            name = f"{program.name} {number}"
            yield Spot(name, program.level, before + after, len(before), truth, whole)


def level_table(book: Book) -> dict[str, int]:
    """The lowest level of each concept that is named."""
    return {name: level for level, named in book.concepts.items() for name in named}


def concepts(tree: ast.AST) -> set[str]:
    """What a program uses: the kinds of its nodes, and the names it calls as `name()`."""
    found = set[str]()
    for node in ast.walk(tree):
        found.add(type(node).__name__)
        if isinstance(node, ast.Call):
            called = node.func
            found.add(f"{getattr(called, 'id', getattr(called, 'attr', ''))}()")
        if isinstance(node, _DEFINITIONS) and node.decorator_list:
            found.add("Decorator")
        if getattr(node, "annotation", None) or getattr(node, "returns", None):
            found.add("Annotation")
    return found


def judge(spot: Spot, shown: str, raw: str, levels: dict[str, int]) -> Verdict:
    """What is said of the suggestion `shown` ("" for none) and of the model's text `raw`."""
    at = spot.place
    line = at.head + shown.split("\n", maxsplit=1)[0] + at.tail if shown else ""
    fit = _fits(at, shown) if shown and not _swallows(at, shown) else None
    known = concepts(ast.parse(_with_body(spot.whole)))
    used = concepts(fit.tree) - known if fit else set[str]()
    return Verdict(
        bool(shown),
        fit is not None and normal(line) == normal(spot.line),
        fit is not None and normal(line, words=False) == normal(spot.line, words=False),
        sound(at, first_line(at, raw)),
        any(syntax.code_of(each) != each.rstrip() for each in (at.head + shown).split("\n")),
        tuple(sorted(name for name in used if levels.get(name, 1) > spot.level)),
    )


def first_line(at: Place, raw: str) -> str:
    """The cursor's line with the first line of the model's text, without the rest of the line."""
    if at.head.strip() or not raw.startswith("\n"):
        return at.head + raw.split("\n", maxsplit=1)[0].rstrip()
    return next((line.rstrip() for line in raw.split("\n") if line.strip()), "")


def sound(at: Place, line: str) -> bool:
    """Whether `line` (up to the cursor's tail) parses in place and every name in it exists."""
    if not line.strip() or line.strip() == at.head.strip():
        return False
    # where the model wrote into the next line, the cursor's line stays as it is
    if not line.startswith(at.head):
        at = replace(at, head="", above=(*at.above, at.head))
    added = line[len(at.head) :]
    texts = fitted(added, at.tail) if at.tail.strip() else iter([added])
    for text in texts:
        fit = _fits(at, text)
        if fit is not None and not _swallows(at, text):
            known = "" if fit.whole else "\n".join([*at.above, *at.below])
            return not names.problems(fit.tree, fit.text, fit.region, elsewhere=known)
    return False


def _swallows(at: Place, text: str) -> bool:
    """Whether `text` ends in a comment, and the rest of the cursor's line would be in it."""
    return bool(at.tail.strip()) and syntax.lexical(at.head + text).comment


@dataclass(frozen=True)
class _Fit:
    """A program with something at the cursor, and where in it that stands."""

    tree: ast.Module
    text: str
    region: names.Region
    whole: bool
    """Whether it is all of the program, and nothing was repaired."""


def _fits(at: Place, text: str) -> _Fit | None:
    """The program with `text` at the cursor; None where that does not parse."""
    line = at.head + text + at.tail
    column, last = len(at.head.encode()), len(at.above) + line.count("\n") + 1
    region = names.Region(len(at.above) + 1, column, last)
    for full in (line, _with_body(line)):
        program = "\n".join([*at.above, full, *at.below])
        tree = syntax.parse(program)
        if not isinstance(tree, SyntaxError) and not syntax.compile_error_line(tree):
            return _Fit(tree, program, region, whole=True)
    around = frame(list(at.above), syntax.indent_of(line), list(at.below))
    column -= len(syntax.indent_of(line)) if around.lone else 0
    region = names.Region(around.first, column, around.first + line.count("\n"))
    for full in (line, _with_body(line)):
        fit = around.accept(full.split("\n"))
        if fit is not None:
            return _Fit(fit, around.fill(full.split("\n")), region, whole=False)
    return None


def _with_body(text: str) -> str:
    """`text`, and a body where it ends with a header."""
    last = text.rstrip().split("\n")[-1]
    return f"{text.rstrip()} pass\n" if syntax.opens_block(last) else text


def normal(line: str, *, words: bool = True) -> str:
    """`line` as `ast` writes it, so that spaces and quotes do not count; else without its spaces.

    `words` says whether the words in strings count.
    """
    text = _with_body(line.strip())
    headless = "if 1: pass\n" + text if text.startswith(("elif", "else")) else text
    headless = "try: pass\n" + text if text.startswith(("except", "finally")) else headless
    tree = syntax.parse(headless)
    if isinstance(tree, SyntaxError):
        tree = syntax.parse(f"def f():\n    {headless}")
    if isinstance(tree, SyntaxError):
        return " ".join(line.split())
    if not words:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = "words"
    return ast.unparse(tree)
