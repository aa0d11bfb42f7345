"""Make this a function: the selected lines as a function of their own, where that is certain."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pippy_lsp.analysis.syntax import indent_of, unit_of
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching.action import Action, Answer, Asked, Refused, rows
from pippy_lsp.teaching.edits import minimal
from pippy_lsp.teaching.extract_names import Flow, flow
from pippy_lsp.teaching.problems import unknown_names
from pippy_lsp.teaching.program import Program, read, split, trouble

NAME = "my_function"


@dataclass(frozen=True)
class Run:
    """Whole statements of one block that fill the selected lines."""

    program: Program
    nodes: tuple[ast.stmt, ...]
    parents: tuple[ast.AST, ...]
    """What holds them, the module first."""

    @property
    def first(self) -> int:
        """The first row (from 0)."""
        decorated = [each.lineno for each in getattr(self.nodes[0], "decorator_list", [])]
        return int(min([self.nodes[0].lineno, *decorated])) - 1

    @property
    def last(self) -> int:
        """The last row (from 0)."""
        return (self.nodes[-1].end_lineno or self.nodes[-1].lineno) - 1


def selected(snapshot: DocumentSnapshot, start: int, end: int) -> Run | None:
    """The statements that the selection holds, whole and alone in their lines; None for others."""
    if trouble(snapshot.text) is not None:
        return None
    program = read(snapshot.text)
    first, last = rows(snapshot, start, end)
    held = [row for row in range(first, last + 1) if _is_code(program.lines[row])]
    if not held:
        return None
    return _find(program, program.tree, (program.tree,), held[0], held[-1])


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _find(
    program: Program, node: ast.AST, parents: tuple[ast.AST, ...], first: int, last: int
) -> Run | None:
    for _, value in ast.iter_fields(node):
        if not isinstance(value, list):
            continue
        body = [each for each in value if isinstance(each, ast.stmt)]
        inside = [n for n in body if first <= n.lineno - 1 and (n.end_lineno or 0) - 1 <= last]
        run = Run(program, tuple(inside), parents) if inside else None
        if run and (run.first, run.last) == (first, last):
            return run if _alone(run, body) else None
        for each in value:
            if not isinstance(each, (ast.stmt, ast.ExceptHandler, ast.match_case)):
                continue
            found = _find(program, each, (*parents, each), first, last)
            if found:
                return found
    return None


def _alone(run: Run, body: list[ast.stmt]) -> bool:
    """Whether no other code stands in the same lines, as with `;`, `else:` and `elif`."""
    line = run.program.lines[run.first]
    starts = run.program.span(run.nodes[0])[0] == run.program.starts[run.first] + len(
        indent_of(line)
    )
    others = [
        node
        for node in body
        if node not in run.nodes
        and node.lineno - 1 <= run.last
        and (node.end_lineno or 0) - 1 >= run.first
    ]
    end = run.program.span(run.nodes[-1])[1]
    rest = run.program.text[end : run.program.starts[run.last] + len(run.program.lines[run.last])]
    elif_ = line.lstrip().startswith("elif")
    ends = not rest.strip() or rest.strip().startswith("#")
    return (starts or line.lstrip().startswith("@")) and not others and not elif_ and ends


def made(snapshot: DocumentSnapshot, start: int, end: int) -> str | Refused:
    """The program with the function in it, or why not."""
    run = selected(snapshot, start, end)
    if run is None:
        return Refused("extract-whole-lines")
    found = flow(run.program.tree, run.nodes, run.parents)
    if isinstance(found, str):
        return Refused(found)
    new = _written(snapshot, run, found)
    folder = snapshot.path.parent if snapshot.path else None
    most = len(split(new))
    fresh = unknown_names(new, 0, most, folder) - unknown_names(snapshot.text, 0, most, folder)
    return Refused("extract-unsure") if trouble(new) is not None or fresh else new


def _written(snapshot: DocumentSnapshot, run: Run, found: Flow) -> str:
    program, newline = run.program, snapshot.newline
    lines = list(program.lines)
    indent, unit = indent_of(lines[run.first]), unit_of("\n".join(lines))
    frozen = _in_strings(run)
    body = [
        line if row in frozen else f"{unit}{line.removeprefix(indent)}" if line.strip() else line
        for row, line in enumerate(lines[run.first : run.last + 1], run.first)
    ]
    name = _free_name(program)
    call = f"{name}({', '.join(found.parameters)})"
    head = [f"def {call}:", *body]
    results = ", ".join(found.results)
    if results:
        head.append(f"{unit}return {results}")
    top = _top(run, lines)
    head = [*[""] * _missing(lines, top), *head]
    instead = f"{indent}{results} = {call}" if results else f"{indent}{call}"
    starts, text = program.starts, program.text
    end = starts[run.last] + len(lines[run.last])
    above = newline.join([*head, "", "", ""])
    return (
        text[: starts[top]] + above + text[starts[top] : starts[run.first]] + instead + text[end:]
    )


def _missing(lines: list[str], top: int) -> int:
    """The empty lines that a function wants above it and that are not there."""
    above = lines[max(0, top - 2) : top]
    if not top or above[-1].lstrip().startswith("#"):
        return 0
    return 2 if above[-1].strip() else int(bool(above[0].strip()))


def _in_strings(run: Run) -> set[int]:
    """The rows that begin inside a text of several lines: white space there has a meaning."""
    texts = (ast.Constant, ast.JoinedStr)
    return {
        row
        for node in run.nodes
        for each in ast.walk(node)
        if isinstance(each, texts) and each.end_lineno is not None
        for row in range(each.lineno, each.end_lineno)
    }


def _top(run: Run, lines: list[str]) -> int:
    """The row above which the function goes: the program's own statement that holds the lines."""
    if len(run.parents) == 1:
        return run.first
    outer = run.parents[1]
    decorated = [each.lineno for each in getattr(outer, "decorator_list", [])]
    row = int(min([outer.lineno, *decorated])) - 1  # type: ignore[attr-defined]
    above = row
    while above and lines[above - 1].startswith("#"):
        above -= 1
    # Python reads the first two lines before anything else: they stay where they are.
    return above if above else row


def _free_name(program: Program) -> str:
    used = {n.id for n in ast.walk(program.tree) if isinstance(n, ast.Name)}
    used |= {str(getattr(n, "name", "")) for n in ast.walk(program.tree)}
    number, name = 1, NAME
    while name in used:
        number += 1
        name = f"{NAME}{number}"
    return name


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    return start != end and selected(snapshot, start, end) is not None


def answer(asked: Asked) -> Answer:
    """The edit that makes the selected lines a function, or why that is not certain."""
    new = made(asked.snapshot, asked.start, asked.end)
    if isinstance(new, Refused):
        return new
    return minimal(asked.snapshot.text, new, asked.say.say("extract-done"))


ACTION = Action("extract", "refactor.extract", _available, edits=True, certain=answer)
