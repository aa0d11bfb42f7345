"""Recipes and the command line: each bad input gets one sentence."""

from __future__ import annotations

import importlib
import shutil
import types
from pathlib import Path

import pytest

from finetune import __main__ as commands
from finetune import extra, recipe
from finetune.recipe import FOLDER
from pippy_lsp.errors import UsageError

RECIPES = sorted(each.stem for each in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("name", RECIPES)
def test_our_recipes_can_be_read(name: str) -> None:
    found = recipe.load(name)
    assert found.training.steps > 0
    assert found.lora.targets


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("model = 3", r"\$.model", id="kind"),
        pytest.param('model = "m"\nspeed = 1', "speed", id="unknown-key"),
        pytest.param('model = "m"\n[lora]\nrank = 0', r"\$.lora.rank", id="rank"),
        pytest.param('model = "m"\n[lora]\ntargets = ["all"]', "it has all", id="targets"),
        pytest.param('model = "m"\n[lora]\ntargets = []', "it has None", id="no-targets"),
        pytest.param('model = "m"\n[data]\njobs = ["sing"]', "it has sing", id="job"),
        pytest.param('model = "m"\n[data]\njobs = ["hint"]', "the job hint", id="other-adapter"),
        pytest.param('model = "m"\n[training]\nweights = "int3"', "weights", id="weights"),
        pytest.param("model = ", "can't be used", id="no-toml"),
    ],
)
def test_a_wrong_recipe(text: str, what: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=what):
        recipe.load(str(file))


def test_a_recipe_that_is_not_there() -> None:
    with pytest.raises(UsageError, match=r"There are codellama-7b-qlora, qwen-0\.5b-cpu, qwen-0"):
        recipe.load("bigger")


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> types.ModuleType:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(UsageError, match=r"pip install -e '.\[finetune\]' \(torch is missing\)"):
        extra.device("float32")


def test_four_bits_need_a_gpu(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch = types.SimpleNamespace(cuda=types.SimpleNamespace(is_available=lambda: False))
    monkeypatch.setattr(extra, "need", lambda _: torch)
    assert extra.device("float32") == "cpu"
    assert commands.main(["run", "codellama-7b-qlora", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "needs an NVIDIA GPU" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", ["train", "check"])
def test_a_step_without_the_one_before(
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("gguf")
    monkeypatch.setattr(extra, "device", lambda _: "cpu")
    assert commands.main([command, "qwen-0.5b-cpu", "--out", str(tmp_path)]) == 2
    assert "make it with the command data" in capsys.readouterr().err


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("gguf")
    from finetune import base  # noqa: PLC0415 - needs the extra

    full = types.SimpleNamespace(total=10**9, used=10**9, free=5 * 10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    base.need_room(tmp_path, 4 * 10**8)
    with pytest.raises(UsageError, match=r"13\.5 GB are needed and 0\.5 GB are free"):
        base.need_room(tmp_path, 135 * 10**8)


def test_a_folder_is_one_recipes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "_STEPS", {"data": lambda *_: None})
    where = ["--out", str(tmp_path / "out")]
    assert commands.main(["data", "qwen-0.5b-cpu", *where]) == 0
    assert commands.main(["data", "qwen-0.5b-cpu", *where]) == 0
    assert commands.main(["data", "codellama-7b-qlora", *where]) == 2
    assert "a run of another recipe" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "what"),
    [
        pytest.param(OSError(28, "No space left on device"), 2, "No space left", id="disk"),
        pytest.param(KeyboardInterrupt(), 130, "goes on where it was", id="stopped"),
    ],
)
def test_what_stops_a_step_is_one_sentence(
    error: BaseException,
    code: int,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stopped(*_: object) -> None:
        raise error

    monkeypatch.setattr(commands, "_STEPS", {"data": stopped})
    assert commands.main(["data", "qwen-0.5b-cpu", "--out", str(tmp_path)]) == code
    assert what in capsys.readouterr().err
