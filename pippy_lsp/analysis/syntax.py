r"""Python's syntax around a cursor, also where the program is not finished.

Text here has `\n` line ends and no others.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

_LEXEMES = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
  | (?P<string>\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''
      |"(?!"")(?:\\.|[^"\\\n])*"|'(?!'')(?:\\.|[^'\\\n])*')
  | (?P<triple>\"\"\"|''')
  | (?P<open>"(?:\\.|[^"\\\n])*\\?|'(?:\\.|[^'\\\n])*\\?)
  | (?P<bracket>[()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_HEADER = re.compile(
    r"\s*(?:(?:async\s+)?(?:def|for|with)|if|elif|else|while|class|try|except|finally|match|case)\b"
)
_UNFIT = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
"""What `ast.parse` and `compile` raise on text that is no program."""


@dataclass(frozen=True)
class Lexical:
    """Where the end of a text stands."""

    quote: str = ""
    """The quote that opened the string it is in."""
    comment: bool = False
    brackets: str = ""
    """The closing brackets that are still owed, the next one last."""

    @property
    def open(self) -> bool:
        """Whether the next line goes on with this one."""
        return bool(self.brackets) or len(self.quote) == 3  # noqa: PLR2004


def lexical(text: str) -> Lexical:
    """The state at the end of `text`, which starts outside of strings and comments."""
    owed: list[str] = []
    for match in _LEXEMES.finditer(text):
        kind, found = match.lastgroup, match.group()
        at_end = match.end() == len(text)
        if kind == "triple":
            return Lexical(found, brackets="".join(owed))
        if kind == "open" and at_end:
            return Lexical(found[0], brackets="".join(owed))
        if kind == "comment" and at_end:
            return Lexical(comment=True, brackets="".join(owed))
        if kind == "bracket" and found in _PAIRS:
            owed.append(_PAIRS[found])
        elif kind == "bracket" and owed and owed[-1] == found:
            owed.pop()
    return Lexical(brackets="".join(owed))


def unmatched(text: str) -> int:
    """The offset of the first closing bracket in `text` that nothing in it opens; -1 for none."""
    owed: list[str] = []
    for match in _LEXEMES.finditer(text):
        if match.lastgroup != "bracket":
            continue
        if match.group() in _PAIRS:
            owed.append(_PAIRS[match.group()])
        elif not owed:
            return match.start()
        elif owed[-1] == match.group():
            owed.pop()
    return -1


def code_of(line: str) -> str:
    """One line without its comment and without trailing space; strings stay."""
    for match in _LEXEMES.finditer(line):
        if match.lastgroup == "comment":
            return line[: match.start()].rstrip()
    return line.rstrip()


def indent_of(line: str) -> str:
    """The white space that `line` starts with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def width(indent: str) -> int:
    """Columns of white space, as Python's tokenizer counts them."""
    return len(indent.expandtabs(8))


def is_header(line: str) -> bool:
    """Whether `line` begins like one that opens a block, finished or not."""
    return _HEADER.match(line) is not None


def opens_block(line: str) -> bool:
    """Whether `line` is a whole header, so that its block comes next."""
    code = code_of(line)
    if not code.endswith(":") or not is_header(line):
        return False
    state = lexical(code)
    return not state.brackets and not state.quote


def unit_of(text: str, otherwise: str = "    ") -> str:
    """One step of indentation as this program writes it; `otherwise` where it has none."""
    header = ""
    for line in text.split("\n"):
        indent = indent_of(line)
        if header and len(indent) > len(indent_of(header)) and line.strip():
            return indent[len(indent_of(header)) :]
        if line.strip():
            header = line if line.rstrip().endswith(":") and opens_block(line) else ""
    return otherwise


def parse(text: str) -> ast.Module | SyntaxError:
    """The tree of `text`, or why there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except SyntaxError as error:
            return error
        except _UNFIT as error:
            return SyntaxError(str(error))


def compile_error_line(tree: ast.Module) -> int:
    """The line (from 1) at which a tree can't be compiled; 0 where it can. Nothing is run.

    `ast.parse` takes a `return` outside of a function, this does not.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(tree, "<program>", "exec", dont_inherit=True)
        except SyntaxError as error:
            return error.lineno or 1
        except _UNFIT:
            return 1
    return 0
