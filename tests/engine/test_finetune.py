"""The way from a model to an adapter and back into llama.cpp, on a made model of two layers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pippy_lsp.engine import adapters
from pippy_lsp.engine.llama import Llama, Logits
from pippy_lsp.engine.protocol import Chat, Infill, Message
from pippy_lsp.errors import AdapterWrong, UsageError
from tests import codellama, ggufs

gguf = pytest.importorskip("gguf")
pytest.importorskip("safetensors")

from finetune import base, convert, names  # noqa: E402 - they need the extra
from finetune.pairs import Pair  # noqa: E402
from finetune.tokens import NO_LOSS, Writer  # noqa: E402

RANK, ALPHA = 4, 8.0
TOKENS = [1, 822, 3349, 736]
ADAPTED = {
    "model.layers.0.self_attn.q_proj": (64, 64),
    "model.layers.1.self_attn.k_proj": (64, 64),
    "model.layers.1.self_attn.v_proj": (64, 64),
    "model.layers.0.mlp.gate_proj": (128, 64),
    "model.layers.1.mlp.down_proj": (64, 128),
}
"""Modules, and the shape (out, in) of their weights."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return codellama.write_small(tmp_path_factory.mktemp("m") / "codellama-7b-instruct.gguf")


@pytest.fixture(scope="module")
def full(model: Path) -> Path:
    folder = model.parent / "base"
    base.write(model, folder, lambda _: None)
    return folder


@pytest.fixture(scope="module")
def learned() -> dict[str, names.Weights]:
    """What peft would have learned."""
    random = np.random.default_rng(1)
    found = {}
    for module, (rows, columns) in ADAPTED.items():
        name = f"base_model.model.{module}.lora_"
        found[f"{name}A.weight"] = random.normal(0, 0.3, (RANK, columns)).astype(np.float32)
        found[f"{name}B.weight"] = random.normal(0, 0.3, (rows, RANK)).astype(np.float32)
    return found


def llama(path: Path) -> Llama:
    return Llama("m", str(path), context=512, threads=1, sequences=1, on_progress=lambda _: None)


def scores(model: Llama) -> Logits:
    model.keep(0, 0)
    assert model.decode(TOKENS, 0, 0) == 0
    return np.array(model.logits())


def merged(model: Path, full: Path, learned: dict[str, names.Weights], file: Path) -> Path:
    """The model with what was learned added to its own weights, as transformers counts them."""
    config = json.loads((full / "config.json").read_text("utf-8"))
    changed = dict(base.weights(gguf.GGUFReader(model), config))
    for module in ADAPTED:
        a, b = (learned[f"base_model.model.{module}.lora_{part}.weight"] for part in "AB")
        weight = changed[f"{module}.weight"].astype(np.float32)
        changed[f"{module}.weight"] = weight + ALPHA / RANK * b @ a
    shapes = codellama.shapes(2, 64, 128, ggufs.F32, ggufs.F32)

    def fill(shape: ggufs.Shape, _: int) -> list[bytes]:
        numbers = changed[names.theirs(shape[0]) or ""].astype(np.float32)
        heads = names.turned(shape[0], 4, 4)
        return [(names.permuted(numbers, heads) if heads else numbers).tobytes()]

    ggufs.write(file, codellama.pairs(**codellama.SMALL), shapes, fill)  # type: ignore[arg-type]
    return file


def test_the_adapter_does_what_the_merged_weights_do(
    model: Path, full: Path, learned: dict[str, names.Weights], tmp_path: Path
) -> None:
    config = json.loads((full / "config.json").read_text("utf-8"))
    file = tmp_path / "adapter.gguf"
    convert.write(file, learned, ALPHA, config)
    adapters.check(file, model)
    bare = llama(model)
    plain = scores(bare)
    handle = bare.load_adapter(str(file))
    bare.reopen()
    bare.wear(handle, 1.0)
    worn = scores(bare)
    wanted = scores(llama(merged(model, full, learned, tmp_path / "merged.gguf")))
    assert np.abs(worn - plain).max() > 0.1
    assert np.abs(worn - wanted).max() < 0.02 * np.abs(wanted).max()


def test_a_peft_folder_is_converted(
    full: Path, model: Path, learned: dict[str, names.Weights], tmp_path: Path
) -> None:
    from safetensors.numpy import save_file  # noqa: PLC0415

    save_file(learned, tmp_path / "adapter_model.safetensors")
    said = {"lora_alpha": ALPHA, "r": RANK, "bias": "none"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(said), "utf-8")
    file = tmp_path / "adapter.gguf"
    assert convert.convert(tmp_path, full, file) == 2 * len(ADAPTED)
    adapters.check(file, model)
    assert gguf.GGUFReader(file).get_field("adapter.lora.alpha").contents() == ALPHA
    assert [each.name for each in tmp_path.glob("*.part")] == []


@pytest.mark.parametrize(
    ("said", "what"),
    [
        pytest.param({"lora_alpha": 8, "use_dora": True}, "use_dora = True", id="dora"),
        pytest.param({"lora_alpha": 8, "use_rslora": True}, "use_rslora = True", id="rslora"),
        pytest.param({"lora_alpha": 8, "bias": "all"}, "bias = all", id="bias"),
        pytest.param(None, "no whole adapter", id="nothing"),
    ],
)
def test_what_llama_can_not_wear(
    said: dict[str, Any] | None,
    what: str,
    full: Path,
    learned: dict[str, names.Weights],
    tmp_path: Path,
) -> None:
    from safetensors.numpy import save_file  # noqa: PLC0415

    if said is not None:
        save_file(learned, tmp_path / "adapter_model.safetensors")
        (tmp_path / "adapter_config.json").write_text(json.dumps(said), "utf-8")
    with pytest.raises(UsageError, match=what):
        convert.convert(tmp_path, full, tmp_path / "adapter.gguf")


def test_a_tensor_without_a_place(full: Path, tmp_path: Path) -> None:
    config = json.loads((full / "config.json").read_text("utf-8"))
    strange = {"base_model.model.lm_head.lora_A.weight": np.zeros((2, 64), np.float32)}
    with pytest.raises(UsageError, match="no place for the adapter's tensor"):
        convert.write(tmp_path / "a.gguf", strange, 8.0, config)


def test_an_adapter_of_another_model_is_refused(
    model: Path, full: Path, learned: dict[str, names.Weights], tmp_path: Path
) -> None:
    config = json.loads((full / "config.json").read_text("utf-8"))
    convert.write(tmp_path / "a.gguf", learned, ALPHA, config | {"model_type": "qwen2"})
    with pytest.raises(AdapterWrong):
        adapters.check(tmp_path / "a.gguf", model)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("output.weight", "lm_head.weight"),
        ("output_norm.weight", "model.norm.weight"),
        ("blk.11.attn_q.bias", "model.layers.11.self_attn.q_proj.bias"),
        ("blk.0.attn_output.weight", "model.layers.0.self_attn.o_proj.weight"),
        ("blk.3.ffn_norm.weight", "model.layers.3.post_attention_layernorm.weight"),
        ("blk.3.ffn_down.weight", "model.layers.3.mlp.down_proj.weight"),
        ("rope_freqs.weight", None),
        ("blk.3.something.weight", None),
    ],
)
def test_names(ours: str, theirs: str | None) -> None:
    assert names.theirs(ours) == theirs


def test_rows_are_turned_and_turned_back() -> None:
    weights = np.arange(8 * 3, dtype=np.float32).reshape(8, 3)
    turned = names.permuted(weights, 2)
    assert turned[:, 0].tolist() == [0, 6, 3, 9, 12, 18, 15, 21]
    assert np.array_equal(names.unpermuted(turned, 2), weights)


def test_an_unknown_kind_of_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(ggufs.model(ggufs.PAIRS | {"general.architecture": (ggufs.STRING, "gpt2")}))
    with pytest.raises(UsageError, match="this one is gpt2"):
        base.config(gguf.GGUFReader(file))


def test_the_weights_are_written_once(model: Path, full: Path) -> None:
    again: list[str] = []
    base.write(model, full, again.append)
    assert again == []
    index = json.loads((full / "model.safetensors.index.json").read_text("utf-8"))
    assert "model.layers.1.mlp.down_proj.weight" in index["weight_map"]


def pair(prompt: Chat | Infill, answer: str) -> Pair:
    return Pair("explain", "f", "train", 2, prompt, answer, "Apache-2.0", "")


def test_only_the_answer_is_learned(model: Path) -> None:
    writer = Writer(model)
    asked = Chat((Message("user", "Why"),), "This")
    row = writer.row(pair(asked, " is a list."))
    text = b"".join(map(writer.llama.piece, row.answer))
    assert text == b" is a list."
    assert row.answer[-1:] == writer.llama.eos
    assert row.labels == [NO_LOSS] * len(row.prompt) + row.answer
    assert len(row.labels) == len(row.tokens)


def test_an_infill_gives_back_what_was_healed(model: Path) -> None:
    writer = Writer(model)
    row = writer.row(pair(Infill("# Let's", "\n"), " count\n"))
    text = b"".join(map(writer.llama.piece, row.answer)).decode()
    before = b"".join(map(writer.llama.piece, row.prompt)).decode()
    assert text.endswith(" count\n")
    assert (before + text).endswith("# Let's count\n")
    assert row.answer[-1:] != writer.llama.eos
