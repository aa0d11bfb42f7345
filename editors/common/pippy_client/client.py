"""JSON-RPC with a server that may stop at any time: requests, answers, cancelling, restarts."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, List, Optional

from .process import Message, Process

METHOD_NOT_FOUND, INTERNAL_ERROR = -32601, -32603
REQUEST_CANCELLED = -32800
GONE = -32000
"""The code of our own error for a request whose server stopped."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a server that stopped is started again; doubled each time."""
HEALTHY_SECONDS = 60.0
"""After so long the next stop counts as the first again."""
MOST_RESTARTS = 5

OnResult = Callable[[Any], None]
OnError = Callable[[int, str], None]
Handler = Callable[[Any], Any]


class Client:
    """The wire. All its methods are called on the GUI's thread, and all callbacks are run there.

    `dispatch(work)` runs `work()` on the GUI's thread, soon; it may be called from any thread.
    `later(seconds, work)` runs it there after a while.
    """

    def __init__(
        self,
        command: List[str],
        dispatch: Callable[[Callable[[], None]], None],
        later: Callable[[float, Callable[[], None]], object],
        environment: Optional[Dict[str, str]] = None,
    ) -> None:
        self.command = command
        self.environment = environment
        self._dispatch, self._later = dispatch, later
        self._process: Optional[Process] = None
        self._pending: Dict[int, Any] = {}
        self._last = 0
        self._restarts = 0
        self._began = 0.0
        self._stopping = False
        self.handlers: Dict[str, Handler] = {}
        """What answers the server's requests and takes its notifications, by method."""
        self.on_start: Callable[[], None] = lambda: None
        """A server runs and waits for `initialize`; also after each restart."""
        self.on_stop: Callable[[bool], None] = lambda again: None
        """It stopped by itself; `again` tells whether it will be started once more."""

    # --- the process -----------------------------------------------------------------------

    @property
    def pid(self) -> Optional[int]:
        """The server's process, while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the server.

        Raises: OSError where the command can't be started.
        """
        self._stopping = False
        self._began = time.monotonic()
        process = Process(
            self.command,
            lambda message: self._dispatch(lambda: self._receive(process, message)),
            lambda: self._dispatch(lambda: self._ended(process)),
            self.environment,
        )
        self._process = process
        self.on_start()

    def stop(self) -> None:
        """Shut the server down, as LSP has it, and wait for its end, a few seconds at most."""
        process, self._process = self._process, None
        self._stopping = True
        self._pending.clear()
        if process is None:
            return
        self._last += 1
        process.send({"jsonrpc": "2.0", "id": self._last, "method": "shutdown", "params": None})
        process.send({"jsonrpc": "2.0", "method": "exit", "params": None})
        process.end()

    def restart(self) -> None:
        """Start it now, however often it stopped before.

        Raises: OSError where the command can't be started.
        """
        self.stop()
        self._restarts = 0
        self.start()

    def _ended(self, process: Process) -> None:
        if process is not self._process:
            return
        self._process = None
        process.end(0.2)
        waiting, self._pending = self._pending, {}
        for _, on_error in waiting.values():
            on_error(GONE, "")
        if self._stopping:
            return
        if time.monotonic() - self._began > HEALTHY_SECONDS:
            self._restarts = 0
        self._restarts += 1
        again = self._restarts <= MOST_RESTARTS
        self.on_stop(again)
        if again:
            pause = min(FIRST_PAUSE * 2 ** (self._restarts - 1), LONGEST_PAUSE)
            self._later(pause, self._start_again)

    def _start_again(self) -> None:
        if self._process is None and not self._stopping:
            try:
                self.start()
            except OSError:
                self.on_stop(False)

    # --- messages --------------------------------------------------------------------------

    def request(
        self,
        method: str,
        params: Any,
        on_result: Optional[OnResult] = None,
        on_error: Optional[OnError] = None,
    ) -> int:
        """Ask; one of the two is called with the answer. The number is for `cancel`."""
        self._last += 1
        number = self._last
        on_error = on_error or (lambda code, sentence: None)
        if self._process is None:
            self._dispatch(lambda: on_error(GONE, ""))
            return number
        self._pending[number] = (on_result or (lambda result: None), on_error)
        self._process.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    def cancel(self, number: int) -> None:
        """Take a request back: neither of its callbacks is called any more."""
        if self._pending.pop(number, None) is not None:
            self.notify("$/cancelRequest", {"id": number})

    def notify(self, method: str, params: Any) -> None:
        """Tell, without an answer."""
        if self._process is not None:
            self._process.send({"jsonrpc": "2.0", "method": method, "params": params})

    def _receive(self, process: Process, message: Message) -> None:
        if process is not self._process:
            return
        if "method" in message:
            self._serve(message)
            return
        on_result, on_error = self._pending.pop(message.get("id", 0), (None, None))
        if on_result is None:
            return  # taken back
        error = message.get("error")
        if error is not None:
            on_error(int(error.get("code", INTERNAL_ERROR)), str(error.get("message", "")))
        else:
            on_result(message.get("result"))

    def _serve(self, message: Message) -> None:
        handler = self.handlers.get(message["method"])
        answer = {"jsonrpc": "2.0", "id": message.get("id")}
        if handler is None:
            answer["error"] = {"code": METHOD_NOT_FOUND, "message": "Method Not Found"}
        else:
            try:
                answer["result"] = handler(message.get("params"))
            except Exception as error:  # the server waits for an answer, whatever it is
                name = type(error).__name__
                answer["error"] = {"code": INTERNAL_ERROR, "message": name}
        if "id" in message and self._process is not None:
            self._process.send(answer)
