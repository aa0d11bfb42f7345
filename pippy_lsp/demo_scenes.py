"""What happens in a demo: the session that ships with the program, or one on a child's own file."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec

from pippy_lsp import prompts
from pippy_lsp.documents import DocumentSnapshot

_MOST = 8
"""At most so many places are tried for one where there is something to show."""
_EMPTY_BLOCK = re.compile(
    r"^([ \t]*)\S.*:[ \t]*(?:#.*)?\r?\n([ \t]*)(?=\r?\n|\Z)",
    re.MULTILINE,
)
_BLOCKS = (ast.If, ast.For, ast.While)
_PLAIN = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return)


class Typing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the child types: `text`, right after the text `after`."""

    after: str
    text: str


class Hovered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word that the mouse points at."""

    word: str


class Acted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The line that an action is asked for."""

    line: str


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """prompts/demo/LANG.toml."""

    name: str
    program: str
    typing: Typing
    hover: Hovered
    action: Acted


@dataclass(frozen=True)
class Scenes:
    """A session. `typed` is typed at `type_at`, an offset (characters) into `program`."""

    name: str
    uri: str
    program: str
    type_at: int
    typed: str
    removed: str = ""
    """What the file has there, and was taken out to see what is suggested in its place."""
    word: str = ""
    """The word to point at; "" means any that is called."""
    line: str = ""
    """The line to ask an action for; "" means any that has one."""


def script(language: str) -> Script:
    """The script in `language`. Raises: PromptError."""
    return prompts.table(prompts.localized("demo/{lang}.toml", language), Script)


def from_script(script: Script) -> Scenes:
    """The session that ships with the program."""
    program = script.program
    at = program.index(script.typing.after) + len(script.typing.after)
    return Scenes(
        name=script.name,
        uri=f"untitled:{script.name}",
        program=program,
        type_at=at,
        typed=script.typing.text,
        word=script.hover.word,
        line=script.action.line,
    )


def from_program(name: str, uri: str, text: str) -> Scenes:
    """A session on a child's own program.

    The child writes in its first empty block; in a program that is whole, a block's only line is
    taken out and written again; in one without blocks, it goes on at the end.
    """
    tree = _parsed(text)
    if isinstance(tree, ast.Module):
        found = next(_only_lines(tree, text), None)
        if found is not None:
            start, end = found
            return Scenes(name, uri, text[:start] + text[end:], start, "", text[start:end])
    else:
        block = _EMPTY_BLOCK.search(text)
        if block is not None:
            indent = block.group(1) + ("\t" if "\n\t" in text else "    ")
            return Scenes(name, uri, text, block.end(), indent.removeprefix(block.group(2)))
    return Scenes(name, uri, text, len(text), "" if not text or text.endswith("\n") else "\n")


def hover_places(scenes: Scenes, text: str) -> list[int]:
    """Offsets of the words to try in `text`: called names first."""
    if scenes.word:
        return [text.index(scenes.word)]
    called = [m.start() for m in re.finditer(r"(?<!def )(?<!class )\b[A-Za-z_]\w*(?=\()", text)]
    others = [m.start() for m in re.finditer(r"\b[A-Za-z_]\w*", text)]
    return list(islice(dict.fromkeys(called + others), _MOST))


def action_places(scenes: Scenes, text: str) -> list[int]:
    """Ends of the lines to try in `text`: a syntax error's, then comments."""
    if scenes.line:
        return [text.index(scenes.line) + len(scenes.line)]
    document = DocumentSnapshot(scenes.uri, 0, text)
    lines = [document.line(row) for row in range(len(document.line_starts))]
    comments = [row for row, line in enumerate(lines) if re.match(r"\s*#(?!!)", line)]
    ends = [start + len(line) for start, line in zip(document.line_starts, lines, strict=True)]
    rows = [*_broken_rows(text, len(lines)), *comments]
    return list(islice(dict.fromkeys(ends[row] for row in rows), _MOST))


def _parsed(text: str) -> ast.Module | SyntaxError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
        return None


def _broken_rows(text: str, count: int) -> list[int]:
    found = _parsed(text)
    if not isinstance(found, SyntaxError):
        return []
    return [max(0, min((found.lineno or 1) - 1, count - 1))]


def _only_lines(tree: ast.Module, text: str) -> Iterator[tuple[int, int]]:
    """Start and end of statements that are all of a block, and one line of their own."""
    document = DocumentSnapshot("untitled:", 0, text)
    blocks = [node for node in ast.walk(tree) if isinstance(node, _BLOCKS)]
    for block in sorted(blocks, key=lambda node: node.lineno):
        (first, *more), row = block.body, block.body[0].lineno - 1
        own = first.lineno == first.end_lineno and first.lineno > block.lineno
        line = document.line(row)
        indent = len(line) - len(line.lstrip())
        if own and not more and isinstance(first, _PLAIN) and first.col_offset == indent:
            start = document.line_starts[row]
            yield start + indent, start + len(line)
