"""textDocument/completion: jedi's names, and our suggestion first where there is no ghost text."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from pippy_lsp.analysis import jedi_facts, syntax
from pippy_lsp.analysis.jedi_facts import MOST, CompletionFact
from pippy_lsp.completion.suggest import Suggestion
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.inline_completion import suggestions

_KINDS = {
    "module": types.CompletionItemKind.Module,
    "class": types.CompletionItemKind.Class,
    "instance": types.CompletionItemKind.Variable,
    "function": types.CompletionItemKind.Function,
    "param": types.CompletionItemKind.Variable,
    "path": types.CompletionItemKind.File,
    "keyword": types.CompletionItemKind.Keyword,
    "property": types.CompletionItemKind.Property,
    "statement": types.CompletionItemKind.Variable,
}
_FIRST = "0"
"""Sorts before every name."""


def register(server: PippyServer) -> None:
    """Answer the method."""

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["."])
    )
    async def completion(ls: PippyServer, params: types.CompletionParams) -> types.CompletionList:
        snapshot = ls.snapshot(params.text_document.uri)
        offset = snapshot.offset(params.position)
        work = ls.analyse(lambda: _names(snapshot, offset))
        if not _as_item(ls):
            names = await work
            return types.CompletionList(len(names) >= MOST, [_name(each) for each in names])
        names, found = await asyncio.gather(work, suggestions(ls, snapshot, offset, invoked=True))
        guess = ls.messages.say("suggestion-detail")
        items = [_suggestion(snapshot, each, guess) for each in found]
        return types.CompletionList(True, items + [_name(each) for each in names])


def _names(snapshot: DocumentSnapshot, offset: int) -> list[CompletionFact]:
    """jedi's names; it has some in a comment too."""
    row, column = snapshot.row_column(offset)
    if snapshot.too_long or syntax.lexical(snapshot.text[:offset]).comment:
        return []
    return jedi_facts.complete(snapshot.text, row, column, snapshot.path)


def _as_item(ls: PippyServer) -> bool:
    wanted = ls.settings.completion.as_item
    return not ls.client.inline_completion if wanted is None else wanted


def _name(fact: CompletionFact) -> types.CompletionItem:
    return types.CompletionItem(
        label=fact.name,
        kind=_KINDS.get(fact.kind, types.CompletionItemKind.Text),
        sort_text=f"{1 + fact.name.startswith('_') + fact.name.startswith('__')}{fact.name}",
    )


def _suggestion(
    snapshot: DocumentSnapshot, suggestion: Suggestion, guess: str
) -> types.CompletionItem:
    """The suggestion as an item, spelled from the start of the word that is being typed; `guess`
    says whose it is.

    Clients filter items by the typed word and place them by its range, so both must begin there.
    """
    start = suggestion.start
    while start and (snapshot.text[start - 1].isalnum() or snapshot.text[start - 1] == "_"):
        start -= 1
    typed = snapshot.text[start : suggestion.start]
    text = typed + suggestion.text
    lines = text.strip().splitlines()
    return types.CompletionItem(
        label=lines[0] + (" …" if len(lines) > 1 else ""),
        kind=types.CompletionItemKind.Snippet,
        detail=guess,
        documentation=text,
        sort_text=_FIRST,
        filter_text=text,
        preselect=True,
        insert_text_format=types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(snapshot.range(start, suggestion.end), text),
    )
