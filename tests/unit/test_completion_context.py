"""Windows that stay where they are while the child types."""

from __future__ import annotations

import time

import pytest

from pippy_lsp.completion.cache import Cache, Entry
from pippy_lsp.completion.context import Budget, Window, budget, cut
from pippy_lsp.completion.place import place
from pippy_lsp.completion.shape import Shape

LINES = "".join(f"value_{n} = something\n" for n in range(400))
SMALL = Budget(1000, 300)


def test_a_short_program_is_taken_whole() -> None:
    assert cut("a = 1\r\nb = 2\r\n", 7, SMALL) == Window("a = 1\n", "b = 2\n")


def test_typing_moves_neither_end() -> None:
    program = "import random\n" + LINES
    at = program.index("value_200")
    first = cut(program, at, SMALL)
    for typed in ("x", "x = ", "x = 1  # " + "long " * 20, "x = 1\ny", "x = 1\ny = 2\nz = 3\n"):
        window = cut(program[:at] + typed + program[at:], at + len(typed), SMALL)
        assert window == Window(first.prefix + typed, first.suffix)
    assert first.prefix.startswith("import random\nvalue_")
    assert len(first.prefix) <= SMALL.prefix + len("import random\n")
    assert len(first.suffix) <= SMALL.suffix
    assert first.suffix.endswith("\n")


def test_the_start_jumps_seldom() -> None:
    starts = set()
    for n in range(150, 250):
        at = LINES.index(f"value_{n} ")
        starts.add(cut(LINES, at, SMALL).prefix.split("\n")[0])
    assert len(starts) <= 5


def test_prefers_to_start_and_end_at_a_definition() -> None:
    parts = [f"def part{n}():\n" + "    print(1)\n" * 9 + "\n" for n in range(40)]
    program = "".join(parts)
    window = cut(program, program.index("def part20") + 30, SMALL)
    assert window.prefix.startswith("def part")
    assert program[program.index(window.suffix) + len(window.suffix) :].startswith("def part")


@pytest.mark.parametrize("text", ["x" * 9000, "x" * 9000 + "\n" + "y" * 9000, "\r" * 9000])
def test_very_long_lines(text: str) -> None:
    window = cut(text, 8000, SMALL)
    assert 0 < len(window.prefix) <= 1000
    assert len(window.suffix) <= 300


@pytest.mark.parametrize(
    ("context", "speed", "expected"),
    [
        (0, 0, Budget(3200, 800)),
        (4096, 0, Budget(3200, 800)),
        (512, 0, Budget(576, 192)),
        (100, 0, Budget(0, 0)),
        (4096, 250, Budget(3200, 800)),
        (4096, 120, Budget(1600, 400)),
        (4096, 19, Budget(400, 100)),
        (4096, 0.1, Budget(400, 100)),
    ],
)
def test_budget(context: int, speed: float, expected: Budget) -> None:
    assert budget(context, 256, speed) == expected


def test_reads_less_of_a_table_of_numbers() -> None:
    table = "".join(f"{n}, {n * 7}, {n * 13},\n" for n in range(1000, 1400))
    assert len(cut(table, len(table), SMALL).prefix) <= SMALL.prefix // 2


def test_place_of_carriage_returns() -> None:
    at = place("a\r\nbc\r\nd", 4)
    assert (at.above, at.head, at.tail, at.below) == (("a",), "b", "c", ("d",))
    at = place("a\rbc\rd", 3)
    assert (at.above, at.head, at.tail, at.below) == (("a",), "b", "c", ("d",))


def test_ten_thousand_lines_cost_little() -> None:
    text = ("def f(x):\r\n    return x + 1  # some words\r\n\r\n" * 3400).rstrip()
    middle = len(text) // 2
    started = time.perf_counter()
    for _ in range(10):
        cut(text, middle, Budget(3200, 800))
        _ = place(text, middle).lexical
    # 5 ms each is the aim; the test machine may be busy
    assert (time.perf_counter() - started) / 10 < 0.05


SHAPE = Shape(1, 1, "")


@pytest.mark.parametrize(
    ("prefix", "suffix", "rest"),
    [
        ("x = ", "\n", "random()"),
        ("x = ran", "\n", "dom()"),
        ("x = random(", ")\n", ")"),
        ("x = rum", "\n", None),
        ("x = random()", "\n", None),
        ("y = ran", "\n", None),
        ("x = ran", "\nz", None),
    ],
)
def test_cache(prefix: str, suffix: str, rest: str | None) -> None:
    cache = Cache()
    cache.put(Window("x = ", "\n"), 1, Entry("random()", SHAPE))
    found = cache.get(Window(prefix, suffix), 1)
    assert (found.rest if found else None) == rest
    assert cache.get(Window(prefix, suffix), 2) is None


def test_cache_forgets_the_oldest() -> None:
    cache = Cache(2)
    for text in "abc":
        cache.put(Window(text, ""), 1, Entry("x", SHAPE))
    assert [bool(cache.get(Window(text, ""), 1)) for text in "abc"] == [False, True, True]
