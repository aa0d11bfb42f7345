"""Writes the model's indentation as the document has it."""

from __future__ import annotations

from pippy_lsp.analysis import syntax
from pippy_lsp.completion.place import Place
from pippy_lsp.completion.shape import Shape


def rewrite(lines: tuple[str, ...], place: Place, shape: Shape) -> tuple[str, ...]:
    """`lines` in the document's own unit: tabs stay tabs, two spaces stay two.

    Lines that go on with an open bracket or string are left as they are.
    """
    inner = [number for number in range(1, len(lines)) if lines[number].strip()]
    if not inner or syntax.lexical(place.head + "\n".join(lines[: inner[-1]])).open:
        return lines
    base = syntax.width(shape.indent)
    tab = "\t" in place.unit
    deep = {n: _columns(lines[n], tab=tab) - base for n in inner}
    steps = [columns for columns in deep.values() if columns > 0]
    if not steps or any(columns < 0 for columns in deep.values()):
        return lines
    step = min(steps)
    if any(columns % step for columns in steps) or _same(step, place.unit):
        return lines
    result = list(lines)
    for number, columns in deep.items():
        result[number] = shape.indent + place.unit * (columns // step) + lines[number].lstrip(" \t")
    return tuple(result)


def _columns(line: str, *, tab: bool) -> int:
    """Columns of a line's indentation; spaces among tabs count from the tabs before them."""
    return syntax.width(syntax.indent_of(line)) if tab else len(syntax.indent_of(line))


def _same(step: int, unit: str) -> bool:
    return "\t" not in unit and step == len(unit)
