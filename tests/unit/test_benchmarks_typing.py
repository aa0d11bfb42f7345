"""The typing benchmark: its traces, the peer's rules and its figures."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from benchmarks import machine_bound, typing_figures, typing_profile
from benchmarks import typing as command
from benchmarks.llama_vim import Buffer, LlamaVim
from benchmarks.replay import Answer, Line, Spent, Stroke, agreed, judged
from benchmarks.session import Session, _inserted
from benchmarks.traces import Key, Section, data_folder, programs, trace
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import UsageError
from tests import ggufs

PROGRAM = '''"""A game."""

import random

secret = random.randint(1, 10)
tries = 0


def ask(prompt):
    """Ask for a number."""
    while True:
        text = input(prompt)

        if text.isdigit():
            return int(text)
        print(
            'That is no number',
            text,
        )


while True:
    guess = ask('Guess: ')
    tries = tries + 1
    if guess == secret:
        print('Yes, after', tries)
        break
    print('No')
'''
SOURCES = {"game": PROGRAM}


def sections(seed: int, keys: int = 2000) -> list[Section]:
    # the last one is cut where the keys are spent
    return trace(SOURCES, keys, seed)[:-1]


# --- traces ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_what_is_typed_is_the_program(seed: int) -> None:
    for section in sections(seed):
        document = section.document
        for key in section.keys:
            document = key.press(document)
        assert document.startswith(section.before)
        assert document.endswith(section.after)
        if section.after:
            assert document == PROGRAM
        else:
            assert PROGRAM.startswith(document)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_ahead_is_what_comes(seed: int) -> None:
    for section in sections(seed):
        document = section.document
        stages = []
        for key in section.keys:
            document = key.press(document)
            stages.append(document)
        for key in section.keys:
            last = max(n for n, each in enumerate(section.keys) if each.part == key.part)
            if key.ahead and section.keys[last].kind != "move":
                coming = stages[last][key.cursor : key.cursor + len(key.ahead)]
                assert coming == key.ahead


def test_a_trace_has_all_that_a_child_does() -> None:
    kinds = {key.kind for section in sections(1) for key in section.keys}
    assert kinds == {"letter", "enter", "tab", "backspace", "slip", "move"}


def test_the_same_seed_gives_the_same_trace() -> None:
    assert trace(SOURCES, 300, 5) == trace(SOURCES, 300, 5)
    assert trace(SOURCES, 300, 5) != trace(SOURCES, 300, 6)


@pytest.mark.parametrize("keys", [1, 77, 500])
def test_a_trace_has_as_many_keys_as_asked(keys: int) -> None:
    assert sum(len(section.keys) for section in trace(SOURCES, keys, 2)) == keys


def test_the_rhythm_is_that_of_a_child() -> None:
    waits = [key.wait for section in sections(3) for key in section.keys]
    assert 0.15 <= sorted(waits)[len(waits) // 2] <= 0.4
    assert max(waits) >= 1


def test_missing_data_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder kid-programs in"):
        data_folder(str(tmp_path))


def test_data_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kid-programs").mkdir()
    (tmp_path / "kid-programs" / "game.py").write_text(PROGRAM, "utf-8")
    monkeypatch.setenv("PIPPY_BENCH_DATA", str(tmp_path))
    assert programs(data_folder(None)) == SOURCES


def test_nothing_to_type_is_said() -> None:
    with pytest.raises(UsageError, match="nothing to type"):
        trace({"short": "x = 1\n"}, 10, 1)


# --- what a suggestion is worth ------------------------------------------------------------------

# id, the suggestion, what is typed next, how much of that it is
AGREED = r"""
the-line            nt(x)               nt(x)\ny=1             5
not-the-line        nt(y)               nt(x)\ny=1             0
only-its-start      nt(                 nt(x)\ny=1             0
two-lines           nt(x)\ny=1          nt(x)\ny=1             9
one-of-two          nt(x)\ny=2          nt(x)\ny=1             5
one-below           \n··go()            \n··go()\n             7
only-a-new-line     \n                  \n··go()               0
nothing             -                   nt(x)                  0
a-slip-stands       nt(x)               -                      0
"""


def plain(text: str) -> str:
    """The text of a table's cell."""
    return "" if text == "-" else text.replace("\\n", "\n").replace("·", " ")


@pytest.mark.parametrize(
    ("suggestion", "ahead", "expected"),
    [pytest.param(*row.split()[1:], id=row.split()[0]) for row in AGREED.strip().split("\n")],
)
def test_agreed(suggestion: str, ahead: str, expected: str) -> None:
    assert agreed(plain(suggestion), plain(ahead)) == int(expected)


def strokes(word: str, shown: dict[int, str], ms: float = 50.0) -> list[Stroke]:
    """The word typed letter by letter, one each 200 ms; `shown` by the number of the letter."""
    found = []
    for n, letter in enumerate(word):
        key = Key("letter", 0.2, n, n, letter, 1, 0, n + 1, word[n + 1 :])
        text = shown.get(n)
        answer = None if text is None else Answer(0.0, text)
        found.append(Stroke(key, 0.0, 0.2, word[: n + 1], answer, ms if text else None))
    return found


def test_a_right_suggestion_saves_its_keys_less_one() -> None:
    found = judged(strokes("print(x)", {1: "int(x)", 3: "nt(y)"}))
    assert [stroke.saved for stroke in found] == [0, 5, 0, 0, 0, 0, 0, 0]


def test_the_rest_of_a_suggestion_is_no_new_one() -> None:
    found = judged(strokes("print(x)", {1: "int(x)", 2: "nt(y)", 4: "(", 5: "x"}))
    along = [stroke.key.start for stroke in found if stroke.along]
    # the last ones had nothing left of it
    assert along == [2, 3]


def test_a_wait_runs_until_something_is_shown() -> None:
    found = judged(strokes("print", {2: "nt()", 3: "t()"}))
    assert [round(stroke.wait_ms) for stroke in found] == [450, 250, 50, 50, 200]


# --- figures -------------------------------------------------------------------------------------


def lines(ms: float, cpu: float) -> list[Line]:
    one = judged(strokes("print(x)", {1: "int(x)", 2: "nt(x)"}, ms))
    return [Line("game", one, cpu, Spent(16, 8)) for _ in range(4)]


def test_rows_of_both() -> None:
    rows = {row.name: row for row in typing_figures.rows(lines(50, 0.2), lines(200, 0.8))}
    new = rows["new suggestion, p50 ms"]
    assert (new.ours.value, new.peer.value, new.ratio.value) == (50, 200, 0.25)
    assert (new.ratio.low, new.ratio.high) == (0.25, 0.25)
    assert rows["CPU s per 100 keystrokes"].ours.value == pytest.approx(2.5)
    assert rows["prompt tokens a keystroke"].ours.value == 2
    assert rows["generated tokens a keystroke"].ours.value == 1
    assert rows["keystrokes shown something"].ours.value == 0.25
    assert rows["keystrokes saved per 100"].ours.value == pytest.approx(100 * 5 / 8)
    assert math.isnan(rows["pause >= 300 ms: in 120 ms"].ours.value)


def test_rows_without_the_peer_and_without_counters() -> None:
    mine = [Line("game", strokes("print", {}), 0.1, None)]
    rows = {row.name: row for row in typing_figures.rows(mine, None)}
    assert math.isnan(rows["new suggestion, p50 ms"].ours.value)
    assert math.isnan(rows["prompt tokens a keystroke"].ours.value)
    assert math.isnan(rows["CPU s per 100 keystrokes"].ratio.value)
    assert "nan" not in command.table(list(rows.values()))


def test_the_profile_tells_what_was_slow_and_what_was_waited_for() -> None:
    slow = judged(strokes("print(someone)", {9: "ne)", 11: ""}, 250))
    said = typing_profile.profile([Line("game", slow, 0.1)])
    assert "    250  letter              'print(some' -> 'ne)'" in said
    assert "   2050  9 keys (0 told there is nothing) from 'p' to" in said.replace("2049", "2050")


def test_the_bound_is_told() -> None:
    machine = machine_bound.Machine(2, 40e9, 250e9)
    weights = machine_bound.Weights(400_000_000, 360_000_000)
    found = machine_bound.Bound(machine, weights, 10.0, 2.88, 0.01, 0.0057)
    said = command.bound_text(found, lines(50, 0.2))
    assert "at least 10.0 ms" in said
    # a step for the prompt and two for "int(x)" are 30 ms, 16.7 for "nt(x)" is typed along
    assert "took 1.7 times" in said


def test_the_weights_of_a_model(tmp_path: Path) -> None:
    block = ("blk.0.attn_q.weight", (64, 4), ggufs.F32, 1056)
    file = tmp_path / "small.gguf"
    file.write_bytes(ggufs.header(tensors=[*ggufs.TENSORS, block]) + bytes(4096))
    # the embedding is a table, of which a token reads one row
    assert machine_bound.weights(file) == machine_bound.Weights(288 + 1024, 256)
    file.write_bytes(ggufs.header(tensors=[ggufs.TENSORS[0], block]) + bytes(4096))
    # where the output is the same table, all of it is read
    assert machine_bound.weights(file) == machine_bound.Weights(768 + 1024, 256)


def test_wrong_options_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--keys", "0"]) == 1
    assert "--keys" in capsys.readouterr().err


# --- our side ------------------------------------------------------------------------------------

# id, the text of the item, where its range starts (the cursor is at 4), what it inserts
ITEMS = """
at-the-cursor       nt(x)      4   nt(x)
with-what-is-typed  prinnt(x)  0   nt(x)
that-changes-it     PRINT(x)   0   -
"""


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [pytest.param(*row.split()[1:], id=row.split()[0]) for row in ITEMS.strip().split("\n")],
)
def test_inserted(text: str, start: str, expected: str) -> None:
    document = DocumentSnapshot("untitled:a", 1, "prin")
    item = types.InlineCompletionItem(text, range=document.range(int(start), 4))
    assert _inserted(item, document, 4) == plain(expected)


class Client:
    """Stands for pygls' client: keeps what was sent."""

    def __init__(self) -> None:
        self.protocol = self
        self.sent: list[str] = []
        self.asked: dict[str, Future[Any]] = {}

    def text_document_did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self.sent.append("open")

    def text_document_did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        change = params.content_changes[0]
        assert isinstance(change, types.TextDocumentContentChangePartial)
        self.sent.append(f"change {change.range.start.character} {change.text}")

    def cancel_request(self, params: types.CancelParams) -> None:
        self.sent.append(f"cancel {params.id}")

    def send_request(self, method: str, params: Any, msg_id: str = "") -> Future[Any]:
        self.sent.append(f"{method.rpartition('/')[2]} {msg_id}".strip())
        return self.asked.setdefault(msg_id, Future())


async def test_each_key_takes_the_request_before_back(tmp_path: Path) -> None:
    client = Client()
    side = Session(cast("LanguageClient", client), tmp_path)
    a, b = strokes("ab", {})
    move = Key("move", 1.0, 0, 0, "", 1, 0, 0, "")
    await side.open(Section("game", "", "", (a.key, b.key, move)))
    side.press(0, a.key, "a")
    side.press(1, b.key, "ab")
    client.asked["ghost-1"].set_result(answer("late"))
    client.asked["ghost-2"].set_result(answer("c"))
    side.press(2, move, "ab")
    side.close()
    assert client.sent == [
        "open",
        "change 0 a",
        "inlineCompletion ghost-1",
        "change 1 b",
        "cancel ghost-1",
        "inlineCompletion ghost-2",
    ]
    assert {number: found.text for number, found in side.answers.items()} == {1: "c"}


async def test_a_resting_cursor_asks_for_actions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.session.REST_SECONDS", 0)
    client = Client()
    side = Session(cast("LanguageClient", client), tmp_path)
    await side.open(Section("game", "x = 1", "", ()))
    await asyncio.sleep(0.01)
    assert client.sent == ["open", "codeAction"]


def answer(text: str) -> types.InlineCompletionList:
    return types.InlineCompletionList([types.InlineCompletionItem(text)])


# --- llama.vim's rules ---------------------------------------------------------------------------


class Vim:
    """The plugin, with what it sent, what it put off and what it showed."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.waiting: list[Callable[[str], None]] = []
        self.later: list[tuple[float, Callable[[], None]]] = []
        self.shown: list[str] = []
        self.plugin = LlamaVim(self._send, self._later, self.shown.append)

    def _send(self, request: dict[str, Any], answered: Callable[[str], None]) -> None:
        self.sent.append(request)
        self.waiting.append(answered)

    def _later(self, seconds: float, work: Callable[[], None]) -> Callable[[], None]:
        entry = (seconds, work)
        self.later.append(entry)
        return lambda: self.later.remove(entry) if entry in self.later else None

    def type(self, text: str, after: str = "") -> None:
        self.plugin.moved(Buffer(text + after, len(text)))


def test_asks_for_the_text_around_the_cursor() -> None:
    vim = Vim()
    vim.type("import random\nx = ran", "\nprint(x)\n")
    request = vim.sent[0]
    assert request["input_prefix"] == "import random\n"
    assert request["prompt"] == "x = ran"
    assert request["input_suffix"] == "\nprint(x)\n\n"
    assert request["t_max_predict_ms"] == 250


def test_a_blank_line_is_asked_from_its_start() -> None:
    context = Buffer("if x:\n    \ny = 1", 10).context(4, 2, [], -1)
    assert (context.prefix, context.middle, context.suffix) == ("if x:\n", "", "\ny = 1\n")


def test_one_request_at_a_time() -> None:
    vim = Vim()
    vim.type("a")
    vim.type("ab")
    vim.type("abc")
    assert len(vim.sent) == 1
    assert [seconds for seconds, _ in vim.later] == [0.1]
    vim.waiting[0]("zzz")
    vim.later.pop()[1]()
    assert vim.sent[1]["prompt"] == "abc"


def test_typing_along_shows_the_rest_and_speculates() -> None:
    vim = Vim()
    vim.type("pri")
    vim.waiting[0]("nt(x)\nprint(y)\n")
    assert vim.shown == ["nt(x)\nprint(y)"]
    vim.type("prin")
    assert vim.shown[-1] == "t(x)\nprint(y)"
    # what would come after accepting it, with more time
    assert vim.sent[1]["prompt"] == "print(y)"
    assert vim.sent[1]["t_max_predict_ms"] == 1000


def test_what_is_in_the_cache_is_not_asked_again() -> None:
    vim = Vim()
    vim.type("pri")
    vim.waiting[0]("")
    vim.type("pri")
    assert len(vim.sent) == 1


def test_nothing_is_asked_with_much_text_to_the_right() -> None:
    vim = Vim()
    vim.type("x = ", "max(a, b, c)")
    assert vim.sent == []


# id, the text up to the cursor, the rest, the model's text, what accepting inserts
RENDERED = r"""
as-it-is             x=|\n             1                 1
repeats-the-rest     f(|)\n            )                 -
repeats-below        |\nx=1\n          x=1               -
keeps-what-differs   |\nx=1\n          x=2               x=2
own-indent-is-there  if·x:\n··|\n      ··y=1             y=1
only-white-space     x=1|\n            ··                -
"""


@pytest.mark.parametrize(
    ("document", "content", "expected"),
    [pytest.param(*row.split()[1:], id=row.split()[0]) for row in RENDERED.strip().split("\n")],
)
def test_rendered(document: str, content: str, expected: str) -> None:
    before, after = plain(document).split("|")
    inserted = Buffer(before + after, len(before)).rendered(plain(content))[1]
    assert inserted == plain(expected)
