"""Where the system prompt can stand, and an engine in this process that puts it there.

The product's own completer asks; only the prompt of its request is written anew. The model is in
this process, because some of the ways need a spelling that the worker does not have.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from string import Template
from typing import Literal

from benchmarks.header_places import Book, Texts
from pippy_lsp import prompts
from pippy_lsp.engine import chats, models
from pippy_lsp.engine.llama import BATCH, DECODED, Llama
from pippy_lsp.engine.protocol import (
    Chat,
    Finish,
    Infill,
    Message,
    ModelInfo,
    Request,
    Result,
    Status,
    StatusListener,
    Usage,
)
from pippy_lsp.engine.sampling import Healing, Sampler
from pippy_lsp.engine.sequences import Sequence, Sequences
from pippy_lsp.engine.spelling import Spelled, Spelling
from pippy_lsp.engine.text import Text
from pippy_lsp.errors import ModelFailed

Where = Literal["after", "user", "answer"]
FENCE = "```python\n"
CONTEXT = 4096
_LONGEST = 120
"""Characters after which the model's first line is taken as it is."""


class Turned(Infill, frozen=True, tag="turned"):
    """Infill tokens in a chat."""

    messages: tuple[Message, ...] = ()
    where: Where = "after"
    """After the messages; in a last user's turn that is closed; at the start of the answer."""


class ChatSpelling(Spelling):
    """Writes infill into chats too, and heals the opening of an answer."""

    def spell(self, prompt: Infill | Chat) -> Spelled:
        """The tokens of `prompt`."""
        if isinstance(prompt, Turned):
            return self._turned(prompt)
        spelled = super().spell(prompt)
        if isinstance(prompt, Chat) and prompt.opening:
            last = self._vocabulary.piece(spelled.tokens[-1])
            return Spelled(spelled.tokens[:-1], last) if last else spelled
        return spelled

    def _turned(self, prompt: Turned) -> Spelled:
        special = self._vocabulary.tokenize
        turns = chats.chatml(self._vocabulary, self._plain, Chat(prompt.messages)).tokens
        answer = "<|im_start|>assistant\n"
        turns = turns[: len(turns) - len(special(answer, special=True))]
        if prompt.where == "user":
            if self._fim is None:
                raise ValueError("the model has no infill tokens")
            pre, suf, mid = self._fim
            turns += special("<|im_start|>user\n", special=True)
            turns += [pre, *self._plain(prompt.prefix), suf, *self._plain(prompt.suffix), mid]
            return Spelled(turns + special(f"<|im_end|>\n{answer}", special=True))
        if prompt.where == "answer":
            turns += special(answer, special=True)
        infill = self._infill(prompt)
        return Spelled([*turns, *infill.tokens], infill.heal)


Arm = Callable[[Infill, str], Infill | Chat]
"""Writes the completer's prompt in another way, for a child who knows this."""


def arms(book: Book, *, infill: bool) -> dict[str, Arm]:
    """All ways by name; without those that need infill tokens where the model has none."""
    texts, today = book.texts, prompts.job("inline").header
    found: dict[str, Arm] = {
        "none": _headed(""),
        "header": _headed(today),
        "chat-marked": partial(_marked, texts),
        "chat-opened": partial(_opened, texts),
    }
    if infill:
        found |= {
            "system+infill": _turned(texts, "after"),
            "user-infill": _turned(texts, "user"),
            "answer-infill": _turned(texts, "answer"),
            "both": _turned(texts, "after", today),
        }
    return found | {f"w:{name}": _headed(wording) for name, wording in book.wordings.items()}


def _system(texts: Texts, knows: str) -> Message:
    return Message("system", Template(texts.system).substitute(knows=knows, elsewhere=""))


def _headed(wording: str) -> Arm:
    """The system prompt as comment lines at the top of the program."""

    def write(asked: Infill, knows: str) -> Infill:
        return Infill(
            asked.prefix, asked.suffix, Template(wording).substitute(knows=knows, elsewhere="")
        )

    return write


def _marked(texts: Texts, asked: Infill, knows: str) -> Chat:
    """The program with a mark at the cursor; the answer opens with the cursor's line."""
    around = {"before": asked.prefix, "after": asked.suffix, "mark": texts.mark}
    user = Message("user", Template(texts.marked).substitute(around))
    head = asked.prefix.rpartition("\n")[2]
    return Chat((_system(texts, knows), user), FENCE + head)


def _opened(texts: Texts, asked: Infill, knows: str) -> Chat:
    """What follows the cursor is asked for; the answer opens with all that stands before it."""
    after = Template(texts.after).substitute(after=asked.suffix.strip("\n"))
    user = Message("user", after if asked.suffix.strip() else texts.alone)
    return Chat((_system(texts, knows), user), FENCE + asked.prefix)


def _turned(texts: Texts, where: Where, header: str = "") -> Arm:
    """A system turn, and infill tokens."""

    def write(asked: Infill, knows: str) -> Infill:
        told = [_system(texts, knows)]
        if where == "answer":
            told.append(Message("user", texts.fill))
        top = Template(header).substitute(knows=knows, elsewhere="")
        return Turned(asked.prefix, asked.suffix, top, messages=tuple(told), where=where)

    return write


class _Stream:
    """One answer, computed as its pieces are asked for."""

    def __init__(self, steps: Generator[str, None, Usage]) -> None:
        self._steps = steps
        self._text = ""
        self._usage: Usage | None = None

    @property
    def result(self) -> Result:
        finish: Finish = "cancelled" if self._usage is None else "stop"
        return Result(self._text, finish, self._usage or Usage())

    def pieces(self) -> Iterator[str]:
        while self._usage is None:
            try:
                piece = next(self._steps)
            except StopIteration as ended:
                self._usage = ended.value
                return
            self._text += piece
            if piece:
                yield piece

    async def __aiter__(self) -> AsyncIterator[str]:
        for piece in self.pieces():
            yield piece
            await asyncio.sleep(0)


class Local:
    """An engine in this process that writes each prompt in one of the ways."""

    def __init__(self, name: str) -> None:
        """Load the model. Raises: ModelError."""
        found = models.resolve(name)
        order = found.entry.infill if found.entry else "suffix-first"
        self._model = Llama(
            found.name,
            str(found.path),
            context=CONTEXT,
            threads=1,  # two wait for each other wherever anything else runs
            sequences=8,
            on_progress=lambda _: None,
        )
        self._sequences = Sequences(self._model, 8)
        self.spelling = ChatSpelling(self._model, order)
        info = ModelInfo(found.name, str(found.path), context=CONTEXT, infill=self.spelling.infill)
        self.status = Status("ready", info)
        self.write: Callable[[Infill], Infill | Chat] = lambda asked: asked
        self.asked: Infill | None = None
        """The last prompt as the completer wrote it."""
        self.raw = ""
        """The model's last text: at least its whole first line."""

    def on_status(self, listener: StatusListener) -> None:
        """Call it with the only status there is."""
        listener(self.status)

    async def start(self) -> None:
        """The model is loaded already."""

    async def ready(self, timeout: float | None = None) -> ModelInfo:  # noqa: ARG002
        """What is loaded."""
        assert self.status.model is not None  # noqa: S101 - set when it was made
        return self.status.model

    async def close(self) -> None:
        """The model goes with the process."""

    @asynccontextmanager
    async def generate(self, request: Request) -> AsyncIterator[_Stream]:
        """Stream the answer; goes on to the end of its first line when the context is left."""
        assert isinstance(request.prompt, Infill)  # noqa: S101 - the completer asks nothing else
        self.asked = request.prompt
        steps = self._steps(request)
        stream = _Stream(steps)
        try:
            yield stream
        finally:
            for _ in stream.pieces():
                line = stream.result.text.lstrip()
                if "\n" in line or len(line) > _LONGEST:
                    break
            steps.close()
            self.raw = stream.result.text

    def cost(self, prompt: Infill) -> Usage:
        """What one token after `prompt` costs, with the KV cache as it is."""
        stream = _Stream(self._steps(Request(prompt, max_tokens=1)))
        for _ in stream.pieces():
            pass
        return stream.result.usage

    def _steps(self, request: Request) -> Generator[str, None, Usage]:
        """Pieces of text as the worker makes them, and what they cost."""
        assert isinstance(request.prompt, Infill)  # noqa: S101
        began = time.perf_counter()
        spelled = self.spelling.spell(self.write(request.prompt))
        sequence = self._sequences.take(spelled.tokens)
        evaluated, generated, first = len(spelled.tokens) - len(sequence.tokens), 0, 0.0
        text, sampler = Text(request.stop), Sampler(request.sampling)
        healing = Healing(self._model.vocabulary, spelled.heal)
        wanted = list(spelled.tokens)
        try:
            while generated < request.max_tokens and not text.stopped:
                self._compute(sequence, wanted)
                token = sampler.draw(self._model.logits(), healing.allowed())
                generated += 1
                first = first or (time.perf_counter() - began) * 1000
                if self._model.ends(token) or token in self.spelling.stops:
                    break
                wanted.append(token)
                yield text.add(healing.spell(self._model.piece(token)))
            if not text.stopped:
                yield text.add(b"", final=True)
        finally:
            self._sequences.give(sequence)
        total = (time.perf_counter() - began) * 1000
        return Usage(len(spelled.tokens), evaluated, generated, first, total)

    def _compute(self, sequence: Sequence, wanted: list[int]) -> None:
        """Bring the KV cache to `wanted`. Raises: ModelFailed."""
        while len(sequence.tokens) < len(wanted):
            done = len(sequence.tokens)
            batch = wanted[done : done + BATCH]
            code = self._model.decode(batch, done, sequence.number)
            if code == DECODED:
                sequence.tokens += batch
            elif not self._sequences.evict():
                raise ModelFailed(name="", problem=f"llama_decode returned {code}")
