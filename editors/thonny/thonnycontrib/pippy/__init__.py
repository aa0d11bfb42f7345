"""pippy-lsp in Thonny 5: grey suggestions, explanations and fixes, on the child's own computer."""

from __future__ import annotations


def load_plugin() -> None:
    """Called by Thonny when it starts."""
    from .plugin import Plugin

    Plugin().load()
