"""How servers are asked: llama.cpp's own, and the API of OpenAI that vLLM, Ollama and
`llama_cpp.server` speak too.

Infill is a completion whose text has the marks of the model's family, suffix first: a keystroke
then only adds to what the server has read. Of a model whose family its name does not tell,
llama.cpp's own server knows the marks: it is asked at `/infill`, which has the prefix first.
Ollama writes its prompts itself, so it is told the prefix and the suffix.
Sources: llama.cpp, tools/server/README.md; OpenAI's API reference, "Completions" and "Chat";
Ollama, docs/openai.md.
"""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

import msgspec

from pippy_lsp.engine.protocol import Chat, Finish, Infill, Request

Kind = Literal["infill", "text", "chat"]
MOST_STOPS = 4
"""OpenAI's API takes no more."""
_DATA = "data:"
_END = "[DONE]"
_CONTEXT = 4096
"""Tokens, where the server does not say."""


class Marks(NamedTuple):
    """How a family of models spells infill, in text."""

    order: str
    """Where the suffix and the prefix stand."""
    words: tuple[str, ...]
    """What must not be in the child's own text."""


_QWEN = Marks("<|fim_prefix|><|fim_suffix|>{suffix}<|fim_middle|>{prefix}", ("<|",))
_STARCODER = Marks("<fim_prefix><fim_suffix>{suffix}<fim_middle>{prefix}", ("<fim_",))
# CodeLlama's reference puts a space before the prefix, and none before the suffix.
_CODELLAMA = Marks("<PRE> <SUF>{suffix} <MID> {prefix}", ("<PRE>", "<SUF>", "<MID>", "<EOT>"))
FAMILIES = {
    "codellama": _CODELLAMA,
    "qwen": _QWEN,
    "codegemma": _QWEN,
    "starcoder": _STARCODER,
    "granite": _STARCODER,
}
"""By a word in the model's name. Suffix first, so that a server that keeps its KV cache only reads
what was typed."""


class Server(msgspec.Struct, frozen=True):
    """What a server said of itself."""

    model: str
    context: int = _CONTEXT
    llama_cpp: bool = False
    """Whether it is llama.cpp's own, which says what it did."""
    infill: bool = False
    """Whether it has `/infill`, and its model the marks for it."""
    ollama: bool = False
    """Whether it writes its prompts itself, also those of completions."""

    @property
    def marks(self) -> Marks | None:
        """How its model spells infill in text; None where that is not known."""
        name = self.model.casefold().replace("-", "").replace("_", "")
        return next((marks for family, marks in FAMILIES.items() if family in name), None)


class Ask(NamedTuple):
    """One request, ready to be sent."""

    path: str
    body: dict[str, Any]
    kind: Kind
    owed: str = ""
    """What the answer begins with again: it is not shown."""


def models_of(answer: object) -> dict[str, dict[str, Any]]:
    """What `/v1/models` lists, by id."""
    listed = answer.get("data", []) if isinstance(answer, dict) else []
    return {str(m["id"]): m for m in listed if isinstance(m, dict) and "id" in m}


def server_of(model: str, about: dict[str, Any], props: object, version: object = None) -> Server:
    """What a server is, by its entry of the model, by llama.cpp's `/props` and by Ollama's
    `/api/version` where it has these.
    """
    settings = props.get("default_generation_settings") if isinstance(props, dict) else None
    if isinstance(settings, dict):
        return Server(model, int(settings.get("n_ctx") or _CONTEXT), llama_cpp=True)
    ollama = isinstance(version, dict) and "version" in version
    return Server(model, int(about.get("max_model_len") or _CONTEXT), ollama=ollama)


def ask(server: Server, request: Request) -> Ask:
    """What is sent for `request`."""
    body = _body(server, request)
    prompt, most = request.prompt, request.max_tokens
    if isinstance(prompt, Chat):
        messages = [{"role": m.role, "content": m.content} for m in prompt.messages]
        if prompt.opening:
            messages.append({"role": "assistant", "content": prompt.opening})
        body |= {"model": server.model, "messages": messages, "max_tokens": most}
        return Ask("/v1/chat/completions", body, "chat")
    before, owed = _healed(prompt)
    if server.infill and server.marks is None:
        body |= {"input_prefix": before, "input_suffix": prompt.suffix, "prompt": ""}
        return Ask("/infill", body | {"n_predict": most}, "infill", owed)
    body |= {"model": server.model, "max_tokens": most}
    if server.ollama:
        # Without a suffix it would take the prompt for a question.
        body |= {"prompt": before, "suffix": prompt.suffix or "\n"}
    else:
        body["prompt"] = _text(server, before, prompt.suffix)
    return Ask("/v1/completions", body, "text", owed)


def _body(server: Server, request: Request) -> dict[str, Any]:
    """What every kind of request has: the stream, the sampling, where it ends."""
    sampling = request.sampling
    body: dict[str, Any] = {"temperature": sampling.temperature, "stream": True}
    if sampling.temperature:
        body |= {"top_p": sampling.top_p, "seed": sampling.seed}
    stops = [stop for stop in request.stop if stop]
    if server.llama_cpp:
        body |= {"cache_prompt": True, "top_k": sampling.top_k}
    else:
        stops = stops[:MOST_STOPS]
    return body | {"stop": stops} if stops else body


def _healed(prompt: Infill) -> tuple[str, str]:
    """The prefix without a space at its end, and that space: for a model it is the start of the
    next word. A word that is begun could only be taken back by its tokens.
    """
    before = prompt.header + prompt.prefix
    owed = " " if prompt.heal and prompt.prefix.endswith(" ") else ""
    return before.removesuffix(owed), owed


def _text(server: Server, before: str, suffix: str) -> str:
    """The prompt with the family's marks; without them the model only goes on after the prefix."""
    if server.marks is None:
        return before or "\n"
    tame = {"prefix": before, "suffix": suffix}
    for word in server.marks.words:
        tame = {part: text.replace(word, f"{word[0]} {word[1:]}") for part, text in tame.items()}
    return server.marks.order.format(**tame)


class Piece(NamedTuple):
    """What one event of a stream brings."""

    text: str = ""
    finish: Finish | None = None
    prompt: int = 0
    evaluated: int = 0
    generated: int = 0
    """Tokens, told at the end if at all; `prompt` in the whole, `evaluated` of it anew."""
    over: bool = False


def piece(line: str, kind: Kind) -> Piece | None:
    """What a line of the stream brings; None for one that is no event.

    Raises: ValueError when it is not what the API promises, or the server's own error.
    """
    if not line.startswith(_DATA):
        if line.startswith("error:"):
            raise ValueError("the server gave up")
        return None
    data = line.removeprefix(_DATA).strip()
    if data == _END:
        return Piece(over=True)
    event = json.loads(data)
    if not isinstance(event, dict) or "error" in event:
        raise ValueError("the server gave up")
    if kind == "infill":
        return _own(event)
    choices = event.get("choices") or [{}]
    choice = choices[0] if isinstance(choices[0], dict) else {}
    text = choice.get("text") if kind == "text" else (choice.get("delta") or {}).get("content")
    return Piece(str(text or ""), _finish(choice.get("finish_reason")), *_usage(event))


def _own(event: dict[str, Any]) -> Piece:
    """An event of llama.cpp's own API."""
    text = str(event.get("content") or "")
    if not event.get("stop"):
        return Piece(text)
    finish: Finish = "length" if event.get("stop_type") == "limit" else "stop"
    return Piece(text, finish, *_usage(event), over=True)


def _usage(event: dict[str, Any]) -> tuple[int, int, int]:
    """Tokens: in the prompt, of these evaluated anew, generated."""
    timings, usage = event.get("timings") or {}, event.get("usage") or {}
    if timings:
        evaluated, kept = int(timings.get("prompt_n", 0)), int(timings.get("cache_n", 0))
        return evaluated + kept, evaluated, int(timings.get("predicted_n", 0))
    prompt = int(usage.get("prompt_tokens") or 0)
    return prompt, prompt, int(usage.get("completion_tokens") or 0)


def _finish(reason: object) -> Finish | None:
    return None if reason is None else "length" if reason == "length" else "stop"
