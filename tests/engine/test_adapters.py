"""LoRA adapters on a model of CodeLlama's shape: made ones, which change what it writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pippy_lsp.engine import adapters, state
from pippy_lsp.engine.adapters import Adapter, Adapters
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.llama import Llama, Logits
from pippy_lsp.engine.protocol import Chat, Infill, Message, Request, complete
from pippy_lsp.engine.wardrobe import Wardrobe
from pippy_lsp.errors import AdapterWrong, ModelTruncated, NotAModel
from pippy_lsp.settings import ModelSettings
from tests import codellama

SECONDS = 60.0
INFILL, CHAT = Infill("def re", "\n"), Chat((Message("user", "Why"),))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return codellama.write_small(tmp_path_factory.mktemp("m") / "codellama-7b-instruct.gguf")


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path / "cache"))


def unwanted(error: AdapterWrong) -> None:
    raise error


def scores(llama: Llama) -> Logits:
    llama.keep(0, 0)
    assert llama.decode([1, 822, 3349], 0, 0) == 0
    return np.array(llama.logits())


def test_the_models_scores_change_and_come_back(model: Path, tmp_path: Path) -> None:
    llama = Llama("m", str(model), context=64, threads=1, sequences=2, on_progress=lambda _: None)
    path = str(codellama.write_adapter(tmp_path / "a.gguf"))
    plain, wardrobe = scores(llama), Wardrobe(llama)
    found: dict[float, Logits] = {}
    for scale in (0.0, 0.5, 1.0):
        wardrobe.change(Adapters(inline=Adapter(path, scale)), unwanted)
        assert (wardrobe.number(INFILL), wardrobe.number(CHAT)) == (1, 0)
        wardrobe.put_on(1)
        found[scale] = scores(llama)
        wardrobe.put_on(0)
        assert np.array_equal(scores(llama), plain)
    assert np.allclose(found[0.0], plain, atol=1e-4)
    changed = [float(np.abs(found[scale] - plain).max()) for scale in (0.5, 1.0)]
    assert 0.01 < changed[0] < changed[1]
    wardrobe.change(Adapters(), unwanted)
    assert np.array_equal(scores(llama), plain)


def test_jobs_with_the_same_adapter_share_what_was_computed(model: Path, tmp_path: Path) -> None:
    llama = Llama("m", str(model), context=64, threads=1, sequences=2, on_progress=lambda _: None)
    same = Adapter(str(codellama.write_adapter(tmp_path / "a.gguf")))
    other = Adapter(str(codellama.write_adapter(tmp_path / "b.gguf", rank=4)))
    wardrobe = Wardrobe(llama)
    wardrobe.change(Adapters(same, same), unwanted)
    assert wardrobe.number(INFILL) == wardrobe.number(CHAT) == 1
    wardrobe.change(Adapters(same, other), unwanted)
    assert wardrobe.number(INFILL) != wardrobe.number(CHAT)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        pytest.param({"architecture": "qwen2"}, "it was made for qwen2, and the model is llama",
            id="another-architecture"),
        pytest.param({"kind": "control"}, 'it is an adapter of the kind "control", not "lora"',
            id="another-kind"),
        pytest.param({"size": 128}, "its blk.1.attn_output.weight does not fit the model's: another"
            " size of model?", id="another-size"),
        pytest.param({"tensor": "blk.7.attn_q.weight"}, "the model has no tensor"
            " blk.7.attn_q.weight", id="more-layers"),
        pytest.param({"tensor": "output_norm.weight"}, "output_norm.weight is no matrix",
            id="no-matrix"),
        pytest.param({"parts": ("lora_a",)}, "its tensors are not pairs of lora_a and lora_b",
            id="half-a-pair"),
        pytest.param({"parts": ()}, "its tensors are not pairs of lora_a and lora_b", id="empty"),
    ],
)  # fmt: skip
def test_a_wrong_one(model: Path, tmp_path: Path, header: dict[str, Any], problem: str) -> None:
    path = codellama.write_adapter(tmp_path / "a.gguf", **header)
    with pytest.raises(AdapterWrong) as caught:
        adapters.check(path, model)
    assert caught.value.details == {"path": str(path), "problem": problem}


def test_a_model_or_a_piece_is_no_adapter(model: Path, tmp_path: Path) -> None:
    with pytest.raises(AdapterWrong):
        adapters.check(model, model)
    half = tmp_path / "half.gguf"
    half.write_bytes(codellama.write_adapter(tmp_path / "a.gguf").read_bytes()[:-200])
    with pytest.raises(ModelTruncated):
        adapters.check(half, model)
    half.write_text("hello")
    with pytest.raises(NotAModel):
        adapters.check(half, model)


async def written(engine: LlamaEngine, prompt: Infill | Chat) -> str:
    return (await complete(engine, Request(prompt, 6))).text


async def test_the_worker_changes_adapters_and_keeps_its_model(model: Path, tmp_path: Path) -> None:
    path = str(codellama.write_adapter(tmp_path / "a.gguf"))
    bare = ModelSettings(str(model), context=512)
    engine = LlamaEngine(bare)
    try:
        await engine.ready(SECONDS)
        workers = [engine.pid]
        plain = [await written(engine, prompt) for prompt in (INFILL, CHAT)]
        await engine.adapt(ModelSettings(str(model), context=512, inline_adapter=path))
        worn = [await written(engine, prompt) for prompt in (INFILL, CHAT)]
        again = await complete(engine, Request(INFILL, 6))
        await engine.adapt(bare)
        workers.append(engine.pid)
        off = [await written(engine, prompt) for prompt in (INFILL, CHAT)]
    finally:
        await engine.close()
    assert workers[0] == workers[1]
    assert worn[0] != plain[0]
    assert worn[1] == plain[1]
    assert off == plain
    assert (again.text, again.usage.evaluated) == (worn[0], 1)


async def test_an_answer_on_its_way_survives_a_change(model: Path, tmp_path: Path) -> None:
    path = str(codellama.write_adapter(tmp_path / "a.gguf"))
    engine = LlamaEngine(ModelSettings(str(model), context=512))
    try:
        await engine.ready(SECONDS)
        async with engine.generate(Request(Infill("x = ", heal=False), 300)) as stream:
            pieces = []
            async for piece in stream:
                pieces.append(piece)
                if len(pieces) == 3:
                    worn = ModelSettings(str(model), context=512, inline_adapter=path)
                    await engine.adapt(worn)
    finally:
        await engine.close()
    assert stream.result.finish in ("length", "stop")
    assert stream.result.usage.generated > 3


async def test_a_wrong_adapter_is_told_and_the_model_answers(model: Path, tmp_path: Path) -> None:
    wrong = str(codellama.write_adapter(tmp_path / "a.gguf", size=128))
    engine = LlamaEngine(ModelSettings(str(model), context=512, teacher_adapter=wrong))
    try:
        await engine.ready(SECONDS)
        assert engine.status.phase == "ready"
        assert engine.status.error == "adapter-wrong"
        assert await written(engine, CHAT)
        await engine.adapt(ModelSettings(str(model), context=512))
        assert engine.status.error == ""
    finally:
        await engine.close()


def test_what_was_chosen_is_worn_where_the_settings_name_none(tmp_path: Path, model: Path) -> None:
    one, other = (codellama.write_adapter(tmp_path / f"{name}.gguf") for name in "ab")
    adapters.use("inline", str(one), 0.5, model)
    assert adapters.wanted(ModelSettings()) == Adapters(Adapter(str(one), 0.5))
    named = adapters.wanted(ModelSettings(inline_adapter=str(other), teacher_adapter="none"))
    assert named == Adapters(Adapter(str(other)))
    adapters.use("inline", "none", 1.0, model)
    assert adapters.wanted(ModelSettings()) == Adapters()
    assert state.load().adapters == {}
