"""What the same weights are called by transformers and by llama.cpp, and how their rows differ.

Source: llama.cpp, gguf-py/gguf/tensor_mapping.py and the conversion of Llama (`permute`).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[Any]

ARCHITECTURES = ("qwen2", "llama")
_TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_MODULES = {hf: ours for ours, hf in _LAYER.items()}
MATRICES = tuple(hf.rpartition(".")[2] for ours, hf in _LAYER.items() if "norm" not in ours)
"""What a LoRA can be put beside, as peft's `target_modules` names it."""
_OURS = re.compile(r"blk\.(\d+)\.(\w+)\.(weight|bias)")
_PEFT = re.compile(
    r"(?:base_model\.model\.)?model\.layers\.(\d+)\.([\w.]+)\.lora_([AB])(?:\.\w+)?\.weight"
)


def theirs(name: str) -> str | None:
    """transformers' name of a tensor of a GGUF; None for one that it has no place for."""
    layer = _OURS.fullmatch(name)
    if layer:
        number, part, kind = layer.groups()
        return f"model.layers.{number}.{_LAYER[part]}.{kind}" if part in _LAYER else None
    part, _, kind = name.rpartition(".")
    return f"{_TOP[part]}.{kind}" if part in _TOP else None


def adapters(name: str) -> tuple[str, str] | None:
    """The name in a GGUF, and "a" or "b", of a tensor of a peft adapter; None for another."""
    found = _PEFT.fullmatch(name)
    if not found or found.group(2) not in _MODULES:
        return None
    return f"blk.{found.group(1)}.{_MODULES[found.group(2)]}.weight", found.group(3).lower()


def turned(name: str, heads: int, heads_kv: int) -> int:
    """The heads whose rows llama.cpp keeps in another order for a tensor of a Llama; 0: none."""
    return {"attn_q": heads, "attn_k": heads_kv}.get(
        name.split(".")[2] if "blk." in name else "", 0
    )


def permuted(weights: Weights, heads: int) -> Weights:
    """transformers' rows in llama.cpp's order: the halves of each head's rotation beside each
    other. Shape (rows, ...) stays.
    """
    shape = weights.shape
    parts = weights.reshape(heads, 2, shape[0] // heads // 2, *shape[1:])
    found: Weights = parts.swapaxes(1, 2).reshape(shape)
    return found


def unpermuted(weights: Weights, heads: int) -> Weights:
    """The reverse of `permuted`."""
    shape = weights.shape
    parts = weights.reshape(heads, shape[0] // heads // 2, 2, *shape[1:])
    return np.ascontiguousarray(parts.swapaxes(1, 2).reshape(shape))
