"""Emacs with eglot, in batch, with the init file that `pippy-lsp setup emacs` writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pippy_lsp.engine.state import cache_dir
from tests.editors.conftest import needed

SCRIPT = Path(__file__).with_name("eglot.el")
PROGRAM = """\
names = ["Ada", "Bo"]
for name in names:
    pri
if names = 3:
    pass
"""


@pytest.fixture(scope="module")
def results(
    tmp_path_factory: pytest.TempPathFactory, server_environment: dict[str, str]
) -> dict[str, Any]:
    """What Emacs said of each thing it did."""
    needed("emacs")
    folder = tmp_path_factory.mktemp("emacs")
    (folder / "game.py").write_text(PROGRAM, "utf-8")
    (folder / ".pippy.toml").write_text("[completion]\ntimeoutS = 60\n", "utf-8")
    (folder / ".git").mkdir()
    cache = {"PIPPY_CACHE_DIR": str(cache_dir())}  # before the home is another one
    homes = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    environment = {**server_environment, **cache, **homes}
    setup = [sys.executable, "-m", "pippy_lsp", "setup", "emacs", "--yes"]
    subprocess.run(setup, env=environment, check=True, stdout=subprocess.DEVNULL)
    init = folder / "config" / "emacs" / "init.el"
    done = subprocess.run(
        ["emacs", "--batch", "-l", init, "-l", SCRIPT],
        env=environment,
        cwd=folder,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=400,
    )
    if "Cannot open load file" in done.stderr and "eglot" in done.stderr:
        pytest.skip("not installed: eglot (Emacs 29 has it; Debian: elpa-eglot)")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    found: dict[str, Any] = {}
    for line in lines:
        found.update(json.loads(line.removeprefix("RESULT ")))
    return found


def test_the_hook_starts_the_server(results: dict[str, Any]) -> None:
    assert results["managed"] is True


def test_the_suggestion_is_the_first_completion_and_is_taken(results: dict[str, Any]) -> None:
    assert results["completion"].startswith("print(")
    assert results["taken"] == "    " + results["completion"].removesuffix(" …")


def test_hover(results: dict[str, Any]) -> None:
    assert "is a loop" in results["hover"]


def test_fix(results: dict[str, Any]) -> None:
    assert "Fix this" in results["actions"]
    assert results["fixed"] == "if names == 3:"


def test_explanation(results: dict[str, Any]) -> None:
    """The model's, or what is known without it where the model said nothing good."""
    assert "name" in results["explanation"]
