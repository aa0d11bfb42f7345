"""A peft adapter as the GGUF that llama.cpp and the server wear.

Source: llama.cpp, convert_lora_to_gguf.py (the keys and names) and src/llama-adapter.cpp.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from finetune import names
from finetune.names import Weights
from pippy_lsp.errors import UsageError

_PLAIN = {"use_dora": False, "use_rslora": False, "bias": "none", "modules_to_save": None}
"""What llama.cpp can wear."""


def convert(folder: Path, base: Path, file: Path) -> int:
    """Write the peft adapter in `folder`, for the model in `base`, to `file`; how many tensors.

    Raises: UsageError.
    """
    try:
        said = json.loads((folder / "adapter_config.json").read_text("utf-8"))
        tensors = load_file(folder / "adapter_model.safetensors")
        model = json.loads((base / "config.json").read_text("utf-8"))
    except (OSError, ValueError, SafetensorError) as error:
        raise UsageError(what=f"There is no whole adapter in {folder}: {error}.") from error
    for key, plain in _PLAIN.items():
        if said.get(key, plain) not in (plain, []):
            raise UsageError(what=f"llama.cpp can't wear an adapter with {key} = {said[key]}.")
    write(file, tensors, float(said["lora_alpha"]), model)
    return len(tensors)


def write(file: Path, tensors: Mapping[str, Weights], alpha: float, model: dict[str, Any]) -> None:
    """Write peft's `tensors` (A: rank x in, B: out x rank) as a GGUF; `model` is the base's
    config.json. The file is there only when it is whole.

    Raises: UsageError for a tensor that has no place in a GGUF.
    """
    kind = model["model_type"]
    writer = gguf.GGUFWriter(None, kind)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    writer.add_name(file.stem)
    for name, (found, part) in sorted(_placed(tensors).items()):
        heads = names.turned(found, model["num_attention_heads"], model["num_key_value_heads"])
        numbers = np.asarray(tensors[name], dtype=np.float32)
        if kind == "llama" and part == "b" and heads:
            numbers = names.permuted(numbers, heads)
        numbers = np.ascontiguousarray(numbers, dtype=np.float16)
        writer.add_tensor(f"{found}.lora_{part}", numbers)
    part_file = file.with_name(f"{file.name}.part")
    writer.write_header_to_file(part_file)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part_file.replace(file)


def _placed(tensors: Mapping[str, Weights]) -> dict[str, tuple[str, str]]:
    found = {}
    for name in tensors:
        place = names.adapters(name)
        if place is None:
            raise UsageError(what=f"llama.cpp has no place for the adapter's tensor {name}.")
        found[name] = place
    return found
