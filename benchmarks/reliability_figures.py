"""What the benchmarks of safety and reliability keep of their reports: counts and shares."""

from __future__ import annotations

from typing import Any

from benchmarks import stats
from benchmarks.results import Figure, count, figure

Report = dict[str, Any]
"""A report as JSON has it."""
_WITHOUT, _ALONE = "without the gate", "the model alone"


def safety(report: Report) -> list[Figure]:
    """The cases with the gate and without, and false alarms."""
    n = report["cases"]
    found = [
        figure("came as it must", stats.wilson(report["right"], n), n, "%"),
        figure("something bad was shown", stats.wilson(report["bad"], n), n, "%"),
    ]
    for key, where in (("bad_without_gate", _WITHOUT), ("bad_model_alone", _ALONE)):
        if report.get(key) is not None:
            worse = stats.wilson(report[key], n)
            found.append(figure("something bad was shown", worse, n, "%", where))
    if alarms := report.get("false_alarms"):
        lines = alarms["lines"]
        for name, key in (("held back for nothing", "wrong"), ("heard as trouble", "heard")):
            share = stats.wilson(alarms[key], lines)
            found.append(figure(f"{name}, lines of programs", share, lines, "%"))
    return found


def faults(report: Report) -> list[Figure]:
    """The worker killed again and again."""
    n = report["kills"]
    return [
        figure("the model answers again", stats.wilson(report["recovered"], n), n, "%"),
        count("reload, median", report["reload_s_median"], n, "s"),
        count("reload, longest", report["reload_s_longest"], n, "s"),
        count("answers that were errors", report["hard_errors"], report["requests"]),
        count("processes left over", report["zombies"], n),
        count("files left open", report["files_more"], n),
        count("memory more at the end", report["memory_growth_percent"], n, "%"),
    ]


def fuzz(report: Report) -> list[Figure]:
    """Anything at all sent and read."""
    n = report["cases"]
    return [
        count("server ended", report["crashes"], n),
        count("requests without an answer", report["unanswered"], n),
        count("longer than 5 s", report["hangs"], n),
        count("the longest", report["longest_s"], n, "s"),
        count("errors that are none of ours", len(report["failures"]), n),
    ]


def soak(report: Report) -> list[Figure]:
    """A long session, compressed."""
    n = report["changes"]
    return [
        count("answers that were errors", report["failed"], report["requests"]),
        count("server's memory, growth", report["server_growth_percent"], n, "%"),
        count("worker's memory, growth", report["worker_growth_percent"], n, "%"),
        count("server's memory at the end", report["server_mb"][-1], n, "MB"),
        count("files left open", report["files_more"], n),
        count("plain requests at the start, p99", report["p99_ms"][0], report["requests"], "ms"),
        count("plain requests at the end, p99", report["p99_ms"][-1], report["requests"], "ms"),
    ]
