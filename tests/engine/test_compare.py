"""`models compare` with a real model, as a teacher runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import compare, mbpp
from pippy_lsp.engine import models
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.registry import registry
from pippy_lsp.settings import ModelSettings
from tests.e2e.editor import MODELS

pytestmark = [pytest.mark.model]
NAME = MODELS["plumbing"]


def test_two_rows_of_one_model(tmp_path: Path) -> None:
    """By its name, and by its path, where the file itself tells the licence."""
    copy = tmp_path / "mine.gguf"
    copy.symlink_to(models.path(NAME))
    command = [sys.executable, "-m", "pippy_lsp", "models", "compare", NAME, str(copy)]
    done = subprocess.run(
        [*command, "--rows", "1", "--markdown", "--json", "out.json"],
        cwd=tmp_path,
        env={**os.environ, "PIPPY_LANGUAGE": "en"},
        capture_output=True,
        encoding="utf-8",
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    assert [row[0] for row in rows[2:]] == [f"| {NAME}", "| mine"]
    assert "question 8 of 8" in done.stderr
    named, mine = json.loads((tmp_path / "out.json").read_text("utf-8"))["models"]
    entry = registry().get(NAME)
    assert (named["licence"], mine["licence"]) == (entry.licence, "apache-2.0")
    for found in (named, mine):
        kinds = [each["kind"] for each in found["answers"]]
        assert kinds == ["hole", "problem", "panel", "line"]
        assert found["size"] == entry.size
        assert found["memory"] > entry.size
        assert found["first_ms"] > 0
        assert found["ghost_ms"] > 0
    texts = [[each["text"] for each in found["answers"]] for found in (named, mine)]
    assert texts[0] == texts[1], "the same file gives the same answers"


async def test_the_benchmarks_problems() -> None:
    """One problem of MBPP's kind, by one answer and by five."""
    row = mbpp.Row(
        1, "Write a function double(n) that gives n + n.", (), ("assert double(2) == 4",)
    )
    engine = LlamaEngine(ModelSettings(name=NAME))
    done: list[int] = []
    try:
        await engine.ready(120)
        found = await compare.problems(engine, [row], lambda: done.append(1))
    finally:
        await engine.close()
    assert [each.kind for each in found] == ["problem", "panel"]
    assert len(done) == 2
    assert found[0].ms > 0
