"""textDocument/codeAction and codeAction/resolve: explain, fix, turn a comment into code."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from lsprotocol import types

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import EngineTimeout, PippyError
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.execute_command import EXPLAIN
from pippy_lsp.teaching import actions, fixes
from pippy_lsp.teaching.edits import Edit

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
        kinds = await ls.analyse(lambda: actions.available(snapshot, start, end))
        wanted = [kind for kind in kinds if _asked_for(_KINDS[kind], params.context.only)]
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
        edit = await _edit(ls, snapshot, data)
        if edit is None:
            ls.say(ls.messages.say(f"action-{data.action}-nothing"))
        else:
            params.edit = workspace_edit(ls, snapshot, edit)
        return params


def _asked_for(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether the client wants this kind; a kind stands for all below it."""
    names = [str(getattr(each, "value", each)) for each in only or []]
    kind = str(getattr(kind, "value", kind))
    return not names or any(kind == name or kind.startswith(f"{name}.") for name in names)


async def _make(
    ls: PippyServer, snapshot: DocumentSnapshot, kind: actions.ActionKind, start: int, end: int
) -> types.CodeAction | types.Command | None:
    title = ls.messages.say(f"action-{kind}")
    first, last = snapshot.row_column(start)[0], snapshot.row_column(end)[0]
    if kind == "explain":
        command = types.Command(title, EXPLAIN, arguments=[snapshot.uri, first, last])
        if not ls.client.action_literals:
            return command
        return types.CodeAction(title, kind=_KINDS[kind], command=command)
    if not ls.client.action_literals:
        return None
    data = ActionData(kind, snapshot.uri, snapshot.version, start, end)
    action = types.CodeAction(title, kind=_KINDS[kind], data=_plain(data))
    if ls.client.resolves_edits:
        return action
    edit = await _edit(ls, snapshot, data, silent=True)
    if edit is None:
        return None
    action.edit = workspace_edit(ls, snapshot, edit)
    return action


def _plain(data: ActionData) -> dict[str, Any]:
    return dict(msgspec.to_builtins(data))


async def _edit(
    ls: PippyServer, snapshot: DocumentSnapshot, data: ActionData, *, silent: bool = False
) -> Edit | None:
    """The action's edit; None when no good one was found or the engine could not answer."""
    seconds = ls.settings.teaching.timeout_s
    try:
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
    return await actions.comment_to_code(ls.engine, snapshot, line, ls.level, language)


def workspace_edit(ls: PippyServer, snapshot: DocumentSnapshot, edit: Edit) -> types.WorkspaceEdit:
    """One edit of one document, in the form that the client takes."""
    change = types.TextEdit(snapshot.range(edit.start, edit.end), edit.new_text)
    if not ls.client.versioned_edits:
        return types.WorkspaceEdit(changes={snapshot.uri: [change]})
    document = types.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, [change])])
