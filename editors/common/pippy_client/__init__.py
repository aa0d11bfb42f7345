"""A client of pippy-lsp for editors that have none of their own: Pippy (GTK) and Thonny (Tk).

Standard library only, Python 3.7 and newer: it runs in the editor's own Python, and starts the
server, which has a Python of its own, as a process.

`Session` is what an editor works with: one server for all its documents. `Writer` is the ghost text
of one cursor. Neither knows a toolkit, and no call of them blocks.
"""

from __future__ import annotations

from .document import Document, Edit
from .find import NotFound, server_command
from .ghost import Ghost, Suggestion
from .session import Listener, Session
from .words import Words
from .writer import Surface, Writer

__all__ = [
    "Document",
    "Edit",
    "Ghost",
    "Listener",
    "NotFound",
    "Session",
    "Suggestion",
    "Surface",
    "Words",
    "Writer",
    "server_command",
]
__version__ = "0.1.0"
