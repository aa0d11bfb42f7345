"""The server's side of the worker: starts it, speaks with it, and starts it again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from pippy_lsp.engine import launch, wire
from pippy_lsp.engine.answer import Answer
from pippy_lsp.engine.protocol import Request, Status
from pippy_lsp.engine.standing import BackOff, Standing
from pippy_lsp.errors import (
    EngineClosed,
    EngineCrashed,
    EngineError,
    ModelFailed,
    PippyError,
    from_code,
)
from pippy_lsp.settings import ModelSettings

log = logging.getLogger(__name__)
Locate = Callable[[ModelSettings], wire.Load]
_decoder = msgspec.msgpack.Decoder(wire.FromWorker)
_STDERR_BYTES = 16384
"""Read at once; not by lines, because a line may be longer than asyncio's buffer."""


class LlamaEngine(Standing):
    """An `Engine` whose model lives in a worker process.

    The worker is started again when it dies, after a pause that doubles each time; a model that
    kills it twice while loading is not tried again.
    """

    LOAD_CRASHES = 2
    """After so many crashes in a load the model counts as broken."""
    FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
    """Seconds before the worker is started again."""
    LAST_STEP = 0.04
    """Seconds that a cancelled request has to finish what it computes: the next one needs it."""
    GRACE = 1.0
    """Seconds that a worker has to end by itself."""

    def __init__(self, settings: ModelSettings, locate: Locate | None = None) -> None:
        """`locate` finds and checks the model that the settings name; it runs on a thread."""
        super().__init__()
        self._settings = settings
        self._locate = locate or launch.locate
        self._name = settings.name
        self._answers: dict[int, Answer] = {}
        self._free = list(range(wire.Board.SLOTS))
        self._count = 0
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._closing = asyncio.Lock()
        self._load_crashes = 0
        self._pause = BackOff(self.FIRST_PAUSE, self.LONGEST_PAUSE)
        self._load: wire.Load | None = None
        self._note: PippyError | None = None
        """What is wrong, though the model answers."""
        self._folder = Path()
        self._board: wire.Board | None = None

    def _is_busy(self) -> bool:
        return bool(self._answers)

    @property
    def pid(self) -> int | None:
        """The worker's process id; None when there is none."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    # --- the worker's life -----------------------------------------------------------------

    async def start(self) -> None:
        """Begin to load; returns at once."""
        if self._keeper is None and not self._closed:
            # Its own folder is also the worker's current one: a child's `random.py` in the
            # editor's folder must never be imported in place of Python's.
            self._folder = Path(tempfile.mkdtemp(prefix="pippy-lsp-"))
            self._board = wire.Board(self._folder / launch.BOARD, create=True)
            self._tell(Status("loading"))
            self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        """Run a worker, and another when it dies, until closed or the model proves unusable."""
        while not self._over:
            try:
                load = await asyncio.to_thread(self._locate, self._settings)
                self._name = load.name
                self._load = load = await asyncio.to_thread(self._complete, load)
                await self._run_worker(load)
            except PippyError as error:
                self._fail(error)
            except OSError as error:
                self._fail(ModelFailed(name=self._name, problem=str(error)))
            if self._over:
                return
            self._after_crash()
            await self._pause.wait()

    def _complete(self, load: wire.Load) -> wire.Load:
        """With the second model and the adapters; what is wrong with them is noted."""
        teacher, one = launch.second(self._settings, load)
        load = msgspec.structs.replace(load, teacher=teacher)
        worn, other = launch.dressed(self._settings, load)
        self._note = one or other
        return msgspec.structs.replace(load, adapters=worn)

    @property
    def _over(self) -> bool:
        return self._closed or self._status.phase == "failed"

    async def _run_worker(self, load: wire.Load) -> None:
        process = self._process = await launch.spawn(self._folder)
        drain = asyncio.create_task(self._drain(process))
        try:
            self._send(load)
            await self._read(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), self.GRACE)
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            await drain
            self._lose_answers(EngineClosed() if self._closed else EngineCrashed())

    async def _drain(self, process: asyncio.subprocess.Process) -> None:
        """Read the worker's stderr, or it would block. llama.cpp's lines hold no child's text."""
        assert process.stderr is not None  # noqa: S101 - a pipe was asked for
        while text := await process.stderr.read(_STDERR_BYTES):
            log.debug("worker: %s", text.decode("utf-8", "replace").rstrip())

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        # A ValueError or a KeyError: the pipe is out of step, and the worker is given up.
        out_of_step = (ValueError, KeyError)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, *out_of_step):
            while True:
                header = await process.stdout.readexactly(wire.LENGTH_BYTES)
                body = await process.stdout.readexactly(wire.length(header))
                self._receive(_decoder.decode(body))

    def _receive(self, message: wire.FromWorker) -> None:
        if isinstance(message, wire.Piece):
            self._answers[message.id].put(message)
        elif isinstance(message, wire.Done):
            answer = self._release(message.id)
            answer.done = message
            self._spent += message.usage
            answer.pieces.put_nowait(None)
            self._pause.reset()
        elif isinstance(message, wire.Failed) and message.id == wire.NOTE:
            self._note = from_code(message.code, message.details)
            if self._status.phase == "ready":
                self._tell(self._noted(self._status))
        elif isinstance(message, wire.Failed) and message.id:
            error = from_code(message.code, message.details)
            self._release(message.id).pieces.put_nowait(error)
        elif isinstance(message, wire.Failed):
            self._fail(from_code(message.code, message.details))
        elif isinstance(message, wire.Progress):
            self._tell(Status("loading", progress=message.share))
        else:
            self._load_crashes = 0
            self._tell(self._noted(Status("ready", message.model, progress=1.0)))

    def _noted(self, status: Status) -> Status:
        """The status with what is wrong all the same."""
        code, details = (self._note.code, self._note.details) if self._note else ("", {})
        return msgspec.structs.replace(status, error=code, details=details)

    def _fail(self, error: PippyError) -> None:
        log.warning("the model can't be used: %s", error)
        self._tell(Status("failed", error=error.code, details=error.details))

    def _after_crash(self) -> None:
        code = self._process.returncode if self._process else None
        log.warning("the worker ended with %s while %s", code, self._status.phase)
        if self._status.phase == "loading":
            self._load_crashes += 1
        if self._load_crashes >= self.LOAD_CRASHES:
            self._fail(ModelFailed(name=self._name, problem="it made llama.cpp crash twice"))
        else:
            self._tell(Status("loading"))

    def _lose_answers(self, error: EngineError) -> None:
        for request_id in list(self._answers):
            self._release(request_id).pieces.put_nowait(error)

    async def adapt(self, settings: ModelSettings) -> None:
        """Wear the adapters of these settings, which name the same model: it stays loaded."""
        self._settings = settings
        try:
            await self.ready()
            if self._load is None:
                return
            worn, self._note = await asyncio.to_thread(launch.dressed, settings, self._load)
            self._send(wire.Adapt(worn))
        except PippyError:
            return  # it is no longer there, and the next one reads the settings
        self._tell(self._noted(self._status))

    # --- requests --------------------------------------------------------------------------

    @asynccontextmanager
    async def generate(self, request: Request) -> AsyncIterator[Answer]:
        """Stream the answer; leaving the context cancels it."""
        self._ready_model()
        request_id, answer = self._ask(request)
        try:
            yield answer
        finally:
            if request_id in self._answers and self._board:
                self._board.cancel(answer.slot)
                loop = asyncio.get_running_loop()
                loop.call_later(self.LAST_STEP, self._interrupt, request_id)

    def _ask(self, request: Request) -> tuple[int, Answer]:
        if not self._free or self._board is None:
            raise EngineError
        slot = self._free[-1]
        ask = wire.Ask(self._count + 1, slot, request)
        self._board.open(slot)
        self._send(ask)
        self._count += 1
        answer = self._answers[self._count] = Answer(self._free.pop())
        if len(self._answers) == 1:
            self._announce()
        return self._count, answer

    def _interrupt(self, request_id: int) -> None:
        """The cancelled request's last step takes too long: it is lost."""
        answer = self._answers.get(request_id)
        if answer is not None and self._board is not None:
            self._board.interrupt(answer.slot)

    def _release(self, request_id: int) -> Answer:
        answer = self._answers.pop(request_id)
        self._free.append(answer.slot)
        if not self._answers:
            self._announce()
        return answer

    def _send(self, message: wire.ToWorker) -> None:
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            raise EngineCrashed
        try:
            process.stdin.write(wire.encode(message))
        except UnicodeEncodeError as error:  # half of an emoji, as some editors send it
            raise EngineError from error

    async def close(self) -> None:
        """Stop the worker and delete its folder; can be called twice."""
        self._closed = True
        self._settled.set()
        async with self._closing:
            await self._stop()

    async def _stop(self) -> None:
        process = self._process
        if process is not None and process.stdin is not None and process.returncode is None:
            process.stdin.close()
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), self.GRACE)
        if self._keeper is not None:
            self._keeper.cancel()
            # `wait`, because who cancels us must not cancel it again: it would leave the worker.
            await asyncio.wait({self._keeper})
            self._keeper = None
        if self._board is not None:
            self._board.close()
            self._board = None
            shutil.rmtree(self._folder, ignore_errors=True)
        self._status = Status("stopped")
