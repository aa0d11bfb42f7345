"""What is said of the model's state, and that text leaves the computer."""

from __future__ import annotations

import pytest

from pippy_lsp.engine.protocol import ModelInfo, Status
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.status import Reporter
from tests.fakes import FakeEngine


class Room(PippyServer):
    """A server that keeps what it would say."""

    def __init__(self) -> None:
        super().__init__(lambda _: FakeEngine())
        self.said: list[str] = []

    def say(self, text: str, kind: object = None) -> None:
        self.said.append(text)


def ready(server: str) -> Status:
    return Status("ready", ModelInfo("m", "", server=server))


@pytest.mark.parametrize(
    ("statuses", "notes"),
    [
        pytest.param([ready("")], 0, id="on-this-computer"),
        pytest.param([ready("https://a:443")], 1, id="on-another"),
        pytest.param([ready("https://a:443"), Status("loading"), ready("https://a:443")], 1,
            id="the-same-again"),
        pytest.param([ready("https://a:443"), Status("loading"), ready("https://b:443")], 2,
            id="yet-another"),
    ],
)  # fmt: skip
def test_it_is_said_once_that_text_leaves_the_computer(statuses: list[Status], notes: int) -> None:
    room = Room()
    reporter = Reporter(room)
    for status in statuses:
        reporter.changed(status)
    servers = [each.model.server for each in statuses if each.model and each.model.server]
    assert len(room.said) == notes
    assert all(any(server in said for server in servers) for said in room.said)
