"""Doing less on battery and while others want the processor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace

import psutil
import pytest
from pygls.workspace import Workspace

from pippy_lsp import checkup, machine, prompts, sparing
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.frugal import Frugal
from pippy_lsp.engine.protocol import Infill, Priority, Request, complete
from pippy_lsp.errors import EngineSpared
from pippy_lsp.features import hover, lifecycle
from pippy_lsp.features.base import PippyServer
from pippy_lsp.settings import CompletionSettings, Settings, SparingSettings, TeachingSettings, read
from pippy_lsp.sparing import Meter, Reason, Sparing, Strain, Ticks
from tests.fakes import FakeEngine

CALM, BUSY = Strain(battery=False, others=0.1), Strain(battery=False, others=0.9)
LESS_BUSY = Strain(battery=False, others=0.6)
BATTERY = Strain(battery=True, others=0.0)
AUTO = SparingSettings()


@pytest.mark.parametrize(
    ("when", "looks", "expected"),
    [
        pytest.param("auto", [CALM], [""], id="calm"),
        pytest.param("auto", [BATTERY], ["battery"], id="battery"),
        pytest.param("auto", [BATTERY, CALM], ["battery", ""], id="plugged-in-again"),
        pytest.param("auto", [BUSY], [""], id="one-look-is-no-reason"),
        pytest.param("auto", [BUSY, CALM, BUSY], ["", "", ""], id="never-in-a-row"),
        pytest.param("auto", [BUSY, BUSY], ["", "busy"], id="busy"),
        pytest.param("auto", [BUSY, BUSY, LESS_BUSY], ["", "busy", "busy"], id="not-to-and-fro"),
        pytest.param("auto", [BUSY, BUSY, CALM], ["", "busy", ""], id="free-again"),
        pytest.param("auto", [BUSY, BUSY, BATTERY], ["", "busy", "battery"], id="both"),
        pytest.param("never", [BATTERY, BUSY, BUSY], ["", "", ""], id="never"),
        pytest.param("always", [CALM], ["always"], id="always"),
    ],
)
def test_the_reason(when: str, looks: list[Strain], expected: list[Reason]) -> None:
    (wanted, problems) = read([{"sparing": {"when": when}}], {})
    assert not problems
    decides, before = Sparing(), ""
    for look, reason in zip(looks, expected, strict=True):
        assert decides.decide(look, wanted.sparing) == (reason != before)
        assert decides.reason == reason
        before = reason


@pytest.mark.parametrize(
    ("reason", "own", "pause", "panel"),
    [
        pytest.param("", 10, 10, 5, id="all-as-it-is"),
        pytest.param("battery", 10, 250, "off", id="less"),
        pytest.param("busy", 400, 400, "off", id="the-longer-pause"),
    ],
)
def test_what_is_left(reason: Reason, own: int, pause: int, panel: object) -> None:
    decides = Sparing()
    decides.reason = reason
    left = decides.applied(Settings(panel=5, completion=CompletionSettings(debounce_ms=own)))
    assert (left.completion.debounce_ms, left.panel) == (pause, panel)


@pytest.mark.parametrize(
    ("idle", "ours", "others"),
    [
        pytest.param(20.0, {1: 0.0}, 0.0, id="idle"),
        pytest.param(10.0, {1: 10.0}, 0.0, id="only-ours"),
        pytest.param(10.0, {1: 0.0}, 0.5, id="half-by-others"),
        pytest.param(0.0, {1: 5.0, 2: 5.0}, 0.5, id="a-worker-that-was-started"),
        pytest.param(0.0, {}, 1.0, id="all-by-others"),
        pytest.param(25.0, {1: 0.0}, 0.0, id="clocks-that-disagree"),
    ],
)
def test_the_share_of_others(idle: float, ours: dict[int, float], others: float) -> None:
    """On two processors in ten seconds."""
    found = iter([Ticks(100.0, 50.0, {1: 0.0}), Ticks(120.0, 50.0 + idle, ours)])
    meter = Meter(lambda: next(found), lambda: True)
    found_out = meter.look()
    assert found_out.battery
    assert found_out.others == pytest.approx(others)


def test_the_real_counters() -> None:
    before = sparing.ticks()
    meter = Meter()
    sum(n * n for n in range(300_000))
    after = sparing.ticks()
    assert after.whole > before.whole
    assert sum(after.ours.values()) > sum(before.ours.values())
    assert 0 <= meter.look().others <= 1


def broken() -> None:
    raise FileNotFoundError


@pytest.mark.parametrize(
    ("tell", "expected"),
    [
        pytest.param(lambda: SimpleNamespace(power_plugged=False), True, id="on-battery"),
        pytest.param(lambda: SimpleNamespace(power_plugged=True), False, id="plugged-in"),
        pytest.param(lambda: SimpleNamespace(power_plugged=None), False, id="nobody-knows"),
        pytest.param(lambda: None, False, id="none"),
        pytest.param(broken, False, id="odd-files"),
    ],
)
def test_on_battery(tell: object, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", tell, raising=False)
    assert machine.on_battery() is expected


# --- in the server ---------------------------------------------------------------------------


@pytest.mark.parametrize("priority", list(Priority))
@pytest.mark.parametrize("spared", [True, False])
async def test_only_what_nobody_waits_for_is_refused(priority: Priority, spared: bool) -> None:
    inner = FakeEngine("x")
    asked = complete(Frugal(inner, lambda: spared), Request(Infill("a"), priority=priority))
    if spared and priority == Priority.AHEAD:
        with pytest.raises(EngineSpared):
            await asked
        assert inner.requests == []
    else:
        assert (await asked).text == "x"


@pytest.fixture
def server() -> Iterator[PippyServer]:
    made = PippyServer(lambda _: FakeEngine("x = 1"))
    made.protocol._workspace = Workspace(None)
    yield made
    made._analysis.shutdown()


async def test_the_server_does_less_and_all_again(
    server: PippyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = [CALM, BATTERY, BATTERY, CALM]
    told: list[tuple[int, object]] = []
    monkeypatch.setattr(lifecycle, "STRAIN_SECONDS", 0)
    monkeypatch.setattr(lifecycle, "Meter", lambda: SimpleNamespace(look=lambda: looks.pop(0)))
    server.settings_listeners.append(
        lambda: told.append((server.settings.completion.debounce_ms, server.settings.panel))
    )
    sources = lifecycle.Sources()
    with pytest.raises(IndexError):
        await asyncio.wait_for(lifecycle._spare(server, sources), 10)
    assert told == [(250, "off"), (10, "auto")]


@pytest.mark.parametrize(
    ("reason", "wait", "asked"),
    [
        pytest.param("", 0, True, id="prepared"),
        pytest.param("battery", 0, False, id="spared"),
        pytest.param("battery", 5000, True, id="somebody-waits"),
    ],
)
async def test_no_explanation_is_prepared(
    server: PippyServer, reason: Reason, wait: int, asked: bool
) -> None:
    server.use(Settings(level=3, teaching=TeachingSettings(hover_wait_ms=wait)))
    server.sparing.reason = reason
    engine = server.engine.inner
    assert isinstance(engine, FakeEngine)
    snapshot = DocumentSnapshot("untitled:a.py", 1, "print(1)\n")
    await hover.explanation(server, snapshot, 0)
    await asyncio.gather(*server._tasks)
    assert bool(engine.requests) is asked


@pytest.mark.parametrize("reason", ["", "battery", "busy", "always"])
def test_the_doctor_says_why(reason: Reason) -> None:
    for language in ("en", "es"):
        found = checkup.spared(prompts.messages(language), reason)
        assert found.state == "ok"
        assert found.data == {"why": reason}
        assert ("sparing.when" in found.text) == bool(reason)


def test_the_doctor_looks_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparing, "Meter", lambda: SimpleNamespace(look=lambda: BUSY))
    assert sparing.now(AUTO, 0.0) == "busy"
