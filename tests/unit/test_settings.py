from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pippy_lsp import settings
from pippy_lsp.settings import Settings

# id, sources, environment, what differs from the defaults
READ: list[tuple[str, list[Mapping[str, Any] | None], dict[str, str], dict[str, Any]]] = [
    ("nothing", [], {}, {}),
    ("null source", [None], {}, {}),
    ("null value is not set", [{"language": "de"}, {"language": None}], {}, {"language": "de"}),
    ("camel case", [{"completion": {"maxLines": 2}}], {}, {"completion.max_lines": 2}),
    ("later wins", [{"level": 1}, {"level": 3}], {}, {"level": 3}),
    (
        "key by key",
        [{"completion": {"mode": "line", "maxLines": 2}}, {"completion": {"maxLines": 3}}],
        {},
        {"completion.mode": "line", "completion.max_lines": 3},
    ),
    (
        "a whole number is a fine float",
        [{"teaching": {"timeoutS": 5}}],
        {},
        {"teaching.timeout_s": 5.0},
    ),
    ("environment wins", [{"model": {"name": "a"}}], {"PIPPY_MODEL": "b"}, {"model.name": "b"}),
    ("environment, empty", [{"model": {"name": "a"}}], {"PIPPY_MODEL": ""}, {"model.name": "a"}),
    (
        "environment, all",
        [],
        {"PIPPY_LANGUAGE": "fr", "PIPPY_MODE": "off"},
        {"language": "fr", "completion.mode": "off"},
    ),
    ("as item, false", [{"completion": {"asItem": False}}], {}, {"completion.as_item": False}),
]


def differences(found: Settings) -> dict[str, Any]:
    """What is not at its default, with dotted paths."""
    changed: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        value, default = getattr(found, name), getattr(Settings(), name)
        for inner in getattr(value, "__struct_fields__", ()):
            if getattr(value, inner) != getattr(default, inner):
                changed[f"{name}.{inner}"] = getattr(value, inner)
        if not hasattr(value, "__struct_fields__") and value != default:
            changed[name] = value
    return changed


@pytest.mark.parametrize(
    ("sources", "environ", "expected"), [r[1:] for r in READ], ids=[r[0] for r in READ]
)
def test_read(
    sources: list[Mapping[str, Any] | None], environ: dict[str, str], expected: dict[str, Any]
) -> None:
    found, problems = settings.read(sources, environ)
    assert problems == []
    assert differences(found) == expected


# id, a source with one wrong key and `level` 2, the key that is reported
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("wrong type", {"language": 3, "level": 2}, "language"),
    ("wrong choice", {"completion": {"mode": "loud"}, "level": 2}, "completion.mode"),
    ("unknown key", {"colour": "red", "level": 2}, "colour"),
    ("unknown section", {"sound": {"volume": 3}, "level": 2}, "sound.volume"),
    ("a section that is a value", {"completion": 5, "level": 2}, "completion"),
    ("a value that is a section", {"language": {"name": "de"}, "level": 2}, "language.name"),
    ("a number in words", {"completion": {"maxLines": "two"}, "level": 2}, "completion.maxLines"),
]


@pytest.mark.parametrize(("source", "key"), [r[1:] for r in WRONG], ids=[r[0] for r in WRONG])
def test_a_wrong_value_costs_that_key_alone(source: dict[str, Any], key: str) -> None:
    found, problems = settings.read([source], {})
    assert differences(found) == {"level": 2}
    assert [problem.details["key"] for problem in problems] == [key]


RANGES = [
    ("level too high", {"level": 9}),
    ("level too low", {"level": 0}),
    ("no lines", {"completion": {"maxLines": 0}}),
    ("negative debounce", {"completion": {"debounceMs": -1}}),
    ("timeout of zero", {"completion": {"timeoutS": 0}}),
    ("negative threads", {"model": {"threads": -2}}),
    ("tiny context", {"model": {"context": 1}}),
]


@pytest.mark.parametrize("source", [r[1] for r in RANGES], ids=[r[0] for r in RANGES])
def test_values_out_of_range_are_reported(source: dict[str, Any]) -> None:
    found, problems = settings.read([source], {})
    assert differences(found) == {}
    assert len(problems) == 1


def test_a_wrong_environment_is_reported() -> None:
    found, problems = settings.read([{"completion": {"mode": "line"}}], {"PIPPY_MODE": "loud"})
    assert found.completion.mode == "line"
    assert [problem.details["key"] for problem in problems] == ["completion.mode"]


def test_the_sources_are_left_as_they_are() -> None:
    source = {"completion": {"mode": "line"}}
    settings.read([source, {"completion": {"maxLines": 1}}], {})
    assert source == {"completion": {"mode": "line"}}


# id, the file's bytes (None: no file), the settings in it, problems
FILES: list[tuple[str, bytes | None, dict[str, Any], int]] = [
    ("none", None, {}, 0),
    ("fine", b"[completion]\nmode = 'off'\n", {"completion": {"mode": "off"}}, 0),
    ("with a byte order mark", b"\xef\xbb\xbflevel = 2\n", {"level": 2}, 0),
    ("not toml", b"level = = 2\n", {}, 1),
    ("not utf-8", b"language = '\xff'\n", {}, 1),
]


@pytest.mark.parametrize(
    ("content", "expected", "count"), [r[1:] for r in FILES], ids=[r[0] for r in FILES]
)
def test_workspace_file(
    tmp_path: Path, content: bytes | None, expected: dict[str, Any], count: int
) -> None:
    if content is not None:
        (tmp_path / ".pippy.toml").write_bytes(content)
    found, problems = settings.workspace_file(tmp_path)
    assert found == expected
    assert [problem.details["key"] for problem in problems] == [".pippy.toml"] * count


def test_a_folder_called_like_the_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".pippy.toml").mkdir()
    found, problems = settings.workspace_file(tmp_path)
    assert found == {}
    assert len(problems) == 1


def test_a_folder_may_not_say_that_text_leaves_the_computer(tmp_path: Path) -> None:
    (tmp_path / ".pippy.toml").write_text(
        '[model]\nserver = "https://evil.example"\nremote = "plain"\n', "utf-8"
    )
    found, problems = settings.read([settings.workspace_file(tmp_path)[0]], {})
    assert (found.model.remote, problems) == ("no", [])
