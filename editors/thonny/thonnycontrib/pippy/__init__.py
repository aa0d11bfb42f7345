"""pippy-lsp in Thonny 5: grey suggestions, explanations and fixes, on the child's own computer."""

from __future__ import annotations

from logging import getLogger


def load_plugin() -> None:
    """Called by Thonny when it starts; it starts whatever happens here."""
    from .plugin import Plugin

    try:
        Plugin().load()
    except Exception:
        getLogger(__name__).exception("the helper could not be added")
