"""Parts of the editors' client: messages on the wire, Markdown, words, where the server is."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from pippy_client import asks, markdown, words
from pippy_client.find import VARIABLE, NotFound, server_command
from pippy_client.process import encode, read_message

WORDS = Path(words.__file__).parent / "words"


def test_a_message_comes_back_from_its_bytes() -> None:
    message = {"jsonrpc": "2.0", "method": "a", "params": {"text": "é😀\n"}}
    stream = io.BytesIO(encode(message) + encode(message))
    assert read_message(stream) == message
    assert read_message(stream) == message
    assert read_message(stream) is None


# id, what is on the wire, the message; None: the end; an error: it can't be trusted any more
WIRE: dict[str, tuple[bytes, object]] = {
    "another header": (b"Content-Type: x\r\nContent-Length: 2\r\n\r\n{}", {}),
    "small letters": (b"content-length:2\r\n\r\n{}", {}),
    "cut": (b"Content-Length: 9\r\n\r\n{}", None),
    "nothing": (b"", None),
    "no number": (b"Content-Length: x\r\n\r\n{}", ValueError),
    "less than nothing": (b"Content-Length: -4\r\n\r\n{}", ValueError),
    "far too long": (b"Content-Length: 99999999999\r\n\r\n{}", ValueError),
    "no object": (b"Content-Length: 2\r\n\r\n[]", ValueError),
    "no JSON": (b"Content-Length: 2\r\n\r\n{:", ValueError),
}


@pytest.mark.parametrize("name", WIRE)
def test_reads_what_is_on_the_wire(name: str) -> None:
    data, expected = WIRE[name]
    if isinstance(expected, type):
        with pytest.raises(ValueError):  # noqa: PT011 - json's is one of them
            read_message(io.BytesIO(data))
    else:
        assert read_message(io.BytesIO(data)) == expected


# id, Markdown, the pieces: kind and styled text
MARKDOWN = {
    "a paragraph of two lines": ("one\ntwo", ["text:one two"]),
    "styles": ("`a` **b** *c* d", ["text:<code>a</code> <bold>b</bold> <italic>c</italic> d"]),
    "stars in code": ("`a*b*c`", ["text:<code>a*b*c</code>"]),
    "back quotes in code": ("`` a`b ``", ["text:<code>a`b</code>"]),
    "escaped": (r"2 \* 3 \* 4", ["text:2 * 3 * 4"]),
    "stars that are no marks": ("2 * 3 * 4", ["text:2 * 3 * 4"]),
    "a block of code": ("```python\nx = 1\n\ny\n```", ["code:<code>x = 1\n\ny</code>"]),
    "a block that is not closed": ("```\nx", ["code:<code>x</code>"]),
    "heading, rule, items": ("# A\n---\n- b\n- c", ["heading:A", "rule:", "item:• b", "item:• c"]),
    "numbered": ("1. a", ["item:1. a"]),
    "code in bold": ("**a `b`**", ["text:<bold>a b</bold>"]),
}


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_in_pieces(name: str) -> None:
    text, expected = MARKDOWN[name]
    assert [f"{block.kind}:{_styled(block)}" for block in markdown.blocks(text)] == expected


def _styled(block: markdown.Block) -> str:
    merged = ""
    for span in block.spans:
        merged += f"<{span.style}>{span.text}</{span.style}>" if span.style else span.text
    return merged


def test_words_of_others_have_no_marks() -> None:
    (block,) = markdown.blocks(markdown.escape("What is *a* `b` # [c]?"))
    assert block.kind == "text"
    assert block.text == "What is *a* `b` # [c]?"


SHOW: dict[str, object] = {
    "title": "",
    "command": "pippy.show",
    "arguments": ["explain", "untitled:a", {}],
}

# id, an action or command, whether it explains
EXPLAINS: dict[str, tuple[dict[str, Any], bool]] = {
    "an action that shows": ({"title": "", "command": SHOW}, True),
    "a command that shows": (SHOW, True),
    "the command of old": ({"command": "pippy.explain", "arguments": ["untitled:a", 0, 0]}, True),
    "another one": ({"command": {**SHOW, "arguments": ["hint", "untitled:a", {}]}}, False),
    "an edit": ({"title": "", "kind": "quickfix", "data": {}}, False),
}


@pytest.mark.parametrize("name", EXPLAINS)
def test_which_action_explains(name: str) -> None:
    action, expected = EXPLAINS[name]
    assert asks.explains(action) == expected


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_language_has_all_words_with_the_same_values(language: str) -> None:
    english, other = (_words(code) for code in ("en", language))
    assert english.keys() == other.keys()
    for key, sentence in english.items():
        assert _values(sentence) == _values(other[key]), key


def _words(code: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((WORDS / f"{code}.json").read_text("utf-8"))
    return found


def _values(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(sentence)} - {None}


LOCALES = {"es_PE.UTF-8": "es", "es": "es", "en_US": "en", "de-DE": "en", "C.UTF-8": "en"}


@pytest.mark.parametrize("name", LOCALES)
def test_the_language_of_a_locale(name: str) -> None:
    assert words.of_locale(name) == LOCALES[name]


def test_the_settings_command_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "nobody --stdio")
    assert server_command(f"{sys.executable} -m pippy_lsp") == [sys.executable, "-m", "pippy_lsp"]
    spaced = tmp_path / "a folder" / "pippy-lsp"
    spaced.parent.mkdir()
    spaced.touch()
    assert server_command(str(spaced)) == [str(spaced)]
    with pytest.raises(NotFound):
        server_command()


def test_the_server_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = tmp_path / ("pippy-lsp.exe" if sys.platform == "win32" else "pippy-lsp")
    command.write_text("")
    command.chmod(0o755)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [part.lower() for part in server_command()] == [str(command).lower()]
