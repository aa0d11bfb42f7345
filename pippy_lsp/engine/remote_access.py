"""Whether text may be sent to a server, and the key that opens it."""

from __future__ import annotations

import logging
import os
from typing import NamedTuple

from pippy_lsp import address
from pippy_lsp.errors import (
    RemoteForbidden,
    RemoteKey,
    RemoteKeyringShut,
    RemoteNoKeyring,
    RemotePlain,
)
from pippy_lsp.settings import ModelSettings

log = logging.getLogger(__name__)
KEY = "PIPPY_API_KEY"
KEYRING = "pippy-lsp"
"""The service under which the keyring has the key; the user is the server's host."""


def permitted(settings: ModelSettings) -> address.Address:
    """The server's address, if text may be sent there.

    Raises: RemoteAddress, RemoteForbidden, RemotePlain.
    """
    place = address.parse(settings.server)
    if place.here:
        return place
    if settings.remote == "no":
        raise RemoteForbidden(server=place.url)
    if place.scheme != "https" and settings.remote != "plain":
        raise RemotePlain(server=place.url)
    return place


class Key(NamedTuple):
    """A key, or why there is none."""

    text: str = ""
    missing: type[RemoteKey] = RemoteKey
    """What to say where the server refuses it: what would help."""


def api_key(host: str) -> Key:
    """The key of the API, from the environment or the keyring, never from a settings file. It may
    take long, as a keyring may ask to be opened.
    """
    if found := os.environ.get(KEY):
        return Key(found)
    try:
        import keyring  # noqa: PLC0415 - an extra
    except ImportError:
        return Key(missing=RemoteNoKeyring)
    try:
        return Key(keyring.get_password(KEYRING, host) or "")
    except Exception as error:  # noqa: BLE001 - each keyring has errors of its own
        log.info("the keyring can't be read: %s", type(error).__name__)
        return Key(missing=RemoteKeyringShut)
