"""Two real servers with a real model, each a process of its own on this computer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 120.0


@contextmanager
def llama_cpp_server(model: Path, context: int = 1024) -> Iterator[str]:
    """`python -m llama_cpp.server`: the API of OpenAI and nothing else."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(model)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--n_ctx", str(context)]
    # Else a request breaks off the one before it, also one of another child.
    command += ["--interrupt_requests", "false"]
    with _running(command) as process:
        yield _until_it_answers(f"http://127.0.0.1:{port}", process)


@contextmanager
def own_server(model: Path, context: int = 1024, at_once: int = 2) -> Iterator[str]:
    """llama.cpp's own server, as the package xllamacpp carries it; all share the `context`."""
    code = (
        "import sys, xllamacpp\n"
        "params = xllamacpp.CommonParams()\n"
        "params.model.path, params.port, params.n_ctx = sys.argv[1], 0, int(sys.argv[2])\n"
        "params.n_gpu_layers, params.n_parallel = 0, int(sys.argv[3])\n"
        "server = xllamacpp.Server(params)\n"
        "print(server.listening_address, flush=True)\n"
        "sys.stdin.read()\n"
        "import os; os._exit(0)\n"
    )
    command = [sys.executable, "-c", code, str(model), str(context), str(at_once)]
    with _running(command) as process:
        assert process.stdout is not None
        while not (line := process.stdout.readline().decode()).startswith("http://"):
            assert line, "the server ended"
        yield _until_it_answers(line.strip(), process)


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_WAIT_POLICY": "passive"},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def _until_it_answers(url: str, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + SECONDS
    while True:
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < end, "the server does not answer"
        try:
            with urllib.request.urlopen(f"{url}/v1/models", timeout=5):  # noqa: S310
                return url
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
