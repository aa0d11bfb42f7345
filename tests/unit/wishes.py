"""Wishes for actions, as the server makes them."""

from __future__ import annotations

from typing import Any

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Engine
from pippy_lsp.teaching.action import Asked
from pippy_lsp.teaching.explain import Explainer
from pippy_lsp.teaching.steps import Steps
from tests.fakes import FakeEngine


def wish(
    program: str, first: int = 0, last: int | None = None, engine: Engine | None = None, **more: Any
) -> Asked:
    """A wish at the cursor in line `first` (from 0), or for the lines up to `last`."""
    snapshot = DocumentSnapshot("untitled:a", 1, program)
    start = snapshot.line_starts[first]
    end = start if last is None else snapshot.line_starts[last] + len(snapshot.line(last))
    engine = engine or FakeEngine()
    values = {"explainer": Explainer(engine), "steps": Steps(), **more}
    return Asked(engine, snapshot=snapshot, start=start, end=end, **values)
