"""The loss of a model on pairs: of the answers' tokens alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from finetune import extra
from finetune.tokens import Row


def drawn(rows: Sequence[Row], most: int, seed: int) -> list[Row]:
    """So many of them at most, by chance."""
    return random.Random(seed).sample(list(rows), min(most, len(rows)))


def measure(model: Any, rows: Sequence[Row], progress: Callable[[int], None]) -> dict[str, float]:
    """The mean loss of a token (nats), of each job and of "all"."""
    torch = extra.need("torch")
    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    model.eval()
    for done, row in enumerate(rows, start=1):
        answer = torch.tensor(row.answer, device=model.device)
        tokens = torch.tensor([row.tokens], device=model.device)
        with torch.no_grad():
            # Only what stands before the answer's tokens foretells them.
            found = model(input_ids=tokens, logits_to_keep=len(row.answer) + 1).logits[0, :-1]
            loss = torch.nn.functional.cross_entropy(found.float(), answer, reduction="sum")
        for job in (row.job, "all"):
            sums[job] = sums.get(job, 0.0) + float(loss)
            counts[job] = counts.get(job, 0) + len(row.answer)
        progress(done)
    return {job: sums[job] / counts[job] for job in sums}
