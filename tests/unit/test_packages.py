"""The packages: one version, and an extension's file that VS Code can install."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tools import packages

MANIFEST = '<PackageManifest><Metadata><Identity Version="1.2.3"/></Metadata></PackageManifest>'
ABOUT = {"version": "1.2.3", "main": "./dist/extension.js", "icon": "media/icon.png"}
WHOLE = {
    "[Content_Types].xml": "<Types/>",
    "extension.vsixmanifest": MANIFEST,
    "extension/package.json": json.dumps(ABOUT),
    "extension/dist/extension.js": "",
    "extension/media/icon.png": "",
    "extension/readme.md": "",
}


def test_all_packages_have_one_semantic_version() -> None:
    assert packages.disagreement(packages.versions()) == ""


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ({"a": "1.2.3", "b": "1.2.4"}, "not the same"),
        ({"a": "1.2", "b": "1.2"}, "no semantic version"),
        ({"a": "1.2.3rc1", "b": "1.2.3rc1"}, ""),
    ],
    ids=["different", "too-short", "candidate"],
)
def test_what_is_wrong_with_versions(versions: dict[str, str], said: str) -> None:
    found = packages.disagreement(versions)
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    ("without", "version", "lost"),
    [
        ("", "1.2.3", []),
        ("[Content_Types].xml", "1.2.3", ["[Content_Types].xml"]),
        ("extension.vsixmanifest", "1.2.3", ["extension.vsixmanifest"]),
        ("extension/dist/extension.js", "1.2.3", ["./dist/extension.js"]),
        ("extension/readme.md", "1.2.3", ["README.md"]),
        ("", "1.2.4", ["version 1.2.4"]),
    ],
    ids=["whole", "no-types", "no-manifest", "no-program", "no-readme", "another-version"],
)
def test_an_extension_that_lacks_something(
    tmp_path: Path, without: str, version: str, lost: list[str]
) -> None:
    file = tmp_path / "pippy-lsp.vsix"
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in WHOLE.items():
            if name != without:
                archive.writestr(name, text)
    assert packages.missing(file, version) == lost
