"""Where words go: documents of the session, else messages."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from lsprotocol import types

from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.client import Client
from pippy_lsp.features.show import LONGEST_MESSAGE, Pages, as_messages
from pippy_lsp.policy import Policy
from pippy_lsp.settings import CompletionSettings, Settings
from tests.fakes import FakeEngine

WORDS = "`for` runs *again*.\n\n```python\nfor i in range(2):\n    print(i)\n```"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path))
    return tmp_path / "shown"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# --- documents -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "name"),
    [
        pytest.param("Explain this", "Explain-this-1.md", id="plain"),
        pytest.param("../../etc/passwd", "etc-passwd-1.md", id="a path"),
        pytest.param("¿Qué hace?", "Qué-hace-1.md", id="spanish"),
        pytest.param("?", "pippy-1.md", id="signs"),
        pytest.param("x" * 999, f"{'x' * 40}-1.md", id="long"),
    ],
)
def test_a_page(cache: Path, title: str, name: str) -> None:
    path = Pages().write(title, WORDS)
    assert path.name == name
    assert cache in path.parents
    assert path.read_text("utf-8") == f"# {title}\n\n{WORDS}\n"


def test_each_page_is_a_new_file_and_all_go_at_the_end(cache: Path) -> None:
    pages = Pages()
    assert len({pages.write("Explain", WORDS) for _ in range(3)}) == 3
    assert len(files(cache)) == 3
    pages.close()
    assert list(cache.iterdir()) == []
    pages.close()


def test_what_a_dead_session_left_goes_and_a_living_one_stays(cache: Path) -> None:
    gone = next(pid for pid in range(400_000, 500_000) if not psutil.pid_exists(pid))
    for pid in (gone, os.getppid()):
        (cache / f"session-{pid}-abc").mkdir(parents=True)
    Pages().write("Explain", WORDS)
    names = sorted(path.name for path in cache.iterdir())
    assert [name.split("-")[1] for name in names] == sorted(map(str, (os.getpid(), os.getppid())))


# --- messages ------------------------------------------------------------------------------


def test_messages_are_plain() -> None:
    (said,) = as_messages(WORDS)
    assert said == "for runs again.\n\n    for i in range(2):\n        print(i)"


@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_long_words_are_several_messages_and_none_is_lost(count: int) -> None:
    parts = [f"{number} " + "word " * 80 for number in range(count)]
    said = list(as_messages("\n\n".join(parts)))
    assert "\n\n".join(said).split() == " ".join(parts).split()
    assert all(0 < len(each) <= LONGEST_MESSAGE for each in said)


# --- the server ----------------------------------------------------------------------------


class Window:
    """A server whose client does with documents what the test says."""

    def __init__(self, answer: types.ShowDocumentResult | Exception | None) -> None:
        self.server = PippyServer(lambda _: FakeEngine())
        self.said: list[str] = []
        self.shown: list[types.ShowDocumentParams] = []
        self._answer = answer
        able = types.ShowDocumentClientCapabilities(support=True) if answer else None
        window = types.WindowClientCapabilities(show_document=able)
        self.server.client = Client(types.ClientCapabilities(window=window))
        setattr(self.server, "window_show_message", self._say)  # noqa: B010 - a method
        setattr(self.server, "window_show_document_async", self._show)  # noqa: B010

    def _say(self, params: types.ShowMessageParams) -> None:
        self.said.append(params.message)

    async def _show(self, params: types.ShowDocumentParams) -> types.ShowDocumentResult:
        self.shown.append(params)
        if isinstance(self._answer, types.ShowDocumentResult):
            return self._answer
        raise self._answer or AssertionError


async def test_a_document_where_the_client_can() -> None:
    window = Window(types.ShowDocumentResult(success=True))
    await window.server.show("Explain", WORDS)
    (params,) = window.shown
    assert params.uri.startswith("file:")
    assert params.uri.endswith("Explain-1.md")
    assert not params.external
    assert window.said == []
    await window.server.stop()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="it can't"),
        pytest.param(types.ShowDocumentResult(success=False), id="it says no"),
        pytest.param(ValueError("x"), id="it fails"),
    ],
)
async def test_else_a_message(answer: types.ShowDocumentResult | Exception | None) -> None:
    window = Window(answer)
    await window.server.show("Explain", WORDS)
    assert window.said == list(as_messages(WORDS))
    await window.server.stop()


async def test_a_full_disk_is_no_dead_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Pages, title: str, markdown: str) -> Path:
        raise OSError(28, title, markdown)

    monkeypatch.setattr(Pages, "write", full)
    window = Window(types.ShowDocumentResult(success=True))
    await window.server.show("Explain", WORDS)
    assert window.said == list(as_messages(WORDS))
    await window.server.stop()


# --- the policy ----------------------------------------------------------------------------


async def test_the_server_works_by_what_the_policy_leaves() -> None:
    server = PippyServer(lambda _: FakeEngine())
    wanted = Settings(level=5, completion=CompletionSettings(mode="block"))
    server.use(wanted, Policy(highest_level=2, modes=frozenset({"line"})))
    assert (server.settings.level, server.settings.completion.mode) == (2, "line")
    server.use(wanted)
    assert server.settings.level == 2, "other settings keep the policy"
    server.use(wanted, Policy())
    assert server.settings == wanted
    await server.stop()
