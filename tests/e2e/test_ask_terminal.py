"""`pippy-lsp ask`: a question in the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.editor import MODELS

pytestmark = pytest.mark.model


def terminal(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PIPPY_MODEL": MODELS["meaning"]}
    return subprocess.run(
        [sys.executable, "-m", "pippy_lsp", "ask", *arguments],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        cwd=folder,
        timeout=300,
        check=False,
    )


def test_the_terminal_answers(tmp_path: Path) -> None:
    done = terminal(tmp_path, "--json", "how", "do", "I", "print", "hello?")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["model"] == MODELS["meaning"]
    assert "print(" in answer["code"]
    assert answer["guess"]


def test_the_terminal_has_the_fixed_line_too(tmp_path: Path) -> None:
    done = terminal(tmp_path, "what is the capital of France?")
    assert done.stdout.startswith("I can only help with Python.")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_policy_holds_in_the_terminal(tmp_path: Path) -> None:
    (tmp_path / ".pippy.toml").write_text('[policy]\nactionsOff = ["ask"]\n')
    done = terminal(tmp_path, "what is a loop?")
    assert done.returncode == 1
    assert "teacher" in done.stderr
    assert len(done.stderr.splitlines()) == 1
