"""How a conversation is written, in each of the ways that models were taught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from pippy_lsp.engine.protocol import Chat

Write = Callable[[str], list[int]]
"""The tokens of a text that is not ours, none of them a mark."""
_TAGS = ("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>")
TRANSCRIPT_STOPS = ("\nUser:", "\nSystem:", "\nAssistant:")
"""Where an answer in a transcript ends: a base model would play the other side too."""


class Marks(Protocol):
    """What a conversation needs of a model's tokenizer."""

    @property
    def bos(self) -> list[int]:
        """What a prompt starts with."""

    @property
    def eos(self) -> list[int]:
        """What an answer ends with."""

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Tokens of a text."""


@dataclass(frozen=True)
class Written:
    """A conversation in tokens; the answer begins with the bytes `owed`, which are not shown, and
    ends before one of `stops`.
    """

    tokens: list[int]
    owed: bytes = b""
    stops: tuple[str, ...] = ()


def chatml(model: Marks, write: Write, prompt: Chat) -> Written:
    """OpenAI's ChatML, as Qwen and SmolLM2 use it."""
    special, tokens = model.tokenize, [*model.bos]
    for message in prompt.messages:
        tokens += special(f"<|im_start|>{message.role}\n", special=True)
        tokens += write(message.content)
        tokens += special("<|im_end|>\n", special=True)
    tokens += special("<|im_start|>assistant\n", special=True)
    return Written(tokens + write(prompt.opening))


def llama2(model: Marks, write: Write, prompt: Chat, *, system_tags: bool = True) -> Written:
    """Llama 2's and CodeLlama's turns, as `chat_completion` of Meta's reference writes them: each
    turn with its answer is encoded by itself, between BOS and EOS. `write` puts SentencePiece's
    space before a text.
    """
    tokens: list[int] = []
    for asked, answer in _turns(prompt, system_tags=system_tags):
        text = f"[INST] {asked.strip()} [/INST]"
        if answer is not None:
            tokens += [*model.bos, *write(f"{text} {answer.strip()} "), *model.eos]
        elif prompt.opening.strip():
            tokens += [*model.bos, *write(f"{text} {prompt.opening.lstrip()}")]
        else:
            # An answer starts with a space, which is part of its first token.
            return Written([*tokens, *model.bos, *write(text)], b" ")
    return Written(tokens)


def _turns(prompt: Chat, *, system_tags: bool) -> Iterator[tuple[str, str | None]]:
    """What was asked, and what was answered; the last one has no answer yet."""
    system = "\n".join(_tame(each.content) for each in prompt.messages if each.role == "system")
    asked = [f"<<SYS>>\n{system}\n<</SYS>>" if system_tags else system] if system else []
    for message in prompt.messages:
        if message.role == "user":
            asked.append(_tame(message.content))
        elif message.role == "assistant":
            yield "\n\n".join(asked), _tame(message.content)
            asked = []
    yield "\n\n".join(asked), None


def _tame(text: str) -> str:
    """The text with no tag that would begin or end a turn; Meta's reference refuses such a text."""
    for tag in _TAGS:
        text = text.replace(tag, f"{tag[0]} {tag[1:]}")
    return text


def transcript(model: Marks, write: Write, prompt: Chat) -> Written:
    """For a model that was not taught to chat: a plain text that ends where the answer starts."""
    turns = [f"{message.role.title()}: {message.content}\n\n" for message in prompt.messages]
    text = "".join(turns) + "Assistant:" + prompt.opening
    return Written([*model.bos, *write(text)], stops=TRANSCRIPT_STOPS)
