"""A whole run on a made model of two layers: it learns, goes on, and llama.cpp agrees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pippy_lsp.engine.llama import Llama
from pippy_lsp.engine.protocol import Chat, Message
from tests import codellama

for extra in ("torch", "transformers", "peft", "trl", "gguf"):
    pytest.importorskip(extra)

from finetune import __main__ as commands  # noqa: E402 - they need the extra
from finetune import base, pairs  # noqa: E402
from finetune.pairs import Pair  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # what PyTorch and its friends deprecate
RECIPE = """
model = "{model}"
[data]
jobs = ["explain"]
[lora]
rank = 8
alpha = 16
[training]
steps = {steps}
rate = 2e-2
save_every = 5
judged = 4
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return codellama.write_small(tmp_path_factory.mktemp("m") / "codellama-7b-instruct.gguf")


def made() -> Iterator[Pair]:
    for number in range(16):
        split = "held-out" if number % 4 == 0 else "train"
        prompt = Chat((Message("user", f"Why {number}"),), "This")
        yield Pair("explain", "f", split, 2, prompt, " is a list.", "Apache-2.0", "")


def command(step: str, recipe: Path, out: Path) -> None:
    assert commands.main([step, str(recipe), "--out", str(out)]) == 0


def test_transformers_and_llama_agree_on_the_base(model: Path, tmp_path: Path) -> None:
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM  # noqa: PLC0415

    base.write(model, tmp_path, lambda _: None)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    tokens = [1, 822, 3349, 736, 822]
    llama = Llama("m", str(model), context=64, threads=1, sequences=1, on_progress=lambda _: None)
    llama.keep(0, 0)
    llama.decode(tokens, 0, 0)
    ours = np.array(llama.logits())
    with torch.no_grad():
        wanted = theirs(torch.tensor([tokens])).logits[0, -1].numpy()
    assert np.abs(ours - wanted).max() < 0.02 * np.abs(wanted).max()
    assert int(ours.argmax()) == int(wanted.argmax())


def test_a_run_learns_and_goes_on(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, out = tmp_path / "small.toml", tmp_path / "out"
    recipe.write_text(RECIPE.format(model=model, steps=10), "utf-8")
    out.mkdir()
    pairs.write(made(), out / "pairs.jsonl")
    command("run", recipe, out)
    said = capsys.readouterr().out
    assert "llama.cpp and peft agree on" in said
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["after"]["all"] < report["before"]["all"] - 1
    assert report["rows"] == {"train": 12, "held-out": 4, "judged": 4}
    checkpoints = {each.name for each in (out / "training").glob("checkpoint-*")}
    assert checkpoints == {"checkpoint-5", "checkpoint-10"}
    command("train", recipe, out)
    again = json.loads((out / "report.json").read_text("utf-8"))
    assert again["before"] == report["before"]
    assert again["after"] == pytest.approx(report["after"])
