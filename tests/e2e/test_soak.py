"""A short soak; `python -m benchmarks.soak` edits for half an hour."""

from __future__ import annotations

import gc

import pytest

from benchmarks import soak
from pippy_lsp import server
from tests.fakes import FakeEngine

CHANGES = 3000


@pytest.mark.model
async def test_editing_costs_no_memory_and_no_request_fails() -> None:
    found = await soak.soak(CHANGES, 60)
    assert found.failed == 0
    assert found.files_more <= 0
    # caches fill in the beginning; a future for each change was 3 MB in a thousand
    assert found.server_mb[-1] - found.server_mb[0] < 8
    assert found.worker_growth_percent < 5


async def test_no_future_is_kept_of_a_notification_or_a_request() -> None:
    made = server.create_server(lambda _: FakeEngine())
    kept = made.protocol._request_futures
    note = {"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "off"}}
    for _ in range(50):
        made.protocol.handle_message(made.protocol.structure_message(dict(note)))
    gc.collect()
    assert kept == {}
