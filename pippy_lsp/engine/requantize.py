"""A GGUF anew, with other types of weights.

    python -m pippy_lsp.engine.requantize SOURCE TARGET OLD NEW

All tensors of the type OLD get NEW ("Q5_0", "IQ4_NL"), but those that have a row a token: they are
the model's vocabulary, and what is lost there is lost for each word. `llama_model_quantize` does
the work (llama.h).
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from pathlib import Path

import llama_cpp.llama_cpp as lib

from pippy_lsp.engine import gguf
from pippy_lsp.engine.gguf_kinds import TYPE_NUMBERS

_VOCABULARY = ("token_embd.weight", "output.weight")


def wanted(kinds: dict[str, int], old: int, new: int) -> dict[str, int]:
    """The type of each tensor of the new file."""
    return {
        name: new if kind == old and name not in _VOCABULARY else kind
        for name, kind in kinds.items()
    }


def write(source: Path, target: Path, kinds: dict[str, int]) -> int:
    """Write `target`; what llama.cpp returns, 0 where it is done."""
    overrides = (lib.llama_model_tensor_override * (len(kinds) + 1))()
    for override, (name, kind) in zip(overrides, kinds.items(), strict=False):
        override.pattern = f"^{re.escape(name)}$".encode()
        override.type = kind
    params = lib.llama_model_quantize_default_params()
    params.allow_requantize = True
    params.nthread = os.cpu_count() or 1
    for field, name in zip(
        ("token_embedding_type", "output_tensor_type"), _VOCABULARY, strict=True
    ):
        if name in kinds:
            setattr(params, field, kinds[name])
    params.tt_overrides = ctypes.cast(overrides, type(params.tt_overrides))
    return int(lib.llama_model_quantize(os.fsencode(source), os.fsencode(target), params))


def main(arguments: list[str]) -> int:
    """Do what the command line asks."""
    source, target = Path(arguments[0]), Path(arguments[1])
    old, new = (TYPE_NUMBERS[name] for name in arguments[2:])
    return write(source, target, wanted(gguf.outline(source).kinds, old, new))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
