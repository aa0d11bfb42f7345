"""GGUFs of CodeLlama's exact shape with made-up weights, for its own can't be had everywhere.

The vocabulary has CodeLlama's size, kind and marks: 32,016 pieces of SentencePiece, bytes at 3 to
258, single characters at the end of Llama 2's 32,000, and 16 more that make up the marks. Pieces
whose true number is known stand there; what is between them is filled with words of programs and
with pieces that no text has.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests import ggufs
from tests.ggufs import ARRAY, BOOL, F32, FLOAT32, INT32, STRING, UINT32, Shape

SIZE = 32_016
PRE, SUF, MID, EOT = 32_007, 32_008, 32_009, 32_010
"""Source: CodeLlama's tokenizer.model (32,016 pieces; the Python variants' has 32,000)."""
TRUE = {
    "▁▁": 259, "▁▁▁▁": 268, "as": 294, "▁[": 518, "▁<": 529, "▁return": 736, "▁def": 822,
    "</": 829, "▁str": 851, "▁result": 1121, "▁->": 1599, "▁▁▁": 1678, "▁remove": 3349,
    "▁<<": 3532, "non": 5464, ">>": 6778, '▁"""': 9995, "SY": 14816, "cii": 18869, "INST": 25580,
    "▁": 29871, "s": 29879, ")": 29897, "(": 29898, ":": 29901, "S": 29903, "/": 29914,
    "_": 29918, "]": 29962, "<": 29966,
    "▁<SU": 32_000, "▁<SUF": 32_001, "▁<PRE": 32_002, "▁<M": 32_003, "▁<MID": 32_004,
    "▁<E": 32_005, "▁<EOT": 32_006, "▁<PRE>": PRE, "▁<SUF>": SUF, "▁<MID>": MID, "▁<EOT>": EOT,
    "▁<EOT><EOT>": 32_011, "▁<EOT><EOT><EOT>": 32_012, "▁<EOT><EOT><EOT><EOT>": 32_013,
    "▁<EOT><EOT><EOT><EOT><EOT>": 32_014, "▁<EOT><EOT><EOT><EOT><EOT><EOT>": 32_015,
}  # fmt: skip
"""Numbers of pieces, as in the ids that were published with CodeLlama's and Llama 2's prompts."""
_BYTES, _CHARACTERS = 3, 29_871
_TEXT = """
for in range print if else elif while import random input int list append len and or not def class
return name score number player game turtle forward left right speed color time True False None
break continue open read write self x y i the a is of to you Why What How Be kind user answer
"""
_SHORT = ["PRE", "SUF", "MID", "EOT", "▁▁▁▁▁▁▁▁"]
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6


def pieces() -> list[str]:
    """The vocabulary."""
    taken = {number: piece for piece, number in TRUE.items()}
    taken |= {0: "<unk>", 1: "<s>", 2: "</s>"}
    taken |= {_BYTES + value: f"<0x{value:02X}>" for value in range(256)}
    known = set(taken.values())
    single = (c for c in map(chr, [*range(33, 127), ord("☺"), ord("é")]) if c not in known)
    parts = (part for part in _parts() if part not in known)
    for number in range(SIZE):
        if number not in taken:
            made = next(single if number >= _CHARACTERS else parts, f"⟨{number}⟩")
            taken[number] = made
    return [taken[number] for number in range(SIZE)]


def _parts() -> Iterator[str]:
    """What the words are put together from, each once: a word grows letter by letter."""
    seen = set()
    for word in [*TRUE, *_SHORT, *(f"▁{word}" for word in _TEXT.split())]:
        for end in range(2, len(word) + 1):
            if word[:end] not in seen and "<" not in word:
                seen.add(word[:end])
                yield word[:end]


def scores(vocabulary: list[str]) -> list[float]:
    """The higher ones are put together first: the shorter, and runs of spaces last."""
    return [-1e9 if piece.strip("▁") == "" else float(-len(piece)) for piece in vocabulary]


def pairs(
    *,
    name: str = "codellama_codellama-7b-instruct-hf",
    layers: int = 32,
    embedding: int = 4096,
    inner: int = 11_008,
    heads: int = 32,
    said: bool = False,
    template: str = "",
) -> dict[str, tuple[int, object]]:
    """The header. `said`: it names the marks' ids, and they are marked as control tokens, as
    conversions do since 2024; the older ones say nothing of them.
    """
    vocabulary = pieces()
    kinds = [_NORMAL] * SIZE
    kinds[:3] = [_UNKNOWN, _CONTROL, _CONTROL]
    kinds[_BYTES : _BYTES + 256] = [_BYTE] * 256
    if said:
        kinds[PRE : EOT + 1] = [_CONTROL] * 4
    marks = {"prefix": PRE, "suffix": SUF, "middle": MID, "eot": EOT} if said else {}
    found: dict[str, tuple[int, object]] = {
        "general.architecture": (STRING, "llama"),
        "general.name": (STRING, name),
        "llama.context_length": (UINT32, 16_384),
        "llama.embedding_length": (UINT32, embedding),
        "llama.block_count": (UINT32, layers),
        "llama.feed_forward_length": (UINT32, inner),
        "llama.rope.dimension_count": (UINT32, embedding // heads),
        "llama.attention.head_count": (UINT32, heads),
        "llama.attention.head_count_kv": (UINT32, heads),
        "llama.attention.layer_norm_rms_epsilon": (FLOAT32, 1e-5),
        "llama.rope.freq_base": (FLOAT32, 1_000_000.0),
        "tokenizer.ggml.model": (STRING, "llama"),
        "tokenizer.ggml.tokens": (ARRAY, (STRING, vocabulary)),
        "tokenizer.ggml.scores": (ARRAY, (FLOAT32, scores(vocabulary))),
        "tokenizer.ggml.token_type": (ARRAY, (INT32, kinds)),
        "tokenizer.ggml.bos_token_id": (UINT32, 1),
        "tokenizer.ggml.eos_token_id": (UINT32, 2),
        "tokenizer.ggml.unknown_token_id": (UINT32, 0),
    }
    if said:
        found["tokenizer.ggml.add_bos_token"] = (BOOL, True)
    if template:
        found["tokenizer.chat_template"] = (STRING, template)
    return found | {f"tokenizer.ggml.{m}_token_id": (UINT32, n) for m, n in marks.items()}


def shapes(layers: int, embedding: int, inner: int, matrix: int, better: int) -> list[Shape]:
    """The tensors of a Llama; `better` is the type of those that Q4_K_M gives more bits."""
    width = (embedding,)
    found: list[Shape] = [
        ("token_embd.weight", (embedding, SIZE), matrix),
        ("output_norm.weight", width, F32),
        ("output.weight", (embedding, SIZE), better),
    ]
    for layer in range(layers):
        eighth = layers // 8
        edge = layer < eighth or layer >= layers - eighth
        more = better if edge or (layer - eighth) % 3 == 2 else matrix
        square = (embedding, embedding)
        at = f"blk.{layer}"
        found += [
            (f"{at}.attn_norm.weight", width, F32),
            (f"{at}.attn_q.weight", square, matrix),
            (f"{at}.attn_k.weight", square, matrix),
            (f"{at}.attn_v.weight", square, more),
            (f"{at}.attn_output.weight", square, matrix),
            (f"{at}.ffn_norm.weight", width, F32),
            (f"{at}.ffn_gate.weight", (embedding, inner), matrix),
            (f"{at}.ffn_up.weight", (embedding, inner), matrix),
            (f"{at}.ffn_down.weight", (inner, embedding), more),
        ]
    return found


SMALL = {"layers": 2, "embedding": 64, "inner": 128, "heads": 4}


def write_small(path: Path, **header: object) -> Path:
    """A CodeLlama with two thin layers, or so many; `header` as `pairs` takes it."""
    said = {**SMALL, **header}
    layers = said["layers"]
    assert isinstance(layers, int)
    found = shapes(layers, 64, 128, ggufs.F16, ggufs.F16)
    ggufs.write(path, pairs(**said), found, ggufs.noise)  # type: ignore[arg-type]
    return path


def write_adapter(
    path: Path,
    *,
    rank: int = 2,
    size: int = 64,
    architecture: str = "llama",
    kind: str = "lora",
    tensor: str = "blk.1.attn_output.weight",
    parts: tuple[str, ...] = ("lora_a", "lora_b"),
) -> Path:
    """A LoRA adapter for one matrix of `write_small`'s model; it changes what the model writes."""
    said: dict[str, tuple[int, object]] = {
        "general.architecture": (STRING, architecture),
        "general.type": (STRING, "adapter"),
        "adapter.type": (STRING, kind),
        "adapter.lora.alpha": (FLOAT32, 64.0),
    }
    made = {"lora_a": (size, rank), "lora_b": (rank, size)}
    found: list[Shape] = [(f"{tensor}.{part}", made[part], F32) for part in parts]
    ggufs.write(path, said, found, ggufs.noise)
    return path


def write_full(path: Path, *, layers: int = 32, embedding: int = 4096, inner: int = 11_008) -> Path:
    """A CodeLlama 7B (or 13B: 40, 5120, 13824) in Q4_K_M's mixture: 4.08 GB."""
    said = pairs(layers=layers, embedding=embedding, inner=inner, heads=embedding // 128)
    tensors = shapes(layers, embedding, inner, ggufs.Q4_K, ggufs.Q6_K)
    ggufs.write(path, said, tensors, ggufs.noise)
    return path


def weight_bytes(layers: int, embedding: int, inner: int) -> int:
    """Bytes of the weights that one token reads: all but the table of embeddings."""
    all_of_them = shapes(layers, embedding, inner, ggufs.Q4_K, ggufs.Q6_K)
    return sum(ggufs.size_of(shape) for shape in all_of_them if shape[0] != "token_embd.weight")
