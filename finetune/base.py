"""The model that is trained on: the GGUF that children use, its weights in full, as transformers
reads them. So the adapter learns beside the very weights it is worn with.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from safetensors.numpy import save_file

from finetune import names
from finetune.names import Weights
from pippy_lsp.errors import UsageError

_SHARD = 2 * 2**30
"""Bytes in a file of weights, so that a 7B model needs no memory to be written."""
_INDEX = "model.safetensors.index.json"
_CLASSES = {"qwen2": "Qwen2ForCausalLM", "llama": "LlamaForCausalLM"}
_NO_FILES = {"model": "", "size": 0}


def config(reader: gguf.GGUFReader) -> dict[str, Any]:
    """The model's `config.json`. Raises: UsageError for an architecture that is not known here."""
    kind = _said(reader, "general.architecture", "")
    if kind not in names.ARCHITECTURES:
        known = " and ".join(names.ARCHITECTURES)
        raise UsageError(what=f"Models of {known} can be trained here, and this one is {kind}.")

    def said(key: str, default: Any = None) -> Any:
        return _said(reader, f"{kind}.{key}", default)

    tensors = {each.name: each for each in reader.tensors}
    heads = said("attention.head_count")
    return {
        "model_type": kind,
        "architectures": [_CLASSES[kind]],
        "vocab_size": int(tensors["token_embd.weight"].shape[1]),
        "hidden_size": said("embedding_length"),
        "intermediate_size": said("feed_forward_length"),
        "num_hidden_layers": said("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": said("attention.head_count_kv", heads),
        "max_position_embeddings": said("context_length"),
        "rms_norm_eps": said("attention.layer_norm_rms_epsilon"),
        "rope_theta": said("rope.freq_base", 10_000.0),
        "tie_word_embeddings": "output.weight" not in tensors,
        "hidden_act": "silu",
        "torch_dtype": "float16",
    }


def _said(reader: gguf.GGUFReader, key: str, default: Any) -> Any:
    field = reader.get_field(key)
    return default if field is None else field.contents()


def weights(reader: gguf.GGUFReader, made: dict[str, Any]) -> Iterator[tuple[str, Weights]]:
    """transformers' names and the numbers, as float16 (float32 for norms and biases)."""
    llama = made["model_type"] == "llama"
    heads, heads_kv = made["num_attention_heads"], made["num_key_value_heads"]
    for tensor in reader.tensors:
        name = names.theirs(tensor.name)
        if name is None:
            continue
        found = gguf.dequantize(tensor.data, tensor.tensor_type)
        turned = names.turned(tensor.name, heads, heads_kv) if llama else 0
        if turned:
            found = names.unpermuted(found, turned)
        kind = np.float16 if found.ndim > 1 else np.float32
        yield name, np.ascontiguousarray(found, dtype=kind)


def write(model: Path, folder: Path, progress: Callable[[str], None]) -> None:
    """Write the GGUF `model` into `folder` as transformers reads it; nothing where it is there.

    Raises: UsageError where there is no room or the model can't be trained.
    """
    mark = {"model": str(model), "size": model.stat().st_size}
    if (folder / _INDEX).is_file() and _mark(folder) == mark:
        return
    reader = gguf.GGUFReader(model)
    made = config(reader)
    wanted = 2 * sum(int(tensor.n_elements) for tensor in reader.tensors)
    folder.mkdir(parents=True, exist_ok=True)
    need_room(folder, wanted)
    shard: dict[str, Weights] = {}
    index: dict[str, str] = {}
    for name, found in weights(reader, made):
        shard[name] = found
        progress(name)
        if sum(each.nbytes for each in shard.values()) > _SHARD:
            _save(folder, shard, index)
    _save(folder, shard, index)
    (folder / "config.json").write_text(json.dumps(made, indent=1), "utf-8")
    (folder / "source.json").write_text(json.dumps(mark), "utf-8")
    whole = {"metadata": {"total_size": wanted}, "weight_map": index}
    (folder / _INDEX).write_text(json.dumps(whole, indent=1), "utf-8")


def _mark(folder: Path) -> dict[str, Any]:
    """What the folder was made of."""
    try:
        found: dict[str, Any] = json.loads((folder / "source.json").read_text("utf-8"))
    except (OSError, ValueError):
        return _NO_FILES
    return found


def _save(folder: Path, shard: dict[str, Weights], index: dict[str, str]) -> None:
    if not shard:
        return
    file = f"model-{len(set(index.values())) + 1:05}.safetensors"
    save_file(shard, folder / file, metadata={"format": "pt"})
    index.update(dict.fromkeys(shard, file))
    shard.clear()


def need_room(folder: Path, size: int) -> None:
    """Raises: UsageError where the disk of `folder` has no room for `size` bytes."""
    free = shutil.disk_usage(folder).free
    if free < size:
        short = f"{size / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free"
        raise UsageError(what=f"There is no room for it in {folder}: {short}.")
