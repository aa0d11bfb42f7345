"""The sandbox's own process: shuts itself in, runs one program, tells what it did.

Started by `box` in Python's isolated mode without site-packages; only the standard library. It
reads one JSON object from stdin and writes JSON lines to stdout: one for the program, one for each
call. It is shut in four times over, as each wall may have a hole:

- limits of the operating system: processor time, memory, size of files, no new file or socket;
- the kernel's (see `kernel`), on Linux;
- Python's own functions for files, processes and modules are taken away;
- an audit hook (PEP 578) ends the process at the first event that plain computing does not need.
  It does not raise: a traceback would hand its frame to the program.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import io
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import CodeType
from typing import Any, NoReturn, Union

from pippy_lsp.agents.sandbox.plain import plain

REFUSED, BROKEN = 99, 98
"""Exit statuses: the program wanted what it may not have; the guard could not begin."""
ALONE = "alone"
"""An argument: the kernel could not help, and ctypes must not be loaded."""
_MODULES = """
abc array bisect calendar cmath collections collections.abc contextlib copy dataclasses
datetime decimal enum fractions functools hashlib heapq itertools json keyword math numbers
operator random re statistics string struct sys textwrap time types typing unicodedata
"""
MODULES = frozenset(_MODULES.split())
"""What a program may import."""
_LAZY = {"datetime": "_strptime", "decimal": "numbers", "collections": "collections.abc"}
"""What these modules import later by themselves."""
_EVENTS = """
exec compile import builtins.id builtins.input object.__getattr__ object.__setattr__
object.__delattr__ sys._getframe sys._getframemodulename sys.excepthook sys.unraisablehook
time.sleep array.__new__ pickle.find_class
"""
"""Those that plain computing needs."""
_OS_KEPT = frozenset({"_exit", "fspath", "urandom", "PathLike", "strerror", "error", "_Environ"})
"""Of `os`: `random`, the paths' arithmetic, and errors work with these."""
_TAKEN = {
    "_imp": "create_builtin create_dynamic exec_builtin exec_dynamic",
    "_thread": "start_new_thread start_new start_joinable_thread",
    "sys": "activate_stack_trampoline remote_exec setprofile settrace _current_frames",
}
"""Functions, by their module."""
Code = Union[CodeType, type[BaseException]]  # noqa: UP007 - Python 3.10 evaluates it
_FILES = 3
"""Standard input, output and error: there is no number left for a new file or socket."""
_LONGEST_NAME = 80


def main() -> NoReturn:
    """Run what stdin says."""
    order = json.loads(sys.stdin.buffer.read())
    _preload(order["program"])
    program = _compiled(order["program"], "exec")
    calls = [_compiled(call, "eval") for call in order["calls"]]
    tell = _teller(os.write)
    if ALONE not in sys.argv and sys.platform == "linux":
        _kernel(order)
    else:
        _limit(order)
    _take_away()
    _watch(os._exit)
    _run(order, program, calls, tell)
    os._exit(0)


def _compiled(source: str, mode: str) -> Code:
    """Code, or the error; Python looks for the file of a program that it can't read, so all is
    compiled while files may be looked for.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code: CodeType = compile(source, "<program>", mode)
            return code
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        return type(error)


def _preload(program: str) -> None:
    """Import what the program imports, and may: later nothing can be."""
    for name in sorted(_imported(program) & MODULES):
        importlib.import_module(name)
        if name in _LAZY:
            importlib.import_module(_LAZY[name])
    for codec in ("ascii", "latin_1", "utf_8", "idna" if "idna" in program else "utf_8"):
        importlib.import_module(f"encodings.{codec}")


def _imported(program: str) -> set[str]:
    found = {"random", "re"}
    try:
        nodes = list(ast.walk(ast.parse(program)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def _limit(order: dict[str, Any]) -> None:
    """The operating system's limits; Windows has none, and `box` watches there."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    most = {"CPU": order["cpu"], "AS": order["memory"], "NOFILE": _FILES}
    for kind, limit in {**most, "FSIZE": 0, "CORE": 0, "NPROC": 0}.items():
        # macOS refuses some of them
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{kind}"), (limit, limit))


def _kernel(order: dict[str, Any]) -> None:
    """Let the kernel shut the process in; where it can't, begin again without ctypes: its classes
    would stay, and with them a way around the audit hook.
    """
    from pippy_lsp.agents.sandbox import kernel  # noqa: PLC0415 - not where the kernel can't help

    if not kernel.able():
        with open("order", "w+b") as file:  # noqa: PTH123 - in the empty folder that is ours
            file.write(json.dumps(order).encode())
            file.seek(0)
            os.dup2(file.fileno(), 0)
        os.remove("order")  # noqa: PTH107
        os.execv(sys.executable, [*sys.orig_argv, ALONE])  # noqa: S606 - ourselves
    _limit(order)
    kernel.leave_network()
    if not kernel.shut():
        os._exit(BROKEN)
    for name in [each for each in sys.modules if "ctypes" in each or each == kernel.__name__]:
        del sys.modules[name]


def _take_away() -> None:
    """What reaches out of the process, and what would load it again."""
    import gc  # noqa: PLC0415 - a global would be in reach of the program

    for module, names in _TAKEN.items():
        for name in names.split():
            with suppress(AttributeError, KeyError):
                delattr(sys.modules[module], name)
    for system in [sys.modules[name] for name in ("posix", "nt", "os") if name in sys.modules]:
        for name, value in list(vars(system).items()):
            if callable(value) and name not in _OS_KEPT:
                delattr(system, name)
    gc.disable()
    for name in [each for each in sys.modules if each.startswith("pippy_lsp")]:
        del sys.modules[name]
    for name in ("gc", "resource", "signal", "_signal", "importlib", "io", "subprocess"):
        sys.modules.pop(name, None)
    sys.meta_path.clear()
    sys.path_hooks.clear()
    sys.path.clear()
    sys.argv[:] = ["program.py"]


def _watch(leave: Callable[[int], NoReturn]) -> None:
    """Install the hook. Nothing but its own frame refers to it."""
    events = frozenset(_EVENTS.split())

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in events:
            leave(REFUSED)
        if event == "object.__setattr__" and arguments[1] == "__code__":
            leave(REFUSED)

    sys.addaudithook(hook)


def _teller(write: Callable[[int, bytes], int]) -> Callable[[dict[str, Any]], None]:
    encode = json.JSONEncoder().encode

    def tell(found: dict[str, Any]) -> None:
        data = encode(found).encode() + b"\n"
        while data:
            data = data[write(1, data) :]

    return tell


def _run(
    order: dict[str, Any], program: Code, calls: list[Code], tell: Callable[[dict[str, Any]], None]
) -> None:
    """The program, then the calls, in one namespace."""
    space: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    lines = iter(order["inputs"])
    random, most = sys.modules["random"], order["output"]
    if "time" in sys.modules:
        sys.modules["time"].sleep = lambda _: None  # type: ignore[attr-defined]
    for number, code in enumerate([program, *calls]):
        random.seed(0)

        def work(code: Code = code, number: int = number) -> str | None:
            if not isinstance(code, CodeType):
                raise code
            value = eval(code, space)  # noqa: S307 - what we are for
            return plain(value) if number else None

        found = _observed(work, lines, most)
        if not number:
            found["values"] = {name: plain(space[name]) for name in order["watch"] if name in space}
        tell(found)


def _observed(work: Callable[[], str | None], lines: Iterator[str], most: int) -> dict[str, Any]:
    """What `work` gives, prints, and ends with."""
    out = _Capped(most)
    builtins.input = _reader(lines, out)
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), out, io.StringIO()
    error, value = "", None
    try:
        value = work()
    except BaseException as caught:  # noqa: BLE001 - also SystemExit: it is told
        error = type(caught).__name__[:_LONGEST_NAME]
    return {"error": error, "output": out.getvalue(), "value": value}


def _reader(lines: Iterator[str], out: io.StringIO) -> Callable[..., str]:
    """An `input` for whoever sits at the keyboard."""

    def reader(prompt: object = "", /) -> str:
        out.write(str(prompt))
        for line in lines:
            return line
        raise EOFError

    return reader


class _Capped(io.StringIO):
    """Keeps the first `most` characters."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def write(self, text: str, /) -> int:
        if self._left > 0:
            super().write(text[: self._left])
            self._left -= len(text)
        return len(text)
