"""A local server that speaks what pulling a model needs: the Hugging Face hub's file protocol (as
huggingface_hub 2.4 uses it), and a package index (PEP 503).

The hub answers `/REPO/resolve/REVISION/FILE` with a redirect to another host, as the real one does;
the redirect carries X-Repo-Commit, X-Linked-Size and X-Linked-Etag (the sha256).
"""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

COMMIT = "2f064ee0c6ae3f025ec4e392c6ba5dd049c77969"


class Seen(NamedTuple):
    """A request that the server got."""

    method: str
    path: str
    range: str
    authorization: str


@dataclass
class Hub:
    """What the server has and how it misbehaves."""

    url: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    """File name -> content."""
    wheels: dict[str, bytes] = field(default_factory=dict)
    """Name in the index, as `NAME-VERSION-py3-none-any.whl` or `NAME-VERSION.tar.gz`."""
    status: int = 302
    """What `resolve` answers; 302 is a healthy hub."""
    etag: str | None = ""
    """What the hub says the sha256 is; "" is the truth, None is silence."""
    xet: bool = False
    """Offer the file over Xet too."""
    keeps_range: bool = True
    """False: the storage gives the whole file, whatever range is asked for."""
    cut: int = 0
    """The first transfer of the storage breaks off after so many bytes."""
    stall: int = 0
    """Transfers stop after so many bytes, and wait for `go_on`."""
    stalled: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    seen: list[Seen] = field(default_factory=list)

    def asked(self, start: str, method: str = "GET") -> list[Seen]:
        """The requests of this method whose path starts so."""
        return [one for one in self.seen if one.method == method and one.path.startswith(start)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: object) -> None:
        return None

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        headers = self.headers
        self.hub.seen.append(
            Seen(
                self.command,
                self.path,
                headers.get("Range", ""),
                headers.get("Authorization", ""),
            )
        )
        kind, _, rest = self.path.strip("/").partition("/")
        name = self.path.rsplit("/", 1)[-1]
        if "/resolve/" in self.path:
            self._resolve(name)
        elif kind == "storage" and name in self.hub.blobs:
            self._storage(self.hub.blobs[name])
        elif kind == "simple":
            self._index(rest.strip("/"))
        elif kind == "wheels" and name in self.hub.wheels:
            self._send(200, {}, self.hub.wheels[name])
        else:
            self._send(404, {"X-Error-Code": "EntryNotFound"}, b"")

    def _resolve(self, name: str) -> None:
        if self.hub.status != 302 or name not in self.hub.blobs:
            found = self.hub.status if self.hub.status != 302 else 404
            self._send(found, {"X-Error-Code": "EntryNotFound"} if found == 404 else {}, b"")
            return
        blob = self.hub.blobs[name]
        etag = hashlib.sha256(blob).hexdigest() if self.hub.etag == "" else self.hub.etag
        headers = {
            "Location": f"{self.hub.url.replace('127.0.0.1', 'localhost')}/storage/{name}",
            "X-Repo-Commit": COMMIT,
            "X-Linked-Size": str(len(blob)),
        }
        if etag is not None:
            headers["X-Linked-Etag"] = f'"{etag}"'
        if self.hub.xet:
            headers["X-Xet-Hash"] = "0" * 64
            headers["X-Xet-Refresh-Route"] = f"{self.hub.url}/api/xet-read-token"
        self._send(302, headers, b"")

    def _storage(self, blob: bytes) -> None:
        start = 0
        asked = self.headers.get("Range", "")
        if asked and self.hub.keeps_range:
            start = int(asked.removeprefix("bytes=").split("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(blob) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(blob) - 1}/{len(blob)}")
        self.end_headers()
        cut, self.hub.cut = self.hub.cut, 0
        stop = cut or self.hub.stall
        self.wfile.write(blob[start : start + stop] if stop else blob[start:])
        if cut:
            self.close_connection = True
        elif stop:
            self.wfile.flush()
            self.hub.stalled.set()
            self.hub.go_on.wait(30)
            self.close_connection = True

    def _index(self, package: str) -> None:
        files = [f for f in self.hub.wheels if f.split("-")[0].replace("_", "-") == package]
        links = "".join(f'<a href="/wheels/{name}">{name}</a>' for name in files)
        page = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
        self._send(200 if files else 404, {"Content-Type": "text/html"}, page)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle is what the tests are about."""


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub at `url` until the block ends."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    with _Server(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield hub
        finally:
            hub.go_on.set()
            server.shutdown()


def wheel(package: str, version: str, data: dict[str, bytes]) -> dict[str, bytes]:
    """A wheel that holds `data`, by its file name."""
    safe = package.replace("-", "_")
    info = f"{safe}-{version}.dist-info"
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in data.items():
            archive.writestr(f"{safe}/{name}", content)
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\nRequires-Python: <3\n",
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return {f"{safe}-{version}-py3-none-any.whl": text.getvalue()}
