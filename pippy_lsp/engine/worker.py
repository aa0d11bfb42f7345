"""The worker process: holds the model and answers requests, the most urgent first.

`python -m pippy_lsp.engine.worker BOARD` reads frames from stdin and writes frames to stdout. One
thread reads and one computes: llama.cpp is not thread-safe, and two that run at once fight for the
cores. It ends when its stdin does, so it never outlives the server.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pippy_lsp.engine import wire
from pippy_lsp.engine.adapters import Adapters
from pippy_lsp.engine.pipes import Inbox, Output, Running
from pippy_lsp.engine.protocol import Chat, ModelInfo, Priority
from pippy_lsp.errors import MissingPackage, ModelFailed, PippyError, PromptTooLong

if TYPE_CHECKING:
    from pippy_lsp.engine.desk import Desk
    from pippy_lsp.engine.generation import Generation

SEQUENCES = 12
"""Prompts whose KV cache is kept at once."""
TEACHERS_SEQUENCES = 6
"""The same of a model that answers chats only; more than SPARE."""
SPARE = 4
"""Of these, kept free of requests that can wait."""
DECODED, NO_ROOM, ABORTED = 0, 1, 2
"""What llama_decode returns; as in `llama`, which is imported only when the model is loaded."""
PROGRESS_STEP = 0.02


@dataclass(frozen=True)
class Slot:
    """A request's flags on the board."""

    board: wire.Board
    number: int

    def resume(self) -> bool:
        """Clear "stop"; False when the request is cancelled."""
        return self.board.resume(self.number)

    def cancelled(self) -> bool:
        """Whether the request is cancelled."""
        return self.board.cancelled(self.number)


@dataclass(order=True)
class Job:
    """A request that is being answered; the smallest goes first."""

    priority: int
    id: int
    slot: Slot = field(compare=False)
    generation: Generation = field(compare=False)
    desk: Desk = field(compare=False)
    error: PippyError | None = field(compare=False, default=None)
    waiting: bool = field(compare=False, default=False)
    """Whether it lacks room in the KV cache until another one has ended."""

    @property
    def alike(self) -> tuple[int, int, int]:
        """Jobs that have this in common can be computed together: urgency, model, adapter."""
        return self.priority, id(self.desk), self.generation.wear

    @property
    def spare(self) -> int:
        """Sequences that must stay free when it begins: ghost text always finds one."""
        return 0 if self.priority == Priority.GHOST else SPARE


class Worker:
    """Answers requests with one loaded model."""

    def __init__(self, load: wire.Load, board: wire.Board, inbox: Inbox, out: Output) -> None:
        """Load the model.

        Raises: ModelFailed, MissingPackage.
        """
        began = time.perf_counter()
        try:
            from pippy_lsp.engine.desk import Desk  # noqa: PLC0415 - slow, and may be missing
        except ImportError as error:
            raise MissingPackage(package="llama-cpp-python") from error
        except OSError as error:
            raise ModelFailed(name="llama.cpp", problem=str(error)[:160]) from error
        self._inbox, self._out, self._board = inbox, out, board
        self._jobs: list[Job] = []
        self._shown = 0.0
        self._parts = 2 if load.teacher else 1
        self._inline = self._teacher = Desk(load, load.threads, SEQUENCES, self._progress)
        if load.teacher is not None:
            self._teacher = self._second(load.teacher, load.threads)
        if load.adapters != Adapters():
            self._adapt(load.adapters)
        self._address = _address(board)
        out.send(wire.Loaded(self._info(load, time.perf_counter() - began)))

    def _second(self, asked: wire.Second, threads: int) -> Desk:
        """One more model beside the first; the first does both jobs where that fails."""
        from pippy_lsp.engine.desk import Desk  # noqa: PLC0415

        try:
            rest = Desk(asked, threads, TEACHERS_SEQUENCES, lambda share: self._progress(share + 1))
        except ModelFailed as error:
            self._out.fail(wire.NOTE, error)
            return self._inline
        return rest

    def _progress(self, share: float) -> None:
        """`share` counts from 0 to the number of models."""
        share /= self._parts
        if share - self._shown >= PROGRESS_STEP:
            self._shown = share
            self._out.send(wire.Progress(share))

    def _info(self, load: wire.Load, seconds: float) -> ModelInfo:
        return ModelInfo(
            name=load.name,
            path=load.path,
            size=self._inline.size,
            context=self._inline.model.context,
            infill=self._inline.spelling.infill,
            load_seconds=seconds,
            speed=self._inline.model.speed,
            teacher="" if self._teacher is self._inline else self._teacher.name,
        )

    def run(self) -> None:
        """Answer until the process ends."""
        while True:
            while not self._inbox.messages.empty() or not self._jobs:
                self._take(self._inbox.messages.get())
            team = self._team(self._jobs)
            self._inbox.running = Running(team[0].priority, team[0].slot.number)
            self._compute(team)
            self._inbox.running = None
            left = [job for job in self._jobs if not self._ended(job)]
            if len(left) < len(self._jobs):
                for job in left:
                    job.waiting = False
            self._jobs = left

    def _take(self, message: wire.Ask | wire.Adapt) -> None:
        if isinstance(message, wire.Adapt):
            self._adapt(message.adapters)
        else:
            self._jobs.append(self._job(message))

    def _adapt(self, adapters: Adapters) -> None:
        """Wear these from now on; what is on its way is read again, for its KV cache goes."""
        for job in self._jobs:
            job.generation.retreat()
        report = partial(self._out.fail, wire.NOTE)
        if self._teacher is self._inline:
            self._inline.wear(adapters, report)
        else:
            self._inline.wear(Adapters(inline=adapters.inline), report)
            self._teacher.wear(Adapters(teacher=adapters.teacher), report)

    def _job(self, ask: wire.Ask) -> Job:
        from pippy_lsp.engine.generation import Generation  # noqa: PLC0415

        slot = Slot(self._board, ask.slot)
        desk = self._teacher if isinstance(ask.request.prompt, Chat) else self._inline
        wear = desk.wardrobe.number(ask.request.prompt)
        generation = Generation(desk.model, desk.sequences, desk.spelling, ask.request, wear=wear)
        return Job(int(ask.request.priority), ask.id, slot, generation, desk)

    def _team(self, jobs: list[Job]) -> list[Job]:
        """Who computes next: one that reads its prompt, or all of the same urgency that write.

        A prompt is read when the one before it was, so that the start they share is there.
        """
        ready = [job for job in jobs if not job.waiting]
        able = [j for j in ready if j.generation.begun or j.desk.sequences.has_room(j.spare)]
        first = min(able)
        equals = [job for job in able if job.alike == first.alike]
        readers = [job for job in equals if job.generation.reading]
        return [min(readers)] if readers else sorted(equals)

    def _compute(self, team: list[Job]) -> None:
        """Let the team take one step."""
        first, desk = team[0].generation, team[0].desk
        desk.model.watch(self._address + self._board.offset(team[0].slot.number))
        desk.wardrobe.put_on(first.wear)
        try:
            if not first.reading:
                self._write(team)
            elif not first.begun:
                first.begin()
            else:
                team[0].slot.resume()
                self._make_room(team[0], first.read())
        except PippyError as error:
            team[0].error = error

    def _write(self, team: list[Job]) -> None:
        """One more token for each."""
        steps, model = [], team[0].desk.model
        for job in team:
            held = job.generation.sequence
            steps.append((job.generation.token, len(held.tokens), held.number))
        code = model.decode_each(steps)
        if code == DECODED:
            for index, job in enumerate(team):
                job.generation.write(model.logits(index))
        elif code == ABORTED:
            for job, (_, position, number) in zip(team, steps, strict=True):
                model.keep(number, position)
                job.slot.resume()
        else:
            self._make_room(team[-1], code)

    def _make_room(self, job: Job, code: int) -> None:
        """Where llama.cpp had no room for the job: forget what nobody uses, or let the least urgent
        one give way and begin again later.

        Raises: PromptTooLong when the job is alone; ModelFailed for any other trouble.
        """
        if code in (DECODED, ABORTED):
            return
        if code != NO_ROOM:
            raise ModelFailed(name=job.desk.name, problem=f"llama_decode returned {code}")
        if job.desk.sequences.evict():
            return
        begun = [each for each in self._jobs if each.generation.begun and each.desk is job.desk]
        if len(begun) < 2:  # noqa: PLR2004 - nobody else
            raise PromptTooLong(tokens=job.generation.usage.prompt, room=job.desk.model.context)
        last = max(begun)
        last.generation.retreat()
        last.waiting = True

    def _ended(self, job: Job) -> bool:
        """Send what is new of the job; whether that was all."""
        if job.slot.cancelled():
            job.generation.finish = "cancelled"
        pieces = "".join(job.generation.pieces)
        job.generation.pieces.clear()
        if pieces:
            self._out.send(wire.Piece(job.id, pieces, job.generation.least))
        if job.error is None and job.generation.finish is None:
            return False
        job.generation.end()
        if job.error is not None:
            self._out.fail(job.id, job.error)
        elif job.generation.finish is not None:
            self._out.send(wire.Done(job.id, job.generation.finish, job.generation.usage))
        return True


def _address(board: wire.Board) -> int:
    """Where the board lies in this process's memory."""
    import ctypes  # noqa: PLC0415

    return ctypes.addressof(ctypes.c_char.from_buffer(board.memory))


def _protocol_streams() -> tuple[BinaryIO, BinaryIO]:
    """Stdin, and a stdout of our own: what libraries print goes to stderr, not between frames."""
    mine = os.dup(1)
    os.dup2(2, 1)
    return sys.stdin.buffer, os.fdopen(mine, "wb")


def main() -> None:
    """Run until stdin ends."""
    # Without this a failed GGML_ASSERT starts a debugger, which may wait for ever.
    os.environ["GGML_NO_BACKTRACE"] = "1"
    source, sink = _protocol_streams()
    board = wire.Board(Path(sys.argv[1]))
    inbox, out = Inbox(source, board), Output(sink)
    load = inbox.load()
    inbox.start()
    try:
        worker = Worker(load, board, inbox, out)
    except PippyError as error:
        out.fail(0, error)
        os._exit(1)
    worker.run()


if __name__ == "__main__":
    main()
