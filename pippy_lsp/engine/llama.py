"""The few calls of llama.cpp that the worker needs; no other room uses llama-cpp-python.

Its high-level `Llama` class is not used: it can't abort a prompt, can't keep several sequences in
one KV cache, copies all scores, and asks for infill in one order only.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import llama_cpp.llama_cpp as lib
import numpy as np
import numpy.typing as npt

from pippy_lsp.engine.llama_tokens import Tokens
from pippy_lsp.errors import AdapterWrong, ModelFailed

Logits = npt.NDArray[np.float32]

BATCH = 512
"""Tokens in one call of decode."""
MICRO_BATCH = 64
"""Tokens computed at once: an abort keeps the finished ones, so small ones lose little."""
TRIAL = 16
"""Tokens by which the speed is measured."""
TRIAL_SECONDS = 0.15
"""At least so long: the best of a few trials, for the machine may be busy with other things."""
DECODED, NO_ROOM, ABORTED = 0, 1, 2
"""What llama_decode returns."""
_PREAMBLE = "error loading model: "
"""What llama.cpp says before the reason, more than once."""
_ERROR = 4
"""GGML_LOG_LEVEL_ERROR."""
_NULL_TERMINATED = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
# llama.cpp calls this after each graph node: C's strlen on the board's flag is "true" as soon as
# the flag is set, and no Python runs in the hot path.
_ABORT = ctypes.cast(_NULL_TERMINATED.strlen, lib.ggml_abort_callback)


class Log:
    """Keeps llama.cpp's last error lines, in place of writing them to the protocol's pipe."""

    def __init__(self) -> None:
        self.errors: deque[str] = deque(maxlen=8)
        self._callback = lib.llama_log_callback(self._write)
        lib.llama_log_set(self._callback, ctypes.c_void_p(0))

    def _write(self, level: int, text: bytes, _: ctypes.c_void_p) -> None:
        if level == _ERROR and text.strip(b". \n"):
            self.errors.append(text.decode("utf-8", "replace").strip())

    def problem(self) -> str:
        """The first error since the last call, short enough for a sentence."""
        found = self.errors[0] if self.errors else "llama.cpp gave no reason"
        self.errors.clear()
        return found.split("\n")[0].rpartition(_PREAMBLE)[2][:120]


class Llama(Tokens):
    """One model and one context, whose KV cache several sequences share.

    Not thread-safe: one thread only.
    """

    def __init__(
        self,
        name: str,
        path: str,
        *,
        context: int,
        threads: int,
        sequences: int,
        on_progress: Callable[[float], None],
    ) -> None:
        """Load the file at `path`; `threads` read a prompt, half of them generate.

        Raises: ModelFailed.
        """
        self._log = Log()
        lib.llama_backend_init()
        self._model = self._load(name, path, on_progress)
        super().__init__(self._model)
        self._open_again = partial(self._open, name, context, threads, sequences)
        self._context = self._open_again()
        self._memory = lib.llama_get_memory(self._context)
        self._batch = lib.llama_batch_init(BATCH, 0, 1)
        self.context = int(lib.llama_n_ctx(self._context))
        self.speed = self._warm_up(name)
        """Prompt tokens a second."""

    def _load(self, name: str, path: str, on_progress: Callable[[float], None]) -> Any:  # noqa: ANN401 - an opaque C pointer
        def report(share: float, _: ctypes.c_void_p) -> bool:
            on_progress(share)
            return True

        params = lib.llama_model_default_params()
        params.n_gpu_layers = 0
        params.load_mode = (
            lib.LLAMA_LOAD_MODE_NONE
        )  # less memory in all, and no SIGBUS when the file is deleted
        callback = lib.llama_progress_callback(report)
        params.progress_callback = callback
        model = lib.llama_model_load_from_file(os.fsencode(path), params)
        if not model:
            raise ModelFailed(name=name, problem=self._log.problem())
        return model

    def _open(self, name: str, context: int, threads: int, sequences: int) -> Any:  # noqa: ANN401
        opened = lib.llama_init_from_model(self._model, self._params(context, threads, sequences))
        if not opened:
            raise ModelFailed(name=name, problem=self._log.problem())
        return opened

    def _params(self, context: int, threads: int, sequences: int) -> Any:  # noqa: ANN401
        params = lib.llama_context_default_params()
        params.n_ctx = min(context, lib.llama_model_n_ctx_train(self._model))
        params.n_batch = BATCH
        params.n_ubatch = MICRO_BATCH
        params.n_seq_max = sequences
        params.kv_unified = True  # sequences share their common start
        params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_ENABLED
        # One core is left free to the editor: on two busy cores, two threads take twice as long
        # as one.
        params.n_threads = max(1, threads // 2)
        params.n_threads_batch = threads
        return params

    def _warm_up(self, name: str) -> float:
        """Decode a few tokens: touches the weights, shows a model whose numbers are broken, and
        measures how many tokens a second it reads.
        """
        start = max(lib.llama_vocab_bos(self._vocab), 0)
        code = self.decode([start], 0, 0)
        if code != DECODED or not bool(np.isfinite(self.logits()).all()):
            raise ModelFailed(name=name, problem="its weights are damaged")
        best, spent = 0.0, 0.0
        while spent < TRIAL_SECONDS:
            began = time.perf_counter()
            self.decode([start] * TRIAL, 1, 0, scored=False)
            seconds = max(time.perf_counter() - began, 1e-6)
            self.keep(0, 1)
            best, spent = max(best, TRIAL / seconds), spent + seconds
        self.keep(0, 0)
        return best

    # --- adapters --------------------------------------------------------------------------

    def reopen(self) -> None:
        """Take a new context, with an empty KV cache: llama.cpp makes room in it for the adapters
        that are loaded by then. Raises: ModelFailed.
        """
        lib.llama_free(self._context)
        self._context = self._open_again()
        self._memory = lib.llama_get_memory(self._context)

    def load_adapter(self, path: str) -> Any:  # noqa: ANN401 - an opaque C pointer
        """A LoRA adapter; it can be worn after `reopen`. Raises: AdapterWrong."""
        found = lib.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not found:
            raise AdapterWrong(path=path, problem=self._log.problem())
        return found

    def free_adapter(self, adapter: Any) -> None:  # noqa: ANN401
        """Give its memory back; it must not be worn."""
        lib.llama_adapter_lora_free(adapter)

    def wear(self, adapter: Any, scale: float) -> None:  # noqa: ANN401
        """Compute with this adapter from now on, or with none (None). What is in the KV cache was
        computed with another one, and must not be gone on with.
        """
        count = 0 if adapter is None else 1
        handles = (lib.llama_adapter_lora_p_ctypes * 1)()
        if adapter is not None:
            handles[0] = ctypes.cast(adapter, lib.llama_adapter_lora_p_ctypes)
        lib.llama_set_adapters_lora(self._context, handles, count, (ctypes.c_float * 1)(scale))

    # --- computing -------------------------------------------------------------------------

    def watch(self, address: int) -> None:
        """Abort when the byte at this address is not 0 (see `wire.Board`)."""
        lib.llama_set_abort_callback(self._context, _ABORT, ctypes.c_void_p(address))

    def decode(
        self, tokens: Sequence[int], position: int, sequence: int, *, scored: bool = True
    ) -> int:
        """Compute up to BATCH tokens. Returns DECODED, NO_ROOM or ABORTED; after an abort, `length`
        tells how many are in the cache.

        `scored` keeps the last token's logits: not free, so not for the middle of a prompt.
        """
        self._batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            last = index == len(tokens) - 1
            self._put(index, token, position + index, sequence, scored=scored and last)
        return int(lib.llama_decode(self._context, self._batch))

    def decode_each(self, steps: Sequence[tuple[int, int, int]]) -> int:
        """Compute one (token, position, sequence) for each of several sequences together: one more
        costs less than half of one alone. `logits(index)` has the scores. Returns as `decode`.
        """
        self._batch.n_tokens = len(steps)
        for index, (token, position, sequence) in enumerate(steps):
            self._put(index, token, position, sequence, scored=True)
        return int(lib.llama_decode(self._context, self._batch))

    def _put(self, index: int, token: int, position: int, sequence: int, *, scored: bool) -> None:
        batch = self._batch
        batch.token[index] = token
        batch.pos[index] = position
        batch.n_seq_id[index] = 1
        batch.seq_id[index][0] = sequence
        batch.logits[index] = scored

    def logits(self, index: int = -1) -> Logits:
        """A score for each token of the vocabulary, after the token at `index` of the last decode;
        valid until the next one.
        """
        pointer = lib.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary_size,))

    def length(self, sequence: int) -> int:
        """How many tokens of the sequence are in the cache."""
        return int(lib.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    def keep(self, sequence: int, count: int) -> bool:
        """Forget all but the first `count` tokens; False where the model can't do that in part."""
        return bool(lib.llama_memory_seq_rm(self._memory, sequence, count, -1))

    def copy(self, source: int, target: int, count: int) -> None:
        """Let `target` share the first `count` tokens of `source`."""
        lib.llama_memory_seq_cp(self._memory, source, target, 0, count)
