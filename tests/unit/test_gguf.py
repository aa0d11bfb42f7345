"""The reader of GGUF headers: sound files, broken ones, hostile ones."""

from __future__ import annotations

import os
import struct
import sys
import tracemalloc
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pippy_lsp.engine import gguf
from pippy_lsp.engine.gguf import GgufInfo, read
from pippy_lsp.errors import ModelError, ModelFileMissing, ModelTruncated, NotAModel
from tests.ggufs import ARRAY, DATA_BYTES, INT32, PAIRS, STRING, UINT32, header, model, text

SOUND = model()


def changed(**values: tuple[int, object] | None) -> bytes:
    """The sound model with some pairs changed (`_` for `.`, None drops one)."""
    pairs = dict(PAIRS)
    for name, value in values.items():
        key = name.replace("__", ".")
        if value is None:
            del pairs[key]
        else:
            pairs[key] = value
    return model(pairs)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


@pytest.mark.parametrize("version", [2, 3])
def test_a_sound_file(file: Path, version: int) -> None:
    file.write_bytes(model(version=version))
    assert read(file) == GgufInfo(
        architecture="llama",
        name="Tiny",
        context_length=2048,
        block_count=2,
        embedding_length=64,
        kv_bytes=2 * 4 * (8 + 8) * 2,
        vocabulary=3,
        size=file.stat().st_size,
        chat_template=True,
    )


# id, changes, the field, its value
VARIANTS: list[tuple[str, dict[str, tuple[int, object] | None], str, object]] = [
    ("no-name", {"general__name": None}, "name", ""),
    ("no-template", {"tokenizer__chat_template": None}, "chat_template", False),
    ("no-tokens", {"tokenizer__ggml__tokens": None}, "vocabulary", 0),
    ("no-gqa", {"llama__attention__head_count_kv": None}, "kv_bytes", 2 * 8 * 16 * 2),
    ("wide-heads", {"llama__attention__key_length": (UINT32, 16)}, "kv_bytes", 2 * 4 * 24 * 2),
    (
        "heads-by-layer",
        {"llama__attention__head_count_kv": (ARRAY, (INT32, [4, 0]))},
        "kv_bytes",
        4 * 16 * 2,
    ),
    ("no-attention", {"llama__attention__head_count": None}, "kv_bytes", 0),
]


@pytest.mark.parametrize(
    ("changes", "field", "value"), [row[1:] for row in VARIANTS], ids=[row[0] for row in VARIANTS]
)
def test_variants(
    file: Path, changes: dict[str, tuple[int, object] | None], field: str, value: object
) -> None:
    file.write_bytes(changed(**changes))
    assert getattr(read(file), field) == value


# id, what the file holds, what the problem says
NOT_MODELS: list[tuple[str, bytes, str]] = [
    ("empty", b"", "empty"),
    ("text", b"print('hello')\n" * 50, "text file"),
    ("text-in-utf8", "# é ü 你好\n".encode() * 100, "text file"),
    ("html", b"\n<!DOCTYPE HTML><html><body>Log in to the school network", "web page"),
    ("lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n", "Git LFS"),
    ("zip", b"PK\x03\x04" + bytes(60), "zip"),
    ("old-format", b"tjgg" + bytes(60), "old GGML"),
    ("other-bytes", bytes(range(256)), "does not start"),
    ("version-1", model(version=1), "version 1"),
    ("big-endian", b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "version 50331648"),
    ("many-pairs", b"GGUF" + struct.pack("<IQQ", 3, 0, 2**40), "entries"),
    ("many-tensors", b"GGUF" + struct.pack("<IQQ", 3, 2**63, 0), "tensors"),
    ("long-key", b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**60), "bytes of text"),
    (
        "long-string",
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IQ", STRING, 2**62),
        "bytes of text",
    ),
    (
        "long-array",
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", ARRAY, 4, 2**50),
        "elements",
    ),
    (
        "array-of-arrays",
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", ARRAY, ARRAY, 1),
        "unknown type 9",
    ),
    (
        "unknown-type",
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 77),
        "unknown type 77",
    ),
    (
        "key-twice",
        b"GGUF"
        + struct.pack("<IQQ", 3, 0, 2)
        + (text("k") + struct.pack("<IB", 0, 1)) * 2
        + bytes(8),
        "twice",
    ),
    ("no-architecture", changed(general__architecture=None), "no architecture"),
    ("architecture-is-a-number", changed(general__architecture=(UINT32, 7)), "no architecture"),
    ("no-layers", changed(llama__block_count=None), "block_count is missing"),
    ("a-million-layers", changed(llama__block_count=(UINT32, 10**6)), "block_count is 1000000"),
    ("no-width", changed(llama__embedding_length=(UINT32, 0)), "embedding_length is 0"),
    ("less-than-none", changed(llama__context_length=(INT32, -1)), "context_length is -1"),
    ("alignment-3", changed(general__alignment=(UINT32, 3)), "alignment"),
    ("alignment-0", changed(general__alignment=(UINT32, 0)), "alignment"),
    ("five-dimensions", header(PAIRS, [("t", (1, 1, 1, 1, 1), 0, 0)]), "dimensions"),
    ("not-aligned", header(PAIRS, [("t", (1,), 0, 5)]), "aligned"),
]


@pytest.mark.parametrize(
    ("content", "problem"), [row[1:] for row in NOT_MODELS], ids=[row[0] for row in NOT_MODELS]
)
def test_not_a_model(file: Path, content: bytes, problem: str) -> None:
    file.write_bytes(content)
    with pytest.raises(NotAModel) as raised:
        read(file)
    assert problem in str(raised.value.details["problem"])
    assert raised.value.details["path"] == str(file)


def test_cut_in_the_tensors(file: Path) -> None:
    file.write_bytes(SOUND[:-100])
    with pytest.raises(ModelTruncated) as raised:
        read(file)
    assert raised.value.details["size"] == len(SOUND) - 100
    assert raised.value.details["expected"] == len(SOUND)


def test_cut_anywhere(file: Path) -> None:
    """From the first byte after the magic to the last of the tensors, it is told as cut short."""
    for length in range(4, len(SOUND), 3):
        file.write_bytes(SOUND[:length])
        with pytest.raises(ModelTruncated) as raised:
            read(file)
        assert int(raised.value.details["expected"]) > length


def test_an_unknown_tensor_type_is_no_reason(file: Path) -> None:
    start = header(PAIRS, [("new.weight", (1024, 1024), 9999, 0)])
    file.write_bytes(start + bytes(64))
    assert read(file).architecture == "llama"


def test_more_than_the_tensors_is_fine(file: Path) -> None:
    file.write_bytes(SOUND + bytes(1000))
    assert read(file).size == len(SOUND) + 1000
    assert len(SOUND) % 32 == DATA_BYTES % 32


def test_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(ModelFileMissing) as raised:
            read(path)
        assert raised.value.details == {"path": str(path)}


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="needs a file that can't be read"
)
def test_not_readable(file: Path) -> None:
    file.write_bytes(SOUND)
    file.chmod(0)
    with pytest.raises(NotAModel) as raised:
        read(file)
    assert "can't be read" in str(raised.value.details["problem"])


class Counted:
    """A file that counts what is asked of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.read_calls = self.seek_calls = self.read_bytes = 0

    def read(self, length: int) -> bytes:
        self.read_calls += 1
        self.read_bytes += length
        return self._file.read(length)

    def seek(self, offset: int, whence: int = 0) -> int:
        self.seek_calls += 1
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


STRINGS = 20_000
"""In place of four million, so that counting them costs little."""


def test_a_hostile_file_costs_little(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Says half of what may be and then more, in a sparse file that could hold it: each string that
    is counted is read once, none of those above the limit, and nothing is kept.
    """
    monkeypatch.setattr(gguf, "_MAX_ELEMENTS", 2 * STRINGS)
    start = b"GGUF" + struct.pack("<IQQ", 3, 0, 100)
    start += text("first") + struct.pack("<IIQ", ARRAY, STRING, STRINGS) + bytes(8 * STRINGS)
    start += text("last") + struct.pack("<IIQ", ARRAY, STRING, STRINGS + 1)
    with file.open("wb") as target:
        target.write(start)
        target.truncate(2**30)
    opened: list[Counted] = []

    class Watched(gguf._Cursor):
        def __init__(self, source: BinaryIO, size: int) -> None:
            opened.append(counted := Counted(source))
            super().__init__(cast("BinaryIO", counted), size)

    monkeypatch.setattr(gguf, "_Cursor", Watched)
    tracemalloc.start()
    with pytest.raises(NotAModel) as raised:
        read(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "elements" in str(raised.value.details["problem"])
    assert peak < 4 * 2**20
    (counted,) = opened
    assert STRINGS <= counted.read_calls < STRINGS + 20
    assert STRINGS <= counted.seek_calls < STRINGS + 20
    assert counted.read_bytes < len(start) + 1024


def test_the_limit_of_strings_is_small() -> None:
    """What the test above takes less of."""
    assert gguf._MAX_ELEMENTS <= 4_000_000


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_mutation_crashes_it(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever bytes are changed, the answer is an info or one of our errors."""
    content = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - DATA_BYTES))
        content[place] = data.draw(st.integers(0, 255))
    file = tmp_path / "mutated.gguf"
    file.write_bytes(content)
    found: GgufInfo | None = None
    code = ""
    try:
        found = read(file)
    except ModelError as error:
        code = error.code
    assert code in {"", "model-not-gguf", "model-truncated"}
    assert found is None or (found.kv_bytes >= 0 and 1 <= found.block_count <= 1024)
