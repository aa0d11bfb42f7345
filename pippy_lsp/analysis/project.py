"""What the child's own modules offer to the program that imports them, in a line each."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from pippy_lsp.analysis import modules, syntax

_MODULES = 3
"""Modules that are told of."""
_CHARACTERS = 300
"""Of one module's line."""
_BYTES = 100_000
"""A larger file is no module of a child's."""
_KEPT = 32

Stamp = tuple[int, int]
_outlines: OrderedDict[Path, tuple[Stamp, tuple[str, ...]]] = OrderedDict()
_NOTHING: Mapping[str, str] = MappingProxyType({})


def outlines(
    text: str, folder: Path | None, opened: Mapping[str, str] = _NOTHING
) -> list[tuple[str, str]]:
    """The imported modules that lie in `folder`, in the order of their imports, each with what it
    defines. The order does not change while the child types below the imports. Of the modules that
    are `opened` in the editor, the text there counts (by module name).
    """
    if folder is None:
        return []
    found: list[tuple[str, str]] = []
    for name in _imported(text):
        if len(found) == _MODULES:
            break
        offers: tuple[str, ...] = ()
        if name in opened:
            offers = _offers_of(folder / f"{name}.py", opened[name])
        elif modules.is_local(name, folder):
            offers = _offers(folder / f"{name}.py")
        if offers and f"{name}.py" not in dict(found):
            found.append((f"{name}.py", _short(offers)))
    return found


def _imported(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if not line.startswith(("import ", "from ")):
            continue
        tree = syntax.parse(line.rstrip("\r"))
        for node in tree.body if isinstance(tree, ast.Module) else ():
            if isinstance(node, ast.Import):
                yield from (each.name for each in node.names if "." not in each.name)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def _short(offers: tuple[str, ...]) -> str:
    kept = offers[0][:_CHARACTERS]
    for offer in offers[1:]:
        if len(kept) + len(offer) + 2 > _CHARACTERS:
            break
        kept += f", {offer}"
    return kept


def _offers(path: Path) -> tuple[str, ...]:
    """What a module defines for others; read again only when the file has changed."""
    try:
        stat = path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = _outlines.get(path)
        if known is None or known[0] != stamp:
            text = path.read_text("utf-8", "replace") if stat.st_size <= _BYTES else ""
            known = _keep(path, stamp, _defined(text) or ())
    except OSError:
        return ()
    return known[1]


def _offers_of(path: Path, text: str) -> tuple[str, ...]:
    """The same of a module in the editor. While its text is broken, what it was before counts: the
    model would have to read the whole program again for each key there.
    """
    stamp = (-len(text), hash(text))
    known = _outlines.get(path)
    if known is None or known[0] != stamp:
        found = _defined(text) if len(text) <= _BYTES else ()
        if found is None:
            found = known[1] if known else _offers(path)
        known = _keep(path, stamp, found)
    return known[1]


def _keep(path: Path, stamp: Stamp, found: tuple[str, ...]) -> tuple[Stamp, tuple[str, ...]]:
    _outlines[path] = stamp, found
    while len(_outlines) > _KEPT:
        _outlines.popitem(last=False)
    return stamp, found


def _defined(text: str) -> tuple[str, ...] | None:
    """What the module's text defines for others; None where it is broken."""
    tree = syntax.parse(text)
    return tuple(_definitions(tree)) if isinstance(tree, ast.Module) else None


def _definitions(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield f"{node.name}({_arguments(node)})"
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
            for each in node.body:
                if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
                    yield f"{node.name}.{each.name}({_arguments(each)})"
        elif isinstance(node, ast.Assign):
            yield from (
                target.id
                for target in node.targets
                if isinstance(target, ast.Name) and not target.id.startswith("_")
            )


def _arguments(node: ast.FunctionDef) -> str:
    return ", ".join(arg.arg for arg in node.args.args if arg.arg != "self")
