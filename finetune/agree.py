"""Whether llama.cpp with the GGUF adapter says what peft says with its own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from finetune import extra
from finetune.pairs import Pair
from finetune.tokens import Row, Writer
from pippy_lsp.engine.llama import BATCH, Llama
from pippy_lsp.errors import UsageError

_PAIRS, _SEED = 12, 1
_LEAST = 0.95
"""Of the tokens. llama.cpp computes in 8 bits what PyTorch computes in 32, so a few that are nearly
as likely as each other fall the other way."""


def check(model: Path, folder: Path, pairs: Sequence[Pair]) -> None:
    """Compare the likeliest token at each place of some answers, and print how many are the same.

    Raises: UsageError where they disagree.
    """
    writer = Writer(model)
    chosen = random.Random(_SEED).sample(list(pairs), min(_PAIRS, len(pairs)))
    rows = writer.rows(chosen, BATCH)
    bare = [_llama(writer.llama, row) for row in rows]
    adapter = writer.llama.load_adapter(str(folder / "adapter.gguf"))
    writer.llama.reopen()
    writer.llama.wear(adapter, 1.0)
    worn = [_llama(writer.llama, row) for row in rows]
    theirs = _peft(folder, rows)
    total = sum(map(len, theirs))
    same = sum(_same(a, b) for a, b in zip(worn, theirs, strict=True))
    without = sum(_same(a, b) for a, b in zip(bare, theirs, strict=True))
    print(f"llama.cpp and peft agree on {same} of {total} tokens; without the adapter {without}.")
    if same < _LEAST * total or same <= without:
        raise UsageError(what="llama.cpp and peft do not agree on the adapter: don't use it.")


def _same(one: list[int], two: list[int]) -> int:
    return sum(a == b for a, b in zip(one, two, strict=True))


def _llama(llama: Llama, row: Row) -> list[int]:
    """The likeliest token at each place of the answer, what stands before it being given."""
    llama.keep(0, 0)
    llama.decode(row.prompt, 0, 0)
    found = [int(np.argmax(llama.logits()))]
    for done, token in enumerate(row.answer[:-1]):
        llama.decode([token], len(row.prompt) + done, 0)
        found.append(int(np.argmax(llama.logits())))
    return found


def _peft(folder: Path, rows: Sequence[Row]) -> list[list[int]]:
    torch, peft = extra.need("torch"), extra.need("peft")
    transformers = extra.need("transformers")
    plain: Any = transformers.AutoModelForCausalLM.from_pretrained(
        folder / "base", dtype=torch.float32
    )
    model = peft.PeftModel.from_pretrained(plain, folder / "peft").eval()
    found = []
    for row in rows:
        with torch.no_grad():
            tokens = torch.tensor([row.tokens])
            scores = model(input_ids=tokens, logits_to_keep=len(row.answer) + 1).logits
        found.append(scores[0, :-1].argmax(-1).tolist())
    return found
