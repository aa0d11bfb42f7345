"""Are plain requests fast while the model writes: our server and jedi-language-server, in one run.

    python -m benchmarks.requests [--model NAME] [--requests N] [--seed N] [--json FILE]

Both are real processes over stdio. Each opens the same beginners' programs; at the same places, in
an order that the seed draws, the child presses a key (textDocument/didChange) and the editor asks
for textDocument/completion or textDocument/hover. Who is asked first changes from place to place.

The model of our server writes all the while, for both: what is compared is two servers on one busy
machine, and the computer of a child has one. (With its model silent our server would do better,
with no model beside it jedi-language-server would: that is the second table, in which nothing
writes.) Tokens that were written show that it was busy.

Intervals are of 95 %: places are drawn again, both answers of a place together.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient

from benchmarks import requests_places, stats
from benchmarks.requests_places import METHODS, Spot
from benchmarks.traces import data_folder, programs
from pippy_lsp import prompts
from pippy_lsp.demo_client import editor
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import PippyError, UsageError

OURS, THEIRS = "pippy-lsp", "jedi-language-server"
PERCENTS = (50, 95, 99)
WARM_UP = 4
"""Requests of each method that are not counted: both servers load jedi's stubs with the first."""
THINK_SECONDS = 0.03
"""Between two requests: an editor does not ask without a pause."""
START = "from jedi_language_server.cli import cli; cli()"
WRITING = "untitled:writing.py"
LINES = 10


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    model: str
    requests: int
    seed: int
    data: str | None
    json: Path | None


def options(arguments: Sequence[str] | None = None) -> Options:
    """The command line, read. Raises: UsageError."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.requests",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--model", default="qwen2.5-coder-0.5b-instruct", help="a name of the registry, or a path")
    add("--requests", type=int, default=200, help="of each method, to each server")
    add("--seed", type=int, default=1)
    add("--data", help="the folder with the data (default: $PIPPY_BENCH_DATA)")
    add("--json", type=Path, help="write all times to this file")
    given = parser.parse_args(arguments)
    if given.requests < 1:
        raise UsageError(what="--requests takes a number above 0.")
    return Options(**vars(given))


@dataclass
class Times:
    """Milliseconds of one server, by method, in the order of the places."""

    ms: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in METHODS})
    answered: dict[str, list[bool]] = field(default_factory=lambda: {name: [] for name in METHODS})


class Asker:
    """An editor with one server: types a key and asks."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._opened: dict[str, DocumentSnapshot] = {}

    async def ask(self, spot: Spot) -> tuple[float, bool]:
        """Milliseconds from the key to the answer, and whether the answer says something."""
        document = self._show(spot)
        started = time.perf_counter()
        document = self._change(document, spot.offset, spot.offset, spot.typed)
        place = document.position(spot.cursor - (spot.method == "hover"))
        name = types.TextDocumentIdentifier(document.uri)
        found: Any
        if spot.method == "completion":
            params = types.CompletionParams(name, place)
            found = await self._client.text_document_completion_async(params)
        else:
            found = await self._client.text_document_hover_async(types.HoverParams(name, place))
        spent = (time.perf_counter() - started) * 1000
        items = found.items if isinstance(found, types.CompletionList) else found
        return spent, bool(items)

    def _show(self, spot: Spot) -> DocumentSnapshot:
        """The program as it is before the key."""
        if spot.name not in self._opened:
            uri = (self._folder / f"{spot.name}.py").as_uri()
            item = types.TextDocumentItem(uri, "python", 1, spot.text)
            self._client.text_document_did_open(types.DidOpenTextDocumentParams(item))
            self._opened[spot.name] = DocumentSnapshot(uri, 1, spot.text)
            return self._opened[spot.name]
        old = self._opened[spot.name]
        return self._change(old, 0, len(old.text), spot.text)

    def _change(self, old: DocumentSnapshot, start: int, end: int, text: str) -> DocumentSnapshot:
        change = types.TextDocumentContentChangePartial(old.range(start, end), text)
        whole = old.text[:start] + text + old.text[end:]
        new = DocumentSnapshot(old.uri, old.version + 1, whole)
        name = types.VersionedTextDocumentIdentifier(new.version, new.uri)
        self._client.text_document_did_change(types.DidChangeTextDocumentParams(name, [change]))
        self._opened[Path(old.uri).stem] = new
        return new


class Writer:
    """Keeps our server's model writing: one answer after the other."""

    def __init__(self, client: LanguageClient) -> None:
        self._client = client
        self._version = 1
        self.answers = 0

    async def run(self) -> None:
        """Ask until cancelled."""
        item = types.TextDocumentItem(WRITING, "python", 1, "")
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        while True:
            self._version += 1
            # another program each time, so that no answer is remembered
            text = "".join(f"total = {self._version + n} * price + {n}\n" for n in range(LINES))
            whole = types.TextDocumentContentChangeWholeDocument(text)
            name = types.VersionedTextDocumentIdentifier(self._version, WRITING)
            self._client.text_document_did_change(types.DidChangeTextDocumentParams(name, [whole]))
            line = {"line": self._version % LINES, "character": 0}
            params = {"textDocument": {"uri": WRITING}, "range": {"start": line, "end": line}}
            try:
                await self._client.protocol.send_request_async("pippy/explain", params)
                self.answers += 1
            except JsonRpcException:
                await asyncio.sleep(THINK_SECONDS)

    async def written(self) -> int:
        """Tokens that the model has written up to now."""
        status = await self._client.protocol.send_request_async("pippy/status", {})
        return int(status.spent.generated)


@asynccontextmanager
async def theirs(folder: Path) -> AsyncIterator[LanguageClient]:
    """jedi-language-server, as an editor starts it, without diagnostics.

    Raises: UsageError when it is not installed.
    """
    if importlib.util.find_spec("jedi_language_server") is None:
        raise UsageError(what="Install the extra: pip install pippy-lsp[bench]")
    client = LanguageClient("pippy-lsp-benchmark", "1")
    for method in (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, types.WINDOW_LOG_MESSAGE):
        client.feature(method)(lambda _params: None)
    try:
        await client.start_io(sys.executable, "-c", START)
        markdown = [types.MarkupKind.Markdown]
        text = types.TextDocumentClientCapabilities(
            hover=types.HoverClientCapabilities(content_format=markdown)
        )
        await client.initialize_async(
            types.InitializeParams(
                capabilities=types.ClientCapabilities(text_document=text),
                root_uri=folder.as_uri(),
                initialization_options={"diagnostics": {"enable": False}},
            )
        )
        client.initialized(types.InitializedParams())
        yield client
    finally:
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()  # type: ignore[no-untyped-call]


async def measure(
    askers: dict[str, Asker], spots: Sequence[Spot], seed: int, step: Callable[[], None]
) -> dict[str, Times]:
    """Ask each server at each place; the first few are not counted."""
    found = {name: Times() for name in askers}
    source = random.Random(seed)
    left = dict.fromkeys(METHODS, WARM_UP)
    for spot in spots:
        counted = left[spot.method] <= 0
        left[spot.method] -= 1
        for name in source.sample(sorted(askers), len(askers)):
            spent, said = await askers[name].ask(spot)
            if counted:
                found[name].ms[spot.method].append(spent)
                found[name].answered[spot.method].append(said)
            await asyncio.sleep(THINK_SECONDS)
        step()
    return found


async def run(
    given: Options, spots: Sequence[Spot], folder: Path, step: Callable[[], None]
) -> tuple[dict[str, dict[str, Times]], int]:
    """The times with the model writing and without, and the tokens it wrote meanwhile.

    Raises: ModelError, EngineError, UsageError.
    """
    environment = {"PIPPY_MODEL": given.model, "PIPPY_MODE": "off"}
    async with editor(environment) as mine, theirs(folder) as their_client:
        await mine.wait_ready(lambda _share: None)
        settings = {"pippy": {"completion": {"asItem": False}, "teaching": {"hoverWaitMs": 0}}}
        mine._client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams(settings)
        )
        askers = {OURS: Asker(mine._client, folder), THEIRS: Asker(their_client, folder)}
        writer = Writer(mine._client)
        before = await writer.written()
        writing = asyncio.create_task(writer.run())
        busy = await measure(askers, spots, given.seed, step)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        wrote = await writer.written() - before
        quiet = await measure(askers, spots, given.seed, step)
    return {"the model writes": busy, "nothing beside": quiet}, wrote


def report(found: dict[str, dict[str, Times]], wrote: int, seed: int) -> str:
    """The tables."""
    lines = []
    for title, sides in found.items():
        lines.append(f"{title} ({wrote} tokens meanwhile)" if "writes" in title else title)
        lines.append(f"{'':22}{'answered':>16}{OURS:>14}{THEIRS:>24}{'ratio':>24}")
        for method in METHODS:
            lines += _rows(method, sides[OURS], sides[THEIRS], seed)
        lines.append("")
    return "\n".join(lines)


def _rows(method: str, mine: Times, other: Times, seed: int) -> Iterator[str]:
    """The percentiles of one method, and the share that says something."""
    ours, theirs_ = mine.ms[method], other.ms[method]
    shares = [f"{stats.mean(each.answered[method]):.0%}" for each in (mine, other)]
    for percent in PERCENTS if ours else ():
        ratio = stats.ratio(ours, theirs_, percent, seed=seed)
        told = " / ".join(shares) if percent == PERCENTS[0] else ""
        times = f"{stats.percentile(ours, percent):>11.1f} ms"
        times += f"{stats.percentile(theirs_, percent):>21.1f} ms"
        span = f"{ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"
        yield f"{f'{method} p{percent}':22}{told:>16}{times}{span:>24}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    try:
        given = options(arguments)
        found = requests_places.spots(programs(data_folder(given.data)))
        spots = requests_places.subset(found, given.requests + WARM_UP, given.seed)
        done, total = 0, 2 * len(spots)

        def step() -> None:
            nonlocal done
            done += 1
            if done % 10 == 0 or done == total:
                print(f"\r{done} of {total} places", end="", file=sys.stderr, flush=True)

        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            times, wrote = asyncio.run(run(given, spots, folder, step))
        print(file=sys.stderr)
    except PippyError as error:
        print(prompts.messages(prompts.DEFAULT_LANGUAGE).error(error), file=sys.stderr)
        return 2
    print(f"{given.model}, seed {given.seed}, {given.requests} requests of each method")
    print(report(times, wrote, given.seed))
    if given.json is not None:
        stored = {title: {n: asdict(t) for n, t in sides.items()} for title, sides in times.items()}
        given.json.write_text(json.dumps({"wrote": wrote, **stored}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
