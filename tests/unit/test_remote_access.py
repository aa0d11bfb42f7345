"""Where the key of a server comes from, and what is said where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from pippy_lsp import prompts
from pippy_lsp.engine import remote_access
from pippy_lsp.engine.protocol import complete
from pippy_lsp.engine.remote_access import api_key
from pippy_lsp.errors import RemoteKey, RemoteKeyringShut, RemoteNoKeyring
from tests.unit.test_remote import ASKED, SECONDS, engine, hello, school, status


def keyring(monkeypatch: pytest.MonkeyPatch, get: Callable[[str, str], str | None] | None) -> None:
    """A keyring that gives what `get` does; None for a package that is not installed."""
    made = None if get is None else SimpleNamespace(get_password=get)
    monkeypatch.setitem(sys.modules, "keyring", made)


def held(service: str, user: str) -> str | None:
    return "from-the-keyring" if (service, user) == ("pippy-lsp", "school.example") else None


def shut(_service: str, _user: str) -> str | None:
    raise RuntimeError("locked")


@pytest.mark.parametrize(
    ("environment", "get", "host", "text", "missing"),
    [
        pytest.param("env", held, "school.example", "env", RemoteKey, id="environment-first"),
        pytest.param("env", None, "school.example", "env", RemoteKey, id="no-keyring-needed"),
        pytest.param("", held, "school.example", "from-the-keyring", RemoteKey, id="keyring"),
        pytest.param("", held, "other.example", "", RemoteKey, id="of-another-server"),
        pytest.param("", None, "school.example", "", RemoteNoKeyring, id="not-installed"),
        pytest.param("", shut, "school.example", "", RemoteKeyringShut, id="shut"),
    ],
)
def test_the_key(
    environment: str,
    get: Callable[[str, str], str | None] | None,
    host: str,
    text: str,
    missing: type[RemoteKey],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(remote_access.KEY, environment)
    keyring(monkeypatch, get)
    assert api_key(host) == (text, missing)


@pytest.mark.parametrize(
    ("get", "error"),
    [
        pytest.param(held, RemoteKey, id="wrong"),
        pytest.param(None, RemoteNoKeyring, id="not-installed"),
        pytest.param(shut, RemoteKeyringShut, id="shut"),
    ],
)
async def test_a_server_that_wants_a_key_says_what_helps(
    get: Callable[[str, str], str | None] | None,
    error: type[RemoteKey],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(remote_access.KEY, raising=False)
    keyring(monkeypatch, get)
    async with school(status(401)) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        with pytest.raises(error) as caught:
            await complete(asked, ASKED)
    assert type(caught.value) is error
    for language in ("en", "es"):
        assert "PIPPY_API_KEY" in prompts.messages(language).error(caught.value)


async def test_the_key_of_the_keyring_is_sent_and_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(remote_access.KEY, raising=False)
    keyring(monkeypatch, lambda _service, _user: "s3cret")
    async with school(hello) as server, engine(server.url) as asked:
        await asked.ready(SECONDS)
        await complete(asked, ASKED)
        assert server.asked[0].headers["authorization"] == "Bearer s3cret"
        assert "s3cret" not in repr(asked.status)
