"""The benchmark of plain requests: its places, its ratios, its editor."""

from __future__ import annotations

import pytest

from benchmarks import requests, requests_places, stats
from benchmarks.requests_places import METHODS, Spot
from pippy_lsp.errors import UsageError

PROGRAM = "import random\ndice = random.randint(1, 6)\nprint(dice)\n"


def test_the_places_are_the_programs_own() -> None:
    found = requests_places.spots({"dice": PROGRAM})
    for spot in found:
        typed = spot.text[: spot.offset] + spot.typed + spot.text[spot.offset :]
        if spot.method == "hover":
            assert typed == PROGRAM
            assert typed[spot.offset].isidentifier()
        else:
            assert PROGRAM.startswith(typed[: spot.cursor])
            assert len(typed) < len(PROGRAM)
    dots = [spot for spot in found if spot.typed == "."]
    assert [(spot.text, spot.offset) for spot in dots] == [
        ("import random\ndice = random\nprint(dice)\n", PROGRAM.index("."))
    ]


def test_as_many_of_each_method_and_the_same_for_the_same_seed() -> None:
    found = requests_places.spots({"dice": PROGRAM})
    chosen = requests_places.subset(found, 3, 7)
    assert chosen == requests_places.subset(found, 3, 7)
    assert {method: sum(s.method == method for s in chosen) for method in METHODS} == {
        "completion": 3,
        "hover": 3,
    }


def test_a_program_that_can_not_be_read_has_the_places_before() -> None:
    found = requests_places.spots({"broken": 'name = 1\nprint("""'})
    assert {spot.offset for spot in found if spot.method == "hover"} >= {0}


@pytest.mark.parametrize(
    ("values", "others", "expected"),
    [([2.0] * 5, [1.0] * 5, 2.0), ([1.0, 3.0], [2.0, 6.0], 0.5)],
    ids=["constant", "scaled"],
)
def test_the_ratio_of_two_percentiles(
    values: list[float], others: list[float], expected: float
) -> None:
    found = stats.ratio(values, others, 50)
    assert found.value == pytest.approx(expected)
    assert found.low <= found.value <= found.high


class Asked:
    """Notes who was asked where."""

    def __init__(self, name: str, log: list[tuple[str, str]]) -> None:
        self._name, self._log = name, log

    async def ask(self, spot: Spot) -> tuple[float, bool]:
        self._log.append((self._name, spot.name))
        return float(len(self._log)), True


async def test_each_place_is_asked_of_both_in_changing_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requests, "THINK_SECONDS", 0.0)
    spots = [Spot(f"place {n}", "completion", "x", 0, "x") for n in range(24)]
    log: list[tuple[str, str]] = []
    askers = {name: Asked(name, log) for name in ("a", "b")}
    times = await requests.measure(askers, spots, 1, lambda: None)  # type: ignore[arg-type]
    pairs = [log[at : at + 2] for at in range(0, len(log), 2)]
    assert all(one[1] == two[1] and one[0] != two[0] for one, two in pairs)
    assert {one[0] for one, _ in pairs} == {"a", "b"}
    counted = len(spots) - requests.WARM_UP
    assert [len(times[name].ms["completion"]) for name in ("a", "b")] == [counted, counted]
    told = requests.figures({"quiet": {"pippy-lsp": times["a"], "another": times["b"]}}, 1)
    by_row = {(each.name, each.of): each for each in told}
    assert by_row["completion: says something", "another"].value == 100
    ratio = by_row["completion, p50", "ratio to another"]
    assert ratio.value == pytest.approx(1, abs=0.1)
    assert ratio.n == counted


def test_a_wrong_number() -> None:
    with pytest.raises(UsageError):
        requests.options(["--requests", "0"])
