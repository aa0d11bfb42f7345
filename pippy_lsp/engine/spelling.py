"""How a prompt is written in a model's own tokens.

Infill is asked suffix first where the model does as well that way: `<PRE><SUF>suffix<MID>prefix`
(Bavarian et al., arXiv 2207.14255, "SPM"; CodeLlama, arXiv 2308.12950, section 2.3; Meta's
reference). A keystroke then only appends a token or two to a prompt whose KV cache is kept.

The child's text is always tokenized as plain text: a `<|im_end|>` in a comment stays a comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from pippy_lsp.engine.protocol import Chat, Infill

Order = Literal["suffix-first", "prefix-first", "none"]
_MARK = "☺"
"""Put before a text for SentencePiece and taken off again, so that it adds no space of its own
(Meta's `encode_infilling`)."""


class Vocabulary(Protocol):
    """What the spelling needs of a model; `llama.Llama` is one."""

    @property
    def bos(self) -> list[int]:
        """What a prompt starts with."""

    @property
    def sentencepiece(self) -> bool:
        """Whether the tokenizer puts a space before a text."""

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Tokens of a text."""

    def piece(self, token: int) -> bytes:
        """Bytes of a token."""

    def fim_tokens(self) -> tuple[int, int, int] | None:
        """The prefix, suffix and middle marks."""

    def token_for(self, *texts: str) -> int | None:
        """The id of the first of these entries that exists."""

    def metadata(self, key: str) -> str:
        """A text of the GGUF's metadata."""


@dataclass(frozen=True)
class Spelled:
    """A prompt in tokens. The answer must begin with the bytes `heal`, which are then not shown."""

    tokens: list[int]
    heal: bytes = b""


class Spelling:
    """Writes prompts for one model."""

    def __init__(self, vocabulary: Vocabulary, order: Order) -> None:
        self._vocabulary = vocabulary
        self._fim = vocabulary.fim_tokens() if order != "none" else None
        self._order: Order = order if self._fim else "none"
        self._template = vocabulary.metadata("tokenizer.chat_template")
        self.stops = {
            token
            for text in ("▁<EOT>", "<|endoftext|>", "<|file_sep|>", "<|fim_pad|>", "<|repo_name|>")
            if (token := vocabulary.token_for(text)) is not None
        }
        """Tokens that end an infill, beside the model's own ends of generation."""

    @property
    def infill(self) -> bool:
        """Whether the model can be told what follows the cursor."""
        return self._order != "none"

    def spell(self, prompt: Infill | Chat) -> Spelled:
        """The tokens of `prompt`."""
        return self._infill(prompt) if isinstance(prompt, Infill) else self._chat(prompt)

    def _plain(self, text: str) -> list[int]:
        """Tokens of `text` exactly as it stands, also at its start."""
        if not text:
            return []
        if not self._vocabulary.sentencepiece:
            return self._vocabulary.tokenize(text)
        marked = self._vocabulary.tokenize(_MARK + text)
        spent = b""
        wanted = _MARK.encode()
        for index, token in enumerate(marked):
            spent += self._vocabulary.piece(token)
            if spent.lstrip(b" ") == wanted:
                return marked[index + 1 :]
        return self._vocabulary.tokenize(text)

    def _infill(self, prompt: Infill) -> Spelled:
        before = self._plain(prompt.header + prompt.prefix)
        bos = self._vocabulary.bos
        heal = b""
        # The only token of a prompt is not taken back: one without tokens can't be asked.
        least = 0 if bos or self._fim else 1
        if prompt.heal and prompt.prefix and len(before) > least:
            heal = self._vocabulary.piece(before[-1])
            # At the start of a line nothing was typed that could be spelled otherwise: healing
            # only lets the model put more line ends there, and go on after the function.
            heal = b"" if heal.endswith(b"\n") else heal
            before = before[:-1] if heal else before
        if self._fim is None:
            # Nothing at all can't be asked, and an empty line says the same.
            return Spelled(bos + before or self._plain("\n"), heal)
        pre, suf, mid = self._fim
        after = self._plain(prompt.suffix)
        if self._order == "suffix-first":
            return Spelled([*bos, pre, suf, *after, mid, *before], heal)
        return Spelled([*bos, pre, *before, suf, *after, mid], heal)

    def _chat(self, prompt: Chat) -> Spelled:
        if "[INST]" in self._template:
            tokens = self._llama2(prompt)
        elif "<|im_start|>" in self._template:
            tokens = self._chatml(prompt)
        else:
            tokens = self._transcript(prompt)
        return Spelled([*self._vocabulary.bos, *tokens, *self._plain(prompt.opening)])

    def _chatml(self, prompt: Chat) -> list[int]:
        """OpenAI's ChatML, as Qwen and SmolLM2 use it."""
        special, tokens = self._vocabulary.tokenize, list[int]()
        for message in prompt.messages:
            tokens += special(f"<|im_start|>{message.role}\n", special=True)
            tokens += self._plain(message.content)
            tokens += special("<|im_end|>\n", special=True)
        return tokens + special("<|im_start|>assistant\n", special=True)

    def _llama2(self, prompt: Chat) -> list[int]:
        """Llama 2's turns; the system prompt goes into the first one."""
        system = "".join(m.content for m in prompt.messages if m.role == "system")
        turns = [m for m in prompt.messages if m.role != "system"]
        tokens: list[int] = []
        for number, turn in enumerate(turns):
            if turn.role == "assistant":
                tokens += self._plain(f" {turn.content} ")
                continue
            head = f"<<SYS>>\n{system}\n<</SYS>>\n\n" if system and number == 0 else ""
            tokens += self._plain(f"[INST] {head}{turn.content.strip()} [/INST]")
        return tokens

    def _transcript(self, prompt: Chat) -> list[int]:
        """For a model without a chat template: a plain text that ends where the answer starts."""
        turns = [f"{message.role.title()}: {message.content}\n\n" for message in prompt.messages]
        return self._plain("".join(turns) + "Assistant:")
