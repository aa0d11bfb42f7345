"""textDocument/hover: what this is, at once; what the model says of the line, when it is there."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Priority
from pippy_lsp.errors import PippyError
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.execute_command import marked
from pippy_lsp.teaching import words
from pippy_lsp.teaching.explain import Explanation
from pippy_lsp.teaching.hover import static_hover


def register(server: PippyServer) -> None:
    """Answer the method."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: PippyServer, params: types.HoverParams) -> types.Hover | None:
        snapshot = ls.snapshot(params.text_document.uri)
        if snapshot.too_long:
            return None
        offset = snapshot.offset(params.position)
        language = ls.settings.language
        known = await ls.analyse(lambda: static_hover(snapshot, offset, language))
        line = snapshot.row_column(offset)[0]
        said = await explanation(ls, snapshot, line)
        parts = [known.text] if known else []
        if said:
            parts.append(marked(ls, said))
        if not parts:
            return None
        place = snapshot.range(known.start, known.end) if known else None
        return types.Hover(_content(ls, "\n\n---\n\n".join(parts)), place)


async def explanation(ls: PippyServer, snapshot: DocumentSnapshot, line: int) -> Explanation | None:
    """The model's words on the line: those that are ready, else prepared for the next time.

    A hover waits for them only as long as the settings say.
    """
    settings = ls.settings.teaching
    if not settings.explain or not snapshot.line(line).strip():
        return None
    ready = ls.explainer.ready(snapshot, line)
    if ready:
        return ready
    if ls.sparing.reason and not settings.hover_wait_ms:
        return None
    work = ls.latest.run("explain ahead", _prepare(ls, snapshot, line))
    task = ls.background(work)
    if not settings.hover_wait_ms:
        return None
    done, _ = await asyncio.wait({task}, timeout=settings.hover_wait_ms / 1000)
    return task.result() if done and not task.cancelled() else None


async def _prepare(ls: PippyServer, snapshot: DocumentSnapshot, line: int) -> Explanation | None:
    try:
        level = ls.level_of(snapshot)
        work = ls.explainer.explain(snapshot, line, line, level=level, priority=Priority.AHEAD)
        return await asyncio.wait_for(work, ls.settings.teaching.timeout_s)
    except (PippyError, TimeoutError, asyncio.TimeoutError):
        return None


def _content(ls: PippyServer, text: str) -> types.MarkupContent:
    if ls.client.hover_markdown:
        return types.MarkupContent(types.MarkupKind.Markdown, text)
    return types.MarkupContent(types.MarkupKind.PlainText, words.plain(text))
