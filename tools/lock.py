"""Which files a pinned package may be: `python -m tools.lock` writes constraints.hashes.

`python -m tools.lock --check REPORT` compares what pip installed (`pip install --report REPORT`)
with it, and ends with 1 where a package's file is another one than on the day when it was pinned. A
package that is not pinned is told; it is an error in CI only ($CI), as another system may need one
that the pins' system does not. Run it with a Python that has nothing of this installed: it imports
only the standard library.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PINS, HASHES = ROOT / "constraints.txt", ROOT / "constraints.hashes"
PYTHONS = ("3.10", "3.13")
"""A version for each branch of the markers in constraints.txt."""
_HEAD = "# Written by `python -m tools.lock`: what the files of constraints.txt's packages are.\n"
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")

Lock = dict[str, set[str]]
"""sha256 of all files of each `name==version`."""


def pin(name: str, version: str) -> str:
    """Name and version, spelled as everywhere (PEP 503)."""
    return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"


def read(text: str) -> Lock:
    """The lock in pip's own format for requirements with hashes."""
    found: Lock = {}
    for line in text.replace("\\\n", " ").splitlines():
        name, equals, rest = line.partition("==")
        if equals and not line.startswith("#"):
            version = re.split(r"[ ;]", rest, maxsplit=1)[0]
            found.setdefault(pin(name.strip(), version), set()).update(_HASH.findall(line))
    return found


def written(lock: Lock) -> str:
    """The same as text."""
    rows = [" \\\n    --hash=".join([name, *sorted(lock[name])]) for name in sorted(lock)]
    return _HEAD + "\n".join(rows) + "\n"


def make() -> Lock:
    """The lock of constraints.txt, as the index has it now; uv asks it."""
    found: Lock = {}
    for version in PYTHONS:
        command = ["uv", "pip", "compile", "--quiet", "--no-deps", "--no-annotate", "--no-header"]
        command += ["--generate-hashes", "--python-version", version, str(PINS)]
        done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")  # noqa: S603
        for name, hashes in read(done.stdout).items():
            found.setdefault(name, set()).update(hashes)
    return found


def wrong(report: dict[str, Any], lock: Lock) -> Iterable[tuple[bool, str]]:
    """What pip installed and is not in the lock, and whether it has a pin at all; folders, as this
    one, are no files.
    """
    for each in report["install"]:
        info = each["download_info"]
        if "dir_info" in info:
            continue
        name = pin(each["metadata"]["name"], each["metadata"]["version"])
        if name not in lock:
            yield False, f"{name} is not in {HASHES.name}: pin it in {PINS.name} and run tools.lock"
            continue
        told = info.get("archive_info", {}).get("hashes", {}).get("sha256", "of no file")
        if f"sha256:{told}" not in lock[name]:
            yield True, f"{name}: {info['url']} is another file than was published (sha256 {told})"


def main() -> int:
    """Write the lock, or check against it; 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", type=Path, metavar="REPORT")
    options = parser.parse_args()
    if options.check is None:
        HASHES.write_text(written(make()), "utf-8")
        return 0
    report = json.loads(options.check.read_text("utf-8"))
    failed, strict = False, bool(os.environ.get("CI"))
    for pinned, problem in wrong(report, read(HASHES.read_text("utf-8"))):
        failed = failed or pinned or strict
        kind = "error" if pinned or strict else "note"
        print(f"{kind}: {problem}", file=sys.stderr)  # noqa: T201 - a tool
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
