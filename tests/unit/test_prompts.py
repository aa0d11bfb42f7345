from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pippy_lsp import errors, prompts
from pippy_lsp.errors import PippyError, PromptError

JOB = """
description = "a job"
variables = ["name"]
system = "Be kind to $name."
user = "It costs $$5, $name."
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty `prompts/`."""
    for below in ("jobs/en", "roles/en", "messages", "problems"):
        (tmp_path / below).mkdir(parents=True)
    (tmp_path / "messages/en.toml").write_text('hello = "Hello $name."\nbye = "Bye."\n', "utf-8")
    (tmp_path / "problems/en.toml").write_text('oops = "Oops."\n', "utf-8")
    monkeypatch.setattr(prompts, "root", lambda: tmp_path)
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    for cached in (prompts.job, prompts.role, prompts.messages):
        cached.cache_clear()


def test_a_job_is_filled_in(folder: Path) -> None:
    (folder / "jobs/en/greet.toml").write_text(JOB, "utf-8")
    filled = prompts.job("greet").render(name="Ada")
    assert filled.system == "Be kind to Ada."
    assert filled.user == "It costs $5, Ada."
    assert filled.variables == ()


VALUES = [
    ("none", {}, "name"),
    ("unknown", {"name": "Ada", "age": 10}, "age"),
    ("another", {"nam": "Ada"}, "nam, name"),
]


@pytest.mark.parametrize(("values", "wrong"), [r[1:] for r in VALUES], ids=[r[0] for r in VALUES])
def test_variables_are_exactly_the_declared(
    folder: Path, values: dict[str, object], wrong: str
) -> None:
    (folder / "jobs/en/greet.toml").write_text(JOB, "utf-8")
    with pytest.raises(PromptError, match=f"variables: {wrong}$"):
        prompts.job("greet").render(**values)


def test_a_value_with_a_dollar_sign_stays_as_it_is(folder: Path) -> None:
    (folder / "jobs/en/greet.toml").write_text(JOB, "utf-8")
    assert prompts.job("greet").render(name="$name $$").system == "Be kind to $name $$."


# id, the file (None: there is none)
BROKEN: list[tuple[str, bytes | None]] = [
    ("no file", None),
    ("not toml", b"description = = 1"),
    ("not utf-8", b"description = '\xff'"),
    ("no description", b"system = 'Hi.'"),
    ("unknown key", b"description = 'a'\ncolour = 'red'"),
    ("wrong type", b"description = 3"),
    ("undeclared variable", b"description = 'a'\nuser = 'Hi $name.'"),
    ("stray dollar sign", b"description = 'a'\nuser = 'It costs $5.'"),
]


@pytest.mark.parametrize("content", [r[1] for r in BROKEN], ids=[r[0] for r in BROKEN])
@pytest.mark.parametrize("kind", ["jobs", "roles"])
def test_a_broken_file_is_one_error(folder: Path, kind: str, content: bytes | None) -> None:
    if content is not None:
        (folder / kind / "en" / "greet.toml").write_bytes(content)
    load = prompts.job if kind == "jobs" else prompts.role
    with pytest.raises(PromptError, match=f"name={kind}/en/greet.toml"):
        load("greet")


def test_another_language_and_english_where_it_has_none(folder: Path) -> None:
    (folder / "jobs/de").mkdir()
    (folder / "jobs/de/greet.toml").write_text("description = 'auf Deutsch'", "utf-8")
    (folder / "jobs/en/greet.toml").write_text(JOB, "utf-8")
    (folder / "jobs/en/part.toml").write_text(JOB, "utf-8")
    assert prompts.job("greet", "de").description == "auf Deutsch"
    assert prompts.job("part", "de").description == "a job"


def test_messages_of_another_language_fall_back_sentence_by_sentence(folder: Path) -> None:
    (folder / "messages/de.toml").write_text('bye = "Tschüss."\n', "utf-8")
    german = prompts.messages("de")
    assert german.say("bye") == "Tschüss."
    assert german.say("hello", name="Ada") == "Hello Ada."
    assert prompts.messages("xx").say("bye") == "Bye."


SAID: list[tuple[str, str, dict[str, object]]] = [
    ("no such sentence", "nothing", {}),
    ("a placeholder is missing", "hello", {}),
]


@pytest.mark.parametrize(("key", "values"), [r[1:] for r in SAID], ids=[r[0] for r in SAID])
def test_a_sentence_that_cannot_be_said(folder: Path, key: str, values: dict[str, object]) -> None:
    with pytest.raises(PromptError, match=f"messages: {key}"):
        prompts.messages().say(key, **values)


# What each error must be told, as its docstring in errors.py says.
DETAILS: dict[str, dict[str, errors.Detail]] = {
    "model-cant-infill": {"name": "m"},
    "adapter-wrong": {"path": "/a.gguf", "problem": "it is no adapter"},
    "remote": {"server": "https://x"},
    "remote-address": {"server": "x"},
    "remote-forbidden": {"server": "https://x"},
    "remote-plain": {"server": "http://x"},
    "remote-down": {"server": "https://x", "problem": "ReadTimeout"},
    "remote-key": {"server": "https://x", "host": "x"},
    "remote-no-keyring": {"server": "https://x", "host": "x"},
    "remote-keyring-shut": {"server": "https://x", "host": "x"},
    "remote-model": {"server": "https://x", "name": "m", "known": "a, b"},
    "usage": {"what": "Give a file."},
    "settings": {"key": "level", "problem": "Expected `int` <= 5"},
    "policy": {"file": "/x/.pippy.toml"},
    "policy-file": {"file": "/x/.pippy.toml", "problem": "no TOML"},
    "policy-key": {"file": "/x/.pippy.toml", "key": "exma", "known": "exam"},
    "policy-value": {"file": "/x/.pippy.toml", "key": "level", "wanted": "1 - 5"},
    "policy-name": {"file": "/x/.pippy.toml", "key": "avoid", "name": "x", "known": "While"},
    "prompt": {"name": "jobs/en/x.toml", "problem": "no such file"},
    "setup-unknown": {"editor": "kat", "known": "kate"},
    "setup-file": {"file": "/x/settings.json", "problem": "UTF-8"},
    "setup-json": {"file": "/x/settings.json", "line": 3},
    "setup-taken": {"file": "/x/languages.toml", "text": "[[language]]"},
    "setup-changed": {"file": "/x/init.el", "backup": "/y/init.el"},
    "setup-nothing": {"editor": "kate"},
    "setup-run": {"command": "pip install x"},
    "model-unknown": {"name": "gpt"},
    "model-missing": {"name": "codellama-7b-instruct"},
    "model-file-missing": {"path": "/x.gguf"},
    "model-not-gguf": {"path": "/x.gguf", "problem": "it starts with <html>"},
    "model-truncated": {"path": "/x.gguf", "size": 3, "expected": 9},
    "model-too-large": {"needed": 9000, "available": 200},
    "model-in-use": {"name": "x"},
    "model-failed": {"name": "x", "problem": "unknown architecture"},
    "download-no-network": {"name": "x"},
    "download-no-space": {"path": "/", "needed": 900, "available": 20},
    "download-wrong-hash": {"name": "x"},
    "engine-timeout": {"seconds": 8},
    "engine-prompt-too-long": {"tokens": 5000, "room": 4096},
    "missing-package": {"package": "llama-cpp-python"},
}


def every_error(base: type[PippyError] = PippyError) -> list[type[PippyError]]:
    return [base, *(found for child in base.__subclasses__() for found in every_error(child))]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.code)
def test_every_error_has_a_sentence(kind: type[PippyError]) -> None:
    error = kind(**DETAILS.get(kind.code, {}))
    sentence = prompts.messages().error(error)
    assert sentence.endswith(".")
    assert "$" not in sentence
    assert all(str(value) in sentence for value in error.details.values())


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.code)
def test_an_error_crosses_a_pipe(kind: type[PippyError]) -> None:
    error = kind(**DETAILS.get(kind.code, {}))
    again = errors.from_code(error.code, error.details)
    assert type(again) is kind
    assert again.details == error.details


def test_an_unknown_code_is_the_base_error() -> None:
    assert type(errors.from_code("from-the-future", {})) is PippyError


def shipped(kind: str) -> list[Path]:
    return sorted((prompts.root() / kind).glob("*/*.toml"))


@pytest.mark.parametrize(
    "path", [*shipped("jobs"), *shipped("roles")], ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_every_shipped_prompt_loads(path: Path) -> None:
    load = prompts.job if path.parts[-3] == "jobs" else prompts.role
    assert load(path.stem, path.parent.name).description


SENTENCES = ["messages", "problems"]


@pytest.mark.parametrize("kind", SENTENCES)
def test_every_shipped_message_is_a_sentence_of_the_english_table(kind: str) -> None:
    english = prompts.table(f"{kind}/en.toml", dict[str, str])
    for path in sorted((prompts.root() / kind).glob("*.toml")):
        others = prompts.table(f"{kind}/{path.name}", dict[str, str])
        assert set(others) <= set(english), path.name
        assert all(sentence.strip() for sentence in others.values()), path.name


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"(?<!\$)\$(\w+)", sentence))


@pytest.mark.parametrize("kind", SENTENCES)
def test_spanish_has_every_sentence_with_the_same_placeholders(kind: str) -> None:
    english = prompts.table(f"{kind}/en.toml", dict[str, str])
    spanish = prompts.table(f"{kind}/es.toml", dict[str, str])
    assert set(english) - set(spanish) == set()
    assert {k: placeholders(s) for k, s in spanish.items()} == {
        k: placeholders(s) for k, s in english.items()
    }


@pytest.mark.parametrize("tag", ["es", "es-MX", "es_419", "ES-mx"])
def test_a_region_takes_its_language(tag: str) -> None:
    assert prompts.localized("messages/{lang}.toml", tag) == "messages/es.toml"
