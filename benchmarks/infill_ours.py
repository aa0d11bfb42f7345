"""Our side: the real server process over stdio, asked for ghost text in document after document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from benchmarks.humaneval import first_line
from benchmarks.judge import Verdict, judge
from pippy_lsp.demo_client import editor
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.settings import Mode

Trigger = types.InlineCompletionTriggerKind
TIMEOUT_S = 120.0
"""Nothing is given up for its time: what is measured is the text."""


@dataclass(frozen=True)
class Shown:
    """What was shown at a cursor, the first suggestion first; empty where nothing was."""

    before: str
    after: str
    texts: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """The first line of each suggestion, as it stands in the document when it is accepted."""
        start = self.before.rpartition("\n")[2]
        return [first_line(text if "\n" in text[:1] else start + text) for text in self.texts]

    def verdicts(self, whole: str) -> list[Verdict]:
        """The judge's word on each, with all its lines in place."""
        first = self.before.count("\n") + 1
        return [
            judge(f"{self.before}{text}{self.after}", first, first + text.count("\n"), whole)
            for text in self.texts
        ]


class Ours:
    """An editor that opens a document, asks once and closes it."""

    def __init__(self, client: LanguageClient) -> None:
        self._client = client
        self._opened = 0

    async def ask(self, before: str, after: str, trigger: Trigger = Trigger.Automatic) -> Shown:
        """What is shown at the cursor between `before` and `after`."""
        self._opened += 1
        uri, text = f"untitled:program-{self._opened}.py", before + after
        document = DocumentSnapshot(uri, 1, text)
        item = types.TextDocumentItem(uri, "python", 1, text)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        name = types.TextDocumentIdentifier(uri)
        found = await self._client.text_document_inline_completion_async(
            types.InlineCompletionParams(
                types.InlineCompletionContext(trigger), name, document.position(len(before))
            )
        )
        self._client.text_document_did_close(types.DidCloseTextDocumentParams(name))
        items = found.items if isinstance(found, types.InlineCompletionList) else found or []
        return Shown(before, after, tuple(_inserted(each, document, before) for each in items))


def _inserted(item: types.InlineCompletionItem, document: DocumentSnapshot, before: str) -> str:
    """What accepting the item puts at the cursor.

    Raises: ValueError when it would change what stands before the cursor.
    """
    text = item.insert_text if isinstance(item.insert_text, str) else item.insert_text.value
    start = document.offset(item.range.start) if item.range else len(before)
    if not text.startswith(before[start:]):
        raise ValueError("a suggestion changes what was typed")
    return text[len(before) - start :]


@asynccontextmanager
async def ours(model: str, *, mode: Mode, level: int) -> AsyncIterator[Ours]:
    """Our server with that model loaded, until the context is left.

    Raises: what made the load fail; EngineTimeout; EngineCrashed.
    """
    settings = {
        "level": level,
        "completion": {"mode": mode, "debounceMs": 0, "timeoutS": TIMEOUT_S},
        "teaching": {"explain": False},
    }
    async with editor({"PIPPY_MODEL": model, "PIPPY_MODE": mode}) as found:
        client = found._client
        client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams({"pippy": settings})
        )
        await found.wait_ready(lambda _share: None)
        yield Ours(client)
