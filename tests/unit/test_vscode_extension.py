"""What the VS Code extension says of the server's settings, levels and languages is true."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from pippy_lsp import __version__
from pippy_lsp.settings import Mode, Settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors" / "vscode"
OWN = {"enabled", "server.path", "server.python"}
"""The extension's own settings."""
NOT_OFFERED = {"statusNotifications"}
"""The extension needs them, and sets them itself."""
_PLACE = re.compile(r"\{\d+\}")
_SAID = re.compile(r"l10n\.t\(\s*('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")


def read(name: str) -> Any:
    return json.loads((EXTENSION / name).read_text("utf-8"))


MANIFEST = read("package.json")
PROPERTIES = {
    name.removeprefix("pippy."): value
    for name, value in MANIFEST["contributes"]["configuration"]["properties"].items()
}
SOURCES = {path.name: path.read_text("utf-8") for path in (EXTENSION / "src").glob("*.ts")}


def offered(shape: type[Any] = Settings, above: str = "") -> Iterator[tuple[str, Any]]:
    """The server's settings by their names on the wire, with their defaults."""
    for field in msgspec.structs.fields(shape):
        value = field.default
        if isinstance(value, msgspec.Struct):
            yield from offered(type(value), f"{above}{field.encode_name}.")
        elif above + field.encode_name not in NOT_OFFERED:
            yield above + field.encode_name, value


def test_the_settings_are_the_servers() -> None:
    found = {name: value["default"] for name, value in PROPERTIES.items() if name not in OWN}
    assert found == dict(offered())


def test_the_server_is_told_of_all_of_them() -> None:
    listed = re.search(r"SERVER_SETTINGS = \[(.*?)\]", SOURCES["settings.ts"], re.DOTALL)
    assert listed
    assert set(re.findall(r"'([\w.]+)'", listed[1])) == set(dict(offered()))


@pytest.mark.parametrize("name", [name for name in PROPERTIES if name not in OWN])
def test_a_value_that_the_editor_allows_is_taken(name: str) -> None:
    shown = PROPERTIES[name]
    for value in shown.get("enum", [shown["default"], shown.get("minimum")]):
        if value is None:
            continue
        tree: Any = value
        for key in reversed(name.split(".")):
            tree = {key: tree}
        msgspec.convert(tree, Settings)


def test_the_lists_to_choose_from() -> None:
    assert set(PROPERTIES["completion.mode"]["enum"]) == set(get_args(Mode))
    assert PROPERTIES["level"]["enum"] == ["auto", 1, 2, 3, 4, 5]
    languages = {path.stem for path in (ROOT / "prompts" / "messages").glob("*.toml")}
    assert set(PROPERTIES["language"]["enum"]) == languages
    assert all(f"['{each}', " in SOURCES["pick.ts"] for each in languages)


def test_the_levels_have_their_names() -> None:
    levels = tomllib.loads((ROOT / "prompts" / "levels.toml").read_text("utf-8"))["level"]
    words = read("package.nls.json")
    for level in levels:
        number, name = level["number"], level["name"]
        assert words[f"level.{number}"] == name
        assert f"[{number}, l10n.t('{name}')]" in SOURCES["pick.ts"]


def test_the_manifests_words_are_there_in_both_languages() -> None:
    used = set(re.findall(r'"%([\w.]+)%"', (EXTENSION / "package.json").read_text("utf-8")))
    assert used == set(read("package.nls.json")) == set(read("package.nls.es.json"))


def test_what_is_said_is_there_in_both_languages() -> None:
    said = {_text(each) for source in SOURCES.values() for each in _SAID.findall(source)}
    spanish = read("l10n/bundle.l10n.es.json")
    assert said == set(spanish)
    for english, translated in spanish.items():
        assert sorted(_PLACE.findall(english)) == sorted(_PLACE.findall(translated))


def _text(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1])


def test_each_command_is_there() -> None:
    named = {each["command"].removeprefix("pippy.") for each in MANIFEST["contributes"]["commands"]}
    handlers = SOURCES["extension.ts"].partition("return {")[2].partition("  };")[0]
    assert named <= set(re.findall(r"^    (\w+)[,:]", handlers, re.MULTILINE))


def test_the_packages() -> None:
    assert MANIFEST["version"] == __version__
    assert "resolved" not in (EXTENSION / "package-lock.json").read_text("utf-8")
