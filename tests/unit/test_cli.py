from __future__ import annotations

import argparse
import os
import subprocess
import sys
import types
from collections.abc import Sequence
from pathlib import Path

import pytest

from pippy_lsp import __version__, cli, cli_ask, cli_common
from pippy_lsp.cli_ask import Place
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import ModelMissing, UsageError

# id, what is written, path, line, column; "-" for none
COMPLETE = """
plain           game.py:3:5             game.py         3   5
windows         C:\\kids\\game.py:3:5   C:\\kids\\game.py 3 5
a-colon         my:game.py:3:5          my:game.py      3   5
numbers         2048.py:1:1             2048.py         1   1
no-column       game.py:3               -               -   -
no-line         game.py                 -               -   -
windows-file    C:\\game.py             -               -   -
a-word          game.py:3:x             -               -   -
negative        game.py:-3:5            -               -   -
no-file         :3:5                    -               -   -
other-digits    game.py:３:5            -               -   -
"""
EXPLAIN = """
plain           game.py:3               game.py         3   -
with-column     game.py:3:5             game.py         3   5
windows         C:\\game.py:3           C:\\game.py     3   -
windows-column  C:\\game.py:3:5         C:\\game.py     3   5
no-line         game.py                 -               -   -
a-word          game.py:x               -               -   -
"""


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def place(path: str, line: str, column: str) -> Place | None:
    if path == "-":
        return None
    return Place(Path(path), int(line), None if column == "-" else int(column))


@pytest.mark.parametrize("row", rows(COMPLETE), ids=lambda row: row[0])
def test_places_with_a_column(row: list[str]) -> None:
    assert cli_ask.parse(row[1], with_column=True) == place(*row[2:])


@pytest.mark.parametrize("row", rows(EXPLAIN), ids=lambda row: row[0])
def test_places_where_the_column_may_lack(row: list[str]) -> None:
    assert cli_ask.parse(row[1], with_column=False) == place(*row[2:])


# id, line, column, the text before the place
OFFSETS = [
    ("start", 1, 1, ""),
    ("middle", 1, 3, "é😀"),
    ("no column is the start", 2, None, "é😀 = 1\r\n"),
    ("zero is the start", 2, 0, "é😀 = 1\r\n"),
    ("past the line's end", 1, 99, "é😀 = 1"),
    ("last line", 3, 1, "é😀 = 1\r\nb\r\n"),
]


@pytest.mark.parametrize(
    ("line", "column", "before"), [r[1:] for r in OFFSETS], ids=[r[0] for r in OFFSETS]
)
def test_lines_and_columns_count_from_one(line: int, column: int | None, before: str) -> None:
    snapshot = DocumentSnapshot("file:///a.py", 0, "é😀 = 1\r\nb\r\n")
    offset = cli_ask.offset_of(snapshot, Place(Path("a.py"), line, column))
    assert snapshot.text[:offset] == before


# id, --tcp, the host and port; "-" for a usage error
TCP = """
loopback        127.0.0.1:2087      127.0.0.1   2087
another         127.1.2.3:2087      127.1.2.3   2087
name            localhost:2087      localhost   2087
ipv6            [::1]:2087          ::1         2087
any-port        127.0.0.1:0         127.0.0.1   0
all-interfaces  0.0.0.0:2087        -           -
all-ipv6        [::]:2087           -           -
elsewhere       192.168.1.5:2087    -           -
a-host          example.com:2087    -           -
no-host         :2087               -           -
no-port         127.0.0.1:          -           -
bare            2087                -           -
large-port      127.0.0.1:70000     -           -
no-number       127.0.0.1:x         -           -
"""


@pytest.mark.parametrize("row", rows(TCP), ids=lambda row: row[0])
def test_tcp_serves_this_computer_only(row: list[str]) -> None:
    _, value, host, port = row
    if host == "-":
        with pytest.raises(UsageError):
            cli._transport(value)
    else:
        assert cli._transport(value) == (host, int(port))


def test_without_tcp_it_is_stdio() -> None:
    assert cli._transport(None) == "stdio"


# id, what a command ends with, the exit code, what stderr must say
ENDS: list[tuple[str, BaseException | None, int, str]] = [
    ("well", None, 0, ""),
    ("an error of ours", ModelMissing(name="tiny"), 1, '"tiny" is not on this computer yet'),
    ("usage", UsageError(what="Give a file."), 2, "Give a file."),
    ("ctrl-c", KeyboardInterrupt(), 130, ""),
    ("a bug", RuntimeError("secret program text"), 1, "inside pippy-lsp"),
]


@pytest.mark.parametrize(
    ("raised", "code", "said"), [r[1:] for r in ENDS], ids=[r[0] for r in ENDS]
)
def test_how_a_command_ends(
    raised: BaseException | None,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(options: argparse.Namespace) -> int:
        if raised:
            raise raised
        return 0

    monkeypatch.delenv("PIPPY_DEBUG", raising=False)
    monkeypatch.setattr(cli, "_run", run)
    assert cli.main([]) == code
    output = capsys.readouterr()
    assert output.out == ""
    assert said in output.err
    assert len(output.err.splitlines()) <= 1
    assert "Traceback" not in output.err
    assert "secret program text" not in output.err


def test_a_bug_shows_its_traceback_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(options: argparse.Namespace) -> int:
        raise RuntimeError("the reason")

    monkeypatch.setenv("PIPPY_DEBUG", "1")
    monkeypatch.setattr(cli, "_run", run)
    assert cli.main([]) == 1
    assert "RuntimeError: the reason" in capsys.readouterr().err


@pytest.mark.parametrize("tty", [True, False], ids=["terminal", "editor"])
@pytest.mark.parametrize("arguments", [[], ["--stdio"]], ids=["bare", "stdio"])
def test_serving(
    tty: bool,
    arguments: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    served: list[str] = []
    server = types.ModuleType("pippy_lsp.server")
    server.serve_stdio = lambda: served.append("stdio")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pippy_lsp.server", server)
    monkeypatch.setattr("pippy_lsp.server", server, raising=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: tty, raising=False)
    assert cli.main(arguments) == 0
    assert served == ["stdio"]
    output = capsys.readouterr()
    assert output.out == ""
    assert ("waits for an editor" in output.err) is tty


def test_the_usage_of_argparse_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["dance"])
    assert end.value.code == 2
    assert "dance" in capsys.readouterr().err


# id, the file's bytes (None: there is none), the place, what is said
FILES: list[tuple[str, bytes | None, str, str]] = [
    ("no file", None, ":1:1", "There is no file"),
    ("not utf-8", b"a = '\xff'\n", ":1:1", "not text in UTF-8"),
    ("no such line", b"a = 1\n", ":9:1", "has 2 lines"),
    ("line zero", b"a = 1\n", ":0:1", "no line 0"),
    ("no place", b"a = 1\n", "", "is not a place in a file"),
]


@pytest.mark.parametrize(
    ("content", "suffix", "said"), [r[1:] for r in FILES], ids=[r[0] for r in FILES]
)
def test_a_place_that_is_not_there(
    content: bytes | None,
    suffix: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "game.py"
    if content is not None:
        path.write_bytes(content)
    assert cli.main(["complete", f"{path}{suffix}"]) == 2
    assert said in capsys.readouterr().err


def test_settings_of_the_folder_and_of_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".pippy.toml").write_text("level = 3\ncolour = 'red'\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIPPY_MODEL", "from-the-environment")
    found = cli_common.command_settings("from-the-command-line")
    assert (found.level, found.model.name) == (3, "from-the-command-line")
    assert cli_common.command_settings(None).model.name == "from-the-environment"
    assert '"colour" can\'t be used' in capsys.readouterr().err


HEAVY = ("pygls", "lsprotocol", "jedi", "llama_cpp", "numpy", "rich", "huggingface_hub", "pip")


def test_the_version_is_told_without_loading_anything_heavy() -> None:
    code = (
        "import sys; from pippy_lsp import cli\n"
        "try: cli.main(['--version'])\n"
        f"except SystemExit: print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"pippy-lsp {__version__}", "[]"]


def test_the_module_does_not_import_the_childs_files(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('the child s own')", "utf-8")
    (tmp_path / "argparse.py").write_text("raise SystemExit('the child s own')", "utf-8")
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run(
        [sys.executable, "-m", "pippy_lsp", "--version"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=clean,
    )
    assert (done.returncode, done.stdout.strip()) == (0, f"pippy-lsp {__version__}")


@pytest.mark.skipif(os.name == "nt", reason="a pipe's end is told differently on Windows")
def test_a_reader_that_has_seen_enough() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "pippy_lsp", "models", "list"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert "Traceback" not in done.stderr
    assert done.stderr == ""
