"""The adapters that a worker's jobs wear, and which one the model wears now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pippy_lsp.engine.adapters import Adapter, Adapters
from pippy_lsp.engine.llama import Llama
from pippy_lsp.engine.protocol import Chat, Infill
from pippy_lsp.errors import AdapterWrong


class _Loaded(NamedTuple):
    handle: Any
    scale: float


class Wardrobe:
    """Loads adapters beside the model, and puts on the one that a request is computed with.

    An adapter has a number, 0 is none: what was computed with one is of no use to another.
    """

    def __init__(self, model: Llama) -> None:
        self._model = model
        self._loaded: dict[int, _Loaded] = {}
        self._numbers: dict[str, int] = {}
        self._worn = 0

    def number(self, prompt: Infill | Chat) -> int:
        """The adapter that the prompt's job wears."""
        job = "inline" if isinstance(prompt, Infill) else "teacher"
        return self._numbers.get(job, 0)

    def put_on(self, number: int) -> None:
        """Compute with this adapter from now on."""
        if number == self._worn:
            return
        adapter = self._loaded.get(number, _Loaded(None, 1.0))
        self._model.wear(adapter.handle, adapter.scale)
        self._worn = number

    def change(self, adapters: Adapters, report: Callable[[AdapterWrong], None]) -> None:
        """Load these in place of the ones before; one that llama.cpp refuses is reported, and its
        job wears none. The KV cache is empty afterwards. Raises: ModelFailed.
        """
        self._model.wear(None, 1.0)
        for old in self._loaded.values():
            self._model.free_adapter(old.handle)
        self._loaded, self._numbers, self._worn = {}, {}, 0
        known: dict[Adapter, int] = {}
        for job, adapter in (("inline", adapters.inline), ("teacher", adapters.teacher)):
            if adapter is None:
                continue
            if adapter not in known:
                try:
                    handle = self._model.load_adapter(adapter.path)
                except AdapterWrong as error:
                    report(error)
                    continue
                known[adapter] = len(known) + 1
                self._loaded[known[adapter]] = _Loaded(handle, adapter.scale)
            self._numbers[job] = known[adapter]
        self._model.reopen()
