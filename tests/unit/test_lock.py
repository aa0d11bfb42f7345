"""The files of pinned packages are the ones that were there when they were pinned."""

from __future__ import annotations

import json
import os
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
    assert [(pinned, said in text) for pinned, text in found] == (
        [(said == "another file", True)] if said else []
    )


def test_each_pin_has_its_hashes() -> None:
    pins, locked = lock.read(lock.PINS.read_text("utf-8")), lock.HASHES.read_text("utf-8")
    assert lock.read(locked).keys() == pins.keys(), "run `python -m tools.lock`"
    assert all(lock.read(locked).values())
    assert lock.written(lock.read(locked)) == locked


# id, the package, its file's hash, whether it is CI, what it ends with
CHECKS = [
    ("another file", "jedi", GOOD, "", 1),
    ("not pinned", "unheard-of", GOOD, "", 0),
    ("not pinned, in CI", "unheard-of", GOOD, "true", 1),
    ("no report", "jedi", None, "", 1),
]


@pytest.mark.parametrize(
    ("name", "sha256", "ci", "code"), [r[1:] for r in CHECKS], ids=[r[0] for r in CHECKS]
)
def test_the_command(name: str, sha256: str | None, ci: str, code: int, tmp_path: Path) -> None:
    """With the standard library alone, as `make` runs it."""
    report = tmp_path / "report.json"
    if sha256 is not None:
        item = installed(name, "0.20.1", **archive(sha256))
        report.write_text(json.dumps({"install": [item]}), "utf-8")
    done = subprocess.run(
        [sys.executable, "-S", "-m", "tools.lock", "--check", str(report)],
        cwd=lock.ROOT,
        env={**os.environ, "CI": ci},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code
    assert (f"{name}==0.20.1" in done.stderr) == (sha256 is not None)
