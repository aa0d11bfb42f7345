"""The class of simulated children, at a server that does what a script says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks import classroom
from benchmarks.classroom import Child
from tests.unit.test_remote import Asked, school


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        pytest.param([1, 1, 1], 1.0, id="alike"),
        pytest.param([3, 0, 0], 1 / 3, id="one-has-it-all"),
        pytest.param([0, 0], 1.0, id="nobody-has-any"),
    ],
)
def test_fairness(amounts: Sequence[float], expected: float) -> None:
    assert classroom.fairness(amounts) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("pupils", "share", "child", "server", "expected"),
    [
        pytest.param(1000, 0.1, 8.0, 800.0, 1, id="one"),
        pytest.param(1000, 0.1, 8.1, 800.0, 2, id="two"),
        pytest.param(0, 0.1, 8.0, 800.0, 1, id="nobody"),
    ],
)
def test_servers_needed(
    pupils: int, share: float, child: float, server: float, expected: int
) -> None:
    assert classroom.servers_needed(pupils, share, child, server) == expected


@pytest.mark.parametrize("mixed", [False, True], ids=["sound", "mixes-children-up"])
async def test_a_short_lesson(mixed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "THINK_SECONDS", 0.05)
    monkeypatch.setattr(classroom, "KEY_SECONDS", 0.02)
    monkeypatch.setattr(classroom, "PAUSE_SECONDS", 0.01)

    async def reply(asked: Asked) -> None:
        await asked.words("points_999" if mixed else "turn")

    async with school(reply) as server:
        children = await classroom.run(server.url, 3, 1.5, 1)
    assert all(child.asked > 3 for child in children)
    assert sum(len(child.first_ms) for child in children) > 3
    assert any(child.strangers for child in children) == mixed
    assert not any(child.failed for child in children)
    shown = dict(classroom.rows(children, 1.5))
    assert shown["children"] == "3"
    assert "first token, p95" in shown


def test_a_class_that_got_nothing() -> None:
    assert dict(classroom.rows([Child(0), Child(1)], 1.0))["failed"] == "0"
