"""The worker as a process: where it runs, what it imports, and when it ends."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pippy_lsp.engine import models, wire
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Infill, Request, complete
from pippy_lsp.settings import ModelSettings

pytestmark = pytest.mark.model

PLUMBING = "smollm2-135m-instruct"
SECONDS = 120.0


async def test_a_random_py_of_the_childs_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = (
        "from pathlib import Path\nPath(__file__).with_name('trapped').touch()\nraise SystemExit\n"
    )
    for name in ("random", "numpy", "ctypes", "llama_cpp", "msgspec", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(trap, "utf-8")
    monkeypatch.chdir(tmp_path)
    engine = LlamaEngine(ModelSettings(PLUMBING, context=512))
    try:
        await engine.ready(SECONDS)
        assert (await complete(engine, Request(Infill("for i in "), 2))).usage.generated > 0
        assert Path(psutil.Process(engine.pid).cwd()) != tmp_path
    finally:
        await engine.close()
    assert not (tmp_path / "trapped").exists()


def _begin(folder: Path) -> subprocess.Popen[bytes]:
    """A worker that is told to load, with no client."""
    board = wire.Board(folder / "board", create=True)
    board.close()
    worker = subprocess.Popen(
        [sys.executable, "-m", "pippy_lsp.engine.worker", str(folder / "board")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert worker.stdin is not None
    worker.stdin.write(wire.encode(wire.Load("m", str(models.path(PLUMBING)), 512, 2)))
    worker.stdin.flush()
    return worker


def _until_loaded(worker: subprocess.Popen[bytes]) -> None:
    assert isinstance(worker.stdout, io.BufferedReader)
    while b"loaded" not in (wire.read(worker.stdout) or b"loaded"):
        pass


@pytest.mark.parametrize("loaded", [False, True], ids=["while-loading", "when-ready"])
@pytest.mark.parametrize(
    "last",
    [
        pytest.param(b"", id="the-pipe-is-closed"),
        pytest.param(b"\xff\xff\xff\xff", id="a-frame-of-4-gb"),
        pytest.param(b"\x04\0\0\0\xc1\xc1\xc1\xc1", id="not-messagepack"),
    ],
)
def test_the_worker_ends_with_its_pipe(tmp_path: Path, loaded: bool, last: bytes) -> None:
    with _begin(tmp_path) as worker:
        if loaded:
            _until_loaded(worker)
        assert worker.stdin is not None
        worker.stdin.write(last)
        worker.stdin.flush()
        if not last:
            worker.stdin.close()
        assert worker.wait(20) == 0


def test_the_worker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from pippy_lsp.engine.client import LlamaEngine\n"
        "from pippy_lsp.settings import ModelSettings\n"
        "async def main():\n"
        "    engine = LlamaEngine(ModelSettings(sys.argv[1], context=512))\n"
        "    await engine.ready(100)\n"
        "    print(engine.pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code, PLUMBING], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    end = time.monotonic() + 20
    while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
        time.sleep(0.02)
