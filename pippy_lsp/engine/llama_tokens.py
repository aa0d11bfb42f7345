"""What a model's file says of text: its tokens, its marks, its metadata. It needs no context."""

from __future__ import annotations

import ctypes
from functools import cached_property
from typing import Any

import llama_cpp.llama_cpp as lib

from pippy_lsp.engine.vocabulary import Vocabulary


class Tokens:
    """The vocabulary of a model that is loaded."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - an opaque C pointer
        self._model = model
        self._vocab = lib.llama_model_get_vocab(model)
        self.vocabulary_size = lib.llama_vocab_n_tokens(self._vocab)

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """The tokens of `text`, no BOS added. `special` reads `<|...|>` as the model's own marks:
        never for text of the child's.
        """
        data = text.encode("utf-8", "replace")
        size = len(data) + 16
        tokens = (lib.llama_token * size)()
        count = lib.llama_tokenize(self._vocab, data, len(data), tokens, size, False, special)
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """The bytes of a token; control tokens have none."""
        return self.vocabulary.pieces[token]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The bytes of all tokens."""
        return Vocabulary([self._read_piece(token) for token in range(self.vocabulary_size)])

    def _read_piece(self, token: int) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = lib.llama_token_to_piece(self._vocab, token, buffer, size, 0, False)
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def token_for(self, *texts: str) -> int | None:
        """The id of the first of these vocabulary entries that the model has."""
        for text in texts:
            found = self.tokenize(text, special=True)
            if len(found) == 1 and lib.llama_vocab_get_text(self._vocab, found[0]) == text.encode():
                return found[0]
        found_ids = (self._listed[text] for text in texts if text in self._listed)
        return next(found_ids, None)

    @cached_property
    def _listed(self) -> dict[str, int]:
        """CodeLlama's marks: older files list them as plain pieces, so the tokenizer does not find
        them as marks.
        """
        if not self.sentencepiece:
            return {}
        texts = ((t, lib.llama_vocab_get_text(self._vocab, t)) for t in range(self.vocabulary_size))
        return {text.decode("utf-8", "replace"): t for t, text in texts if b"<" in text}

    def fim_tokens(self) -> tuple[int, int, int] | None:
        """The model's prefix, suffix and middle marks; older CodeLlama files name none."""
        known = (
            lib.llama_vocab_fim_pre(self._vocab),
            lib.llama_vocab_fim_suf(self._vocab),
            lib.llama_vocab_fim_mid(self._vocab),
        )
        if min(known) >= 0:
            return known
        found = [
            self.token_for(f"▁<{short}>", f"<fim_{long}>", f"<|fim_{long}|>")
            for short, long in (("PRE", "prefix"), ("SUF", "suffix"), ("MID", "middle"))
        ]
        prefix, suffix, middle = found
        if prefix is None or suffix is None or middle is None:
            return None
        return prefix, suffix, middle

    def ends(self, token: int) -> bool:
        """Whether the model says by this token that it has finished."""
        return bool(
            lib.llama_vocab_is_eog(self._vocab, token)
            or lib.llama_vocab_is_control(self._vocab, token)
        )

    @property
    def bos(self) -> list[int]:
        """What a prompt starts with: the BOS token, or nothing."""
        wanted = lib.llama_vocab_get_add_bos(self._vocab)
        return [lib.llama_vocab_bos(self._vocab)] if wanted else []

    @property
    def eos(self) -> list[int]:
        """What an answer ends with: the EOS token, or nothing."""
        token = lib.llama_vocab_eos(self._vocab)
        return [token] if token >= 0 else []

    @cached_property
    def sentencepiece(self) -> bool:
        """Whether the tokenizer puts a space before a text, as Llama 2's does."""
        return b"".join(map(self._read_piece, self.tokenize("a"))) == b" a"

    def metadata(self, key: str) -> str:
        """A text of the GGUF's metadata; "" where it has none."""
        buffer = ctypes.create_string_buffer(65536)
        count = lib.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if count >= 0 else ""
