"""The real language server whose model is on another server."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from pippy_lsp.engine import models
from tests import servers
from tests.e2e.editor import MODELS, PATIENT, session
from tests.e2e.test_inline_completion import PROGRAMS, inserted, place

pytestmark = pytest.mark.model


@pytest.mark.parametrize("start", [servers.own_server, servers.llama_cpp_server])
async def test_ghost_text_from_a_server(tmp_path: Path, start: Any) -> None:
    with start(models.path(MODELS["meaning"]), 2048) as url:
        options = {**PATIENT, "model": {"server": url}, "statusNotifications": True}
        async with session(tmp_path, options=options) as editor:
            await editor.ready()
            text, at = place(PROGRAMS["average"])
            uri = editor.open(text, "untitled:average")
            items = await editor.inline(uri, at.line, at.character)
            assert items, "no suggestion"
            ast.parse(inserted(text, items[0]))
            assert editor.client.messages == [], "nothing leaves this computer"


@pytest.mark.parametrize(
    ("server", "word"),
    [
        pytest.param("https://school.example", "allowed", id="not-allowed"),
        pytest.param("school", "address", id="no-address"),
    ],
)
async def test_a_server_that_is_not_asked(tmp_path: Path, server: str, word: str) -> None:
    policy = '[policy]\nservers = ["https://school.example"]\n[model]\nremote = "plain"\n'
    (tmp_path / ".pippy.toml").write_text(policy, "utf-8")
    options = {"model": {"server": server}}
    async with session(tmp_path, options=options) as editor:
        said = await editor.message()
        assert word in said.message
        uri = editor.open("x = ", "untitled:x")
        assert await editor.inline(uri, 0, 4) == []
