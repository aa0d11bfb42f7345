"""The `models` commands, as a person or a script sees them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from pippy_lsp import cli_models, prompts
from pippy_lsp.engine import models, state
from pippy_lsp.engine.download import Progress
from pippy_lsp.errors import AdapterWrong, ModelFileMissing, ModelMissing, UnknownModel
from tests import codellama
from tests.unit.test_models import DEFAULT, SMALL, install


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("PIPPY_MODEL", "PIPPY_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    cli_models.add_parser(parser.add_subparsers())
    args = parser.parse_args(["models", *arguments])
    assert args.command == "models"
    return cli_models.run(args)


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    install(SMALL)
    models.use(SMALL)
    assert run("list") == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    row = next(row for row in rows if row[0] == SMALL)
    assert row[1:4] == ["94 MB", "yes", "Apache-2.0"]
    assert "models use" in row[4]
    assert next(row for row in rows if row[0] == DEFAULT)[2] == "no"


def test_list_as_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    run("list")
    shown = capsys.readouterr().out
    assert "Licence" in shown
    assert DEFAULT in shown


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    file = install(SMALL)
    run("list", "--json")
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    by_name = {row["name"]: row for row in rows}
    assert by_name[SMALL]["installed"] is True
    assert by_name[SMALL]["path"] == str(file)
    assert by_name[DEFAULT]["installed"] is False
    assert sum(row["auto"] for row in rows) == 1
    assert not any(row["chosen"] for row in rows)


def test_use_and_path(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small, default = install(SMALL), install(DEFAULT)
    run("use", SMALL)
    run("path")
    run("path", DEFAULT)
    monkeypatch.setenv("PIPPY_MODEL", DEFAULT)
    run("path")
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{SMALL} is the model from now on.", str(small), str(default), str(default)]
    run("use", "auto")
    said = capsys.readouterr().out
    assert DEFAULT in said
    assert "PIPPY_MODEL" in said


def test_remove(capsys: pytest.CaptureFixture[str]) -> None:
    file = install(SMALL)
    run("remove", SMALL)
    assert str(file) in capsys.readouterr().out
    with pytest.raises(ModelMissing):
        run("remove", SMALL)


def test_errors_go_up() -> None:
    for command in ("pull", "use", "path", "remove"):
        with pytest.raises(UnknownModel):
            run(command, "gpt-5")


def test_no_command() -> None:
    with pytest.raises(SystemExit) as raised:
        run()
    assert raised.value.code == 2


def test_pull_shows_the_licence(capsys: pytest.CaptureFixture[str]) -> None:
    file = install(SMALL)
    run("pull", SMALL)
    licence, here = capsys.readouterr().out.splitlines()
    assert "Apache-2.0" in licence
    assert "https://" in licence
    assert str(file) in here


STEPS = [
    Progress("wait"),
    *(Progress("download", done, 40 * 2**20, "pypi") for done in range(0, 41 * 2**20, 2**20)),
    Progress("join", 40 * 2**20, 40 * 2**20, "pypi"),
]


@pytest.mark.parametrize("terminal", [False, True], ids=["log", "terminal"])
def test_progress(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    def pull(name: str, report: Any, *, published: bool) -> Path:
        assert not published
        for step in STEPS:
            report(step)
        return Path(name)

    monkeypatch.setattr("pippy_lsp.engine.download.pull", pull)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    run("pull", SMALL)
    out, err = capsys.readouterr()
    assert f"{SMALL} is ready" in out
    for stage in ("waiting for another download", "downloading", "putting it together"):
        assert stage in err
    if not terminal:
        assert len(err.splitlines()) == 1 + 11 + 1, "a line every tenth, not every chunk"
        assert "downloading: 50 % of 40 MB" in err


def test_every_sentence_is_there() -> None:
    """A key that the code names and the table lacks is found here, not by a child."""
    source = Path(cli_models.__file__).read_text("utf-8")
    say = prompts.messages()
    named = {part.split('"')[0] for part in source.split('say("')[1:]}
    assert len(named) > 10
    assert {key for key in named if key not in say._sentences} == set()


def test_adapt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = codellama.write_adapter(tmp_path / "a.gguf")
    run("adapt", "inline", str(path), "--scale", "0.5")
    assert str(path) in capsys.readouterr().out
    assert state.load().adapters == {"inline": state.Worn(str(path), 0.5)}
    run("adapt", "inline", "none")
    assert "inline" in capsys.readouterr().out
    assert state.load().adapters == {}
    with pytest.raises(ModelFileMissing):
        run("adapt", "teacher", str(tmp_path / "b.gguf"))
    with pytest.raises(AdapterWrong):
        run("adapt", "teacher", str(codellama.write_small(tmp_path / "m.gguf")))
