"""The pages of docs/ that say what the program says: `python -m tools.docs`.

The settings come from their types, the sentences of errors from the messages, the picture of the
rooms from the imports, the scoreboard from the results. A test holds the files to what this makes.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import scoreboard
from pippy_lsp import errors, prompts, settings
from tests.unit import test_layers

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_ENGLISH = prompts.table("messages/en.toml", dict[str, str])


# --- the settings --------------------------------------------------------------------------------


def settings_page() -> str:
    """All settings, with their defaults and what they do."""
    texts = _docstrings(Path(settings.__file__).read_text("utf-8"))
    lines = [
        "# Settings",
        "",
        "Where they stand, the later wins: `.pippy.toml` in the opened folder, the editor's",
        "`initializationOptions`, its configuration section `pippy`, the environment. A wrong",
        "value costs that one setting, which keeps its default, and is reported in one sentence.",
        "",
        "| setting | default | |",
        "|---|---|---|",
        *(f"| `{name}` | `{default}` | {text} |" for name, default, text in _rows("", texts)),
        "",
        "| environment | setting |",
        "|---|---|",
        *(f"| `{key}` | `{_camel(path)}` |" for key, path in settings._ENVIRONMENT.items()),
        "",
        "A teacher's policy goes before all of them: see [for teachers](teachers.md).",
    ]
    return "\n".join(lines) + "\n"


def _rows(
    prefix: str, texts: dict[tuple[str, str], str], kind: type[msgspec.Struct] = settings.Settings
) -> Iterator[tuple[str, str, str]]:
    for field in msgspec.structs.fields(kind):
        if isinstance(field.default, msgspec.Struct):
            name = f"{prefix}{field.encode_name}."
            yield from _rows(name, texts, type(field.default))
            continue
        text = texts.get((kind.__name__, field.name), "")
        yield f"{prefix}{field.encode_name}", _json(field.default), text.replace("|", "\\|")


def _json(value: Any) -> str:  # noqa: ANN401 - any default
    return "not set" if value is None else msgspec.json.encode(value).decode()


def _camel(path: tuple[str, ...]) -> str:
    return ".".join(path)


def _docstrings(source: str) -> dict[tuple[str, str], str]:
    """What stands under each field of a class, by (class, field)."""
    found: dict[tuple[str, str], str] = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, after in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                value = getattr(after, "value", None)
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[node.name, field.target.id] = " ".join(value.value.split())
    return found


# --- what errors say -----------------------------------------------------------------------------


def errors_page() -> str:
    """Each error's code, and the sentence that a person reads."""
    lines = [
        "# Errors, by their codes",
        "",
        "`pippy-lsp doctor --json`, the server's log and `pippy/status` tell codes; a person reads",
        "these sentences, in their own language.",
        "",
        "| code | sentence |",
        "|---|---|",
    ]
    for kind in _tree(errors.PippyError):
        raw = _ENGLISH[f"error-{kind.code}"].replace("|", "\\|")
        lines.append(f"| `{kind.code}` | {' '.join(raw.split())} |")
    return "\n".join(lines) + "\n"


def _tree(kind: type[errors.PippyError]) -> Iterator[type[errors.PippyError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from _tree(below)


# --- the rooms -----------------------------------------------------------------------------------

_WIDTH, _HEIGHT, _GAP, _LEFT = 150, 34, 12, 16
_STYLE = (
    "text { font: 13px sans-serif; text-anchor: middle; fill: #1d2433 }"
    " rect { fill: #e8eef9; stroke: #5b7bb4; rx: 6 }"
    " line { stroke: #5b7bb4; stroke-opacity: .35 }"
)


def rooms_picture() -> str:
    """The rooms as an SVG: a line of them each layer, and a stroke for each import."""
    layers = [[room for room in line if _is_room(room)] for line in _layers()]
    places = {
        room: (_LEFT + column * (_WIDTH + _GAP), _LEFT + row * (_HEIGHT + 3 * _GAP))
        for row, line in enumerate(filter(None, layers))
        for column, room in enumerate(line)
    }
    right = max(x for x, _ in places.values()) + _WIDTH + _LEFT
    bottom = max(y for _, y in places.values()) + _HEIGHT + _LEFT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" role="img">',
        f"<title>The rooms of pippy_lsp, imports go down</title><style>{_STYLE}</style>",
    ]
    for one, other in sorted(_doors(places)):
        (x1, y1), (x2, y2) = places[one], places[other]
        middle = _WIDTH // 2
        parts.append(f'<line x1="{x1 + middle}" y1="{y1 + _HEIGHT}" x2="{x2 + middle}" y2="{y2}"/>')
    for room, (x, y) in places.items():
        parts.append(f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}"/>')
        parts.append(f'<text x="{x + _WIDTH // 2}" y="{y + 22}">{escape(room)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _layers() -> list[list[str]]:
    return test_layers.rows(test_layers.LAYERS)


def _is_room(name: str) -> bool:
    return (test_layers.ROOT / name).is_dir() or name in ("cli", "server", "settings", "errors")


def _doors(places: dict[str, tuple[int, int]]) -> set[tuple[str, str]]:
    """Who imports from whom, of the rooms in the picture."""
    found = set()
    for module in test_layers.MODULES:
        mine = test_layers.room(module)
        for other in test_layers.own_rooms(module):
            if mine != other and mine in places and other in places:
                found.add((mine, other))
    return found


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "images/rooms.svg": rooms_picture,
    scoreboard.PAGE: scoreboard.page,
    **{
        f"images/{name}": functools.partial(str, text)
        for name, text in scoreboard.pictures().items()
    },
}


def main() -> None:
    """Write them all."""
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), "utf-8")


if __name__ == "__main__":
    main()
