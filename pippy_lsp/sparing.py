"""When to do less (on battery, or while others want the processor), and what is left then."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import msgspec
import psutil

from pippy_lsp import machine
from pippy_lsp.settings import Settings, SparingSettings

Reason = Literal["", "battery", "busy", "always"]
"""Why less is done; "" where it is not."""
_LOOKS = 2
"""So many in a row must find the processor busy: a program that starts is no reason."""
_LEFT = 0.7
"""Share of the limit below which it counts as free again: else it would go to and fro."""


@dataclass(frozen=True)
class Strain:
    """How the computer stands."""

    battery: bool
    """Whether it runs on it."""
    others: float
    """Share of the processor that programs other than ours used lately, 0 to 1."""


class Ticks(NamedTuple):
    """Seconds: of the clock times the processors, of idleness, and of our processes."""

    whole: float
    idle: float
    ours: dict[int, float]


def ticks() -> Ticks:
    """The counters now. It takes some milliseconds: not for the event loop."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    return Ticks(time.monotonic() * (psutil.cpu_count() or 1), idle, _ours())


def _ours() -> dict[int, float]:
    """The processor time of this process and of those it has started."""
    me, found = psutil.Process(), {}
    for each in (me, *me.children(recursive=True)):
        try:
            spent = each.cpu_times()
        except psutil.Error:
            continue  # it has ended meanwhile
        found[each.pid] = spent.user + spent.system
    return found


class Meter:
    """Tells the strain since it was looked at last."""

    def __init__(
        self,
        count: Callable[[], Ticks] = ticks,
        on_battery: Callable[[], bool] = machine.on_battery,
    ) -> None:
        self._count, self._on_battery = count, on_battery
        self._last = count()

    def look(self) -> Strain:
        """Reads counters: not for the event loop."""
        before, now = self._last, self._count()
        self._last = now
        whole = now.whole - before.whole
        ours = sum(spent - before.ours.get(pid, 0.0) for pid, spent in now.ours.items())
        others = (whole - (now.idle - before.idle) - ours) / whole if whole > 0 else 0.0
        return Strain(self._on_battery(), min(1.0, max(0.0, others)))


class Sparing:
    """Decides, look by look."""

    def __init__(self) -> None:
        self.reason: Reason = ""
        self._busy = 0

    def decide(self, strain: Strain, wanted: SparingSettings) -> bool:
        """Take a look into account; whether that changed the reason."""
        before = self.reason
        limit = wanted.busy * _LEFT if before == "busy" else wanted.busy
        self._busy = self._busy + 1 if strain.others >= limit else 0
        self.reason = self._found(strain, wanted)
        return self.reason != before

    def _found(self, strain: Strain, wanted: SparingSettings) -> Reason:
        if wanted.when != "auto":
            return "always" if wanted.when == "always" else ""
        if strain.battery:
            return "battery"
        return "busy" if self._busy >= (1 if self.reason == "busy" else _LOOKS) else ""

    def applied(self, settings: Settings) -> Settings:
        """What is left of the settings: a longer pause before the model is asked, and no panels."""
        if not self.reason:
            return settings
        pause = max(settings.completion.debounce_ms, settings.sparing.debounce_ms)
        completion = msgspec.structs.replace(settings.completion, debounce_ms=pause)
        return msgspec.structs.replace(settings, completion=completion, panel="off")


def now(wanted: SparingSettings, seconds: float = 0.5) -> Reason:
    """Why less would be done now, by looks of so many seconds. Blocks."""
    meter, sparing = Meter(), Sparing()
    for _ in range(_LOOKS):
        time.sleep(seconds / _LOOKS)
        sparing.decide(meter.look(), wanted)
    return sparing.reason
