"""One server with the model of meaning for a whole file: loading it takes a second or two."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.editor import PATIENT, Editor, session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """VS Code with the 0.5B, ready."""
    async with session(tmp_path_factory.mktemp("work"), "vscode", "meaning", PATIENT) as found:
        await found.ready()
        yield found
