"""How a prompt is written in a model's own tokens.

Infill is asked suffix first where the model does as well that way: `<PRE><SUF>suffix<MID>prefix`
(Bavarian et al., arXiv 2207.14255, "SPM"; CodeLlama, arXiv 2308.12950, section 2.3; Meta's
reference). A keystroke then only appends a token or two to a prompt whose KV cache is kept.

SentencePiece puts a space before a text. As in Meta's `infilling_prompt_tokens`, the prefix keeps
it and the suffix does not; what the model writes goes on from the prefix.

The child's text is always tokenized as plain text: a `<|im_end|>` in a comment stays a comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from pippy_lsp.engine import chats, codellama
from pippy_lsp.engine.protocol import Chat, Infill

Order = Literal["suffix-first", "prefix-first", "none"]
_MARK = "☺"
"""Put before a text for SentencePiece and taken off again, so that it adds no space of its own
(Meta's `encode_infilling`)."""
_CODELLAMA_MARKS = ("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>")
_ENDS = ("▁<EOT>", "<|endoftext|>", "<|file_sep|>", "<|fim_pad|>", "<|repo_name|>")


class Vocabulary(chats.Marks, Protocol):
    """What the spelling needs of a model; `llama.Llama` is one."""

    @property
    def sentencepiece(self) -> bool:
        """Whether the tokenizer puts a space before a text."""

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
    """A prompt in tokens. The answer must begin with the bytes `heal`, which are then not shown,
    and ends before one of `stops` too.
    """

    tokens: list[int]
    heal: bytes = b""
    stops: tuple[str, ...] = ()


class Spelling:
    """Writes prompts for one model."""

    def __init__(self, vocabulary: Vocabulary, order: Order, name: str = "") -> None:
        """`name` tells a CodeLlama whose file says nothing of chats."""
        self._vocabulary = vocabulary
        self._fim = vocabulary.fim_tokens() if order != "none" else None
        self._order: Order = order if self._fim else "none"
        self._template = vocabulary.metadata("tokenizer.chat_template")
        self._kind = codellama.kind_of(name, vocabulary.metadata("general.name"))
        self.stops = set(self._tokens_of(_ENDS))
        """Tokens that end an infill, beside the model's own ends of generation."""
        self._guarded = self._tokens_of(_CODELLAMA_MARKS) if vocabulary.sentencepiece else {}

    def _tokens_of(self, entries: tuple[str, ...]) -> dict[int, str]:
        found = {entry: self._vocabulary.token_for(entry) for entry in entries}
        return {token: entry for entry, token in found.items() if token is not None}

    @property
    def infill(self) -> bool:
        """Whether the model can be told what follows the cursor."""
        return self._order != "none"

    def spell(self, prompt: Infill | Chat) -> Spelled:
        """The tokens of `prompt`."""
        return self._infill(prompt) if isinstance(prompt, Infill) else self._chat(prompt)

    def _text(self, text: str) -> list[int]:
        """Tokens of `text` as the tokenizer gives them: SentencePiece puts a space before it.

        CodeLlama's marks can be spelled out: " <PRE>" in plain text is the token of the mark. In
        the child's text it is spelled by the character.
        """
        clean = text.replace("\r\n", "\n").replace("\r", "\n")
        tokens = self._vocabulary.tokenize(clean)
        if self._guarded.keys().isdisjoint(tokens):
            return tokens
        spelled = ([t] if t not in self._guarded else self._by_character(t) for t in tokens)
        return [token for part in spelled for token in part]

    def _by_character(self, mark: int) -> list[int]:
        text = self._guarded[mark].replace("▁", " ")
        return [token for character in text for token in self._plain(character)]

    def _plain(self, text: str) -> list[int]:
        """Tokens of `text` exactly as it stands, also at its start."""
        if not text:
            return []
        if not self._vocabulary.sentencepiece:
            return self._text(text)
        marked = self._text(_MARK + text)
        spent = b""
        wanted = _MARK.encode()
        for index, token in enumerate(marked):
            spent += self._vocabulary.piece(token)
            if spent.lstrip(b" ") == wanted:
                return marked[index + 1 :]
        return self._text(text)

    def _infill(self, prompt: Infill) -> Spelled:
        before = self._text(prompt.header + prompt.prefix)
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
            if not before and not heal and self._vocabulary.sentencepiece:
                # Prefix and middle are one text for the model, whose space comes first.
                heal = b" "
            return Spelled([*bos, pre, suf, *after, mid, *before], heal)
        return Spelled([*bos, pre, *before, suf, *after, mid], heal)

    def _chat(self, prompt: Chat) -> Spelled:
        model = self._vocabulary
        if "<|im_start|>" in self._template:
            written = chats.chatml(model, self._plain, prompt)
        elif "[INST]" in self._template:
            tags = "<<SYS>>" in self._template
            written = chats.llama2(model, self._text, prompt, system_tags=tags)
        elif self._kind == "instruct" and not self._template:
            written = chats.llama2(model, self._text, prompt)
        else:
            written = chats.transcript(model, self._text, prompt)
        return Spelled(written.tokens, written.owed, written.stops)
