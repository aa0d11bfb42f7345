"""The address of a server that answers for the model: what it names, and whether it is far."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

import msgspec

from pippy_lsp.errors import RemoteAddress

_PORTS = {"http": 80, "https": 443}


class Address(msgspec.Struct, frozen=True):
    """Where a server is."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def url(self) -> str:
        """The URL that the API's paths are put behind, with no "/v1" and no slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def here(self) -> bool:
        """Whether it is this computer itself."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse(text: str) -> Address:
    """The address that `text` is. Raises: RemoteAddress."""
    try:
        found = urlsplit(text.strip())
        port = found.port or _PORTS.get(found.scheme, 0)
    except ValueError as error:
        raise RemoteAddress(server=text) from error
    if not found.hostname or not port or _more(found):
        raise RemoteAddress(server=text)
    path = found.path.rstrip("/").removesuffix("/v1")
    return Address(found.scheme, found.hostname.lower(), port, path)


def _more(found: SplitResult) -> bool:
    """Whether there is more than a place: a password has no business in a settings file."""
    return bool(found.username or found.password or found.query or found.fragment)


def same(one: str, other: str) -> bool:
    """Whether both are the same server; what is no address is none."""
    try:
        return parse(one) == parse(other)
    except RemoteAddress:
        return False
