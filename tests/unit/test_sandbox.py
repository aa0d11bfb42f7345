# ruff: noqa: E501, ISC004 - programs in tables
"""The sandbox: what a program did, and that it can do no harm. Each hostile program is run twice:
as the kernel helps, and with Python's own walls alone.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pippy_lsp.agents.sandbox import box, guard
from pippy_lsp.agents.sandbox.box import LIMITS, Outcome, Ran, Task, run
from pippy_lsp.agents.sandbox.plain import plain

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel helps on Linux only")
WALLS = ["kernel", "alone"]


@pytest.fixture(params=WALLS)
def walls(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name = str(request.param)
    if name == "alone":
        monkeypatch.setattr(box, "ARGUMENTS", (guard.ALONE,))
    return name


# --- what a program did --------------------------------------------------------------------------

# id, program, error, output, what a call gives
RUNS = [
    ("prints", "print('hi')", "", "hi\n", "f(2)", None),
    ("value", "def f(n):\n    return n / 2", "", "", "f(8)", "4"),
    ("error", "1 / 0", "ZeroDivisionError", "", "1", "1"),
    ("does not parse", "if", "SyntaxError", "", "1", "1"),
    ("leaves", "print(1)\nraise SystemExit(0)", "SystemExit", "1\n", "1", "1"),
    ("asks", "print(input('Name? ') + input())", "", "Name? Anna1\n", "1", "1"),
    ("asks too much", "while True: input()", "EOFError", "", "1", "1"),
    ("chance is the same", "import random", "", "", "random.randint(1, 1000)", "865"),
    ("sleeps", "import time\ntime.sleep(1000)", "", "", "1", "1"),
    ("lib", "import math, json, re, string", "", "", "math.factorial(5)", "120"),
    ("no such module", "import numpy", "ModuleNotFoundError", "", "1", "1"),
    ("not ours", "import pippy_lsp", "ModuleNotFoundError", "", "1", "1"),
    ("does not parse, a call", "x = 1", "", "", "x +", None),
    (
        "classes",
        "import collections, dataclasses, enum, typing\n"
        "@dataclasses.dataclass(order=True)\nclass Pet:\n    name: str\n"
        "Point = collections.namedtuple('Point', 'x y', defaults=[0])\n"
        "class Colour(enum.Enum):\n    RED = 1\n"
        "class Pair(typing.NamedTuple):\n    a: int = 1\n"
        "print(Pet('Rex'), Point(1), Colour.RED, Pair())",
        "",
        "Pet(name='Rex') Point(x=1, y=0) Colour.RED Pair(a=1)\n",
        "1",
        "1",
    ),
    (
        "dates",
        "import datetime\nprint(datetime.datetime.strptime('2020-01-02', '%Y-%m-%d'))",
        "",
        "2020-01-02 00:00:00\n",
        "1",
        "1",
    ),
]


@pytest.mark.parametrize(
    ("program", "error", "output", "call", "value"), [r[1:] for r in RUNS], ids=[r[0] for r in RUNS]
)
def test_run(program: str, error: str, output: str, call: str, value: str | None) -> None:
    outcome = run(Task(program, (call,), inputs=("Anna", "1")))
    assert outcome.end == "done"
    assert outcome.program is not None
    assert (outcome.program.error, outcome.program.output) == (error, output)
    assert outcome.calls[0].value == value


def test_names_that_are_watched() -> None:
    outcome = run(Task("score = 3\npets = {'cat'}", watch=("score", "pets", "other")))
    assert outcome.program == Ran(values={"score": "3", "pets": "set('cat')"})


def test_a_calls_error_and_output() -> None:
    task = Task("def f(n):\n    print(n)\n    return 1 / n", ("f(0)", "f(1)", "g()"))
    assert run(task).calls == (
        Ran("ZeroDivisionError", "0\n"),
        Ran("", "1\n", "1"),
        Ran("NameError"),
    )


def test_what_came_before_the_end_is_told() -> None:
    task = Task("def f(n):\n    while n: pass\n    return n", ("f(0)", "f(1)", "f(0)"))
    outcome = run(task, replace(LIMITS, cpu=1))
    assert outcome.end == "stopped"
    assert outcome.program == Ran()
    assert outcome.calls == (Ran(value="0"),)


def test_many_at_once() -> None:
    found = box.run_all([Task(f"print({n})") for n in range(5)])
    assert [each.program.output for each in found if each.program] == [f"{n}\n" for n in range(5)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "1"),
        (4.0, "4"),
        (0.1 + 0.2, "0.3"),
        (float("nan"), "nan"),
        (1e300, "1e+300"),
        ("a'b", '"a\'b"'),
        ({"b", "a"}, "set('a', 'b')"),
        (frozenset({2, 1}), "set(1, 2)"),
        ({"b": 1, "a": [1.0]}, "dict('a': [1; 1], 'b': 1)"),
        ([1, 2], "[1, 2; 2]"),
        ((1, 2), "(1, 2; 2)"),
        ([], "[; 0]"),
        (None, "None"),
        (10**5000, "<int: ValueError>" if hasattr(sys, "get_int_max_str_digits") else None),
        (object(), "<object object>"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else type(value).__name__,
)
def test_values_as_text(value: object, text: str | None) -> None:
    if text is not None:
        assert plain(value) == text


def test_long_values_are_cut() -> None:
    assert len(plain("x" * 10**6)) <= 2000
    assert len(plain(list(range(10**6)))) <= 2000


# --- the limits ----------------------------------------------------------------------------------

# id, program
ENDLESS = [
    ("loop", "while True: pass"),
    (
        "loop that catches",
        "while True:\n    try:\n        pass\n    except BaseException:\n        pass",
    ),
    ("power", "9 ** 9 ** 9"),
    ("pattern", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')"),
    ("generator", "import itertools\nsum(itertools.count())"),
]


@pytest.mark.parametrize("program", [r[1] for r in ENDLESS], ids=[r[0] for r in ENDLESS])
def test_a_program_without_an_end_is_stopped(program: str) -> None:
    assert run(Task(program), replace(LIMITS, cpu=1)).end == "stopped"


def test_the_clock_stops_what_takes_no_processor_time() -> None:
    # nothing in a program can wait any more, so the guard itself is kept from its order
    process = box._start(os.curdir)
    assert box._hold(process, replace(LIMITS, wall=0.3))
    assert process.wait() < 0
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


# id, program
BOMBS = [
    ("list", "x = [0] * 10**10"),
    ("growing", "x = []\nwhile True: x.append('a' * 10**6)"),
    ("bytes", "x = bytearray(1 << 33)"),
    ("doubling", "x = 'ab'\nwhile True: x += x"),
    ("sets", "x = set()\nwhile True: x.add(frozenset(range(1000 + len(x))))"),
]


@pytest.mark.skipif(sys.platform != "linux", reason="others stop it later, from outside")
@pytest.mark.parametrize("program", [r[1] for r in BOMBS], ids=[r[0] for r in BOMBS])
def test_a_program_that_wants_all_memory(program: str) -> None:
    outcome = run(Task(program))
    assert outcome == Outcome("done", Ran("MemoryError")) or outcome.end == "stopped"


def test_what_the_system_does_not_limit_is_seen_from_outside() -> None:
    mine = os.getpid()
    assert box._greedy(mine, replace(LIMITS, memory=1 << 20))
    assert box._greedy(mine, replace(LIMITS, memory=1 << 40, cpu=-1000))
    assert not box._greedy(mine, replace(LIMITS, memory=1 << 40, cpu=10**6))


def test_output_is_cut() -> None:
    outcome = run(Task("print('x' * 10**7)\nprint('y')"))
    assert outcome.program is not None
    assert outcome.program.output == "x" * LIMITS.output


def test_what_is_told_is_cut(walls: str) -> None:
    calls = ("[{} for _ in range(100)]",) * 100
    outcome = run(Task("", calls), replace(LIMITS, told=5000))
    assert outcome.end in ("stopped", "done")
    assert len(outcome.calls) < len(calls)


@pytest.mark.parametrize(
    "program",
    [
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
        "def f(): return f()\nf()",
        "x = None\nfor _ in range(10**6): x = [x]\nrepr(x)",
    ],
    ids=["no recursion limit", "recursion", "nesting"],
)
def test_a_crash_is_the_programs_own(program: str) -> None:
    outcome = run(Task(program))
    assert outcome.end == "stopped" or (outcome.program and outcome.program.error)


# --- hostile programs ----------------------------------------------------------------------------

_OS = "os = [c for c in object.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__"
_POSIX = "import sys\nposix = sys.modules.get('posix') or sys.modules['nt']\n"
_FRAME = "import sys\nframe = sys._getframe()\nwhile frame.f_back: frame = frame.f_back\n"
_GUARD = "import sys\nframe = sys._getframe()\nwhile 'tell' not in frame.f_locals: frame = frame.f_back\n"

_SEARCH = """
import sys
seen, left = set(), [sys.modules, object.__subclasses__()]
frame = sys._getframe()
while frame:
    left += [frame.f_locals, frame.f_globals, frame.f_builtins, frame.f_code]
    frame = frame.f_back
while left:
    value = left.pop()
    if id(value) in seen or len(seen) > 200_000:
        continue
    seen.add(id(value))
    if getattr(value, '__name__', '') == 'hook' or getattr(value, 'co_name', '') == 'hook':
        print('HARM', value)
    if isinstance(value, dict):
        left += [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        left += list(value)
    elif not isinstance(value, (str, bytes, int, float)):
        for name in ('__dict__', '__closure__', '__globals__', '__self__', '__wrapped__',
                     'cell_contents', '__code__', '__defaults__', '__func__', '__mro__'):
            try:
                found = getattr(value, name)
            except BaseException:
                continue
            left.append(dict(found) if name == '__dict__' else found)
print('searched', len(seen) > 1000)
"""

# id, program; each prints HARM when it could do what it wanted. PLACE is a file that holds SECRET.
HOSTILE = [
    ("read", "print('HARM', open(PLACE).read())"),
    ("read through io", "import io\nprint('HARM', io.open(PLACE).read())"),
    ("read a number", "print('HARM', open(0).read(), open(3).read())"),
    ("read through a class", "import sys\nF = sys.modules['_io'].FileIO\nprint('HARM', F(PLACE).read())"),
    ("read through open_code", "import sys\nprint('HARM', sys.modules['_io'].open_code(PLACE))"),
    (
        "read through a loader",
        "import sys\nm = sys.modules['_frozen_importlib_external']\n"
        "print('HARM', m.FileLoader('a', PLACE).get_data(PLACE))",
    ),
    ("write", "open(PLACE, 'w').write('x')\nprint('HARM')"),
    ("write beside", "open('mine', 'w').write('x')\nprint('HARM')"),
    ("remove", "import os\nos.remove(PLACE)\nprint('HARM')"),
    ("rename", "import os\nos.rename(PLACE, PLACE + '2')\nprint('HARM')"),
    ("folders", "import os\nprint('HARM', os.listdir('/'))"),
    ("stat", "import os\nprint('HARM', os.stat(PLACE))"),
    ("exists", "import os.path\nos.path.exists(PLACE)\nprint('HARM')"),
    ("fifo", _POSIX + "posix.mkfifo(PLACE + 'f')\nprint('HARM')"),
    ("environment", "import os\nprint('HARM' if 'HOME' in os.environ else '')"),
    ("pathlib", "import pathlib\nprint('HARM', pathlib.Path(PLACE).read_text())"),
    ("socket", "import socket\nsocket.socket()\nprint('HARM')"),
    ("_socket", "import _socket\n_socket.socket()\nprint('HARM')"),
    ("urllib", "import urllib.request as u\nprint('HARM', u.urlopen('http://127.0.0.1:PORT'))"),
    ("subprocess", "import subprocess\nsubprocess.run(['true'])\nprint('HARM')"),
    ("_posixsubprocess", "import _posixsubprocess\nprint('HARM')"),
    ("system", "import os\nos.system('true')\nprint('HARM')"),
    ("posix.system", _POSIX + "posix.system('true')\nprint('HARM')"),
    ("popen", "import os\nos.popen('true').read()\nprint('HARM')"),
    ("fork", "import os\nos.fork()\nprint('HARM')"),
    ("posix.fork", _POSIX + "posix.fork()\nprint('HARM')"),
    ("fork bomb", "import os\nwhile True: os.fork()"),
    ("exec", "import os\nos.execv('/bin/true', ['true'])"),
    ("spawn", _POSIX + "posix.posix_spawn('/bin/true', ['true'], {})\nprint('HARM')"),
    ("kill", "import os\nos.kill(os.getppid(), 9)\nprint('HARM')"),
    ("thread", "import _thread\n_thread.start_new_thread(print, ('HARM',))"),
    (
        "thread of a loaded module",
        "import sys\nsys.modules['_thread'].start_new_thread(print, ('HARM',))\n"
        "for _ in range(10**6): pass",
    ),
    ("ctypes", "import ctypes\nprint('HARM', ctypes.CDLL(None).getpid())"),
    ("_ctypes", "import _ctypes\nprint('HARM')"),
    ("mmap", "import mmap\nprint('HARM', mmap.mmap(-1, 10))"),
    ("load a builtin again", "import sys\nI = sys.modules['_frozen_importlib'].BuiltinImporter\n"
     "print('HARM', I.load_module('_signal'))"),
    ("load posix again", "import sys\nm = sys.modules.pop('posix', None)\nimport posix\nprint('HARM')"),
    ("spec", "import sys\nb = sys.modules['_frozen_importlib']\n"
     "s = b.ModuleSpec('gc', b.BuiltinImporter)\nprint('HARM', b._load(s))"),
    ("finders put back", "import sys\nm = sys.modules['_frozen_importlib_external']\n"
     "sys.meta_path.append(m.PathFinder)\nsys.path.append('/usr/lib')\n"
     "sys.path_hooks.append(m.FileFinder.path_hook((m.SourceFileLoader, ['.py'])))\n"
     "import this\nprint('HARM')"),
    ("gc objects", "import gc\nprint('HARM', gc.get_objects())"),
    ("gc through a frame", _GUARD + "g = frame.f_globals\nprint('HARM', g['gc'].get_objects())"),
    ("os through a frame", _GUARD + "frame.f_globals['os'].system('true')\nprint('HARM')"),
    ("os through a class", _OS + ".__globals__\nos['system']('true')\nprint('HARM')"),
    ("top frame", _FRAME + "print('HARM' if 'hook' in frame.f_globals else '')"),
    ("all frames", "import sys\nprint('HARM', sys._current_frames())"),
    ("clear the hooks", "import sys\nsys.addaudithook(lambda *a: None)\nprint('HARM')"),
    ("trace", "import sys\nsys.settrace(print)\nprint('HARM')"),
    ("monitor", "import sys\nm = sys.monitoring\nm.use_tool_id(1, 'x')\n"
     "m.register_callback(1, 1, print)\nprint('HARM')"),
    ("bytes as code", "def f(): pass\nprint('HARM', f.__code__.replace(co_code=b'\\0' * 20))"),
    ("types.CodeType", "import types\ntypes.CodeType()\nprint('HARM')"),
    ("swap code", "def f(): pass\ndef g(): pass\nf.__code__ = g.__code__\nprint('HARM')"),
    ("marshal", "import sys\nprint('HARM', sys.modules['marshal'].loads(b'N'))"),
    ("breakpoint", "breakpoint()\nprint('HARM')"),
    ("pickle", "import pickle\npickle.loads(b\"cos\\nsystem\\n(S'true'\\ntR.\")\nprint('HARM')"),
    ("perf map", "import sys\nsys.activate_stack_trampoline('perf')\nprint('HARM')"),
    (
        "ctypes's classes",
        "C = [c for c in object.__subclasses__() if '_CData' in c.__name__]\n"
        "S = [c for c in C[0].__subclasses__() if 'CFuncPtr' in c.__name__][0]\n"
        "F = type('F', (S,), {'_flags_': 1, '_restype_': None})\n"
        "F(('system', 1))\nprint('HARM')",
    ),
    ("builtins changed", "import builtins\nbuiltins.PermissionError = lambda *a: None\n"
     "builtins.tuple = builtins.frozenset = None\nprint('HARM', open(PLACE).read())"),
    ("say that the hooks are cleared", "import sys\nsys.audit('cpython._PySys_ClearAuditHooks')\nprint('HARM')"),
    ("look for the hook everywhere", _SEARCH),
    ("exit handler", "import atexit\natexit.register(lambda: print('HARM'))"),
    ("finaliser", "class A:\n    def __del__(self): print('HARM', open(PLACE).read())\nA()\n"),
]  # fmt: skip


@pytest.mark.parametrize("program", [r[1] for r in HOSTILE], ids=[r[0] for r in HOSTILE])
def test_a_hostile_program_gets_nowhere(program: str, walls: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.write_text("SECRET")
    before = {each.pid for each in psutil.Process().children(recursive=True)}
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        program = program.replace("PLACE", repr(str(place))).replace("PORT", port)
        outcome = run(Task(program, ("1 + 1",)), replace(LIMITS, cpu=1))
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert outcome.end in ("refused", "done", "stopped")
    assert "HARM" not in str(outcome)
    assert "SECRET" not in str(outcome)
    assert {each.name for each in tmp_path.iterdir()} == {"place"}
    assert place.read_text() == "SECRET"
    assert {each.pid for each in psutil.Process().children(recursive=True)} <= before


def test_a_program_can_lie_about_itself_only(walls: str) -> None:
    program = _GUARD + "frame.f_locals['tell']({'error': '', 'output': 'mine'})\nx = 1"
    outcome = run(Task(program, ("x",)))
    assert outcome.program == Ran(output="mine")


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]\n", b'{"error": 1}\n', b"\xff\xfe\n", b"[" * 100000 + b"\n"],
    ids=["nothing", "half", "list", "wrong", "no text", "deep"],
)
def test_what_is_told_is_not_trusted(data: bytes) -> None:
    assert box._outcome(0, data) == Outcome("done", None, ())


# --- the kernel's part ---------------------------------------------------------------------------

_SHUT = (
    "import sys, os, socket; from pippy_lsp.agents.sandbox import kernel; "
    "assert kernel.able() and kernel.shut()\n"
)
# id, what is tried with all of Python's functions at hand
SYSTEM_CALLS = [
    ("open", "open('/etc/passwd')"),
    ("stat", "os.stat('/')"),
    ("write", "os.open('x', os.O_CREAT | os.O_WRONLY)"),
    ("socket", "socket.socket()"),
    ("fork", "os.fork()"),
    ("exec", "os.execv('/bin/true', ['true'])"),
    ("kill", "os.kill(os.getppid(), 0)"),
    ("pipe", "os.pipe()"),
    ("unlink", "os.unlink('x')"),
    ("mkdir", "os.mkdir('x')"),
]


@linux
@pytest.mark.parametrize("tried", [r[1] for r in SYSTEM_CALLS], ids=[r[0] for r in SYSTEM_CALLS])
def test_the_kernel_refuses_by_itself(tried: str, tmp_path: Path) -> None:
    program = f"{_SHUT}try:\n    {tried}\nexcept PermissionError:\n    os._exit(7)\nos._exit(8)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(box._ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 7, done.stderr.decode()
    assert list(tmp_path.iterdir()) == []


@linux
def test_no_network_is_left() -> None:
    program = (
        "import socket, sys; from pippy_lsp.agents.sandbox import kernel; "
        "left = kernel.leave_network(); names = [name for _, name in socket.if_nameindex()]; "
        "s = socket.socket(); s.settimeout(1); print(left, names, s.connect_ex(('127.0.0.1', PORT)))"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = program.replace("PORT", str(server.getsockname()[1]))
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": str(box._ROOT)},
            capture_output=True,
            check=True,
            text=True,
        )
    if done.stdout.startswith("False"):
        pytest.skip("this system refuses it; the filter of system calls is tested above")
    assert "['lo']" in done.stdout
    assert not done.stdout.strip().endswith(" 0")


@linux
def test_where_the_kernel_can_not_help_it_begins_again_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unknown = "import os, types; os.uname = lambda: types.SimpleNamespace(machine='riscv64'); "
    monkeypatch.setattr(box, "_START", unknown + box._START)
    found = run(Task("x = 1" + " " * 200_000, ("x", "open('/etc/passwd')")))
    assert (found.end, found.calls) == ("refused", (Ran(value="1"),))


def test_a_sandbox_that_does_not_work_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "_START", "raise ValueError")
    assert run(Task("x = 1")) == Outcome("broken")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert run(Task("x = 1")) == Outcome("broken")
