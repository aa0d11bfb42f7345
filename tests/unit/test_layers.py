"""The rooms and their doors: who may import whom (see CONTRIBUTING.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "pippy_lsp"
ROOT = Path(__file__).parents[2] / PACKAGE

# A module may import from its own line and from the lines below it.
LAYERS = """
cli __main__ cli_models cli_question cli_setup cli_forget
cli_common cli_ask demo demo_client demo_scenes demo_view doctor
compare
server
tracing
features
completion teaching
agents
safety
analysis checkup setup
sparing
prompts engine documents settings policy policy_file machine
address
errors toml
"""

# Rooms on one line that must not know each other: id, the importer, the imported.
APART = """
completion-without-teaching   completion   teaching
teaching-without-completion   teaching     completion
engine-without-documents      engine       documents
engine-without-settings-file  settings     engine
documents-without-engine      documents    engine
prompts-without-engine        prompts      engine
"""

# Who alone may import a package: id, the package, the modules (a folder means all in it).
ALONE = """
pygls-in-the-lsp-rooms        pygls        server features documents demo_client
lsprotocol-in-the-lsp-rooms   lsprotocol   server features documents demo_client
llama-in-the-worker           llama_cpp    engine.llama engine.llama_tokens engine.requantize \
                                           engine.worker
httpx-in-the-remote-engine    httpx        engine.remote engine.remote_link
jedi-in-analysis              jedi         analysis
parso-in-analysis             parso        analysis
hub-in-the-download           huggingface_hub  engine
rich-in-the-command-line      rich         cli_models demo demo_view doctor compare
"""


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


RANK = {room: number for number, line in enumerate(rows(LAYERS)) for room in line}
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
    if path != ROOT / "__init__.py"
)


def imports_of(source: str, module: str) -> Iterator[str]:
    """The dotted names that `source` imports, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            above = [PACKAGE, *module.split(".")][: -node.level]
            yield from (".".join([*above, node.module or alias.name]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            yield from (f"{PACKAGE}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def imports(module: str) -> list[str]:
    path = ROOT / Path(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return list(imports_of(file.read_text("utf-8"), module))


def room(module: str) -> str:
    return module.partition(".")[0]


def own_rooms(module: str) -> list[str]:
    """The rooms of this program that `module` imports from."""
    found = [name.split(".") for name in imports(module)]
    return [parts[1] for parts in found if parts[0] == PACKAGE and len(parts) > 1]


def inside(module: str, place: str) -> bool:
    return module == place or module.startswith(f"{place}.")


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    assert room(module) in RANK, f"say in LAYERS where {room(module)} belongs"
    upward = [
        other
        for other in own_rooms(module)
        if other != "__version__" and RANK[other] < RANK[room(module)]
    ]
    assert upward == []


@pytest.mark.parametrize(
    ("importer", "imported"), [r[1:] for r in rows(APART)], ids=[r[0] for r in rows(APART)]
)
def test_rooms_that_do_not_know_each_other(importer: str, imported: str) -> None:
    modules = [module for module in MODULES if room(module) == importer]
    assert modules
    assert [module for module in modules if imported in own_rooms(module)] == []


@pytest.mark.parametrize(
    ("package", "places"), [(r[1], r[2:]) for r in rows(ALONE)], ids=[r[0] for r in rows(ALONE)]
)
def test_packages_that_have_one_place(package: str, places: list[str]) -> None:
    users = [m for m in MODULES if any(inside(name, package) for name in imports(m))]
    assert [user for user in users if not any(inside(user, place) for place in places)] == []


# id, a module, a line in it, what it imports
IMPORTS = [
    ("plain", "engine.client", "import pippy_lsp.server", ["pippy_lsp.server"]),
    (
        "from a package",
        "errors",
        "from pippy_lsp import server, cli",
        ["pippy_lsp.server", "pippy_lsp.cli"],
    ),
    ("from a module", "errors", "from pippy_lsp.server import serve", ["pippy_lsp.server"]),
    ("relative", "engine.client", "from ..server import serve", ["pippy_lsp.server"]),
    ("relative, a sibling", "engine.client", "from . import wire", ["pippy_lsp.engine.wire"]),
    ("in a function", "errors", "def f():\n    import pygls.server", ["pygls.server"]),
    ("another package", "errors", "from llama_cpp import Llama", ["llama_cpp"]),
]


@pytest.mark.parametrize(
    ("module", "source", "expected"), [r[1:] for r in IMPORTS], ids=[r[0] for r in IMPORTS]
)
def test_the_reader_of_imports(module: str, source: str, expected: list[str]) -> None:
    assert list(imports_of(source, module)) == expected
