"""textDocument/inlineCompletion: ghost text."""

from __future__ import annotations

import dataclasses

from lsprotocol import types

from pippy_lsp.completion.suggest import Suggestion
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import PippyError
from pippy_lsp.features import acceptance
from pippy_lsp.features.base import PippyServer

BRANCHES = 3
"""Suggestions to choose from, where the child asks by hand."""


def register(server: PippyServer) -> None:
    """Answer the method."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(ls: PippyServer, params: types.DidOpenTextDocumentParams) -> None:
        snapshot = ls.snapshot(params.text_document.uri)
        ls.level_of(snapshot)  # worked out before it is needed
        ls.changed(snapshot, opened=True)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(ls: PippyServer, params: types.DidChangeTextDocumentParams) -> None:
        snapshot = ls.snapshot(params.text_document.uri)
        ls.completer.changed(snapshot)
        ls.changed(snapshot)

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline_completion(
        ls: PippyServer, params: types.InlineCompletionParams
    ) -> types.InlineCompletionList:
        real = ls.snapshot(params.text_document.uri)
        chosen = params.context.selected_completion_info
        snapshot, offset = (
            _with_chosen(real, chosen) if chosen else (real, real.offset(params.position))
        )
        invoked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
        branches = BRANCHES if invoked else 1
        found = await suggestions(ls, snapshot, offset, invoked=invoked, branches=branches)
        ls.figures.offered += bool(found)
        # An empty list clears old ghost text; in some clients null leaves it standing.
        return types.InlineCompletionList([_item(snapshot, each, chosen) for each in found])


def _with_chosen(
    snapshot: DocumentSnapshot, chosen: types.SelectedCompletionInfo
) -> tuple[DocumentSnapshot, int]:
    """The document as it would be with the item that is selected in the list of completions, and
    the place after it: an editor shows only ghost text that goes on from there.
    """
    start, end = snapshot.offset(chosen.range.start), snapshot.offset(chosen.range.end)
    text = snapshot.text[:start] + chosen.text + snapshot.text[end:]
    return dataclasses.replace(snapshot, text=text), start + len(chosen.text)


async def suggestions(
    ls: PippyServer, snapshot: DocumentSnapshot, offset: int, *, invoked: bool, branches: int = 1
) -> list[Suggestion]:
    """What to show at `offset`; nothing when the child has typed on, or nothing good is known."""
    if ls.settings.completion.mode == "off" or snapshot.too_long:
        return []
    work = _suggest(ls, snapshot, offset, invoked=invoked, branches=branches)
    found = await ls.latest.run(("ghost", snapshot.uri), work)
    return found if found and ls.is_current(snapshot) else []


async def _suggest(
    ls: PippyServer, snapshot: DocumentSnapshot, offset: int, *, invoked: bool, branches: int = 1
) -> list[Suggestion]:
    settings, level = ls.settings.completion, ls.level_of(snapshot)
    try:
        return await ls.completer.suggest(
            snapshot, offset, settings, level=level, invoked=invoked, branches=branches
        )
    except PippyError:
        return []  # typing goes on; the status says what is wrong


def _item(
    snapshot: DocumentSnapshot,
    suggestion: Suggestion,
    chosen: types.SelectedCompletionInfo | None,
) -> types.InlineCompletionItem:
    place = snapshot.range(suggestion.start, suggestion.end)
    return types.InlineCompletionItem(
        insert_text=chosen.text + suggestion.text if chosen else suggestion.text,
        range=chosen.range if chosen else place,
        command=acceptance.command(len(suggestion.text)),
    )
