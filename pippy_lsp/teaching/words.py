"""Small parts of sentences: code marks, lists of values, plain text from Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_CODE = re.compile(r"(?<![`\\])(`+) ?(.+?) ?\1(?!`)")
_BOLD = re.compile(r"(?<![\\*\w])(\*{1,2})(?=[^\s*])(.+?)(?<=[^\s*\\])\1(?![*\w])")
_MARKS = re.compile(r"[\\`*_\[\]<>#|!]")
_ESCAPED = re.compile(r"\\([\\`*_\[\]<>#|!])")
_LONGEST = 60


def code(text: str, longest: int = _LONGEST) -> str:
    """`text` in code marks on one line, cut where it is long. Back quotes in it stay whole."""
    line = " ".join(text.split())
    if len(line) > longest:
        line = line[: longest - 1].rstrip() + "…"
    runs = [len(run) for run in re.findall(r"`+", line)]
    marks = "`" * (max(runs, default=0) + 1)
    space = " " if runs else ""
    return f"{marks}{space}{line}{space}{marks}"


def fence(text: str, kind: str = "python") -> str:
    """`text` as a block of Python, or of another kind, in Markdown."""
    runs = [len(run) for run in re.findall(r"`{3,}", text)]
    marks = "`" * max([3, *(run + 1 for run in runs)])
    return f"{marks}{kind}\n{text.rstrip()}\n{marks}"


def escape(text: str) -> str:
    """Prose that is not ours as Markdown on one line, in which nothing is a link or a picture: an
    editor would fetch a picture, and nothing leaves the machine.
    """
    return _MARKS.sub(r"\\\g<0>", " ".join(text.split()))


def plain(markdown: str) -> str:
    """Markdown of ours as plain text: no marks, examples indented."""
    lines, inside = [], False
    for line in markdown.split("\n"):
        if _FENCE.match(line):
            inside = not inside
        elif inside:
            lines.append(f"    {line}")
        elif line.strip() == "---":
            lines.append("")
        else:
            lines.append(_plain_line(line))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines))
    return text.strip("\n")


def series(values: Sequence[str], most: int = 10) -> str:
    """Values after one another; of many, the first four and the last."""
    if len(values) > most:
        return f"{', '.join(values[:4])} … {values[-1]}"
    return ", ".join(values)


def _plain_line(line: str) -> str:
    """One line of prose: code stays as it is, the rest loses its marks."""
    spans = [match.group(2) for match in _CODE.finditer(line)]
    prose = _ESCAPED.sub(r"\1", _BOLD.sub(r"\2", _CODE.sub("\0", line)))
    parts = prose.split("\0")
    return "".join(part + span for part, span in zip(parts, [*spans, ""], strict=False))
