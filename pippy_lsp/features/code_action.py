"""textDocument/codeAction and codeAction/resolve: the table of actions, as editors want it.

An edit that the model makes takes seconds. So it is made when the action is chosen: at resolve, or
by a command that sends the edit. A client that can do neither gets with the list what is certain,
and what is worth waiting for; the rest is shown to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from lsprotocol import types

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.features import perform
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.perform import ActionData
from pippy_lsp.teaching import actions
from pippy_lsp.teaching.action import Action
from pippy_lsp.teaching.edits import Edit

EAGER_SECONDS = 8.0
"""How long a list of actions waits for the model, for a client that has no other way."""


def register(server: PippyServer) -> None:
    """Answer the methods."""
    kinds = list(dict.fromkeys(action.kind for action in actions.ACTIONS))

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(kinds, resolve_provider=True)
    )
    async def code_action(
        ls: PippyServer, params: types.CodeActionParams
    ) -> list[types.CodeAction | types.Command]:
        snapshot = ls.snapshot(params.text_document.uri)
        if snapshot.too_long:
            return []
        start, end = snapshot.offset(params.range.start), snapshot.offset(params.range.end)
        wanted = [each for each in actions.ACTIONS if _wanted(ls, each, params.context.only)]
        found = await ls.analyse(lambda: actions.available(snapshot, start, end, wanted))
        _read_ahead(ls, snapshot, start, end)
        made = [await _make(ls, snapshot, action, start, end) for action in found]
        return [action for action in made if action is not None]

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(ls: PippyServer, params: types.CodeAction) -> types.CodeAction:
        try:
            data = msgspec.convert(params.data, ActionData)
        except msgspec.ValidationError:
            return params  # made by somebody else, or needs nothing more
        found = await perform.edit_of(ls, data, ls.settings.teaching.timeout_s)
        if found is not None:
            params.edit = perform.workspace_edit(ls, *found)
            ls.say(perform.told(ls, found[1]))
        return params


def _wanted(
    ls: PippyServer, action: Action, only: Sequence[types.CodeActionKind | str] | None
) -> bool:
    """Whether the policy allows it and the client asks for it; a kind stands for all below it."""
    kind = action.kind
    names = [str(getattr(each, "value", each)) for each in only or []]
    asked_for = not names or any(kind == name or kind.startswith(f"{name}.") for name in names)
    return asked_for and ls.policy.allows(action.name)


def _read_ahead(ls: PippyServer, snapshot: DocumentSnapshot, start: int, end: int) -> None:
    """Editors ask for actions when the cursor moves: the model can read what is around it."""
    if start == end:
        ls.completer.prepare(snapshot, end, ls.settings.completion, level=ls.level_of(snapshot))


async def _make(
    ls: PippyServer, snapshot: DocumentSnapshot, action: Action, start: int, end: int
) -> types.CodeAction | types.Command | None:
    title = ls.messages.say(f"action-{action.name}")
    show = types.Command(
        title, perform.SHOW, arguments=[action.name, snapshot.uri, snapshot.range(start, end)]
    )
    if not action.edits:
        return _literal(ls, action, show)
    data = ActionData(action.name, snapshot.uri, snapshot.version, start, end)
    if ls.client.action_literals and ls.client.resolves_edits:
        return types.CodeAction(title, kind=action.kind, data=msgspec.to_builtins(data))
    edit = await perform.certain_edit(ls, action, perform.asked(ls, snapshot, start, end))
    if edit is None and ls.client.applies_edits:
        arguments = list(msgspec.to_builtins(data).values())
        return _literal(ls, action, types.Command(title, perform.APPLY, arguments=arguments))
    if edit is None and not action.eager:
        return _literal(ls, action, show)
    if edit is None and ls.client.action_literals:
        found = await perform.edit_of(ls, data, EAGER_SECONDS, silent=True)
        edit = found[1] if found else None
    return _with_edit(ls, snapshot, action, edit) if edit else None


def _literal(
    ls: PippyServer, action: Action, command: types.Command
) -> types.CodeAction | types.Command:
    """The command as an action, where the client takes actions."""
    if not ls.client.action_literals:
        return command
    return types.CodeAction(command.title, kind=action.kind, command=command)


def _with_edit(
    ls: PippyServer, snapshot: DocumentSnapshot, action: Action, edit: Edit
) -> types.CodeAction | None:
    """The action with its edit, which says afterwards what it did."""
    if not ls.client.action_literals:
        return None
    title = ls.messages.say(f"action-{action.name}")
    change = perform.workspace_edit(ls, snapshot, edit)
    said = types.Command(title, perform.SAY, arguments=[perform.told(ls, edit)])
    return types.CodeAction(title, kind=action.kind, edit=change, command=said)
