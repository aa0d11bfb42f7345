"""The files of pinned packages are the ones that were there when they were pinned."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools import lock

GOOD, OTHER = "a" * 64, "b" * 64
LOCK = {"small-thing==1.0": {f"sha256:{GOOD}"}}


def installed(name: str, version: str, **info: object) -> dict[str, Any]:
    made = {"url": "https://index/file.whl", **info}
    return {"metadata": {"name": name, "version": version}, "download_info": made}


def archive(sha256: str) -> dict[str, object]:
    return {"archive_info": {"hashes": {"sha256": sha256}}}


FOLDER = installed("pippy-lsp", "1", dir_info={"editable": True})
# id, what pip installed, what is said of it
ROWS: list[tuple[str, dict[str, Any], str]] = [
    ("as it was", installed("Small_Thing", "1.0", **archive(GOOD)), ""),
    ("another file", installed("small.thing", "1.0", **archive(OTHER)), "another file"),
    ("no hash", installed("small-thing", "1.0"), "another file"),
    ("another version", installed("small-thing", "1.1", **archive(GOOD)), "is not in"),
    ("not pinned", installed("other", "1.0", **archive(GOOD)), "is not in"),
    ("this program", FOLDER, ""),
]


@pytest.mark.parametrize(("item", "said"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_what_pip_installed_is_compared(item: dict[str, Any], said: str) -> None:
    found = list(lock.wrong({"install": [item]}, LOCK))
    assert [said in each for each in found] == ([True] if said else [])


def test_each_pin_has_its_hashes() -> None:
    pins, locked = lock.read(lock.PINS.read_text("utf-8")), lock.HASHES.read_text("utf-8")
    assert lock.read(locked).keys() == pins.keys(), "run `python -m tools.lock`"
    assert all(lock.read(locked).values())
    assert lock.written(lock.read(locked)) == locked


@pytest.mark.parametrize(("sha256", "code"), [(GOOD, 1), (None, 1)], ids=["wrong", "no-report"])
def test_the_command_fails(sha256: str | None, code: int, tmp_path: Path) -> None:
    """With the standard library alone, as `make` runs it."""
    report = tmp_path / "report.json"
    if sha256 is not None:
        item = installed("jedi", "0.20.1", **archive(sha256))
        report.write_text(json.dumps({"install": [item]}), "utf-8")
    done = subprocess.run(
        [sys.executable, "-S", "-m", "tools.lock", "--check", str(report)],
        cwd=lock.ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code
    assert ("jedi==0.20.1" in done.stderr) == (sha256 is not None)
