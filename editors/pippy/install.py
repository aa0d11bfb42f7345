#!/usr/bin/env python3
"""Puts the helper into an installed Pippy, and takes it out again without a trace.

    python3 install.py install [Pippy.activity]
    python3 install.py uninstall [Pippy.activity]
    python3 install.py status [Pippy.activity]
    python3 install.py patch [Pippy.activity] > pippy-lsp.patch

`patch` prints all that `install` would do as a patch against Pippy's sources, for who packages it.
Needs Python 3.7 and nothing else.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Dict, List, Optional

HERE = Path(__file__).resolve().parent
PACKAGES = {
    "pippy_gtk": (HERE / "pippy_gtk",),
    "pippy_client": (HERE.parent / "common" / "pippy_client", HERE / "pippy_client"),
}
"""What goes into the activity, and where it is."""
HOOK = ("from pippy_gtk import attach_pippy", "attach_pippy(self, editor_id)")
BACKUP = "notebook.py.before-pippy-lsp"
PLACES = ("~/Activities/Pippy.activity", "/usr/share/sugar/activities/Pippy.activity")


class Refused(Exception):
    """What can't be done, in one sentence."""


def find_activity(told: Optional[Path]) -> Path:
    """The bundle's folder.

    Raises: Refused.
    """
    places = [told] if told else [Path(place).expanduser() for place in PLACES]
    for place in places:
        if (place / "notebook.py").is_file():
            return place.resolve()
    where = " or ".join(str(place) for place in places)
    raise Refused("There is no Pippy in %s. Say where: install.py install FOLDER" % where)


def hooked(source: bytes) -> bytes:
    """notebook.py with the two lines at the end of PippySourceView.__init__.

    Raises: Refused where that is not there.
    """
    if HOOK[1].encode() in source:
        return source
    lines = source.splitlines(keepends=True)
    at = _end_of_init(lines)
    indent = re.match(rb"\s*", lines[at - 1]).group()  # type: ignore[union-attr]
    end = b"\r\n" if lines[at - 1].endswith(b"\r\n") else b"\n"
    added = [end] + [indent + line.encode() + end for line in HOOK]
    return b"".join(lines[:at] + added + lines[at:])


def _end_of_init(lines: List[bytes]) -> int:
    """The number of lines up to the last one of PippySourceView.__init__ that is not empty."""
    inside, depth, last = "", 0, 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if not text:
            continue
        if inside == "init" and indent <= depth:
            return last
        if re.match(rb"class PippySourceView\b", line):
            inside, depth = "class", indent
        elif inside == "class" and re.match(
            rb"\s+def __init__\(self, buffer_text, editor_id", line
        ):
            inside, depth = "init", indent
        last = number
    raise Refused("This Pippy is another one than this installer knows: nothing was changed.")


def unhooked(source: bytes) -> bytes:
    """notebook.py without the two lines, where it was changed after they were put in."""
    lines = source.splitlines(keepends=True)
    at = [number for number, line in enumerate(lines) if line.strip() == HOOK[0].encode()]
    for number in reversed(at):
        first = number - 1 if number and not lines[number - 1].strip() else number
        del lines[first : number + 2]
    return b"".join(lines)


def install(activity: Path) -> str:
    """Put the helper in; once more brings it up to date."""
    notebook, backup = activity / "notebook.py", activity / BACKUP
    before = notebook.read_bytes()
    after = hooked(before)
    for name in PACKAGES:
        target = activity / name
        if target.exists():
            shutil.rmtree(target)
        shutil.copytree(_source(name), target, ignore=shutil.ignore_patterns("__pycache__"))
    if after != before:
        _write(backup, before, notebook)
        _write(notebook, after, notebook)
        return "The helper is in %s. It starts with the next Pippy." % activity
    return "The helper in %s is up to date." % activity


def uninstall(activity: Path) -> str:
    """Take the helper out: every file is as it was."""
    notebook, backup = activity / "notebook.py", activity / BACKUP
    now = notebook.read_bytes()
    if backup.is_file():
        before = backup.read_bytes()
        _write(notebook, before if hooked(before) == now else unhooked(now), notebook)
        backup.unlink()
    elif HOOK[1].encode() in now:
        _write(notebook, unhooked(now), notebook)
    for name in PACKAGES:
        shutil.rmtree(activity / name, ignore_errors=True)
    return "The helper is out of %s." % activity


def status(activity: Path) -> str:
    """How things stand."""
    there = HOOK[1].encode() in (activity / "notebook.py").read_bytes()
    packages = all((activity / name).is_dir() for name in PACKAGES)
    return "The helper is %s %s." % ("in" if there and packages else "not in", activity)


def patch(activity: Path) -> str:
    """All changes as one patch, for `patch -p1`."""
    notebook = (activity / "notebook.py").read_bytes()
    texts: Dict[str, List[str]] = {"notebook.py": [notebook.decode(), hooked(notebook).decode()]}
    for name in PACKAGES:
        source = _source(name)
        for file in sorted(source.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                inside = (Path(name) / file.relative_to(source)).as_posix()
                texts[inside] = ["", file.read_text("utf-8")]
    found = ""
    for name, (old, new) in texts.items():
        lines = difflib.unified_diff(
            old.splitlines(keepends=True),
            new.splitlines(keepends=True),
            "a/" + name if old else "/dev/null",
            "b/" + name,
        )
        found += "".join(lines)
    return found.rstrip("\n")


def _source(name: str) -> Path:
    for place in PACKAGES[name]:
        if place.is_dir():
            return place
    raise Refused("The folder %s is missing beside this installer. Get it again." % name)


def _write(path: Path, data: bytes, like: Path) -> None:
    """Write the file whole or not at all, with the rights of `like`."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    shutil.copymode(str(like), str(new))
    os.replace(str(new), str(path))


WORK = {"install": install, "uninstall": uninstall, "status": status, "patch": patch}


def main(arguments: Optional[List[str]] = None) -> int:
    """Run the command; what goes wrong is one sentence."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", choices=sorted(WORK))
    parser.add_argument("activity", nargs="?", type=Path, help="the folder Pippy.activity")
    told = parser.parse_args(arguments)
    try:
        activity = find_activity(told.activity)
        print(WORK[told.work](activity))
    except Refused as error:
        print(error, file=sys.stderr)
    except PermissionError as error:
        print("%s may not be written: run it with sudo." % error.filename, file=sys.stderr)
    except OSError as error:
        print("It did not work: %s" % error, file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
