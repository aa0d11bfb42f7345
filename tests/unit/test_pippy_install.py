"""The installer for Sugar's Pippy: in, in again, and out without a trace."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import install
import pytest

NOTEBOOK = """\
class TabLabel:
    def __init__(self, child):
        self.child = child


class PippySourceView(GtkSource.View):

    def __init__(self, buffer_text, editor_id, collab):
        GtkSource.View.__init__(self)

        if buffer_text:
            self.set_text(buffer_text)

        self.set_can_focus(True)

    # Notebook will call this with appropriate font size
    def set_font_size(self, font_size):
        self.modify_font(font_size)

class SourceNotebook:
    pass
"""
HOOKED = NOTEBOOK.replace(
    "        self.set_can_focus(True)\n",
    "        self.set_can_focus(True)\n\n"
    "        from pippy_gtk import attach_pippy\n"
    "        attach_pippy(self, editor_id)\n",
)


@pytest.fixture(params=["\n", "\r\n"], ids=["lf", "crlf"])
def activity(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "Pippy.activity"
    folder.mkdir()
    (folder / "notebook.py").write_bytes(NOTEBOOK.replace("\n", request.param).encode())
    (folder / "notebook.py").chmod(0o640)
    return folder


def files(activity: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(activity)): path.read_bytes()
        for path in activity.rglob("*")
        if path.is_file()
    }


def run(work: str, activity: Path) -> int:
    return install.main([work, str(activity)])


def test_puts_two_lines_and_two_packages_in(activity: Path) -> None:
    assert run("install", activity) == 0
    found = files(activity)
    assert found["notebook.py"].decode().replace("\r\n", "\n") == HOOKED
    assert found["notebook.py"].count(b"\r\n") in (0, found["notebook.py"].count(b"\n"))
    assert (activity / "notebook.py").stat().st_mode & 0o777 == 0o640
    assert "pippy_gtk/helper.py" in found
    assert "pippy_client/words/es.json" in found


def test_twice_is_once(activity: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("install", activity)
    once = files(activity)
    (activity / "pippy_gtk" / "of_an_older_one.py").touch()
    assert run("install", activity) == 0
    assert files(activity) == once
    assert "up to date" in capsys.readouterr().out


@pytest.mark.parametrize("times", [1, 2])
def test_out_again_is_byte_for_byte_as_before(activity: Path, times: int) -> None:
    before = files(activity)
    for _ in range(times):
        run("install", activity)
    assert run("uninstall", activity) == 0
    assert files(activity) == before
    assert run("uninstall", activity) == 0
    assert files(activity) == before


def test_what_was_changed_since_stays(activity: Path) -> None:
    run("install", activity)
    notebook = activity / "notebook.py"
    notebook.write_bytes(b"# mine\n" + notebook.read_bytes())
    before = b"# mine\n" + (activity / install.BACKUP).read_bytes()
    run("uninstall", activity)
    assert notebook.read_bytes() == before


def test_a_new_pippy_over_the_old_one_is_hooked_anew(activity: Path) -> None:
    run("install", activity)
    newer = NOTEBOOK.replace(
        "class TabLabel", "class Newer:\n    pass\n\n\nclass TabLabel"
    ).encode()
    (activity / "notebook.py").write_bytes(newer)
    run("install", activity)
    run("uninstall", activity)
    assert files(activity) == {"notebook.py": newer}


def test_a_pippy_that_it_does_not_know_is_left_alone(
    activity: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (activity / "notebook.py").write_text("class Another:\n    pass\n")
    before = files(activity)
    assert run("install", activity) == 1
    assert files(activity) == before
    assert "nothing was changed" in capsys.readouterr().err


def test_no_pippy_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", tmp_path) == 1
    assert capsys.readouterr().err.startswith("There is no Pippy in ")


def test_says_how_things_stand(activity: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for work, expected in (("status", "not in"), ("install", ""), ("status", "is in")):
        assert run(work, activity) == 0
        assert expected in capsys.readouterr().out


def test_the_two_lines_are_a_patch_too(tmp_path: Path) -> None:
    if shutil.which("patch") is None:
        pytest.skip("not installed: patch")
    (tmp_path / "notebook.py").write_text(NOTEBOOK)
    patch = Path(install.__file__).with_name("pippy.patch")
    subprocess.run(["patch", "-s", "-p1", "-i", patch], cwd=tmp_path, check=True)
    assert (tmp_path / "notebook.py").read_text() == HOOKED


def test_the_patch_does_what_the_installer_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("patch") is None:
        pytest.skip("not installed: patch")
    patched, installed = tmp_path / "patched", tmp_path / "installed"
    for folder in (patched, installed):
        folder.mkdir()
        (folder / "notebook.py").write_text(NOTEBOOK)
    run("patch", patched)
    patch = tmp_path / "pippy-lsp.patch"
    patch.write_text(capsys.readouterr().out, "utf-8")
    subprocess.run(["patch", "-s", "-p1", "-i", patch], cwd=patched, check=True)
    run("install", installed)
    (installed / install.BACKUP).unlink()
    assert files(patched) == files(installed)
