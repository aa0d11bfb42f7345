"""Tables for the GGUF reader: the sizes of the tensor types, and what a file is that is no GGUF."""

from __future__ import annotations

import codecs

TENSOR_TYPES: dict[int, tuple[int, int]] = {
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    15: (256, 292),  # Q8_K
    16: (256, 66),  # IQ2_XXS
    17: (256, 74),  # IQ2_XS
    18: (256, 98),  # IQ3_XXS
    19: (256, 50),  # IQ1_S
    20: (32, 18),  # IQ4_NL
    21: (256, 110),  # IQ3_S
    22: (256, 82),  # IQ2_S
    23: (256, 136),  # IQ4_XS
    24: (1, 1),  # I8
    25: (1, 2),  # I16
    26: (1, 4),  # I32
    27: (1, 8),  # I64
    28: (1, 8),  # F64
    29: (256, 56),  # IQ1_M
    30: (1, 2),  # BF16
    34: (256, 54),  # TQ1_0
    35: (256, 66),  # TQ2_0
    39: (32, 17),  # MXFP4
}
"""Number -> (elements a block, bytes a block). Source: ggml-common.h's block structs."""

TYPE_NUMBERS = {
    "F16": 1, "Q4_0": 2, "Q5_0": 6, "Q8_0": 8, "Q4_K": 12, "Q6_K": 14, "IQ4_NL": 20,
}  # fmt: skip
"""The numbers of the types whose names are used, as in ggml.h."""

_STARTS = (
    (b"version https://git-lfs", "it is a Git LFS pointer, not the file itself"),
    (b"<!doctype html", "it is a web page"),
    (b"<html", "it is a web page"),
    (b"pk\x03\x04", "it is a zip file"),
    (b"lmgg", "it is in the old GGML format"),
    (b"tjgg", "it is in the old GGML format"),
    (b"fmgg", "it is in the old GGML format"),
)


def what_it_is(start: bytes) -> str:
    """What a file with this start is, in words; "" when it starts as a GGUF does."""
    if start.startswith(b"GGUF"):
        return ""
    if not start:
        return "it is empty"
    plain = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for prefix, words in _STARTS:
        if plain.startswith(prefix):
            return words
    return "it is a text file" if _is_text(start) else "it does not start as a GGUF does"


def _is_text(start: bytes) -> bool:
    try:
        # Not final: the start may end in the middle of a character.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(start)
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n\f" for character in text)
