"""The names that the standard library's modules have, read from typeshed's stubs.

Stubs are parsed, nothing is imported: a child's own file may shadow a module, and some modules do
things when they are imported (`this` prints, `antigravity` opens a browser). The stubs are the
copy of typeshed (https://github.com/python/typeshed) that jedi carries.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

_ALWAYS = frozenset({"__name__", "__file__", "__doc__", "__dict__", "__spec__", "__package__"})


@cache
def _stubs() -> Path | None:
    spec = importlib.util.find_spec("jedi")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        found = Path(folder) / "third_party" / "typeshed" / "stdlib"
        if (found / "random.pyi").is_file():
            return found
    return None


def _stub(module: str) -> Path | None:
    root = _stubs()
    if root is None or not module.replace(".", "").isidentifier():
        return None
    path = root.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".pyi"), path / "__init__.pyi"):
        if candidate.is_file():
            return candidate
    return None


@lru_cache(maxsize=512)
def exists(module: str, folder: Path | None = None) -> bool:
    """Whether `import module` can work: the standard library, a file in `folder`, a package.

    Only the first part of a dotted name is looked up outside of the standard library, as more
    would import it.
    """
    top = module.partition(".")[0]
    if is_local(module, folder):
        return True
    if top in sys.stdlib_module_names:
        return top == module or _stubs() is None or _stub(module) is not None
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def is_local(module: str, folder: Path | None) -> bool:
    """Whether the child's own folder has this module, which then wins."""
    top = module.partition(".")[0]
    return folder is not None and ((folder / f"{top}.py").is_file() or (folder / top).is_dir())


@cache
def attributes(module: str) -> frozenset[str] | None:
    """All names of a standard module with this Python's version; None where they can't be known."""
    if module.partition(".")[0] not in sys.stdlib_module_names:
        return None
    stub = _stub(module)
    if stub is None:
        return None
    found = set(_names(_tree(stub), module)) | _ALWAYS
    if stub.name == "__init__.pyi":
        found |= {path.stem for path in stub.parent.iterdir() if path.stem != "__init__"}
    if "__getattr__" in found:
        return None
    return frozenset(found)


@cache
def exported(module: str) -> frozenset[str] | None:
    """The names that `from module import *` binds; None where they can't be known."""
    names = attributes(module)
    stub = _stub(module)
    if names is None or stub is None:
        return None
    declared = _all(_tree(stub))
    return frozenset(declared or {name for name in names if not name.startswith("_")})


@cache
def undocumented(module: str) -> frozenset[str]:
    """Names that a standard module's own source binds; stubs leave out what is not for others."""
    if "." in module or module not in sys.stdlib_module_names:
        return frozenset()
    spec = importlib.util.find_spec(module)  # of a module without a dot this imports nothing
    origin = spec.origin if spec else None
    if not origin or not origin.endswith(".py"):
        return frozenset()
    return frozenset(_names(_tree(Path(origin)), module))


@cache
def functions(module: str) -> Mapping[str, tuple[ast.FunctionDef, ...]]:
    """The functions of a standard module, each in all its forms (`@overload`); without those that
    are something else too, or that a decorator may change.
    """
    return _functions(_body(module), module)


@cache
def bound_methods(module: str) -> Mapping[str, tuple[ast.FunctionDef, ...]]:
    """The same for functions that are methods of a hidden object, as `random.randint` is: the first
    value that they take is that object.
    """
    body = list(_flat(_body(module)))
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    objects: dict[str, Mapping[str, tuple[ast.FunctionDef, ...]]] = {}
    found: dict[str, tuple[ast.FunctionDef, ...]] = {}
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            kind = classes.get(getattr(node.annotation, "id", ""))
            objects[node.target.id] = _functions(kind.body, module) if kind else {}
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
            forms = objects.get(getattr(node.value.value, "id", ""), {}).get(node.value.attr)
            names = (target.id for target in node.targets if isinstance(target, ast.Name))
            found.update(dict.fromkeys(names, forms) if forms else {})
    return found


def _body(module: str) -> list[ast.stmt]:
    stub = _stub(module) if module.partition(".")[0] in sys.stdlib_module_names else None
    return _tree(stub) if stub else []


def _functions(body: list[ast.stmt], module: str) -> Mapping[str, tuple[ast.FunctionDef, ...]]:
    found: dict[str, tuple[ast.FunctionDef, ...]] = {}
    other = set[str]()
    for node in _flat(body):
        if isinstance(node, ast.FunctionDef) and all(map(_is_overload, node.decorator_list)):
            found[node.name] = (*found.get(node.name, ()), node)
        else:
            other.update(_names([node], module))
    return {name: forms for name, forms in found.items() if name not in other}


def _is_overload(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Name) and decorator.id == "overload"


def _tree(stub: Path) -> list[ast.stmt]:
    try:
        return ast.parse(stub.read_text("utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return []


def _names(body: list[ast.stmt], module: str) -> Iterator[str]:
    """What the statements bind at the top of the module."""
    for node in _flat(body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Import):
            yield from (name.asname or name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _imported(node, module)


def _imported(node: ast.ImportFrom, module: str) -> Iterator[str]:
    for name in node.names:
        if name.name != "*":
            yield name.asname or name.name
        else:
            source = node.module or ""
            if node.level:
                parent = module if _is_package(module) else module.rpartition(".")[0]
                source = f"{parent}.{source}".strip(".")
            yield from exported(source) or ()


def _is_package(module: str) -> bool:
    stub = _stub(module)
    return stub is not None and stub.name == "__init__.pyi"


def _all(body: list[ast.stmt]) -> set[str]:
    """What `__all__` lists, also when it is made in steps."""
    found: set[str] = set()
    for node in _flat(body):
        value = getattr(node, "value", None)
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        named = any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)
        if named and isinstance(value, ast.List | ast.Tuple):
            constants = (item.value for item in value.elts if isinstance(item, ast.Constant))
            found.update(name for name in constants if isinstance(name, str))
    return found


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements with the branches of this Python's version; of platforms, all."""
    for node in body:
        if isinstance(node, ast.If):
            known = _version_test(node.test)
            if known is not False:
                yield from _flat(node.body)
            if known is not True:
                yield from _flat(node.orelse)
        elif isinstance(node, ast.Try):
            yield from _flat([*node.body, *node.orelse])
        else:
            yield node


def _version_test(test: ast.expr) -> bool | None:
    """The value of `sys.version_info >= (3, 11)` and the like; None for any other test."""
    if not isinstance(test, ast.Compare) or not isinstance(test.comparators[0], ast.Tuple):
        return None
    try:
        wanted = ast.literal_eval(test.comparators[0])
    except ValueError:
        return None
    if isinstance(test.ops[0], ast.GtE):
        return bool(sys.version_info[: len(wanted)] >= wanted)
    if isinstance(test.ops[0], ast.Lt):
        return bool(sys.version_info[: len(wanted)] < wanted)
    return None
