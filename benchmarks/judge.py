"""An independent judge of what was shown: Python's parser, and pyflakes' undefined names.

It shares no code with the checks that the suggestions have passed.
"""

from __future__ import annotations

import ast
import importlib
from dataclasses import dataclass
from typing import Any

from pippy_lsp.errors import MissingPackage


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a document."""

    error: str = ""
    """Why it does not parse; "" where it does."""
    undefined: tuple[str, ...] = ()
    """Names that nothing defines, on the lines of the suggestion."""
    left: tuple[str, ...] = ()
    """Names on other lines that nothing defines, though they were defined in the whole program:
    the suggestion should have. No fault that was shown, but a sign of a wrong line."""


def judge(document: str, first: int, last: int, truth: str = "") -> Verdict:
    """Judge a document whose suggestion stands on the lines `first` to `last`, from 1.

    `truth` is the program as its author wrote it.

    Raises: MissingPackage.
    """
    try:
        found = undefined(document)
    except (SyntaxError, ValueError) as error:
        return Verdict(error=str(error) or type(error).__name__)
    usual = {name for _, name in undefined(truth)}
    ours = [name for line, name in found if first <= line <= last]
    left = [name for line, name in found if not first <= line <= last and name not in usual]
    return Verdict("", tuple(dict.fromkeys(ours)), tuple(dict.fromkeys(left)))


def undefined(program: str) -> list[tuple[int, str]]:
    """The line and name of each undefined name.

    Raises: SyntaxError, ValueError when the program does not parse; MissingPackage.
    """
    try:
        checker: Any = importlib.import_module("pyflakes.checker")  # an extra, without types
        messages: Any = importlib.import_module("pyflakes.messages")
    except ImportError as error:
        raise MissingPackage(package="pyflakes") from error
    found = checker.Checker(ast.parse(program)).messages
    kinds = (messages.UndefinedName, messages.UndefinedLocal)
    return [(each.lineno, str(each.message_args[0])) for each in found if isinstance(each, kinds)]
