"""The lower bound: what this machine's memory and arithmetic allow for a model's tokens.

A token that is generated needs every weight once: at best `bytes / bandwidth`. A prompt's tokens
are computed together, so there the arithmetic counts: two operations a weight, `2 N / FLOPS`. Both
rates are measured here with the best kernel at hand, numpy's BLAS in float32: a matrix times a
vector far larger than the caches, and a matrix times a matrix. llama.cpp's integer kernels can do
more operations a second than float32 has; it is the order of magnitude that this bound gives.

`python -m benchmarks.machine_bound --measure` measures with the threads of OPENBLAS_NUM_THREADS:
a process of its own, since a BLAS takes its number of threads when it is loaded.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import re
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.results import Figure, Found, count, write
from pippy_lsp.engine.gguf_kinds import TENSOR_TYPES
from pippy_lsp.engine.models import resolve

_HEADER = 64 * 2**20
"""Bytes in which the header of a GGUF lies."""
_TENSOR = re.compile(
    rb"([\x00-\xff])\x00{7}((?:blk\.\d+\.[a-z_]+|token_embd|output|output_norm)\.weight)"
    rb"([\x01-\x04])\x00{3}"
)
_ROUNDS = 20
"""The best of so many counts: others use the machine too."""


@dataclass(frozen=True)
class Machine:
    """Measured rates, with so many threads."""

    threads: int
    bandwidth: float
    """Bytes of memory read a second."""
    flops: float
    """Operations of float32 a second."""


@dataclass(frozen=True)
class Weights:
    """What one token of a model takes."""

    read: int
    """Bytes of weights that a generated token reads."""
    prompt: int
    """Weights that a prompt's token is multiplied by."""


@dataclass(frozen=True)
class Bound:
    """The least times in milliseconds, and the least CPU seconds."""

    machine: Machine
    weights: Weights
    token_ms: float
    """For a generated token."""
    prompt_ms: float
    """For one of many tokens of a prompt."""
    token_cpu: float
    prompt_cpu: float


def weights(path: Path) -> Weights:
    """The sizes of the weights in the GGUF at `path`; the norms are too small to count."""
    sizes: dict[str, tuple[int, int]] = {}
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        header = data[:_HEADER]
    for match in _TENSOR.finditer(header):
        if match.group(1)[0] == len(match.group(2)):
            dimensions = match.group(3)[0]
            *shape, kind = struct.unpack_from(f"<{dimensions}QI", header, match.end())
            elements = int(np.prod(shape))
            block, block_bytes = TENSOR_TYPES.get(kind, (1, 0))
            sizes[match.group(2).decode()] = (elements, elements // block * block_bytes)
    embedding = sizes.get("token_embd.weight", (0, 0))[1] if "output.weight" in sizes else 0
    return Weights(
        read=sum(size for _, size in sizes.values()) - embedding,
        prompt=sum(count for name, (count, _) in sizes.items() if name.startswith("blk.")),
    )


def measure(threads: int) -> Machine:
    """The machine's rates with so many threads, measured in a process of its own."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.machine_bound", "--measure"],
        env={**os.environ, **dict.fromkeys(names, str(threads))},
        capture_output=True,
        check=True,
        text=True,
    )
    bandwidth, flops = json.loads(found.stdout)
    return Machine(threads, bandwidth, flops)


def bound(path: Path) -> Bound:
    """The bound of the model at `path` on this machine, with all cores and (for CPU) with one."""
    one, every = measure(1), measure(os.cpu_count() or 1)
    fast = max((one, every), key=lambda machine: machine.bandwidth)
    size = weights(path)
    return Bound(
        machine=Machine(every.threads, fast.bandwidth, every.flops),
        weights=size,
        token_ms=1000 * size.read / fast.bandwidth,
        prompt_ms=1000 * 2 * size.prompt / every.flops,
        token_cpu=size.read / one.bandwidth,
        prompt_cpu=2 * size.prompt / one.flops,
    )


def _rates() -> tuple[float, float]:
    matrix = np.ones((16384, 4096), np.float32)
    vector = np.ones(4096, np.float32)
    square = np.ones((2048, 2048), np.float32)
    return (
        matrix.nbytes / _best(lambda: matrix @ vector),
        2 * 2048**3 / _best(lambda: square @ square),
    )


def _best(work: Callable[[], object]) -> float:
    """The shortest time, in seconds."""
    times = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def sentences(found: Bound) -> list[str]:
    """The bound in words."""
    machine, size = found.machine, found.weights
    gigabytes, gigaflops = machine.bandwidth / 1e9, machine.flops / 1e9
    read, operations = size.read / 1e6, 2 * size.prompt / 1e9
    return [
        f"{gigabytes:.0f} GB/s and {gigaflops:.0f} GFLOP/s (float32, {machine.threads} threads)",
        f"a generated token reads {read:.0f} MB: at least {found.token_ms:.1f} ms",
        f"a prompt's token takes {operations:.2f} GFLOP: at least {found.prompt_ms:.2f} ms",
    ]


def figures(found: Bound) -> list[Figure]:
    """The bound for the results; what is the best of several rounds has no interval."""
    table, rates = "what the machine allows", found.machine
    return [
        count("memory", rates.bandwidth / 1e9, _ROUNDS, "GB/s", table),
        count("arithmetic, float32", rates.flops / 1e9, _ROUNDS, "GFLOP/s", table),
        count("a generated token, at least", found.token_ms, _ROUNDS, "ms", table),
        count("a token of a prompt, at least", found.prompt_ms, _ROUNDS, "ms", table),
    ]


def main() -> None:
    """Print the bound of a model."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.machine_bound", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b-instruct")
    parser.add_argument("--measure", action="store_true", help="print the rates as JSON")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(_rates()))
        return
    found = bound(resolve(given.model).path)
    print("\n".join(sentences(found)))
    write(given.json, "machine_bound", Found(figures(found), 0, [given.model], (), asdict(found)))


if __name__ == "__main__":
    main()
