"""On paper: what a school asks for, and what one GPU with vLLM has to give. Nothing is measured.

    python -m benchmarks.classroom_paper [--pupils N] [--share X] [--rate X] [--read TOKENS]

vLLM writes for all in one batch. A step takes as long as it takes to read the weights once and each
answer's KV cache, and to compute with every token that is written or read meanwhile (Pope et al.,
Efficiently Scaling Transformer Inference, arXiv 2211.05102, section 2). As many answers are on
their way as come in a second times the seconds that one takes (Little's law). Figures of GPUs are
the makers' own; of these a share is reckoned with, which is what is reached in practice.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace

from rich.console import Console
from rich.table import Table

BANDWIDTH_SHARE, COMPUTE_SHARE = 0.6, 0.4
"""Of the makers' figures."""
_ROOM_SHARE = 0.9
"""Of a GPU's memory that vLLM takes (its --gpu-memory-utilization)."""
_MOST_LOAD = 0.7
"""Above it waits grow long: arrivals come in clumps."""


@dataclass(frozen=True)
class Gpu:
    """A GPU by its data sheet: bytes, bytes a second, FLOP a second (16 bit, not sparse)."""

    name: str
    memory: float
    bandwidth: float
    compute: float


@dataclass(frozen=True)
class Model:
    """A model in 16 bit."""

    name: str
    parameters: float
    kv_bytes: float
    """Of one token."""

    @property
    def weights(self) -> float:
        """Bytes."""
        return 2 * self.parameters


@dataclass(frozen=True)
class School:
    """What is asked for."""

    pupils: int = 1000
    share: float = 0.1
    """Of the pupils: how many type at the same time."""
    rate: float = 0.5
    """Requests of one of them in a second; `benchmarks.classroom` prints it by the minute."""
    written: int = 16
    """Tokens of an answer."""
    read: int = 20
    """Tokens of a prompt that are not in the cache: some keys' worth where vLLM keeps prefixes."""
    context: int = 600
    """Tokens whose KV cache an answer reads at each step."""

    @property
    def requests(self) -> float:
        """In a second."""
        return self.pupils * self.share * self.rate


GPUS = (
    Gpu("NVIDIA L4", 24e9, 300e9, 121e12),
    Gpu("NVIDIA A10", 24e9, 600e9, 125e12),
    Gpu("NVIDIA A100 80 GB", 80e9, 2039e9, 312e12),
    Gpu("NVIDIA H100 80 GB", 80e9, 3350e9, 989e12),
)
"""Source: NVIDIA's data sheets of these."""
MODEL = Model("Qwen2.5-Coder 7B", 7.6e9, 2 * 28 * 4 * 128 * 2)
"""28 layers, 4 KV heads of 128 (its config.json)."""


@dataclass(frozen=True)
class Found:
    """How a GPU would do; times in seconds."""

    servers: int
    load: float
    """Share of the time that is spent on work that grows with the number of answers."""
    step: float
    batch: float
    """Answers on their way, of each server."""
    answer: float
    kv: float
    """Bytes of KV cache that these answers hold, of each server."""
    fits: bool


def reckon(gpu: Gpu, model: Model, school: School) -> Found:
    """What this many pupils ask of servers with one such GPU each."""
    bandwidth, compute = gpu.bandwidth * BANDWIDTH_SHARE, gpu.compute * COMPUTE_SHARE
    fixed = model.weights / bandwidth
    # Of each token that is written: its computing, that of the tokens read for it, its KV cache.
    computed = 2 * model.parameters * (1 + school.read / school.written) / compute
    own = computed + school.context * model.kv_bytes / bandwidth
    tokens = school.requests * school.written
    servers = max(1, math.ceil(tokens * own / _MOST_LOAD))
    load = tokens / servers * own
    step = fixed / (1 - load)
    batch = tokens / servers * step
    kv = batch * school.context * model.kv_bytes
    fits = model.weights + kv <= gpu.memory * _ROOM_SHARE
    return Found(servers, load, step, batch, step * school.written, kv, fits)


def table(school: School, model: Model = MODEL) -> Table:
    """All GPUs, with kept prefixes and without."""
    shown = Table(
        *("GPU", "prompts", "servers", "busy", "a step", "answers at once", "an answer", "KV, GB"),
        title=f"{model.name}, 16 bit: {school.pupils} pupils, {school.share:.0%} at once, "
        f"{school.requests:.0f} requests a second",
    )
    whole = replace(school, read=school.context)
    for gpu in GPUS:
        for kept, asked in (("kept", school), ("read whole", whole)):
            found = reckon(gpu, model, asked)
            shown.add_row(
                gpu.name,
                kept,
                str(found.servers) if found.fits else "does not fit",
                f"{found.load:.0%}",
                f"{1000 * found.step:.0f} ms",
                f"{found.batch:.0f}",
                f"{1000 * found.answer:.0f} ms",
                f"{found.kv / 1e9:.1f}",
            )
    return shown


def main() -> None:
    """Reckon and print."""
    parser = argparse.ArgumentParser("benchmarks.classroom_paper", description=__doc__)
    parser.add_argument("--pupils", type=int, default=School.pupils)
    parser.add_argument("--share", type=float, default=School.share)
    parser.add_argument("--rate", type=float, default=School.rate, help="requests a second of one")
    parser.add_argument("--read", type=int, default=School.read)
    given = parser.parse_args()
    Console().print(table(School(given.pupils, given.share, given.rate, read=given.read)))


if __name__ == "__main__":
    main()
