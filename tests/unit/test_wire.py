"""The frames between server and worker, and the flags that they share."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pippy_lsp.engine import wire
from pippy_lsp.engine.protocol import (
    Chat,
    Infill,
    Message,
    ModelInfo,
    Priority,
    Request,
    Sampling,
    Usage,
)

# --- frames --------------------------------------------------------------------------------

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine a test that is right must not fail for being slow."""

texts = st.text(st.characters(codec="utf-8"), max_size=40)
counts = st.integers(0, 2**40)
floats = st.floats(allow_nan=False)
samplings = st.builds(Sampling, floats, counts, floats, counts)
infills = st.builds(Infill, texts, texts, texts, st.booleans())
turns = st.builds(Message, st.sampled_from(["system", "user", "assistant"]), texts)
chats = st.builds(Chat, st.lists(turns, max_size=3).map(tuple), texts)
usages = st.builds(Usage, counts, counts, counts, floats, floats)
stops = st.lists(texts, max_size=3).map(tuple)
requests = st.builds(
    Request, infills | chats, counts, stops, samplings, st.sampled_from(list(Priority)), stops
)
models = st.builds(ModelInfo, texts, texts, counts, counts, st.booleans(), floats, floats)
details = st.dictionaries(texts, texts | counts | floats, max_size=3)
finishes = st.sampled_from(["stop", "length", "cancelled"])
orders = st.sampled_from(["suffix-first", "prefix-first", "none"])
to_worker = st.builds(wire.Load, texts, texts, counts, counts, orders) | st.builds(
    wire.Ask, counts, counts, requests
)
from_worker = st.one_of(
    st.builds(wire.Progress, floats),
    st.builds(wire.Loaded, models),
    st.builds(wire.Failed, counts, texts, details),
    st.builds(wire.Piece, counts, texts),
    st.builds(wire.Done, counts, finishes, usages),
)


@unhurried
@given(st.lists(to_worker, min_size=1, max_size=4))
def test_the_worker_reads_what_the_server_wrote(sent: list[wire.ToWorker]) -> None:
    stream = io.BytesIO(b"".join(wire.encode(message) for message in sent))
    decoder = msgspec.msgpack.Decoder(wire.ToWorker)
    bodies = [wire.read(stream) for _ in sent]
    assert [decoder.decode(body) for body in bodies if body is not None] == sent
    assert wire.read(stream) is None


@unhurried
@given(from_worker)
def test_the_server_reads_what_the_worker_wrote(sent: wire.FromWorker) -> None:
    frame = wire.encode(sent)
    header, body = frame[: wire.LENGTH_BYTES], frame[wire.LENGTH_BYTES :]
    assert wire.length(header) == len(body)
    assert msgspec.msgpack.decode(body, type=wire.FromWorker) == sent


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 5, -1])
def test_a_frame_that_is_cut_short_is_the_end(cut: int) -> None:
    frame = wire.encode(wire.Piece(1, "hello"))
    assert wire.read(io.BytesIO(frame[:cut])) is None


def test_a_frame_that_is_too_long_is_refused() -> None:
    header = (wire.MAX_FRAME + 1).to_bytes(4, "little")
    with pytest.raises(ValueError, match="frame"):
        wire.length(header)
    assert wire.length(wire.MAX_FRAME.to_bytes(4, "little")) == wire.MAX_FRAME


def test_a_message_of_the_other_direction_is_refused() -> None:
    body = wire.encode(wire.Piece(1, "hello"))[wire.LENGTH_BYTES :]
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(body, type=wire.ToWorker)


# --- the board -----------------------------------------------------------------------------

Boards = tuple[wire.Board, wire.Board]
LAST = wire.Board.SLOTS - 1


@pytest.fixture
def boards(tmp_path: Path) -> Iterator[Boards]:
    """The server's, and the worker's map of the same file."""
    server = wire.Board(tmp_path / "board", create=True)
    worker = wire.Board(tmp_path / "board")
    yield server, worker
    worker.close()
    server.close()


def stops_at(board: wire.Board, slot: int) -> bool:
    """What llama.cpp asks after each node: strlen of the slot's flag, its end as a C string."""
    start = board.offset(slot)
    return board.memory[start : board.memory.find(b"\0", start)] != b""


# id, what happens (s: server, w: worker), stops?, cancelled?
RACES = """
nothing                                                                  no   no
a-cancel-lets-the-step-end    s.cancel                                   no   yes
a-cancel-then-a-stop          s.cancel s.interrupt                       yes  yes
an-interrupt                  w.interrupt                                yes  no
resumed                       w.interrupt w.resume                       no   no
cancelled-then-resumed        s.cancel s.interrupt w.resume              no   yes
cancelled-between-the-two     w.interrupt s.cancel w.resume s.interrupt  yes  yes
opened-again                  s.cancel s.interrupt s.open                no   no
a-late-interrupt              s.open w.interrupt w.resume                no   no
"""


@pytest.mark.parametrize(
    ("events", "stops", "cancelled"),
    [
        pytest.param(fields[:-2], fields[-2] == "yes", fields[-1] == "yes", id=name)
        for name, *fields in (line.split() for line in RACES.strip().splitlines())
    ],
)
@pytest.mark.parametrize("slot", [0, 7, LAST])
def test_no_cancel_is_lost(
    boards: Boards, slot: int, events: list[str], stops: bool, cancelled: bool
) -> None:
    server, worker = boards
    for event in events:
        who, what = event.split(".")
        getattr({"s": server, "w": worker}[who], what)(slot)
    for board in boards:
        assert (stops_at(board, slot), board.cancelled(slot)) == (stops, cancelled)
        for other in {0, 7, 8, LAST} - {slot}:
            assert (stops_at(board, other), board.cancelled(other)) == (False, False)


def test_resume_says_whether_the_request_is_still_wanted(boards: Boards) -> None:
    server, worker = boards
    server.interrupt(3)
    assert worker.resume(3)
    server.cancel(3)
    assert not worker.resume(3)
    server.open(3)
    assert worker.resume(3)


def test_a_new_board_has_no_flags_of_an_old_one(tmp_path: Path) -> None:
    old = wire.Board(tmp_path / "board", create=True)
    old.cancel(0)
    old.close()
    new = wire.Board(tmp_path / "board", create=True)
    assert not new.cancelled(0)
    new.close()


WATCHER = """
import sys, time
from pathlib import Path
from pippy_lsp.engine.wire import Board
board = Board(Path(sys.argv[1]))
print("watching", flush=True)
end = time.monotonic() + 30
while not board.cancelled(5) and time.monotonic() < end:
    time.sleep(0.001)
print("cancelled" if board.cancelled(5) else "nothing", board.cancelled(6), flush=True)
board.interrupt(6)
"""


def test_two_processes_share_the_flags(tmp_path: Path) -> None:
    board = wire.Board(tmp_path / "board", create=True)
    with subprocess.Popen(
        [sys.executable, "-c", WATCHER, str(board.path)], stdout=subprocess.PIPE, text=True
    ) as watcher:
        assert watcher.stdout is not None
        assert watcher.stdout.readline() == "watching\n"
        board.cancel(5)
        assert watcher.stdout.readline() == "cancelled False\n"
        assert watcher.wait(30) == 0
    assert stops_at(board, 6)
    assert not board.cancelled(6)
    board.close()
