"""A strict reader of GGUF headers, for files that nobody vouches for.

llama.cpp aborts the process on some broken files, so what can be seen in the header is looked at
first. Nothing but the header is read; arrays are skipped, not loaded; every count and length has a
limit, so a hostile file costs neither memory nor much time.
Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from pippy_lsp.engine.gguf_kinds import TENSOR_TYPES, what_it_is
from pippy_lsp.errors import ModelFileMissing, ModelTruncated, NotAModel

_MAX_PAIRS = 10_000
_MAX_TENSORS = 100_000
_MAX_NAME = 65_535
_MAX_STRING = 16 * 2**20
_MAX_KEPT_STRING = 65_536
_MAX_ELEMENTS = 4_000_000
"""Of all arrays together; the largest vocabularies have about 260,000 tokens."""
_MAX_KEPT_ARRAY = 1024
_MAX_ALIGNMENT = 2**20
_GENERAL = ("architecture", "name", "license", "type")
_KEPT_STRINGS = (*(f"general.{key}" for key in _GENERAL), "adapter.type")
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9

T = TypeVar("T")
Value = int | float | bool | str | tuple[int, ...]


class GgufInfo(msgspec.Struct, frozen=True):
    """What the header of a GGUF says."""

    architecture: str
    name: str
    context_length: int
    """Tokens that it was trained on; 0 where the header does not say."""
    block_count: int
    embedding_length: int
    kv_bytes: int
    """Bytes of KV cache for one token, in f16."""
    vocabulary: int
    """Tokens in its vocabulary."""
    size: int
    """Bytes of the file."""
    chat_template: bool
    licence: str = ""
    """As the file has it; "" where it does not say."""


class Outline(msgspec.Struct, frozen=True):
    """What a GGUF of any kind says of itself, and its tensors."""

    texts: dict[str, str]
    tensors: dict[str, tuple[int, ...]]
    """Dimensions by name, as ggml counts them: the rows' length first."""
    kinds: dict[str, int]
    """The numbers of their types by name, as in `gguf_kinds`."""


class _Short(Exception):
    """The file ends before `needed` bytes."""

    def __init__(self, needed: int) -> None:
        self.needed = needed


class _Bad(Exception):
    """The header breaks a rule, which the message names."""


class _Cursor:
    """Reads little-endian values and never past the end of the file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.size = size
        self.elements = 0

    def take(self, length: int) -> bytes:
        data = self.file.read(length)
        if len(data) != length:
            raise _Short(self.file.tell() - len(data) + length)
        return data

    def skip(self, length: int) -> None:
        end = self.file.seek(length, 1)
        if end > self.size:
            raise _Short(end)

    def number(self, code: str) -> int:
        return int(self.scalar(code))

    def scalar(self, code: str) -> int | float | bool:
        layout = struct.Struct(f"<{code}")
        value: int | float | bool = layout.unpack(self.take(layout.size))[0]
        return value

    def count(self, what: str, most: int) -> int:
        found = self.number("Q")
        if found > most:
            raise _Bad(f"its header says {found} {what}")
        return found

    def string(self, most: int) -> str:
        return self.take(self.count("bytes of text", most)).decode("utf-8", "replace")

    def skip_strings(self, count: int) -> None:
        """Skip `count` strings; a vocabulary has hundreds of thousands, so this loop is tight."""
        read, seek, unpack = self.file.read, self.file.seek, struct.Struct("<Q").unpack
        for _ in range(count):
            prefix = read(8)
            if len(prefix) != 8:  # noqa: PLR2004 - the size of "<Q"
                raise _Short(self.file.tell() + 8 - len(prefix))
            (length,) = unpack(prefix)
            if length > _MAX_STRING:
                raise _Bad(f"its header says {length} bytes of text")
            seek(length, 1)
        self.skip(0)


class _Header(msgspec.Struct):
    """The header's pairs, with the values that are wanted, and the end of the last tensor."""

    pairs: dict[str, Value]
    lengths: dict[str, int]
    """Of the arrays."""
    end: int
    """Bytes that the file must have."""
    tensors: dict[str, tuple[int, ...]]
    kinds: dict[str, int]


def read(path: Path) -> GgufInfo:
    """What the header of the model's GGUF at `path` says.

    Raises: ModelFileMissing; NotAModel when it is something else or its header makes no sense;
    ModelTruncated when the file is shorter than its tensors, or than its header.
    """
    return _read(path, _info)


def outline(path: Path) -> Outline:
    """What the header of any GGUF at `path` says. Raises: as `read`."""
    return _read(path, _outline)


def _outline(header: _Header, _: int) -> Outline:
    texts = {key: each for key, each in header.pairs.items() if isinstance(each, str)}
    return Outline(texts, header.tensors, header.kinds)


def _read(path: Path, use: Callable[[_Header, int], T]) -> T:
    if not path.is_file():
        raise ModelFileMissing(path=str(path))
    try:
        size = path.stat().st_size
        with path.open("rb", buffering=2**18) as file:
            header = _read_header(_Cursor(file, size))
        if size < header.end:
            raise ModelTruncated(path=str(path), size=size, expected=header.end)
        return use(header, size)
    except _Short as error:
        raise ModelTruncated(path=str(path), size=size, expected=error.needed) from error
    except _Bad as error:
        raise NotAModel(path=str(path), problem=str(error)) from error
    except OSError as error:
        raise NotAModel(path=str(path), problem=f"it can't be read: {error.strerror}") from error


def _read_header(cursor: _Cursor) -> _Header:
    start = cursor.file.read(512)
    other = what_it_is(start)
    if other:
        raise _Bad(other)
    cursor.file.seek(4)
    version = cursor.number("I")
    if version not in (2, 3):
        raise _Bad(f"it is GGUF version {version}; versions 2 and 3 can be read")
    tensors = cursor.count("tensors", _MAX_TENSORS)
    pairs = cursor.count("entries", _MAX_PAIRS)
    header = _Header({}, {}, 0, {}, {})
    for _ in range(pairs):
        _read_pair(cursor, header)
    header.end = _tensors_end(cursor, tensors, header)
    return header


def _alignment(header: _Header) -> int:
    alignment = _whole(header, "general.alignment", _MAX_ALIGNMENT, 1, default=32)
    if alignment & (alignment - 1):
        raise _Bad(f"its header says an alignment of {alignment}")
    return alignment


def _read_pair(cursor: _Cursor, header: _Header) -> None:
    key = cursor.string(_MAX_NAME)
    kind = cursor.number("I")
    if key in header.pairs or key in header.lengths:
        raise _Bad("an entry of its header is there twice")
    if kind == _ARRAY:
        _read_array(cursor, header, key)
    elif kind == _STRING:
        if key in _KEPT_STRINGS:
            header.pairs[key] = cursor.string(_MAX_KEPT_STRING)
        else:
            cursor.skip_strings(1)
            header.pairs[key] = ""
    elif kind in _SCALARS:
        header.pairs[key] = cursor.scalar(_SCALARS[kind])
    else:
        raise _Bad(f"its header has a value of the unknown type {kind}")


def _read_array(cursor: _Cursor, header: _Header, key: str) -> None:
    kind = cursor.number("I")
    count = cursor.count("elements", _MAX_ELEMENTS)
    cursor.elements += count
    if cursor.elements > _MAX_ELEMENTS:
        raise _Bad(f"its header says more than {_MAX_ELEMENTS} elements")
    header.lengths[key] = count
    if kind == _STRING:
        cursor.skip_strings(count)
    elif kind not in _SCALARS:
        raise _Bad(f"its header has an array of the unknown type {kind}")
    elif key.endswith(".head_count_kv") and count <= _MAX_KEPT_ARRAY:
        # Models with unlike layers give one number a layer here.
        header.pairs[key] = tuple(cursor.number(_SCALARS[kind]) for _ in range(count))
    else:
        cursor.skip(count * struct.calcsize(f"<{_SCALARS[kind]}"))


def _tensors_end(cursor: _Cursor, count: int, header: _Header) -> int:
    """Bytes that a file with these tensors has at least. Types that are not known count nothing."""
    alignment = _alignment(header)
    ends = [0]
    for _ in range(count):
        name = cursor.string(_MAX_NAME)
        dimensions = cursor.number("I")
        if not 1 <= dimensions <= 4:  # noqa: PLR2004 - GGML_MAX_DIMS
            raise _Bad(f"a tensor of its header has {dimensions} dimensions")
        header.tensors[name] = tuple(cursor.number("Q") for _ in range(dimensions))
        elements = math.prod(header.tensors[name])
        header.kinds[name] = kind = cursor.number("I")
        offset = cursor.number("Q")
        if offset % alignment:
            raise _Bad("a tensor of its header is not aligned")
        block, block_bytes = TENSOR_TYPES.get(kind, (1, 0))
        ends.append(offset + -(-elements // block) * block_bytes)
    data = -(-cursor.file.tell() // alignment) * alignment
    return data + max(ends) if count else cursor.file.tell()


def _info(header: _Header, size: int) -> GgufInfo:
    architecture = header.pairs.get("general.architecture")
    if not isinstance(architecture, str) or not architecture:
        raise _Bad("its header names no architecture")
    name, licence = header.pairs.get("general.name"), header.pairs.get("general.license")
    blocks = _whole(header, f"{architecture}.block_count", 2**10, 1, required=True)
    embedding = _whole(header, f"{architecture}.embedding_length", 2**20, 1, required=True)
    tokens = header.lengths.get("tokenizer.ggml.tokens", 0)
    return GgufInfo(
        architecture=architecture,
        name=name if isinstance(name, str) else "",
        context_length=_whole(header, f"{architecture}.context_length", 2**31),
        block_count=blocks,
        embedding_length=embedding,
        kv_bytes=_kv_bytes(header, architecture, blocks, embedding),
        vocabulary=tokens or _whole(header, f"{architecture}.vocab_size", 2**24),
        size=size,
        chat_template="tokenizer.chat_template" in header.pairs,
        licence=licence if isinstance(licence, str) else "",
    )


def _kv_bytes(header: _Header, architecture: str, blocks: int, embedding: int) -> int:
    """Bytes of K and V for one token in f16: every layer, KV head and dimension, twice 2 bytes."""
    prefix = f"{architecture}.attention"
    heads = _whole(header, f"{prefix}.head_count", 2**16)
    if not heads:
        return 0
    each = header.pairs.get(f"{prefix}.head_count_kv", heads)
    if isinstance(each, tuple):
        kv_heads = sum(min(max(0, one), 2**16) for one in each)
    else:
        kv_heads = _whole(header, f"{prefix}.head_count_kv", 2**16, default=heads) * blocks
    key = _whole(header, f"{prefix}.key_length", 2**16, default=embedding // heads)
    value = _whole(header, f"{prefix}.value_length", 2**16, default=embedding // heads)
    return kv_heads * (key + value) * 2


def _whole(
    header: _Header,
    key: str,
    most: int,
    least: int = 0,
    *,
    default: int = 0,
    required: bool = False,
) -> int:
    """The whole number `key`, which must lie between `least` and `most` where it is given."""
    value = header.pairs.get(key)
    if value is None and not required:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        said = "missing" if value is None else repr(value)[:40]
        raise _Bad(f"in its header {key[:80]} is {said}")
    return value
