"""textDocument/codeAction and codeAction/resolve: explain, fix, turn a comment into code.

An edit that the model makes takes seconds. So it is made when the action is chosen: at resolve, or
by a command that sends the edit. Only a client that can do neither gets it with the list.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from lsprotocol import types

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import EngineTimeout, PippyError
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.execute_command import EXPLAIN, progress
from pippy_lsp.teaching import actions, fixes
from pippy_lsp.teaching.edits import Edit

APPLY = "pippy.apply"
EAGER_SECONDS = 8.0
"""How long a list of actions waits for the model, for a client that has no other way."""
EXPLAIN_KIND = "pippy.explain"
"""Of no kind that an editor runs without asking: explaining is never a fix."""
_KINDS: dict[actions.ActionKind, str] = {
    "explain": EXPLAIN_KIND,
    "fix": types.CodeActionKind.QuickFix,
    "comment-to-code": types.CodeActionKind.RefactorRewrite,
}


class ActionData(msgspec.Struct, frozen=True):
    """What a code action carries to its resolve: the place it was offered for."""

    action: actions.ActionKind
    uri: str
    version: int
    start: int
    end: int


def register(server: PippyServer) -> None:
    """Answer the methods."""

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(list(dict.fromkeys(_KINDS.values())), resolve_provider=True),
    )
    async def code_action(
        ls: PippyServer, params: types.CodeActionParams
    ) -> list[types.CodeAction | types.Command]:
        snapshot = ls.snapshot(params.text_document.uri)
        start, end = snapshot.offset(params.range.start), snapshot.offset(params.range.end)
        if snapshot.too_long:
            return []
        kinds = await ls.analyse(lambda: actions.available(snapshot, start, end))
        only, allows = params.context.only, ls.policy.allows
        wanted = [each for each in kinds if allows(each) and _asked_for(_KINDS[each], only)]
        _read_ahead(ls, snapshot, start, end)
        made = [await _make(ls, snapshot, kind, start, end) for kind in wanted]
        return [action for action in made if action is not None]

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(ls: PippyServer, params: types.CodeAction) -> types.CodeAction:
        try:
            data = msgspec.convert(params.data, ActionData)
        except msgspec.ValidationError:
            return params  # made by somebody else, or needs nothing more
        snapshot = ls.snapshot(data.uri)
        if snapshot.version != data.version:
            return params
        edit = await _edit(ls, snapshot, data, ls.settings.teaching.timeout_s)
        if edit is None:
            ls.say(ls.messages.say(f"action-{data.action}-nothing"))
        elif ls.is_current(snapshot):
            params.edit = workspace_edit(ls, snapshot, edit)
        return params

    @server.command(APPLY)
    async def apply(
        ls: PippyServer, action: str, uri: str, version: int, start: int, end: int
    ) -> None:
        values = {"action": action, "uri": uri, "version": version, "start": start, "end": end}
        ls.background(_make_and_send(ls, msgspec.convert(values, ActionData)))


def _read_ahead(ls: PippyServer, snapshot: DocumentSnapshot, start: int, end: int) -> None:
    """Editors ask for actions when the cursor moves: the model can read what is around it."""
    if start == end:
        ls.completer.prepare(snapshot, end, ls.settings.completion, level=ls.level_of(snapshot))


def _asked_for(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether the client wants this kind; a kind stands for all below it."""
    names = [str(getattr(each, "value", each)) for each in only or []]
    kind = str(getattr(kind, "value", kind))
    return not names or any(kind == name or kind.startswith(f"{name}.") for name in names)


async def _make(
    ls: PippyServer, snapshot: DocumentSnapshot, kind: actions.ActionKind, start: int, end: int
) -> types.CodeAction | types.Command | None:
    title = ls.messages.say(f"action-{kind}")
    if kind == "explain":
        # A line is often selected to the start of the next one, which is not meant.
        first, last = (snapshot.row_column(each)[0] for each in (start, max(start, end - 1)))
        command = types.Command(title, EXPLAIN, arguments=[snapshot.uri, first, last])
        return _literal(ls, kind, command)
    data = ActionData(kind, snapshot.uri, snapshot.version, start, end)
    if ls.client.action_literals and ls.client.resolves_edits:
        return types.CodeAction(title, kind=_KINDS[kind], data=_plain(data))
    return await _without_resolve(ls, snapshot, title, data)


async def _without_resolve(
    ls: PippyServer, snapshot: DocumentSnapshot, title: str, data: ActionData
) -> types.CodeAction | types.Command | None:
    """The action for a client that can't ask for its edit later."""
    edit = await ls.analyse(lambda: _certain(ls, snapshot, data))
    if edit is None and ls.client.applies_edits:
        command = types.Command(title, APPLY, arguments=list(_plain(data).values()))
        return _literal(ls, data.action, command)
    if not ls.client.action_literals:
        return None
    edit = edit or await _edit(ls, snapshot, data, EAGER_SECONDS, silent=True)
    if edit is None:
        return None
    return types.CodeAction(
        title, kind=_KINDS[data.action], edit=workspace_edit(ls, snapshot, edit)
    )


def _literal(
    ls: PippyServer, kind: actions.ActionKind, command: types.Command
) -> types.CodeAction | types.Command:
    """The command as an action, where the client takes actions."""
    if not ls.client.action_literals:
        return command
    return types.CodeAction(command.title, kind=_KINDS[kind], command=command)


def _certain(ls: PippyServer, snapshot: DocumentSnapshot, data: ActionData) -> Edit | None:
    """The edit, where it needs no model."""
    if data.action != "fix":
        return None
    found = fixes.wanted(snapshot, data.start, data.end)
    return fixes.certain(snapshot, found, ls.settings.language) if found else None


async def _make_and_send(ls: PippyServer, data: ActionData) -> None:
    """Make the edit and let the client apply it, if its document is still the same."""
    snapshot = ls.snapshot(data.uri)
    if snapshot.version != data.version:
        return
    async with progress(ls, ls.messages.say(f"action-{data.action}")):
        edit = await _edit(ls, snapshot, data, ls.settings.teaching.timeout_s)
    if edit is None:
        ls.say(ls.messages.say(f"action-{data.action}-nothing"))
    elif ls.is_current(snapshot):
        label = ls.messages.say(f"action-{data.action}")
        change = workspace_edit(ls, snapshot, edit)
        ls.workspace_apply_edit(types.ApplyWorkspaceEditParams(change, label))


def _plain(data: ActionData) -> dict[str, Any]:
    return dict(msgspec.to_builtins(data))


async def _edit(
    ls: PippyServer,
    snapshot: DocumentSnapshot,
    data: ActionData,
    seconds: float,
    *,
    silent: bool = False,
) -> Edit | None:
    """The action's edit; None when no good one was found or the engine could not answer."""
    try:
        ls.policy.demand(data.action)
        return await asyncio.wait_for(_work(ls, snapshot, data), seconds)
    except (TimeoutError, asyncio.TimeoutError):
        error: PippyError = EngineTimeout(seconds=round(seconds))
    except PippyError as caught:
        error = caught
    if not silent:
        ls.tell(error)
    return None


async def _work(ls: PippyServer, snapshot: DocumentSnapshot, data: ActionData) -> Edit | None:
    language = ls.settings.language
    if data.action == "fix":
        return await fixes.fix(ls.engine, snapshot, data.start, data.end, language)
    line = snapshot.row_column(data.start)[0]
    return await actions.comment_to_code(ls.engine, snapshot, line, ls.level_of(snapshot), language)


def workspace_edit(ls: PippyServer, snapshot: DocumentSnapshot, edit: Edit) -> types.WorkspaceEdit:
    """One edit of one document, in the form that the client takes."""
    change = types.TextEdit(snapshot.range(edit.start, edit.end), edit.new_text)
    if not ls.client.versioned_edits:
        return types.WorkspaceEdit(changes={snapshot.uri: [change]})
    document = types.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, [change])])
