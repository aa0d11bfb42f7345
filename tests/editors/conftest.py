"""What every editor's test needs: a server, the model, a folder. See `make test-editors`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from pippy_lsp.engine import models
from pippy_lsp.engine.registry import registry

ROOT = Path(__file__).parents[2]
MODEL = "qwen2.5-coder-0.5b-instruct"
PICTURES = ROOT / "docs" / "images"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder is marked `editors`, and has the time that a real editor needs."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.editors)
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def server_command() -> list[str]:
    """The command of this checkout's server."""
    return [sys.executable, "-m", "pippy_lsp", "--stdio"]


@pytest.fixture(scope="session")
def server_environment() -> dict[str, str]:
    """What the server is to find in its environment, and the editor with it: one model, English,
    and enough patience for a busy machine."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {
        **os.environ,
        "PIPPY_MODEL": MODEL,
        "PIPPY_LANGUAGE": "en",
        "PYTHONPATH": path,
        "PYTHONWARNINGS": "ignore",
    }


@pytest.fixture(scope="session", autouse=True)
def model_is_here() -> None:
    if not models.is_installed(registry().get(MODEL)):
        pytest.skip(f"the model is not here: pippy-lsp models pull {MODEL}")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with nothing above it that an editor could take for a project."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def needed(*programs: str) -> None:
    """Skip where a program is not installed; the reason says how it is."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (docs/editors.md says what tests need)")
