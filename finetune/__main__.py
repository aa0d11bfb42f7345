"""The command line: `python -m finetune run RECIPE` makes an adapter; each step has a command too.

python -m finetune data RECIPE       the pairs, as lines of JSON
python -m finetune base RECIPE       the model's weights in full, from its GGUF
python -m finetune train RECIPE      the adapter, as peft has it
python -m finetune convert RECIPE    the adapter as a GGUF
python -m finetune check RECIPE      whether llama.cpp and peft agree on it
python -m finetune run RECIPE        all of them; what was stopped goes on where it was
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from finetune import extra, pairs, recipe
from finetune.recipe import Recipe
from pippy_lsp import prompts
from pippy_lsp.engine import models, state
from pippy_lsp.errors import PippyError, UsageError


def data(chosen: Recipe, folder: Path) -> None:
    """Write the pairs."""
    file = folder / "pairs.jsonl"
    dropped: Counter[str] = Counter()

    async def made() -> list[pairs.Pair]:
        return [pair async for pair in pairs.build(chosen.data, chosen.seed, dropped)]

    found = asyncio.run(made())
    pairs.write(found, file)
    for (job, split), count in sorted(Counter((each.job, each.split) for each in found).items()):
        print(f"{job:16} {split:9} {count:5}")
    print(f"{sum(dropped.values())} did not pass the product's own checks and were left out.")
    print(f"{file}: {len(found)} pairs.")


def base(chosen: Recipe, folder: Path) -> None:
    """Write the model's weights in full."""
    extra.need("gguf")
    from finetune import base as weights  # noqa: PLC0415 - needs the extra

    weights.write(models.resolve(chosen.model).path, folder / "base", _show)
    print(f"\n{folder / 'base'}: the weights of {chosen.model}.")


def train(chosen: Recipe, folder: Path) -> None:
    """Train the adapter."""
    extra.device(chosen.training.weights)
    from finetune import tokens  # noqa: PLC0415 - compiled code that the other commands do without
    from finetune import train as training  # noqa: PLC0415

    found = pairs.read(folder / "pairs.jsonl")
    if not (folder / "base" / "config.json").is_file():
        raise UsageError(what="The weights are not there yet: make them with the command base.")
    model = models.resolve(chosen.model)
    order = model.entry.infill if model.entry else "suffix-first"
    writer = tokens.Writer(model.path, order)
    rows = {
        split: writer.rows([each for each in found if each.split == split], chosen.training.longest)
        for split in ("train", "held-out")
    }
    del writer
    if not all(rows.values()):
        raise UsageError(what="Too few pairs: raise data.variants or training.longest.")
    report = training.train(chosen, rows, folder)
    for job, loss in sorted(report["after"].items()):
        print(f"{job:16} loss before {report['before'][job]:.3f}, after {loss:.3f}")


def convert(chosen: Recipe, folder: Path) -> None:
    """Write the adapter as a GGUF, and look at it as the server would."""
    extra.need("gguf")
    from finetune import convert as converting  # noqa: PLC0415 - needs the extra
    from pippy_lsp.engine import adapters  # noqa: PLC0415

    file = folder / "adapter.gguf"
    count = converting.convert(folder / "peft", folder / "base", file)
    adapters.check(file, models.resolve(chosen.model).path)
    print(f"{file}: {count} tensors. To wear it: pippy-lsp models adapt {chosen.wears} {file}")


def check(chosen: Recipe, folder: Path) -> None:
    """Compare llama.cpp with peft."""
    extra.device("float32")
    from finetune import agree  # noqa: PLC0415 - needs the extra

    found = pairs.read(folder / "pairs.jsonl")
    away = [each for each in found if each.split == "held-out"]
    agree.check(models.resolve(chosen.model).path, folder, away)


def run(chosen: Recipe, folder: Path) -> None:
    """All of it."""
    extra.device(chosen.training.weights)
    if not (folder / "pairs.jsonl").is_file():
        data(chosen, folder)
    for step in (base, train, convert, check):
        step(chosen, folder)


Step = Callable[[Recipe, Path], None]
_STEPS: dict[str, Step] = {
    "data": data, "base": base, "train": train, "convert": convert, "check": check, "run": run,
}  # fmt: skip


def _own(chosen: Recipe, folder: Path) -> None:
    """Make the folder this recipe's. Raises: UsageError where it is another's."""
    file, said = folder / "recipe.json", msgspec.json.encode(chosen)
    folder.mkdir(parents=True, exist_ok=True)
    if file.is_file() and file.read_bytes() != said:
        what = f"{folder} has a run of another recipe: give another folder with --out."
        raise UsageError(what=what)
    file.write_bytes(said)


def _show(text: str) -> None:
    print(f"\r{text:60}", end="", file=sys.stderr, flush=True)


def _told(error: PippyError) -> int:
    print(prompts.messages(prompts.DEFAULT_LANGUAGE).error(error), file=sys.stderr)
    return 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m finetune",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=_STEPS)
    parser.add_argument("recipe", help="a name in finetune/recipes, or the path of a .toml file")
    parser.add_argument("--out", type=Path, help="the folder that all is written to")
    given = parser.parse_args(arguments)
    try:
        chosen = recipe.load(given.recipe)
        folder = given.out or state.cache_dir() / "finetune" / Path(given.recipe).stem
        _own(chosen, folder)
        _STEPS[given.command](chosen, folder)
    except PippyError as error:
        return _told(error)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return _told(UsageError(what=f"A file can't be read or written: {reason}."))
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where it was.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
