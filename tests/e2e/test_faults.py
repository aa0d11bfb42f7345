"""What goes wrong around the server, and what comes of it: see docs/reliability.md."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import faults as kills
from benchmarks import pipe
from pippy_lsp.engine import models
from tests.e2e import faults

pytestmark = pytest.mark.model
PLUMBING = "smollm2-135m-instruct"
PACKAGE = faults.ROOT / "pippy_lsp"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's own means")
END_SECONDS = 2.0
URI = "untitled:fault"
TEXT = "names = []\nfor name in names:\n    "
PATIENT = {"timeoutS": 60}


async def assert_answers(server: pipe.Pipe, uri: str = URI) -> None:
    """A request for ghost text is answered, and the model has worked for it."""
    server.open(uri, TEXT)
    answer = await server.ask("textDocument/inlineCompletion", pipe.inline(uri, 2, 4), 90)
    assert "result" in answer
    assert (await server.ask("pippy/status", {}))["result"]["spent"]["generated"] > 0


async def test_the_worker_is_killed_again_and_again_under_load() -> None:
    """`python -m benchmarks.faults` does it a hundred times."""
    found = await kills.kill_often(5)
    assert (found.hard_errors, found.zombies, found.shown) == (0, 0, 0)
    assert found.recovered == found.kills
    assert found.files_more <= 0


# --- the editor ----------------------------------------------------------------------------


async def test_the_editor_is_killed_and_its_pipe_stays_open() -> None:
    editor = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=-1)
    async with pipe.server(PLUMBING) as server:
        params: pipe.Message = {"processId": editor.pid, "rootUri": None, "capabilities": {}}
        await server.ask("initialize", params)
        server.notify("initialized", {})
        await server.ready()
        ours = [server.psutil, *server.workers()]
        editor.kill()
        await editor.wait()
        assert await asyncio.to_thread(faults.ends_within, END_SECONDS, *ours)


async def test_an_editor_that_nobody_can_see_is_not_waited_for() -> None:
    """As in a container: its process id is not there."""
    async with pipe.server("no-such-model") as server:
        params: pipe.Message = {"processId": 2**22 + 1, "rootUri": None, "capabilities": {}}
        await server.ask("initialize", params)
        await asyncio.sleep(1.5)
        assert "result" in await server.ask("pippy/status", {})


# --- files ---------------------------------------------------------------------------------


async def test_the_models_file_is_deleted_while_it_is_used(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    shutil.copyfile(models.path(PLUMBING), file)
    async with pipe.server(str(file)) as server:
        await server.initialize(completion=PATIENT)
        await server.ready()
        file.unlink()
        await assert_answers(server)
        for worker in server.workers():
            worker.kill()
        status = await server.ready("failed")
        assert status["error"] == "model-file-missing"
        assert server.shown == [status["message"]]


FULL = """
import sys
from pathlib import Path
from tests import hub
from tests.unit import test_download as unit
from pippy_lsp import prompts
from pippy_lsp.engine import download, pypi, registry
from pippy_lsp.errors import PippyError
import os, resource
with hub.serving() as server:
    server.blobs["tiny.gguf"] = unit.DATA
    file = Path(sys.argv[1]) / "registry.toml"
    file.write_text(unit.registry_of(unit.HUB_SOURCE), "utf-8")
    registry._FILE = file
    os.environ.update(PIPPY_CACHE_DIR=sys.argv[2], HF_ENDPOINT=server.url)
    if sys.argv[3] == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    if sys.argv[3] == "late":
        download._make_sure_of_space = lambda size, staging: None
    try:
        download.pull("tiny")
    except PippyError as error:
        print(error.code, prompts.messages().error(error))
    left = [f for f in Path(sys.argv[2]).rglob("tiny.gguf") if ".staging" not in str(f)]
    print("left", len(left))
"""


def pulled(tmp_path: Path, how: str, cache: Path) -> str:
    command = [sys.executable, "-c", FULL, str(tmp_path), str(cache), how]
    if how != "limit":
        small = f'mount -t tmpfs -o size=220k none {cache} && exec "$@"'
        command = ["unshare", "-rm", "sh", "-c", small, "sh", *command]
    done = subprocess.run(
        command,
        cwd=faults.ROOT,
        env={**os.environ, "PYTHONPATH": str(faults.ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def can_mount() -> bool:
    with contextlib.suppress(OSError):
        done = subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False)
        return done.returncode == 0
    return False


@linux
@pytest.mark.parametrize("how", ["early", "late", "limit"])
def test_the_disk_is_full_in_a_pull(how: str, tmp_path: Path) -> None:
    """Seen before, seen on the way, and a limit of the size of files."""
    if how != "limit" and not can_mount():
        pytest.skip("no file system can be mounted here")
    cache = tmp_path / "cache"
    cache.mkdir()
    said = pulled(tmp_path, how, cache)
    assert said.startswith("download-no-space There is not enough room on the disk")
    assert said.strip().endswith("left 0")


async def test_two_editors_share_a_cache() -> None:
    file = models.path(PLUMBING)
    before = hashlib.sha256(await asyncio.to_thread(file.read_bytes)).hexdigest()
    async with pipe.server(PLUMBING) as one, pipe.server(PLUMBING) as two:
        for server in (one, two):
            await server.initialize(completion=PATIENT)
        await asyncio.gather(one.ready(), two.ready())
        await asyncio.gather(assert_answers(one), assert_answers(two))
        await one.ask("shutdown", None)
        one.notify("exit", None)
        await asyncio.wait_for(one.process.wait(), 20)
        await assert_answers(two, "untitled:after")
    after = hashlib.sha256(await asyncio.to_thread(file.read_bytes)).hexdigest()
    assert after == before


# --- time and memory -----------------------------------------------------------------------


def test_the_clock_may_be_moved() -> None:
    """Nothing measures with the wall clock: only with one that can't be set."""
    wall = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today"}
    used = [
        f"{path.name}: {ast.unparse(node.func)}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in wall
    ]
    assert used == []


@linux
async def test_the_computer_sleeps_and_wakes() -> None:
    async with pipe.server(PLUMBING) as server:
        await server.initialize(completion=PATIENT)
        await server.ready()
        asleep = [server.psutil, *server.workers()]
        for process in asleep:
            process.suspend()
        server.open(URI, TEXT)
        _, answer = server.request("textDocument/inlineCompletion", pipe.inline(URI, 2, 4))
        await asyncio.sleep(5)
        for process in asleep:
            process.resume()
        assert "result" in await asyncio.wait_for(answer, 90)
        assert server.workers() == asleep[1:]
        assert server.shown == []


@linux
@pytest.mark.parametrize("megabytes", [450, 700, 1000, 1600])
async def test_a_limit_of_memory(megabytes: int, tmp_path: Path) -> None:
    """RLIMIT_AS: the model is used, or refused in one sentence; all else goes on."""
    script = tmp_path / "limited.py"
    script.write_text(
        "import resource, runpy\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({megabytes} * 2**20,) * 2)\n"
        "runpy.run_module('pippy_lsp', run_name='__main__')\n",
        "utf-8",
    )
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(faults.ROOT)])}
    async with pipe.server(PLUMBING, environment, module="limited") as server:
        await server.initialize(completion=PATIENT)
        status = await settled(server)
        server.open(URI, TEXT)
        hover = await server.ask("textDocument/hover", pipe.place(URI, 1, 2))
        assert "result" in hover
        ghost = await server.ask("textDocument/inlineCompletion", pipe.inline(URI, 2, 4), 90)
        assert "result" in ghost
        if status["phase"] == "failed":
            assert status["error"] in ("model-too-large", "model-failed", "missing-package")
            assert server.shown == [status["message"]]


async def settled(server: pipe.Pipe) -> pipe.Message:
    while True:
        status: pipe.Message = (await server.ask("pippy/status", {}))["result"]
        if status["phase"] in ("ready", "failed"):
            return status
        await asyncio.sleep(0.1)


# --- children of the server ----------------------------------------------------------------


async def test_nothing_is_left_of_a_session(tmp_path: Path) -> None:
    """Neither a process nor a file, after an end in order."""
    async with pipe.server(PLUMBING, {"TMPDIR": str(tmp_path)}) as server:
        await server.initialize()
        await server.ready()
        workers = server.workers()
        await server.ask("shutdown", None)
        server.notify("exit", None)
        assert await asyncio.wait_for(server.process.wait(), 20) == 0
        assert not any(faults.alive(each) for each in workers)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - pathlib's is refused in a coroutine
