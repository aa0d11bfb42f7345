"""All packages, into dist/: `python -m tools.packages [--without-vscode]`.

The wheel and the source package of the server, Thonny's plug-in, and the extension of VS Code. Each
is looked at before it counts: a package that lacks what its user needs must not leave the house.
The version stands in `pippy_lsp/__init__.py`; the two plug-ins repeat it, and must say the same.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from pippy_lsp import __version__

ROOT = Path(__file__).parents[1]
VSCODE, THONNY = ROOT / "editors" / "vscode", ROOT / "editors" / "thonny"
VSIX = ("[Content_Types].xml", "extension.vsixmanifest", "extension/package.json")
"""What VS Code looks for in an extension's file."""
_SEMANTIC = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")


def versions() -> dict[str, str]:
    """The version that each package states."""
    thonny = re.search(r'^version = "(.+)"$', (THONNY / "pyproject.toml").read_text("utf-8"), re.M)
    return {
        "pippy-lsp": __version__,
        "thonny-pippy": thonny.group(1) if thonny else "",
        "vscode": json.loads((VSCODE / "package.json").read_text("utf-8"))["version"],
    }


def disagreement(found: dict[str, str]) -> str:
    """What is wrong with the versions, in a sentence; "" for nothing."""
    if len(set(found.values())) > 1:
        return f"The versions are not the same: {found}."
    (version,) = set(found.values())
    return "" if _SEMANTIC.fullmatch(version) else f"{version} is no semantic version."


def missing(package: Path, version: str) -> list[str]:
    """What an extension's file should have and has not."""
    with zipfile.ZipFile(package) as archive:
        names = set(archive.namelist())
        lost = [name for name in VSIX if name not in names]
        if lost:
            return lost
        about = json.loads(archive.read("extension/package.json"))
        manifest = archive.read("extension.vsixmanifest").decode("utf-8")
    needed = [about["main"], about["icon"], "README.md"]
    lower = {name.lower() for name in names}  # vsce writes readme.md in small letters
    lost = [path for path in needed if f"extension/{path.removeprefix('./')}".lower() not in lower]
    if about["version"] != version or f'Version="{version}"' not in manifest:
        lost.append(f"version {version}")
    return lost


def build(folder: Path, out: Path, *arguments: str) -> None:
    """A Python package. Raises: subprocess.CalledProcessError."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*command, *arguments, str(folder)], check=True)  # noqa: S603 - our own words


def extension(out: Path) -> Path:
    """The extension of VS Code, by npm and vsce. Raises: subprocess.CalledProcessError, OSError."""
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is missing: --without-vscode leaves the extension out.")
    for words in (["ci", "--no-audit", "--no-fund"], ["run", "package"]):
        subprocess.run([npm, *words], cwd=VSCODE, check=True)  # noqa: S603 - our own words
    return Path(shutil.copy(VSCODE / "pippy-lsp.vsix", out / f"pippy-lsp-{__version__}.vsix"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Build them; 1 when one of them is not what it must be."""
    parser = argparse.ArgumentParser(prog="python -m tools.packages", description=__doc__)
    parser.add_argument("--without-vscode", action="store_true", help="where there is no npm")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    given = parser.parse_args(arguments)
    if wrong := disagreement(versions()):
        sys.stderr.write(f"{wrong}\n")
        return 1
    given.out.mkdir(parents=True, exist_ok=True)
    build(ROOT, given.out)
    build(THONNY, given.out)
    if not given.without_vscode:
        package = extension(given.out)
        if lost := missing(package, __version__):
            sys.stderr.write(f"{package.name} lacks {', '.join(lost)}.\n")
            return 1
    names = sorted(path.name for path in given.out.iterdir() if __version__ in path.name)
    sys.stdout.write("\n".join([*names, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
