"""Carries out an action of the table: makes its answer, and brings it to the editor.

An edit goes with the code action, or by `workspace/applyEdit`; words are shown.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import EngineTimeout, PippyError
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.execute_command import progress
from pippy_lsp.teaching import actions, words
from pippy_lsp.teaching.action import Action, Answer, Asked, Refused, Words
from pippy_lsp.teaching.edits import Edit

APPLY, SHOW, SAY = "pippy.apply", "pippy.show", "pippy.say"


class ActionData(msgspec.Struct, frozen=True):
    """What a code action carries to its resolve: the place it was offered for, in offsets."""

    action: str
    uri: str
    version: int
    start: int
    end: int


def register(server: PippyServer) -> None:
    """Answer the commands."""

    @server.command(APPLY)
    async def apply(
        ls: PippyServer, action: str, uri: str, version: int, start: int, end: int
    ) -> None:
        ls.background(_apply(ls, ActionData(action, uri, version, start, end)))

    @server.command(SHOW)
    async def show_action(ls: PippyServer, action: str, uri: str, where: types.Range) -> None:
        if action not in actions.BY_NAME:
            sentence = ls.messages.say(
                "request-action", name=action, known=", ".join(actions.BY_NAME)
            )
            raise JsonRpcException(sentence, code=JsonRpcInvalidParams.CODE)
        snapshot = ls.snapshot(uri)
        start, end = snapshot.offset(where.start), snapshot.offset(where.end)
        if not snapshot.too_long:
            ls.background(show(ls, actions.BY_NAME[action], asked(ls, snapshot, start, end)))

    @server.command(SAY)
    async def say(ls: PippyServer, sentence: str) -> None:
        ls.say(sentence)


def asked(ls: PippyServer, snapshot: DocumentSnapshot, start: int, end: int) -> Asked:
    """A wish at a place, with the server's settings."""
    return Asked(
        ls.engine,
        ls.explainer,
        ls.steps,
        snapshot,
        start,
        max(start, end),
        level=ls.level_of(snapshot),
        language=ls.settings.language,
        avoid=ls.policy.avoid,
        highest_step=ls.policy.highest_step,
        line_offset=ls.settings.teaching.line_offset,
        advice=not ls.policy.exam,
        analyse=ls.analyse,
        chair=ls.chair,
    )


async def edit_of(
    ls: PippyServer, data: ActionData, seconds: float, *, silent: bool = False
) -> tuple[DocumentSnapshot, Edit] | None:
    """The edit that the action makes; None where there is no good one any more, which is said."""
    snapshot, action = ls.snapshot(data.uri), actions.BY_NAME.get(data.action)
    if action is None or snapshot.version != data.version:
        return None
    wish = asked(ls, snapshot, data.start, data.end)
    try:
        answer = await _answer(ls, action, wish, seconds, token=0 if silent else None)
    except PippyError as error:
        if not silent:
            ls.tell(error)
        return None
    if isinstance(answer, Edit):
        return (snapshot, answer) if ls.is_current(snapshot) else None
    if not silent:
        ls.say(_sorry(ls, action, answer))
    return None


async def certain_edit(ls: PippyServer, action: Action, wish: Asked) -> Edit | None:
    """The action's edit, where it needs no model."""
    make = action.certain
    found = await ls.analyse(lambda: make(wish)) if make is not None else None
    return found if isinstance(found, Edit) else None


async def _answer(
    ls: PippyServer, action: Action, wish: Asked, seconds: float, token: int | None = None
) -> Answer:
    """The action's answer; while the model thinks, there is a progress (of `token`).

    Raises: PippyError where the policy forbids it or the engine can't answer.
    """
    ls.policy.demand(action.name)
    make, found = action.certain, None
    if make is not None:
        found = await ls.analyse(lambda: make(wish))
    if found is not None or action.model is None:
        return found
    try:
        async with progress(ls, ls.messages.say(f"action-{action.name}"), token):
            found = await asyncio.wait_for(action.model(wish), seconds)
    except (TimeoutError, asyncio.TimeoutError) as error:
        raise EngineTimeout(seconds=round(seconds)) from error
    return replace(found, guess=True) if isinstance(found, Edit) else found


def told(ls: PippyServer, edit: Edit) -> str:
    """What is said of an edit; of a model's also that it is a guess."""
    text = words.plain(edit.why)
    return ls.messages.say("edit-guess", text=text).strip() if edit.guess else text


def _sorry(ls: PippyServer, action: Action, answer: Answer) -> str:
    """Why nothing is done."""
    if isinstance(answer, Refused):
        return ls.messages.say(answer.key, **answer.values)
    return ls.messages.say(f"action-{action.name}-nothing")


async def _apply(ls: PippyServer, data: ActionData) -> None:
    """Make the edit and let the client apply it, if its document is still the same."""
    found = await edit_of(ls, data, ls.settings.teaching.timeout_s)
    if found is not None:
        label = ls.messages.say(f"action-{data.action}")
        if found[1].guess:
            label = ls.messages.say("edit-guess-label", title=label)
        change = workspace_edit(ls, *found)
        ls.workspace_apply_edit(types.ApplyWorkspaceEditParams(change, label))
        ls.say(told(ls, found[1]))


async def show(ls: PippyServer, action: Action, wish: Asked) -> None:
    """Show the action's words, or the lines of its edit to a client that no edit can be sent to."""
    title = ls.messages.say(f"action-{action.name}")
    try:
        answer = await _answer(ls, action, wish, ls.settings.teaching.timeout_s)
    except PippyError as error:
        ls.tell(error)
        return
    if isinstance(answer, Edit):
        answer = Words(answer.shown(wish.snapshot.text), guess=answer.guess)
    if not isinstance(answer, Words):
        ls.say(_sorry(ls, action, answer))
        return
    text = ls.messages.say("computer-guess", text=answer.text) if answer.guess else answer.text
    await ls.show(title, text, answer.hidden)


def workspace_edit(ls: PippyServer, snapshot: DocumentSnapshot, edit: Edit) -> types.WorkspaceEdit:
    """One edit of one document, in the form that the client takes."""
    change = types.TextEdit(snapshot.range(edit.start, edit.end), edit.new_text)
    if not ls.client.versioned_edits:
        return types.WorkspaceEdit(changes={snapshot.uri: [change]})
    document = types.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, [change])])
