"""Training: the model's weights stay, the adapter beside them learns (peft and trl)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from finetune import extra, losses
from finetune.base import need_room
from finetune.recipe import Recipe
from finetune.tokens import Row
from pippy_lsp.errors import UsageError

_ROOM = 2**30
"""Bytes for the checkpoints."""


def train(recipe: Recipe, rows: dict[str, list[Row]], folder: Path) -> dict[str, Any]:
    """Train on `rows["train"]` beside the base in `folder`, and write the adapter into
    `folder/peft`; what was measured. A run that was stopped goes on from its last checkpoint.

    Raises: UsageError.
    """
    asked = recipe.training
    place = extra.device(asked.weights)
    need_room(folder, _ROOM)
    extra.need("transformers").set_seed(recipe.seed)
    judged = losses.drawn(rows["held-out"], asked.judged, recipe.seed)
    model = _with_adapter(recipe, _base(folder / "base", asked.weights, place))
    report = _report(folder)
    if "before" not in report:
        report["before"] = losses.measure(model, judged, _count(len(judged), "before"))
        _write(folder, report)
    began = time.monotonic()
    trainer = _trainer(recipe, model, rows["train"], folder / "training", place)
    try:
        trainer.train(resume_from_checkpoint=_last(folder / "training"))
    except extra.need("torch").OutOfMemoryError as error:
        what = "The GPU's memory is full: lower training.batch and raise training.gather."
        raise UsageError(what=what) from error
    report["seconds"] = report.get("seconds", 0.0) + time.monotonic() - began
    report["after"] = losses.measure(model, judged, _count(len(judged), "after"))
    report["rows"] = {split: len(each) for split, each in rows.items()} | {"judged": len(judged)}
    model.save_pretrained(folder / "peft")
    _write(folder, report)
    return report


def _base(base: Path, weights: str, place: str) -> Any:
    torch, transformers = extra.need("torch"), extra.need("transformers")
    if weights != "nf4":
        kind = getattr(torch, weights)
        return transformers.AutoModelForCausalLM.from_pretrained(base, dtype=kind).to(place)
    extra.need("bitsandbytes")
    bits = transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    found = transformers.AutoModelForCausalLM.from_pretrained(
        base, quantization_config=bits, device_map={"": 0}
    )
    return extra.need("peft").prepare_model_for_kbit_training(found)


def _with_adapter(recipe: Recipe, model: Any) -> Any:
    peft, lora = extra.need("peft"), recipe.lora
    config = peft.LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets),
        task_type="CAUSAL_LM",
    )
    return peft.get_peft_model(model, config)


def _trainer(recipe: Recipe, model: Any, rows: Sequence[Row], folder: Path, place: str) -> Any:
    trl, asked = extra.need("trl"), recipe.training
    table = [{"input_ids": row.tokens, "labels": row.labels} for row in rows]
    settings = trl.SFTConfig(
        output_dir=str(folder),
        max_steps=asked.steps,
        per_device_train_batch_size=asked.batch,
        gradient_accumulation_steps=asked.gather,
        learning_rate=asked.rate,
        warmup_steps=asked.warmup,
        lr_scheduler_type="cosine",
        gradient_checkpointing=asked.weights == "nf4",
        bf16=place == "cuda",
        use_cpu=place == "cpu",
        max_length=asked.longest,
        dataset_kwargs={"skip_prepare_dataset": True},
        logging_steps=5,
        save_steps=asked.save_every,
        save_total_limit=2,
        report_to="none",
        seed=recipe.seed,
    )
    data = extra.need("datasets").Dataset.from_list(table)
    return trl.SFTTrainer(model, args=settings, train_dataset=data, processing_class=_padding())


def _padding() -> Any:
    """A tokenizer for the trainer, which only asks it how rows are padded: ours are in tokens."""
    tokenizers, transformers = extra.need("tokenizers"), extra.need("transformers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"<pad>": 0}, unk_token="<pad>"))  # noqa: S106
    marks = dict.fromkeys(("pad_token", "eos_token"), "<pad>")
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **marks)


def _last(folder: Path) -> str | None:
    """The newest checkpoint."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda each: int(each.name.split("-")[1]))
    return str(found[-1]) if found else None


def _count(total: int, when: str) -> Callable[[int], None]:
    def show(done: int) -> None:
        end = "\n" if done == total else ""
        text = f"\rloss {when} training: {done} of {total} pairs"
        print(text, end=end, file=sys.stderr, flush=True)

    return show


def _report(folder: Path) -> dict[str, Any]:
    """What an earlier part of this run measured."""
    try:
        found: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _write(folder: Path, report: dict[str, Any]) -> None:
    (folder / "report.json").write_text(json.dumps(report, indent=1), "utf-8")
