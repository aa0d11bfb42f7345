"""The class of simulated children, at a server that does what a script says."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchmarks import classroom, classroom_paper, classroom_plot
from benchmarks.classroom import Child
from benchmarks.classroom_paper import GPUS, MODEL, Gpu, School
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
        await asked.words(Child(999).name if mixed else "turn")

    async with school(reply) as server:
        children = await classroom.run(server.url, 3, 1.5, 1)
    assert all(child.asked > 3 for child in children)
    assert sum(len(child.first_ms) for child in children) > 3
    assert any(child.strangers for child in children) == mixed
    assert not any(child.failed for child in children)
    shown = dict(classroom.rows(children, 1.5))
    assert shown["children"] == "3"
    assert "first token, p95" in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"print({Child(12).name})", False, id="own"),
        pytest.param(f"print({Child(12).name[:-2]}", False, id="cut-short"),
        pytest.param(f"print({Child(1).name})", True, id="anothers"),
        pytest.param("print(points_1)", False, id="made-up"),
    ],
)
def test_a_strangers_name(text: str, expected: bool) -> None:
    assert classroom.strange(text, Child(12).name) is expected


def test_a_class_that_got_nothing() -> None:
    assert dict(classroom.rows([Child(0), Child(1)], 1.0))["failed"] == "0"


# --- the picture and the paper ---------------------------------------------------------------


def test_the_picture_has_a_column_for_each_child_that_was_answered() -> None:
    found = classroom_plot.plot([[100, 300], [], [50, 60, 70]], "a class")
    tree = ET.fromstring(found)  # noqa: S314 - our own
    tags = [each.tag.rpartition("}")[2] for each in tree.iter()]
    assert tags.count("circle") == 4
    assert "400 ms" in found


def test_the_picture_of_nobody() -> None:
    assert "circle" not in classroom_plot.plot([[]], "a class")


SLOW = Gpu("slow", 24e9, 100e9, 10e12)


def test_a_step_is_no_shorter_than_reading_the_weights() -> None:
    for gpu in GPUS:
        found = classroom_paper.reckon(gpu, MODEL, School())
        assert found.step >= MODEL.weights / gpu.bandwidth
        assert found.answer == pytest.approx(found.step * 16)
        assert found.batch == pytest.approx(800 / found.servers * found.step), "Little's law"
        assert found.load <= 0.7


@pytest.mark.parametrize("pupils", [100, 1000, 10_000, 100_000])
def test_more_pupils_never_need_fewer_servers(pupils: int) -> None:
    few = classroom_paper.reckon(SLOW, MODEL, School(pupils=pupils))
    many = classroom_paper.reckon(SLOW, MODEL, School(pupils=2 * pupils))
    assert few.servers <= many.servers <= math.ceil(2 * few.servers)


def test_prompts_that_are_read_whole_cost_more() -> None:
    kept = classroom_paper.reckon(SLOW, MODEL, School())
    whole = classroom_paper.reckon(SLOW, MODEL, School(read=600))
    assert whole.load * whole.servers > 5 * kept.load * kept.servers


def test_a_gpu_that_is_too_small() -> None:
    assert not classroom_paper.reckon(replace(SLOW, memory=12e9), MODEL, School()).fits


def test_the_table_has_each_gpu_twice() -> None:
    assert classroom_paper.table(School()).row_count == 2 * len(GPUS)
