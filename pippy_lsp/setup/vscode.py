"""VS Code and its relatives: the extension's own file, where it is at hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence

from pippy_lsp.setup import places
from pippy_lsp.setup.plan import Plan, Run

_PROGRAMS = ("code", "codium", "code-oss")


def plan(command: Sequence[str]) -> Plan:  # noqa: ARG001 - the extension finds the server itself
    """The program `code` installs the extension; without either a person does it."""
    folder = places.clients() / "vscode"
    package = next(iter(sorted(folder.glob("*.vsix"))), None)
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    values = {"file": str(package or "pippy-lsp.vsix")}
    if package is None or program is None:
        return Plan(values=values)
    about = json.loads((folder / "package.json").read_text("utf-8"))
    name = f"{about['publisher']}.{about['name']}"
    install = [program, "--install-extension", str(package)]
    return Plan(runs=[Run(install, [program, "--uninstall-extension", name])], values=values)
