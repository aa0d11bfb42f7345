"""Nothing leaves the computer, nothing of the workspace is run, nothing of the child is kept."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import pipe
from pippy_lsp.engine import models
from tests.e2e import faults

pytestmark = pytest.mark.model
PLUMBING = "smollm2-135m-instruct"
SECRET = "zanzibar_marmalade"  # noqa: S105 - a name that no log may hold
PROGRAM = f"""import random
import helper
import native
from package import inner

{SECRET} = random.randint(1, 6)
for {SECRET}_turn in range(3):
    print({SECRET})
# print the {SECRET}
helper.
"""
TRAP = "open({told!r}, 'a').write('run {name}\\n')\n"
"""A module that tells when it is run."""


def trapped(folder: Path, told: Path) -> None:
    """A workspace in which everything that could be run tells that it was."""
    names = ["random", "helper", "sitecustomize", "usercustomize", "conftest", "setup", "jedi"]
    names += ["package/__init__", "package/inner", "encodings", "llama_cpp", "numpy"]
    (folder / "package").mkdir()
    for name in names:
        text = TRAP.format(told=str(told), name=name)
        (folder / f"{name}.py").write_text(f"{text}\ndef hello():\n    return 1\n", "utf-8")
    (folder / "native.so").write_bytes(b"\x7fELF not really")
    (folder / ".jedi").mkdir()
    environment = folder / "evil"
    project = f'[1, {{"environment_path": "{environment}", "load_unsafe_extensions": true}}]'
    (folder / ".jedi" / "project.json").write_text(project, "utf-8")
    for place in ("evil/bin", ".venv/bin", "venv/bin"):
        (folder / place).mkdir(parents=True)
        python = folder / place / "python"
        python.write_text(f"#!/bin/sh\necho run {place} >> {told}\n", "utf-8")
        python.chmod(0o755)
    (folder / ".venv" / "pyvenv.cfg").write_text(f"home = {folder}/.venv/bin\n", "utf-8")


async def whole_session(server: pipe.Pipe, folder: Path) -> list[pipe.Message]:
    """All that an editor asks in an hour, in a minute."""
    await server.initialize(folder, completion={"timeoutS": 60})
    await server.ready()
    uri = (folder / "game.py").as_uri()
    (folder / "game.py").write_text(PROGRAM, "utf-8")
    server.open(uri, PROGRAM)
    answers = []
    for line, character in ((0, 8), (1, 8), (2, 8), (3, 6), (5, 15), (6, 6), (8, 4), (9, 7)):
        at = pipe.place(uri, line, character)
        here = {"start": at["position"], "end": at["position"]}
        context: pipe.Message = {"context": {"diagnostics": []}}
        answers.append(await server.ask("textDocument/hover", at))
        answers.append(await server.ask("textDocument/completion", at))
        asked = {"textDocument": {"uri": uri}, "range": here, **context}
        answers.append(await server.ask("textDocument/codeAction", asked))
    answers.append(await server.ask("textDocument/inlineCompletion", pipe.inline(uri, 9, 7), 90))
    start = {"line": 6, "character": 0}
    asked = {"textDocument": {"uri": uri}, "range": {"start": start, "end": start}}
    answers.append(await server.ask("pippy/explain", asked, 120))
    answers.append(await server.ask("pippy/explainError", {"error": f"NameError: {SECRET}"}))
    doctor = {"command": "pippy.doctor", "arguments": []}
    answers.append(await server.ask("workspace/executeCommand", doctor))
    await server.ask("shutdown", None)
    server.notify("exit", None)
    await asyncio.wait_for(server.process.wait(), 20)
    return answers


def watching(folder: Path, told: Path) -> dict[str, str]:
    paths = [str(Path(__file__).parent / "watched"), str(faults.ROOT)]
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "PIPPY_TEST_WATCH": str(told),
        "PIPPY_TEST_WORKSPACE": str(folder),
    }


async def test_no_network_and_nothing_of_the_workspace_is_run(tmp_path: Path) -> None:
    folder, told = tmp_path / "work", tmp_path / "told"
    folder.mkdir()
    trapped(folder, told)
    async with pipe.server(PLUMBING, watching(folder, told)) as server:
        answers = await whole_session(server, folder)
    assert [each for each in answers if "error" in each] == []
    lines = told.read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith(("network", "run", "exec", "import"))] == []
    assert sum("pippy_lsp.engine.worker" in line for line in lines if line[0] == "p") == 1
    started = {line for line in lines if line.startswith("start")}
    # `platform` asks uname what the processor is called.
    assert started <= {f"start {sys.executable}", "start uname"}, (
        "the worker is all that is started"
    )
    assert not any(str(folder) in line for line in lines)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="Linux's own means")
async def test_it_works_where_there_is_no_network(tmp_path: Path) -> None:
    """In a network name space of its own, in which not even the loopback is up."""
    allowed = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)  # noqa: ASYNC221
    if allowed.returncode:
        pytest.skip("no name space can be made here")
    script = tmp_path / "alone.py"
    script.write_text(
        "import os, sys\n"
        "os.execvp('unshare', ['unshare', '-rn', sys.executable, '-m', 'pippy_lsp'])\n",
        "utf-8",
    )
    path = os.pathsep.join([str(tmp_path), str(faults.ROOT)])
    async with pipe.server(PLUMBING, {"PYTHONPATH": path}, module="alone") as server:
        folder = tmp_path / "work"
        folder.mkdir()
        answers = await whole_session(server, folder)
    assert [each for each in answers if "error" in each] == []


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
async def test_no_text_of_the_child_is_logged_or_kept(level: str, tmp_path: Path) -> None:
    """Neither in the logs, whatever their level, nor in any file of ours."""
    folder, home = tmp_path / "work", tmp_path / "home"
    for each in (folder, home):
        each.mkdir()
    logs = home / "stderr"
    environment = {
        "PIPPY_LOG": level,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONPATH": str(faults.ROOT),
    }
    with logs.open("wb") as stderr:
        async with pipe.server(str(models.path(PLUMBING)), environment, stderr=stderr) as server:
            answers = await whole_session(server, folder)
    assert [each for each in answers if "error" in each] == []
    assert logs.read_bytes() or level == "INFO"
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []


# --- by hand -------------------------------------------------------------------------------


async def test_a_trace_is_written_only_when_asked_for_and_says_so(tmp_path: Path) -> None:
    trace, errors = tmp_path / "trace", tmp_path / "errors"
    with errors.open("wb") as stderr:
        arguments = ("--trace", str(trace))
        async with pipe.server("no-such-model", None, arguments=arguments, stderr=stderr) as server:
            await server.initialize()
            server.open("untitled:a", PROGRAM)
            await server.ask("pippy/status", {})
    assert SECRET.encode() in trace.read_bytes()
    assert trace.stat().st_mode & 0o077 == 0
    said = errors.read_text("utf-8")
    assert "everything you type is written" in said
    assert SECRET not in said


async def test_a_trace_that_can_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    done = await faults.pippy("--trace", str(tmp_path / "no" / "trace"), folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("Choose another file for --trace.")


async def test_forget_deletes_all(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (cache / "shown" / "session-1-a").mkdir(parents=True)
    (cache / "shown" / "session-1-a" / "page.md").write_text(SECRET, "utf-8")
    (cache / "state.json").write_text("{}", "utf-8")
    (cache / "models").mkdir()
    (cache / "models" / "a.gguf").write_bytes(b"GGUF")

    async def forget(*more: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "elsewhere"
        folder.mkdir(exist_ok=True)
        os.environ["PIPPY_CACHE_DIR"] = str(cache)
        try:
            return await faults.pippy("forget", *more, folder=folder)
        finally:
            del os.environ["PIPPY_CACHE_DIR"]

    done = await forget()
    assert done.returncode == 0, done.stderr
    assert [path.name for path in cache.iterdir()] == ["models"]
    assert len(done.stdout.splitlines()) == 2
    again = await forget()
    assert again.stdout.strip() == "There was nothing to forget."
    await forget("--models")
    assert list(cache.iterdir()) == []
