"""Whether text may be sent to a server, and the key that opens it."""

from __future__ import annotations

import os

from pippy_lsp import address
from pippy_lsp.errors import RemoteForbidden, RemotePlain
from pippy_lsp.settings import ModelSettings

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


def api_key(host: str) -> str:
    """The key of the API, from the environment or the keyring, never from a settings file; "" where
    there is none.
    """
    if os.environ.get(KEY):
        return os.environ[KEY]
    try:
        import keyring  # noqa: PLC0415 - where it is installed
    except ImportError:
        return ""
    try:
        return keyring.get_password(KEYRING, host) or ""
    except Exception:  # noqa: BLE001 - a keyring that is locked, or none at all
        return ""
