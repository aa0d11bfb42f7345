"""`pippy-lsp setup`, as a person uses it: files of a home that is made up."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pippy_lsp import cli, prompts
from pippy_lsp.errors import SetupRun
from pippy_lsp.setup import editors, places, store
from pippy_lsp.setup.plan import Plan, Run

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the paths are those of XDG")
SERVER = ["/opt/kind der/pippy-lsp"]
# id, where its configuration lies
FILES = {
    "builder": "data/gnome-builder/plugins/pippy_lsp_plugin/pippy_lsp_plugin.plugin",
    "emacs": "config/emacs/init.el",
    "helix": "config/helix/languages.toml",
    "jupyterlab": ".jupyter/jupyter_server_config.d/pippy-lsp.json",
    "kate": "config/kate/lspclient/settings.json",
    "neovim": "data/nvim/site/pack/pippy/start/pippy/lua/pippy/installed.lua",
    "sublime": "config/sublime-text/Packages/User/LSP.sublime-settings",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("config", "data"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    for name in ("PIPPY_LANGUAGE", "JUPYTER_CONFIG_DIR", "THONNY_USER_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(places, "server", lambda: SERVER)
    return tmp_path


def files(home: Path) -> dict[str, bytes]:
    """Everything below the home but what the setup itself keeps."""
    kept = places.records()
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and kept not in path.parents
    }


def put(home: Path, name: str, text: str) -> Path:
    path = home / FILES[name]
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("utf-8"))
    return path


@pytest.mark.parametrize("editor", FILES)
def test_a_new_file_and_back(editor: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["setup", editor, "--yes"]) == 0
    assert "kind der/pippy-lsp" in "".join(data.decode("utf-8") for data in files(home).values())
    assert FILES[editor] in files(home)
    assert f"{editor} is set up." in capsys.readouterr().out
    before = files(home)
    assert cli.main(["setup", editor, "--yes"]) == 0
    assert "already" in capsys.readouterr().out
    assert files(home) == before
    assert cli.main(["setup", editor, "--undo"]) == 0
    assert files(home) == {}
    kept = places.records()
    assert {*home.rglob("*")} == {kept, kept.parent, kept.parent.parent}


# id, the editor, what the user has there
OWN = [
    ("kate", "kate", '{\n\t"servers": {\n\t\t"c": {"command": ["clangd"]} // mine\n\t}\n}\n'),
    ("kate, Windows' line ends", "kate", '\ufeff{"servers": {\r\n}}\r\n'),
    ("kate, its own Python", "kate", '{"servers": {"python": {"command": ["pylsp"]}}}'),
    ("helix", "helix", '# mine\n[[language]]\nname = "rust"\nauto-format = false'),
    ("emacs", "emacs", "(setq inhibit-startup-screen t)\r\n"),
    ("sublime", "sublime", '{\n  // mine\n  "log_debug": true,\n}'),
    ("empty", "kate", ""),
]


@pytest.mark.parametrize(("editor", "text"), [o[1:] for o in OWN], ids=[o[0] for o in OWN])
def test_a_file_of_ones_own_and_back(
    editor: str, text: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(home, editor, text)
    path.chmod(0o600)
    assert cli.main(["setup", editor, "--print"]) == 0
    assert "+" in capsys.readouterr().out
    assert path.read_bytes() == text.encode("utf-8")
    assert cli.main(["setup", editor, "--yes"]) == 0
    said = capsys.readouterr().out
    made = path.read_bytes().decode("utf-8")
    assert "pippy-lsp" in made
    assert made != text
    if editor in ("helix", "emacs"):
        assert made.startswith(text)
    backup = next(line.split()[-1] for line in said.splitlines() if "is kept in" in line)
    assert Path(backup).read_bytes() == text.encode("utf-8")
    assert path.stat().st_mode & 0o777 == 0o600
    assert cli.main(["setup", editor, "--undo"]) == 0
    assert path.read_bytes() == text.encode("utf-8")


def test_what_kate_gets(home: Path) -> None:
    cli.main(["setup", "kate", "--yes"])
    server = json.loads((home / FILES["kate"]).read_text("utf-8"))["servers"]["python"]
    assert server["command"] == SERVER
    assert server["highlightingModeRegex"] == "^Python$"


def test_what_helix_gets(home: Path) -> None:
    cli.main(["setup", "helix", "--yes"])
    found = tomllib.loads((home / FILES["helix"]).read_text("utf-8"))
    assert found["language-server"]["pippy"] == {"command": SERVER[0], "args": []}
    assert found["language"] == [{"name": "python", "language-servers": ["pippy"]}]


# id, the editor, the file, what the sentence says
REFUSED = [
    ("no JSON", "kate", '{\n  "servers": {\n', "line 3"),
    ("no object", "kate", '{"servers": 1}', "line 1"),
    ("no TOML", "helix", "a = = 1", "can't be used"),
    ("Python there", "helix", '[[language]]\nname = "python"\n', "[language-server.pippy]"),
]


@pytest.mark.parametrize(
    ("editor", "text", "said"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_what_is_left_alone(
    editor: str, text: str, said: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(home, editor, text)
    assert cli.main(["setup", editor, "--yes"]) == 1
    assert said in capsys.readouterr().err
    assert path.read_text("utf-8") == text


def test_not_utf8(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(home, "kate", "")
    path.write_bytes(b'{"a": "\xff"}')
    assert cli.main(["setup", "kate", "--yes"]) == 1
    assert "UTF-8" in capsys.readouterr().err
    assert path.read_bytes() == b'{"a": "\xff"}'


def test_undo_loses_no_later_change(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(home, "emacs", "(setq a 1)\n")
    cli.main(["setup", "emacs", "--yes"])
    changed = path.read_bytes() + b"(setq b 2)\n"
    path.write_bytes(changed)
    assert cli.main(["setup", "emacs", "--undo"]) == 1
    assert "was changed after the setup" in capsys.readouterr().err
    assert path.read_bytes() == changed


def test_another_server_later_goes_back_to_the_beginning(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(home, "kate", "{ }")
    cli.main(["setup", "kate", "--yes"])
    monkeypatch.setattr(places, "server", lambda: ["/elsewhere/pippy-lsp"])
    cli.main(["setup", "kate", "--yes"])
    assert "/elsewhere/" in path.read_text("utf-8")
    cli.main(["setup", "kate", "--undo"])
    assert path.read_text("utf-8") == "{ }"


def test_nothing_to_undo(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["setup", "kate", "--undo"]) == 1
    assert "nothing to undo" in capsys.readouterr().err


@pytest.mark.parametrize("answer", ["y", "n", ""], ids=["yes", "no", "just Enter"])
def test_it_asks(
    answer: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin.readline", lambda: f"{answer}\n", raising=False)
    assert cli.main(["setup", "kate"]) == 0
    assert "[y/N]" in capsys.readouterr().out
    assert (FILES["kate"] in files(home)) == (answer == "y")


def test_nobody_to_ask(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert cli.main(["setup", "kate"]) == 1
    assert files(home) == {}


def test_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["setup", "kat"]) == 1
    assert "Choose: kate." in capsys.readouterr().err
    assert cli.main(["setup", "list"]) == 0
    listed = [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(editors.EDITORS)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("editor", editors.EDITORS)
def test_every_editor_has_its_sentences(editor: str, language: str) -> None:
    say = prompts.messages(language).say
    assert say(f"setup-about-{editor}")
    assert say(f"setup-note-{editor}", **editors.plan(editor, SERVER).values)


def test_programs_are_run_and_taken_back(home: Path) -> None:
    log = home / "log"
    add = [sys.executable, "-c", "import os,sys; open(sys.argv[1], 'a').write(os.environ['WORD'])"]
    run = Run([*add, str(log)], [*add, str(log)], {"WORD": "x"})
    store.apply("thonny", store.pending("thonny", Plan(runs=[run])))
    assert store.pending("thonny", Plan(runs=[run])).runs == []
    store.undo("thonny")
    assert log.read_text("utf-8") == "xx"


def test_a_program_that_fails() -> None:
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    with pytest.raises(SetupRun):
        store.apply("thonny", Plan(runs=[Run(command, command)]))


def test_thonny_is_asked_for_its_python(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = home / "bin" / "thonny"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nimport thonny\n", "utf-8")
    script.chmod(0o755)
    (run,) = editors.plan("thonny", SERVER).runs
    assert run.command[:4] == [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    assert run.environment["PYTHONUSERBASE"] == str(home / "config" / "Thonny" / "plugins")


def test_pippy_has_an_installer(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "clients", lambda: home / "clients")
    for path in (home / "clients/pippy/install.py", home / "Activities/Pippy.activity/notebook.py"):
        path.parent.mkdir(parents=True)
        path.touch()
    (run,) = editors.plan("pippy", SERVER).runs
    assert run.command[1:3] == [str(home / "clients/pippy/install.py"), "install"]
    assert run.undo[2:] == ["uninstall", str(home / "Activities/Pippy.activity")]


def test_vscode_has_a_package(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "clients", lambda: home / "clients")
    folder, code = home / "clients" / "vscode", home / "bin" / "code"
    for path, text in {
        folder / "pippy.vsix": "",
        folder / "package.json": '{"publisher": "us", "name": "pippy"}',
        code: "#!/bin/sh\n",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    code.chmod(0o755)
    (run,) = editors.plan("vscode", SERVER).runs
    assert run.command == [str(code), "--install-extension", str(folder / "pippy.vsix")]
    assert run.undo == [str(code), "--uninstall-extension", "us.pippy"]


def test_a_link_stays_a_link(home: Path) -> None:
    real = home / "dotfiles" / "settings.json"
    real.parent.mkdir()
    real.write_text("{}", "utf-8")
    link = home / FILES["kate"]
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    cli.main(["setup", "kate", "--yes"])
    assert link.is_symlink()
    assert "pippy-lsp" in real.read_text("utf-8")
    cli.main(["setup", "kate", "--undo"])
    assert real.read_text("utf-8") == "{}"


def test_the_server_is_named_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert Path(places.server()[0]).is_absolute()
