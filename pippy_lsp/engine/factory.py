"""The engine that the settings ask for."""

from __future__ import annotations

from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Engine
from pippy_lsp.engine.remote import RemoteEngine
from pippy_lsp.settings import ModelSettings


def make(settings: ModelSettings) -> Engine:
    """A model in a worker process, or one on the server that the settings name."""
    return RemoteEngine(settings) if settings.server else LlamaEngine(settings)
