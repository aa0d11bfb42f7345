"""Emacs: a block for eglot in the user's init file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pippy_lsp.setup import block, places
from pippy_lsp.setup.plan import Plan, edited


def plan(command: Sequence[str]) -> Plan:
    """Python buffers are served by pippy-lsp."""
    return Plan([edited(_init(), lambda text: block.put(text, ";;", lisp(command)))])


def lisp(command: Sequence[str]) -> str:
    """What eglot is told."""
    # A JSON string is a Lisp string too, as long as it is not beyond ASCII.
    words = " ".join(json.dumps(word, ensure_ascii=False) for word in command)
    return f"""\
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '((python-mode python-ts-mode) . ({words}))))
(add-hook 'python-mode-hook #'eglot-ensure)
(add-hook 'python-ts-mode-hook #'eglot-ensure)
"""


def _init() -> Path:
    """The init file that Emacs reads; a new one where it would look for it."""
    home = Path.home()
    folder = home / ".emacs.d"
    modern = places.dot_config() / "emacs" / "init.el"
    known = [home / ".emacs", home / ".emacs.el", folder / "init.el", modern]
    return next((path for path in known if path.is_file()), _new(folder, modern))


def _new(folder: Path, modern: Path) -> Path:
    return folder / "init.el" if folder.is_dir() else modern
