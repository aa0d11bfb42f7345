"""A GGUF anew, with other types of weights.

    python -m pippy_lsp.engine.requantize SOURCE TARGET RULES

The rules are a `registry.Quicker` in JSON. `llama_model_quantize` does the work (llama.h).
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from pathlib import Path

import llama_cpp.llama_cpp as lib
import msgspec

from pippy_lsp.engine import gguf
from pippy_lsp.engine.gguf_kinds import TYPE_NUMBERS
from pippy_lsp.engine.registry import Quicker

_EMBEDDING, _HEAD = "token_embd.weight", "output.weight"


def wanted(kinds: dict[str, int], rules: Quicker) -> dict[str, int]:
    """The type of each tensor of the new file. The embedding keeps its own: few rows are read."""
    changed = {TYPE_NUMBERS[old]: TYPE_NUMBERS[new] for old, new in rules.kinds.items()}
    fixed = {name: kind for name, kind in kinds.items() if name in (_EMBEDDING, _HEAD)}
    if rules.head and _HEAD in kinds:
        fixed[_HEAD] = TYPE_NUMBERS[rules.head]
    return {name: changed.get(kind, kind) for name, kind in kinds.items()} | fixed


def write(source: Path, target: Path, kinds: dict[str, int]) -> int:
    """Write `target`; what llama.cpp returns, 0 where it is done."""
    overrides = (lib.llama_model_tensor_override * (len(kinds) + 1))()
    for override, (name, kind) in zip(overrides, kinds.items(), strict=False):
        override.pattern = f"^{re.escape(name)}$".encode()
        override.type = kind
    params = lib.llama_model_quantize_default_params()
    params.allow_requantize = True
    params.nthread = os.cpu_count() or 1
    params.token_embedding_type = kinds[_EMBEDDING]
    params.output_tensor_type = kinds.get(_HEAD, kinds[_EMBEDDING])
    params.tt_overrides = ctypes.cast(overrides, type(params.tt_overrides))
    return int(lib.llama_model_quantize(os.fsencode(source), os.fsencode(target), params))


def main(arguments: list[str]) -> int:
    """Do what the command line asks."""
    source, target = Path(arguments[0]), Path(arguments[1])
    rules = msgspec.json.decode(arguments[2], type=Quicker)
    return write(source, target, wanted(gguf.outline(source).kinds, rules))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
