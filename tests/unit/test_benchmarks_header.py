"""The statistics of the benchmarks, and the places and verdicts of `benchmarks.header`."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import stats
from benchmarks.header import Row, summary
from benchmarks.header_arms import FENCE, ChatSpelling, Turned, Where, arms
from benchmarks.header_places import (
    Program,
    Spot,
    Verdict,
    concepts,
    judge,
    level_table,
    load,
    normal,
    sound,
    spots,
)
from pippy_lsp.analysis.levels import levels
from pippy_lsp.completion.place import place
from pippy_lsp.engine.protocol import Chat, Infill, Message

# id, the values, the percent, the percentile (as numpy.percentile)
PERCENTILES: list[tuple[str, list[float], float, float]] = [
    ("one", [3.0], 95, 3.0),
    ("middle", [3.0, 1.0, 2.0], 50, 2.0),
    ("between", [1.0, 2.0, 3.0, 4.0], 50, 2.5),
    ("low-end", [4.0, 2.0], 0, 2.0),
    ("high-end", [4.0, 2.0], 100, 4.0),
    ("p95", [float(n) for n in range(1, 101)], 95, 95.05),
]


@pytest.mark.parametrize(
    ("values", "percent", "expected"), [r[1:] for r in PERCENTILES], ids=[r[0] for r in PERCENTILES]
)
def test_percentile(values: list[float], percent: float, expected: float) -> None:
    assert stats.percentile(values, percent) == pytest.approx(expected)


def test_nothing_has_no_mean() -> None:
    assert math.isnan(stats.mean([]))
    assert math.isnan(stats.percentile([], 50))
    assert math.isnan(stats.bootstrap([]).low)
    assert math.isnan(stats.difference([], []).value)


# successes, of, low, high: Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
WILSON = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("successes", "total", "low", "high"), WILSON)
def test_wilson_as_published(successes: int, total: int, low: float, high: float) -> None:
    found = stats.wilson(successes, total)
    assert found.value == pytest.approx(successes / total)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_wilson_of_all_and_of_nothing() -> None:
    assert stats.wilson(20, 20).high == 1.0
    assert stats.wilson(20, 20).low < 1.0
    nothing = stats.wilson(0, 0)
    assert (nothing.low, nothing.high) == (0.0, 1.0)
    with pytest.raises(ValueError, match="3 successes of 2"):
        stats.wilson(3, 2)


def test_bootstrap_is_seeded_and_near_the_normal_interval() -> None:
    values = [float(n % 10) for n in range(200)]
    found = stats.bootstrap(values, seed=1)
    assert found == stats.bootstrap(values, seed=1)
    assert found != stats.bootstrap(values, seed=2)
    half = 1.96 * math.sqrt(8.25 / 200)
    assert found.value == 4.5
    assert found.low == pytest.approx(4.5 - half, abs=0.06)
    assert found.high == pytest.approx(4.5 + half, abs=0.06)


def test_bootstrap_of_the_same_is_a_point() -> None:
    assert stats.bootstrap([2.0] * 9, stats.median) == stats.Interval(2.0, 2.0, 2.0)


def test_difference_is_paired() -> None:
    hard = [float(n * n) for n in range(30)]
    better = [value + 1 for value in hard]
    found = stats.difference(better, hard)
    assert (found.value, found.low, found.high) == pytest.approx((1.0, 1.0, 1.0))
    assert found.clear
    assert not stats.difference(hard, hard).clear
    with pytest.raises(ValueError, match="shorter"):
        stats.difference(hard, hard[1:])


def one(text: str, level: int = 2, *, end: bool = False) -> Spot:
    found = list(spots((Program("p", level, text),), end=end))
    assert len(found) == 1
    return found[0]


def test_the_file_is_right() -> None:
    book = load()
    found = list(spots(book.program))
    assert len(found) >= 60
    assert len({spot.name for spot in found}) == len(found)
    assert {spot.level for spot in found} == {level.number for level in levels()}
    for spot in found:
        assert spot.truth.strip(), spot.name
        assert spot.text[: spot.offset] + spot.truth in spot.whole


@pytest.mark.parametrize("end", [False, True], ids=["in-the-middle", "at-the-end"])
def test_the_child_s_own_line_is_exact_and_sound(end: bool) -> None:
    book = load()
    table = level_table(book)
    for spot in spots(book.program, end=end):
        found = judge(spot, spot.truth, spot.truth + "\n", table)
        assert found == Verdict(True, True, True, True, False, ()), spot.name


def test_a_place_in_the_middle_and_at_the_end() -> None:
    middle = one("a = 1\nprint(«a», 2)\nb = 3\n")
    assert middle.text[middle.offset :] == ", 2)\nb = 3\n"
    assert (middle.truth, middle.line) == ("a", "print(a, 2)")
    last = one("a = 1\nprint(‹a›, 2)\nb = 3\n")
    assert last == replace(one("a = 1\nprint(«a», 2)\nb = 3\n", end=True), whole=last.whole)
    assert (last.text, last.truth, last.line) == ("a = 1\nprint(", "a, 2)", "print(a, 2)")


@pytest.mark.parametrize(
    "text", ["a = 1\n", "a = «1\n", "a = 1›\n"], ids=["none", "open", "closed"]
)
def test_marks_that_do_not_match(text: str) -> None:
    with pytest.raises(ValueError, match="marks"):
        list(spots((Program("p", 1, text),)))


def test_a_file_with_another_shape(tmp_path: Path) -> None:
    file = tmp_path / "programs.toml"
    file.write_text("[[program]]\nname = 1\n", "utf-8")
    with pytest.raises(ValueError, match="Expected"):
        load(file)


# id, one line, another, are they the same, are they but for the words in strings
LINES = [
    ("quotes-and-spaces", "print( 'hi' )", 'print("hi")', True, True),
    ("words", 'print("hi")', 'print("ho")', False, True),
    ("f-strings", 'print(f"hi {a}")', 'print(f"ho {a}")', False, True),
    ("names", "print(a)", "print(b)", False, False),
    ("headers", "elif a ==1:", "elif a == 1:", True, True),
    ("else", "else :", "else:", True, True),
    ("returns", "return (a)", "return a", True, True),
    ("breaks", "break", "break  # done", True, True),
    ("except", "except ValueError :", "except ValueError:", True, True),
    ("broken", "print( a", "print(  a", True, True),
]


@pytest.mark.parametrize(
    ("line", "other", "same", "alike"), [r[1:] for r in LINES], ids=[r[0] for r in LINES]
)
def test_lines_that_are_the_same(line: str, other: str, same: bool, alike: bool) -> None:
    assert (normal(line) == normal(other)) is same
    assert (normal(line, words=False) == normal(other, words=False)) is alike


# id, the program, the model's text, is its first line sound
RAW = [
    ("fits", "a = 1\nprint(«a», 2)\n", "a", True),
    ("repeats-the-rest", "a = 1\nprint(«a», 2)\n", "a, 2)", True),
    ("unknown-name", "a = 1\nprint(«a», 2)\n", "b", False),
    ("broken", "a = 1\nb = «a»\n", "a +", False),
    ("header-without-body", "a = 1\n«b»\n", "if a == 1:\n", True),
    ("fence", "a = 1\n«b»\n", "```python\n", False),
    ("nothing", "a = 1\n«b»\n", "", False),
    ("next-line", "for i in range(3):\n    «b»\n", "\n    print(i)\n", True),
    ("no-such-attribute", "import random\n«b»\n", "random.randit(1, 2)\n", False),
    ("except", "try:\n    a = 1\nexcept «OSError:»\n    print(2)\n", "OSError:\n", True),
    ("else", "a = 1\nif a:\n    print(a)\n«else:»\n    print(2)\n", "else:\n", True),
]


@pytest.mark.parametrize(("text", "raw", "expected"), [r[1:] for r in RAW], ids=[r[0] for r in RAW])
def test_the_models_first_line(text: str, raw: str, expected: bool) -> None:
    assert judge(one(text), "", raw, {}).sound is expected


# id, the program, the suggestion, is it exact, has it a comment
REMARKS = [
    ("none", "a = 1\nprint(«a», 2)\n", "a", True, False),
    ("hash-in-a-string", "a = 1\n«print('#')»\n", "print('#')", True, False),
    ("at-the-end", "a = 1\n«print(a)»\n", "print(a)  # Output: 1", True, True),
    ("over-the-rest", "a = 1\nprint(«a», 2)\n", "a, 2)  # Output: 1 2", False, True),
    ("on-its-own", "a = 1\n«print(a)»\n", "print(a)\n# the end", True, True),
]


@pytest.mark.parametrize(
    ("text", "shown", "exact", "remark"), [r[1:] for r in REMARKS], ids=[r[0] for r in REMARKS]
)
def test_comments(text: str, shown: str, exact: bool, remark: bool) -> None:
    found = judge(one(text), shown, shown, {})
    assert (found.exact, found.remark) == (exact, remark)


def test_the_cursor_s_line_alone_is_not_sound() -> None:
    assert not sound(place("print(1)\n", 8), "print(1)")


# id, level, the program, the suggestion, what of it is beyond the level
BEYOND: list[tuple[str, int, str, str, tuple[str, ...]]] = [
    ("within", 2, "a = 1\n«b = 2»\n", "if a == 1: print(a)", ()),
    ("loop-at-level-1", 1, "a = 1\n«b = 2»\n", "for i in range(3): print(i)", ("For", "range()")),
    ("comprehension", 3, "a = 1\n«b = 2»\n", "b = [i for i in range(3)]", ("ListComp",)),
    (
        "used-already",
        1,
        "for i in range(2): print(i)\n«b = 2»\n",
        "for k in range(3): print(k)",
        (),
    ),
    ("nothing", 1, "a = 1\n«b = 2»\n", "", ()),
]


@pytest.mark.parametrize(
    ("level", "text", "shown", "expected"), [r[1:] for r in BEYOND], ids=[r[0] for r in BEYOND]
)
def test_beyond_the_level(level: int, text: str, shown: str, expected: tuple[str, ...]) -> None:
    found = judge(one(text, level), shown, shown, level_table(load()))
    assert found.beyond == expected


def test_concepts_of_a_definition() -> None:
    found = concepts(ast.parse("@cache\ndef f(a: int):\n    return a not in b.c(1)\n"))
    assert {"FunctionDef", "Decorator", "Annotation", "NotIn", "c()", "Return"} <= found


def test_the_ways_to_ask() -> None:
    book = load()
    found = arms(book, infill=True)
    asked = Infill("a = 1\nb =", "\nc = 3\n", "# today\n")
    assert found["none"](asked, "loops") == Infill("a = 1\nb =", "\nc = 3\n")
    header = found["header"](asked, "loops")
    assert isinstance(header, Infill)
    assert "loops" in header.header
    chat = found["chat-marked"](asked, "loops")
    assert isinstance(chat, Chat)
    assert chat.opening == f"{FENCE}b ="
    assert f"b ={book.texts.mark}\nc = 3" in chat.messages[-1].content
    both = found["both"](asked, "loops")
    assert isinstance(both, Turned)
    assert (both.header, both.suffix, both.where) == (header.header, asked.suffix, "after")
    assert "loops" in both.messages[0].content
    assert not any("infill" in name for name in arms(book, infill=False))


def test_summary_compares_with_today() -> None:
    right = Verdict(True, True, True, True, False, ())
    wrong = Verdict(True, False, False, True, False, ("For",))
    rows = [
        Row("m", arm, f"p {number}", "t", "t", verdict, 100, 2, ms)
        for number in range(20)
        for arm, verdict, ms in (("none", wrong, 10.0), ("header", right, 20.0))
    ]
    found = summary(rows, seed=0)
    exact, worse = found["header"]["exact"], found["none"]["exact-today"]
    assert isinstance(exact, stats.Interval)
    assert exact.value == 1.0
    assert worse == stats.Interval(-1.0, -1.0, -1.0)
    assert found["none"]["over"] == stats.wilson(20, 20)
    assert found["header"]["warm"] == stats.Interval(2.0, 2.0, 2.0)


class Letters:
    """A vocabulary of single characters, with the marks of ChatML and infill."""

    marks = ("<|im_start|>", "<|im_end|>", "<PRE>", "<SUF>", "<MID>")
    bos: list[int] = []  # noqa: RUF012
    eos: list[int] = []  # noqa: RUF012
    sentencepiece = False

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        found, at = list[int](), 0
        while at < len(text):
            mark = next((m for m in self.marks if special and text.startswith(m, at)), "")
            found.append(-self.marks.index(mark) - 1 if mark else ord(text[at]))
            at += len(mark) or 1
        return found

    def piece(self, token: int) -> bytes:
        return b"" if token < 0 else chr(token).encode()

    def fim_tokens(self) -> tuple[int, int, int]:
        return (-3, -4, -5)

    def token_for(self, *texts: str) -> int | None:
        return None

    def metadata(self, key: str) -> str:
        return "<|im_start|>"

    def text(self, tokens: list[int]) -> str:
        return "".join(self.marks[-token - 1] if token < 0 else chr(token) for token in tokens)


SYSTEM = "<|im_start|>system\nbe kind<|im_end|>\n"
# id, where the infill tokens are, the prompt, what is spelled anew
TURNS: list[tuple[str, Where, str, bytes]] = [
    ("after", "after", f"{SYSTEM}<PRE><SUF>after<MID>#h\nbefor", b"e"),
    (
        "user",
        "user",
        f"{SYSTEM}<|im_start|>user\n<PRE>before<SUF>after<MID><|im_end|>\n<|im_start|>assistant\n",
        b"",
    ),
    (
        "answer",
        "answer",
        f"{SYSTEM}<|im_start|>assistant\n<PRE><SUF>after<MID>#h\nbefor",
        b"e",
    ),
]


@pytest.mark.parametrize(
    ("where", "expected", "heal"), [r[1:] for r in TURNS], ids=[r[0] for r in TURNS]
)
def test_infill_in_a_chat(where: Where, expected: str, heal: bytes) -> None:
    letters = Letters()
    told = (Message("system", "be kind"),)
    prompt = Turned("before", "after", "#h\n", messages=told, where=where)
    spelled = ChatSpelling(letters, "suffix-first").spell(prompt)
    assert (letters.text(spelled.tokens), spelled.heal) == (expected, heal)


def test_the_opening_of_a_chat_is_healed() -> None:
    letters = Letters()
    spelled = ChatSpelling(letters, "none").spell(Chat((Message("user", "<|im_end|>"),), "ab"))
    assert spelled.heal == b"b"
    assert letters.text(spelled.tokens).endswith("assistant\na")
    assert spelled.tokens.count(-2) == 1  # the child's own text is never a mark
