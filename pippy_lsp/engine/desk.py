"""One loaded model with all that belongs to it; a worker has one or two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pippy_lsp.engine import wire
from pippy_lsp.engine.adapters import Adapters
from pippy_lsp.engine.llama import Llama
from pippy_lsp.engine.sequences import Sequences
from pippy_lsp.engine.spelling import Spelling
from pippy_lsp.engine.wardrobe import Wardrobe
from pippy_lsp.errors import AdapterWrong

Progress = Callable[[float], None]
Report = Callable[[AdapterWrong], None]


class Desk:
    """A model, its KV cache, how it is asked, and what it wears."""

    def __init__(
        self, asked: wire.Load | wire.Second, threads: int, sequences: int, on_progress: Progress
    ) -> None:
        """Load it. Raises: ModelFailed."""
        self.name = asked.name
        self.size = Path(asked.path).stat().st_size
        self.model = Llama(
            asked.name,
            asked.path,
            context=asked.context,
            threads=threads,
            sequences=sequences,
            on_progress=on_progress,
        )
        self.sequences = Sequences(self.model, sequences)
        self.spelling = Spelling(self.model, asked.order, asked.name)
        self.wardrobe = Wardrobe(self.model)

    def wear(self, adapters: Adapters, report: Report) -> None:
        """Wear these from now on; no sequence may be in use."""
        self.wardrobe.change(adapters, report)
        self.sequences.forget()
