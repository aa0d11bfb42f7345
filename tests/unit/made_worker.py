"""A worker process without a model: it does what a plan and its requests say.

`python made_worker.py BOARD`, where the first message's `path` is a folder with a file `plan`: one
word for each start of a worker (the last one for all further ones). A request's prefix is a word,
and what it says follows a space.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import msgspec

from pippy_lsp.engine import wire
from pippy_lsp.engine.protocol import Infill, ModelInfo, Usage

_decoder = msgspec.msgpack.Decoder(wire.ToWorker)
USAGE = Usage(prompt=3, evaluated=2, generated=1, total_ms=1.0)


def send(message: wire.FromWorker) -> None:
    sys.stdout.buffer.write(wire.encode(message))
    sys.stdout.buffer.flush()


def receive() -> wire.ToWorker | None:
    body = wire.read(sys.stdin.buffer)
    return None if body is None else _decoder.decode(body)


def linger() -> None:
    """Neither end nor answer, as a process that computes for ever."""
    time.sleep(600)


def load(folder: Path, name: str) -> None:
    with (folder / "starts").open("a") as file:
        file.write(f"{os.getpid()}\n")
    plan = (folder / "plan").read_text().split()
    starts = len((folder / "starts").read_text().split())
    word = plan[min(starts, len(plan)) - 1]
    send(wire.Progress(0.5))
    if word == "crash":
        os._exit(9)
    elif word == "refuse":
        send(wire.Failed(0, "model-failed", {"name": name, "problem": "bad"}))
        os._exit(1)
    elif word == "linger":
        linger()
    elif word == "wait":
        while not (folder / "go").exists():
            time.sleep(0.01)
    elif word == "flood":
        os.write(2, b"x" * 1_000_000)
        os.write(2, b"line\n" * 200_000)
    send(wire.Loaded(ModelInfo(name, str(folder), context=100)))
    if word == "deaf":
        threading.Thread(target=linger).start()


def answer(board: wire.Board, ask: wire.Ask) -> None:
    assert isinstance(ask.request.prompt, Infill)
    word, _, rest = ask.request.prompt.prefix.partition(" ")
    if word == "crash":
        os._exit(9)
    elif word == "half":
        send(wire.Piece(ask.id, rest))
        os._exit(9)
    elif word == "garbage":
        os.write(1, wire.encode(wire.Progress(0.1))[:4] + b"\xc1" * 100)
        linger()
    elif word == "stranger":
        send(wire.Piece(ask.id + 1000, rest))
        linger()
    elif word == "fail":
        send(wire.Failed(ask.id, rest, {"tokens": 9, "room": 5}))
        return
    elif word == "flood":
        os.write(2, b"y" * 1_000_000)
    elif word == "wait":
        threading.Thread(target=wait_for_cancel, args=(board, ask), daemon=True).start()
        return
    for piece in rest.split():
        send(wire.Piece(ask.id, piece))
    send(wire.Done(ask.id, "stop", USAGE))


def wait_for_cancel(board: wire.Board, ask: wire.Ask) -> None:
    while not board.cancelled(ask.slot):
        time.sleep(0.005)
    send(wire.Done(ask.id, "cancelled", USAGE))


def main() -> None:
    board = wire.Board(Path(sys.argv[1]))
    first = receive()
    if isinstance(first, wire.Load):
        load(Path(first.path), first.name)
    while isinstance(ask := receive(), wire.Ask):
        answer(board, ask)


if __name__ == "__main__":
    main()
