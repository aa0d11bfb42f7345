"""Builds small GGUF files, sound and broken ones."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from pippy_lsp.engine.gguf_kinds import TENSOR_TYPES

Array = tuple[int, Sequence[object]]
"""The element type and the elements."""
_CODES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
F32, Q4_0, Q4_K = 0, 2, 12

PAIRS: dict[str, tuple[int, object]] = {
    "general.architecture": (STRING, "llama"),
    "general.name": (STRING, "Tiny"),
    "llama.block_count": (UINT32, 2),
    "llama.context_length": (UINT32, 2048),
    "llama.embedding_length": (UINT32, 64),
    "llama.attention.head_count": (UINT32, 8),
    "llama.attention.head_count_kv": (UINT32, 4),
    "llama.rope.freq_base": (FLOAT32, 10000.0),
    "tokenizer.ggml.add_bos_token": (BOOL, True),
    "tokenizer.ggml.tokens": (ARRAY, (STRING, ["<s>", "a", "é"])),
    "tokenizer.ggml.scores": (ARRAY, (FLOAT32, [0.0, 1.0, 2.0])),
    "tokenizer.chat_template": (STRING, "{{ messages }}"),
}
TENSORS: list[tuple[str, tuple[int, ...], int, int]] = [
    ("token_embd.weight", (64, 3), F32, 0),
    ("output.weight", (256, 2), Q4_K, 768),
]
"""Name, dimensions, type, offset. The last one has 2 blocks of 144 bytes, so it ends at 1056."""
DATA_BYTES = 768 + 288


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def value_of(kind: int, value: object) -> bytes:
    if kind == STRING:
        return text(str(value))
    if kind == ARRAY:
        assert isinstance(value, tuple)
        element, items = value
        body = b"".join(value_of(element, item) for item in items)
        return struct.pack("<IQ", element, len(items)) + body
    return struct.pack(f"<{_CODES[kind]}", value)


def header(
    pairs: Mapping[str, tuple[int, object]] = PAIRS,
    tensors: Sequence[tuple[str, tuple[int, ...], int, int]] = TENSORS,
    *,
    version: int = 3,
) -> bytes:
    """The header, without the padding that follows it."""
    parts = [b"GGUF", struct.pack("<IQQ", version, len(tensors), len(pairs))]
    for key, (kind, value) in pairs.items():
        parts += [text(key), struct.pack("<I", kind), value_of(kind, value)]
    for name, dimensions, kind, offset in tensors:
        parts += [text(name), struct.pack("<I", len(dimensions))]
        parts += [struct.pack("<Q", size) for size in dimensions]
        parts += [struct.pack("<IQ", kind, offset)]
    return b"".join(parts)


def model(
    pairs: Mapping[str, tuple[int, object]] = PAIRS, *, data: int = DATA_BYTES, version: int = 3
) -> bytes:
    """A whole GGUF whose tensors take `data` bytes."""
    start = header(pairs, version=version)
    return start + bytes(-len(start) % 32) + bytes(data)


# --- whole models with made-up weights ------------------------------------------------------

Shape = tuple[str, tuple[int, ...], int]
"""A tensor's name, its dimensions as ggml counts them (the rows' length first), its type."""
Fill = Callable[[Shape, int], Iterable[bytes]]
"""The bytes of a tensor, in parts; told how many there must be."""
Q6_K, F16 = 14, 1
_ALIGNMENT = 32


def size_of(shape: Shape) -> int:
    """Bytes of a tensor."""
    block, block_bytes = TENSOR_TYPES[shape[2]]
    return math.prod(shape[1]) // block * block_bytes


def write(
    path: Path, pairs: Mapping[str, tuple[int, object]], shapes: Sequence[Shape], fill: Fill
) -> None:
    """Write a GGUF whose tensors `fill` fills."""
    tensors, end = list[tuple[str, tuple[int, ...], int, int]](), 0
    for shape in shapes:
        tensors.append((*shape, end))
        end += _padded(size_of(shape))
    with path.open("wb") as file:
        start = header(pairs, tensors)
        file.write(start + bytes(_padded(len(start)) - len(start)))
        for shape in shapes:
            size, written = size_of(shape), 0
            for part in fill(shape, size):
                written += file.write(part)
            assert written == size, shape
            file.write(bytes(_padded(size) - size))


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def noise(shape: Shape, size: int) -> Iterator[bytes]:
    """Made-up weights of a sound model: small ones, the same each time; norms are 1."""
    name, dimensions, kind = shape
    if len(dimensions) == 1:
        yield np.ones(dimensions, np.float32).tobytes()
        return
    random = np.random.default_rng(zlib.crc32(name.encode()))
    if kind in (F32, F16):
        numbers = random.normal(0, 0.1, math.prod(dimensions))
        yield numbers.astype(np.float32 if kind == F32 else np.float16).tobytes()
        return
    # Blocks of k-quants: random bits, and factors that make them small numbers around 0.
    many = _BLOCKS[kind](random, min(4096, size // TENSOR_TYPES[kind][1]))
    for left in range(size, 0, -len(many)):
        yield many[:left]


def _q4_k(random: np.random.Generator, count: int) -> bytes:
    blocks = random.integers(0, 256, (count, 144), np.uint8)
    blocks[:, :4] = np.array([1.4e-4, 7.5 * 1.4e-4], np.float16).view(np.uint8)
    return blocks.tobytes()


def _q6_k(random: np.random.Generator, count: int) -> bytes:
    blocks = random.integers(0, 256, (count, 210), np.uint8)
    blocks[:, 208:] = np.array([1.5e-5], np.float16).view(np.uint8)
    return blocks.tobytes()


_BLOCKS = {Q4_K: _q4_k, Q6_K: _q6_k}
