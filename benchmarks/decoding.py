"""What llama.cpp's settings do to the speed of one model: threads, attention, KV cache, weights.

    python -m benchmarks.decoding [--model NAME] [--rounds N] [--json FILE]

Each variant reads the same prompt and then writes one token after the other. They take turns, so
that what else the machine does meets all of them; the ratios to the first one are what to look at.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as lib
from rich.console import Console
from rich.table import Table

from benchmarks import results
from benchmarks.results import Figure, figure
from benchmarks.stats import Interval, bootstrap, median
from pippy_lsp.engine import gguf, launch, llama, models, registry, requantize
from pippy_lsp.engine.registry import Quicker
from pippy_lsp.settings import ModelSettings

READ, WRITTEN = 256, 32
"""Tokens."""
SEQUENCES = 4
Q8_0 = 8
"""GGML_TYPE_Q8_0."""
ALL = ("Q5_0", "Q4_K", "Q6_K", "Q8_0")
"""The types that a Q4_K_M file's weights have."""
Params = Any
"""llama_context_params."""


@dataclass(frozen=True)
class Variant:
    """One way to run the model."""

    name: str
    change: Callable[[Params], None]
    quantized: Quicker | None = None
    """The weights' types, where they are others than the file's."""


def _same(params: Params) -> None:
    """As the worker does it."""


def _set(**values: int) -> Callable[[Params], None]:
    def change(params: Params) -> None:
        for name, value in values.items():
            setattr(params, name, value)

    return change


def variants(threads: int) -> list[Variant]:
    """What is compared; the first is what the worker does, with the file as it was published."""
    return [
        Variant("as it is", _same),
        Variant("all threads write", _set(n_threads=threads)),
        Variant("one thread reads", _set(n_threads_batch=1)),
        Variant("micro-batch 16", _set(n_ubatch=16)),
        Variant("micro-batch 256", _set(n_ubatch=256)),
        Variant("no flash attention", _set(flash_attn_type=lib.LLAMA_FLASH_ATTN_TYPE_DISABLED)),
        Variant("KV cache in q8_0", _set(type_k=Q8_0, type_v=Q8_0)),
        Variant("layers: Q5_0 in Q8_0", _same, Quicker({"Q5_0": "Q8_0"})),
        Variant("layers: Q5_0 in IQ4_NL", _same, Quicker({"Q5_0": "IQ4_NL"})),
        Variant("head in IQ4_NL", _same, Quicker(head="IQ4_NL")),
        Variant("the twin", _same, Quicker({"Q5_0": "Q8_0"}, "IQ4_NL")),
        Variant("all in Q4_0", _same, Quicker(dict.fromkeys(ALL, "Q4_0"), "Q4_0")),
    ]


class Trial(llama.Llama):
    """The model with a context of its own settings."""

    def __init__(self, path: Path, threads: int, change: Callable[[Params], None]) -> None:
        """Load it.

        Raises: ModelFailed.
        """
        self._change = change
        super().__init__(
            path.stem,
            str(path),
            context=2048,
            threads=threads,
            sequences=SEQUENCES,
            on_progress=lambda _: None,
        )

    def _params(self, context: int, threads: int, sequences: int) -> Params:
        params = super()._params(context, threads, sequences)
        self._change(params)
        return params

    def times(self, prompt: list[int]) -> tuple[float, float]:
        """Milliseconds a token, to read `prompt` and to write after it."""
        self.keep(0, 0)
        began = time.perf_counter()
        for start in range(0, len(prompt), llama.BATCH):
            part = prompt[start : start + llama.BATCH]
            self.decode(part, start, 0, scored=start + len(part) == len(prompt))
        self.logits()
        read = time.perf_counter()
        for number in range(WRITTEN):
            self.decode([int(self.logits().argmax())], len(prompt) + number, 0)
        wrote = time.perf_counter()
        return (read - began) * 1000 / len(prompt), (wrote - read) * 1000 / WRITTEN


def quantized(path: Path, rules: Quicker, folder: Path) -> Path:
    """The model's file with other types of weights.

    Raises: RuntimeError when llama.cpp can't make it.
    """
    made = folder / f"{len(list(folder.iterdir()))}.gguf"
    kinds = requantize.wanted(gguf.outline(path).kinds, rules)
    if requantize.write(path, made, kinds):
        raise RuntimeError(f"llama.cpp could not make {rules} of {path.name}")
    return made


Times = dict[str, list[tuple[float, float]]]


def measure(path: Path, threads: int, rounds: int, folder: Path) -> Times:
    """The times of each variant, round by round."""
    text = Path(llama.__file__).read_text("utf-8")
    trials: dict[str, Trial] = {}
    for variant in variants(threads):
        print(f"\rloading: {variant.name:30}", end="", file=sys.stderr)
        file = quantized(path, variant.quantized, folder) if variant.quantized else path
        trials[variant.name] = Trial(file, threads, variant.change)
    found: Times = {name: [] for name in trials}
    for number in range(rounds):
        for name, trial in trials.items():
            print(f"\rround {number + 1} of {rounds}: {name:30}", end="", file=sys.stderr)
            found[name].append(trial.times(trial.tokenize(text)[:READ]))
    print(file=sys.stderr)
    return found


def ratio(found: Times, name: str, part: int) -> Interval:
    """The median of the variant's times over those of the first one in the same round."""
    first = next(iter(found.values()))
    pairs = [mine[part] / base[part] for mine, base in zip(found[name], first, strict=True)]
    return bootstrap(pairs, median)


def show(found: Times, model: str) -> None:
    """Print the table."""
    table = Table("variant", "reads, ms a token", "ratio", "writes, ms a token", "ratio")
    table.title = model
    for name, times in found.items():
        cells = []
        for part in (0, 1):
            near = ratio(found, name, part)
            cells.append(f"{median([each[part] for each in times]):.2f}")
            cells.append(f"{near.value:.2f} [{near.low:.2f}, {near.high:.2f}]")
        table.add_row(name, *cells)
    Console().print(table)


def figures(found: Times) -> list[Figure]:
    """The ratios of each variant to the first."""
    return [
        figure(f"{name}: {what}", ratio(found, name, part), len(times), "x")
        for name, times in list(found.items())[1:]
        for part, what in enumerate(("reads", "writes"))
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("benchmarks.decoding", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b-instruct")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    load = launch.locate(ModelSettings(name=options.model))
    with tempfile.TemporaryDirectory() as folder:
        entry = registry.registry().find(options.model)
        published = models.file_of(entry) if entry else Path(load.path)
        found = measure(published, load.threads, options.rounds, Path(folder))
    show(found, load.name)
    told = results.Found(figures(found), 0, [options.model], (), found)
    results.write(options.json, "decoding", told)


if __name__ == "__main__":
    main()
