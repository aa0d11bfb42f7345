"""Builds small GGUF files, sound and broken ones."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

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
