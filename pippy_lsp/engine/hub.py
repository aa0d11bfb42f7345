"""Models from Hugging Face, through its own library."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

from pippy_lsp.engine.registry import Entry, HubSource
from pippy_lsp.engine.sources import Advance, SourceFailed, is_disk_full

if TYPE_CHECKING:
    from typing_extensions import Buffer

_PATIENCE_S = 5.0
"""The hub has this long to say what a file is; many schools let only PyPI through."""
_LOST = {
    "ConnectionError",
    "LocalEntryNotFoundError",
    "OfflineModeIsEnabled",
    "Timeout",
    "TransportError",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")


class HubFile(msgspec.Struct, frozen=True):
    """What the hub says of a file."""

    url: str
    size: int
    sha256: str


class _Counted(io.FileIO):
    """A file that tells how much was written to it."""

    def __init__(self, path: Path, total: int, advance: Advance) -> None:
        super().__init__(path, "ab")
        self._total = total
        self._advance = advance

    def write(self, data: Buffer, /) -> int:
        view = memoryview(data).cast("B")
        written = 0
        while written < len(view):
            # A raw file may take less than it is given.
            written += super().write(view[written:]) or 0
        self._advance(self.tell(), self._total)
        return written


def lookup(source: HubSource, entry: Entry) -> HubFile:
    """What the hub says of the file, within seconds.

    Raises: SourceFailed; also when the hub has another file than the registry expects.
    """
    with _mapped():
        from huggingface_hub import (  # noqa: PLC0415 - slow
            constants,
            get_hf_file_metadata,
            hf_hub_url,
        )

        # Else it tells the hub which tools we run under, and asks the hub for a list of them.
        constants.HF_HUB_DISABLE_TELEMETRY = True
        url = hf_hub_url(
            source.repo,
            source.file,
            revision=source.revision,
            endpoint=os.environ.get("HF_ENDPOINT") or None,
        )
        found = get_hf_file_metadata(url, token=False, timeout=_PATIENCE_S)
    # The ETag of a large file is the sha256 of its content.
    sha256 = found.etag if found.etag and _SHA256.fullmatch(found.etag) else entry.sha256
    if not sha256 or not found.size:
        raise SourceFailed("refused", "the hub does not say what the file is")
    if entry.sha256 not in ("", sha256) or entry.size not in (0, found.size):
        raise SourceFailed("wrong-hash")
    return HubFile(url, found.size, sha256)


def fetch(file: HubFile, staging: Path, advance: Advance) -> Path:
    """Fetch the file into `staging`, going on where an earlier run stopped; not verified yet.

    `hf_hub_download` (2.4) throws a half download away when the process ends, so the half file is
    kept here, and the library's `http_get` is told where to go on. Xet is not used for that reason.

    Raises: SourceFailed.
    """
    staging.mkdir(parents=True, exist_ok=True)
    half = staging / f"{file.sha256[:16]}.part"
    with _mapped(), _Counted(half, file.size, advance) as target:
        from huggingface_hub.file_download import http_get  # noqa: PLC0415 - slow
        from huggingface_hub.utils import (  # type: ignore[attr-defined] # noqa: PLC0415
            build_hf_headers,
            disable_progress_bars,
        )

        disable_progress_bars()
        there = target.tell()
        if there > file.size:
            target.truncate(0)
            there = 0
        advance(there, file.size)
        http_get(
            file.url,
            cast("BinaryIO", target),
            resume_size=there,
            headers={**build_hf_headers(token=False), "Accept-Encoding": "identity"},
            expected_size=file.size,
        )
        os.fsync(target.fileno())
    return half


@contextmanager
def _mapped() -> Iterator[None]:
    """Maps what the hub's library raises.

    It changed the HTTP library below it twice (requests, httpx, httpx2) and does not wrap their
    errors, so a failed connection is told by its class's name.
    """
    try:
        yield
    except Exception as error:
        if is_disk_full(error):
            raise SourceFailed("no-space", str(error)) from error
        names = {kind.__name__ for kind in type(error).__mro__}
        raise SourceFailed("unreachable" if names & _LOST else "refused", str(error)) from error
