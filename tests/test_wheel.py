"""The wheel as a stranger gets it: built, installed into a clean environment, used."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODEL = "smollm2-135m-instruct"
PROGRAM = 'names = ["Ada", "Alan"]\nfor name in names:\n    '

NOTEBOOK = """\
class PippySourceView:
    def __init__(self, buffer_text, editor_id, collab):
        self.text = buffer_text

    def close(self):
        self.text = ""
"""

pytestmark = pytest.mark.wheel


def run(command: Sequence[object], cwd: Path) -> str:
    """What `command` prints; run without anything that could find the checkout."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "PIPPY_MODEL", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # the wheel is built from the source package: so that is whole, too
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts' folder of an environment that has the wheel and our dependencies.

    The dependencies are those of the environment that runs the tests, on the path after the
    wheel: a .pth file names the folder, and the .pth files in that folder (one of them leads to
    the checkout) are not read.
    """
    folder = tmp_path_factory.mktemp("clean")
    run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], folder)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], folder)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run([python, "-c", where], folder).strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return scripts


def test_what_is_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    prompts = {
        f"pippy_lsp/_data/prompts/{path.relative_to(ROOT / 'prompts').as_posix()}"
        for path in (ROOT / "prompts").rglob("*.toml")
    }
    clients = {
        f"pippy_lsp/_data/{path.relative_to(ROOT).as_posix()}"
        for name in ("common", "kate", "neovim", "pippy", "thonny")
        for path in (ROOT / "editors" / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "pippy_lsp").rglob("*.py")}
    expected = {
        *prompts,
        *clients,
        *modules,
        "pippy_lsp/py.typed",
        "pippy_lsp/engine/registry.toml",
    }
    assert expected <= names
    odd = [name for name in names - expected if not re.match(r"pippy_lsp-[^/]+\.dist-info/", name)]
    assert odd == []
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_it_is_the_wheel_that_is_imported(clean: Path, tmp_path: Path) -> None:
    code = "from pippy_lsp import prompts; print(prompts.__file__); print(prompts.root())"
    package, data = run([clean / "python", "-c", code], tmp_path).splitlines()
    assert Path(package).is_relative_to(clean.parent)
    assert Path(data).is_relative_to(clean.parent)


def test_setup_has_what_it_needs(clean: Path, tmp_path: Path) -> None:
    """Pippy's installer works from the wheel, and Thonny's plug-in can be built from it."""
    code = "from pippy_lsp.setup import places; print(places.clients())"
    clients = Path(run([clean / "python", "-c", code], tmp_path).strip())
    assert clients.is_relative_to(clean.parent)
    (tmp_path / "notebook.py").write_text(NOTEBOOK, "utf-8")
    installer = [clean / "python", clients / "pippy" / "install.py"]
    run([*installer, "install", tmp_path], tmp_path)
    assert "attach_pippy(self, editor_id)" in (tmp_path / "notebook.py").read_text("utf-8")
    assert (tmp_path / "pippy_client").is_dir()
    run([*installer, "uninstall", tmp_path], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notebook.py"]
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path]
    run([*build, clients / "thonny"], tmp_path)
    (plugin,) = tmp_path.glob("thonny_pippy-*.whl")
    with zipfile.ZipFile(plugin) as archive:
        assert "pippy_client/__init__.py" in archive.namelist()


@pytest.mark.model
def test_it_completes(clean: Path, tmp_path: Path) -> None:
    (tmp_path / "greet.py").write_text(PROGRAM, "utf-8")
    command = [clean / "pippy-lsp", "complete", "greet.py:3:5", "--model", MODEL, "--json"]
    answer = json.loads(run(command, tmp_path))
    assert answer["model"] == MODEL
    (first, *_) = answer["suggestions"]
    assert first["text"].strip()
    assert first["start"] == len(PROGRAM)
    ast.parse(PROGRAM + first["text"])
