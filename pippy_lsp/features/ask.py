"""pippy/ask and the command pippy.ask: a question in the child's own words."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import msgspec
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from pippy_lsp.errors import EngineTimeout, PippyError
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.execute_command import progress, token_of
from pippy_lsp.teaching import ask as asking
from pippy_lsp.teaching.ask import Question, Reply

ASK = "pippy.ask"
_MOST = 500
"""Characters of a question."""


class Given(msgspec.Struct, frozen=True, array_like=True):
    """The arguments of the command."""

    question: str = ""
    uri: str = ""
    line: int = 0


def register(server: PippyServer) -> None:
    """Answer the methods."""

    @server.feature("pippy/ask")
    async def ask(ls: PippyServer, params: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        question = _asked(ls, params)
        try:
            async with progress(ls, ls.messages.say("action-ask"), token_of(params)):
                reply = await _reply(ls, question)
        except PippyError as error:
            raise ls.failure(error) from error
        return {**dataclasses.asdict(reply), "markdown": _marked(ls, reply)}

    @server.command(ASK)
    async def ask_and_show(ls: PippyServer, *arguments: Any) -> None:  # noqa: ANN401
        try:
            given = msgspec.convert(arguments, Given)
        except msgspec.ValidationError:
            given = Given()
        if not given.question.strip():
            ls.say(ls.messages.say("ask-how"))  # a menu of commands gives none
            return
        question = _question(ls, given.question, given.uri, given.line)
        ls.background(_ask_and_show(ls, question))


def _asked(ls: PippyServer, params: Any) -> Question:  # noqa: ANN401 - any JSON
    """`{question, textDocument?: {uri}, position?}`, as pygls gives what it does not know.

    Raises: JsonRpcException for anything else.
    """
    text = getattr(params, "question", None)
    uri = getattr(getattr(params, "textDocument", None), "uri", "")
    line = getattr(getattr(params, "position", None), "line", 0)
    good = isinstance(uri, str) and isinstance(line, int)
    if not isinstance(text, str) or not text.strip() or not good:
        sentence = ls.messages.say("request-question")
        raise JsonRpcException(sentence, code=JsonRpcInvalidParams.CODE)
    return _question(ls, text, uri, line)


def _question(ls: PippyServer, text: str, uri: str, line: int) -> Question:
    text, language, avoid = text[:_MOST], ls.settings.language, ls.policy.avoid
    snapshot = ls.snapshot(uri)
    program = "" if snapshot.too_long or not uri else snapshot.text
    return Question(text, program, max(0, line), ls.level_of(snapshot), language, avoid)


async def _reply(ls: PippyServer, question: Question) -> Reply:
    """Raises: PippyError where the policy forbids it or the engine can't answer."""
    ls.policy.demand(asking.ACTION.name)
    seconds = ls.settings.teaching.timeout_s
    try:
        return await asyncio.wait_for(asking.ask(ls.engine, question), seconds)
    except (TimeoutError, asyncio.TimeoutError) as error:
        raise EngineTimeout(seconds=round(seconds)) from error


def _marked(ls: PippyServer, reply: Reply) -> str:
    """The answer, called a guess where a model made it."""
    text = reply.markdown
    return ls.messages.say("computer-guess", text=text) if reply.guess else text


async def _ask_and_show(ls: PippyServer, question: Question) -> None:
    title = ls.messages.say("action-ask")
    try:
        async with progress(ls, title):
            reply = await _reply(ls, question)
    except PippyError as error:
        ls.tell(error)
    else:
        await ls.show(title, _marked(ls, reply))
