"""The editors by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from pippy_lsp.errors import SetupUnknown
from pippy_lsp.setup import (
    builder,
    emacs,
    helix,
    jupyterlab,
    kate,
    neovim,
    sublime,
    sugar,
    thonny,
    vscode,
)
from pippy_lsp.setup.plan import Plan

EDITORS: dict[str, Callable[[Sequence[str]], Plan]] = {
    "builder": builder.plan,
    "emacs": emacs.plan,
    "helix": helix.plan,
    "jupyterlab": jupyterlab.plan,
    "kate": kate.plan,
    "neovim": neovim.plan,
    "pippy": sugar.plan,
    "sublime": sublime.plan,
    "thonny": thonny.plan,
    "vscode": vscode.plan,
}


def plan(editor: str, command: Sequence[str]) -> Plan:
    """What to do for this editor. Raises: SetupUnknown, SetupFile, SetupJson, SetupTaken."""
    return EDITORS[checked(editor)](command)


def checked(editor: str) -> str:
    """Its name. Raises: SetupUnknown, with the nearest name or all."""
    name = editor.casefold()
    if name not in EDITORS:
        near = difflib.get_close_matches(name, EDITORS, 1)
        raise SetupUnknown(editor=editor, known=", ".join(near or EDITORS))
    return name
