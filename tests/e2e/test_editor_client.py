"""The client that Pippy and Thonny share, with a real server and the 0.5B; no screen."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest
from pippy_client import Session, Writer, asks
from pippy_client.explaining import Explaining

from tests.e2e.hands import Hands, Loop, session

pytestmark = pytest.mark.model

LOOP = 'animals = ["cat", "dog", "cow"]\nfor animal in animals:\n    '


@pytest.fixture(scope="module")
def hands() -> Iterator[Hands]:
    """An editor whose server is ready."""
    found = Hands(Loop())
    helper = session(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPPY_MODEL", "qwen2.5-coder-0.5b-instruct")
        helper.start()
    found.session = helper
    ready(found)
    yield found
    pid = helper.pid
    assert pid is not None
    helper.stop()
    assert not psutil.pid_exists(pid)
    assert helper.phase == "off"


def ready(hands: Hands) -> None:
    hands.loop.until(lambda: "is ready" in hands.session.sentence, "the model", 120)


def write(hands: Hands, text: str, name: str) -> Writer:
    """A new document with the text, the cursor at its end."""
    if hands.writer is not None:
        hands.writer.dismiss()  # as when an editor loses the focus
    hands.writer = None
    hands.put(text, len(text))
    document = hands.session.open(f"untitled:{name}.py", text)
    hands.writer = Writer(hands.session, document, hands)
    hands.painted, hands.flicker = None, 0
    return hands.writer


def ghost(hands: Hands) -> str:
    view = hands.loop.until(lambda: hands.painted, "ghost text")
    return "\n".join(view.lines)


def invoked(hands: Hands, writer: Writer) -> str:
    """Ghost text asked for by hand; once more where new settings or a new model were not there."""
    for _ in range(4):
        hands.painted = None
        writer.invoke()
        with suppress(AssertionError):
            hands.loop.until(lambda: hands.painted, "ghost text", 25)
            break
    return ghost(hands)


def test_typing_along_never_flickers(hands: Hands) -> None:
    writer = write(hands, LOOP[:-1], "along")
    hands.type(" ")
    wanted = ghost(hands)
    for typed in range(1, len(wanted)):
        hands.type(wanted[typed - 1])
        assert hands.painted is not None
        assert "\n".join(hands.painted.lines).startswith(wanted[typed])
        hands.loop.until(lambda: writer.document.text == hands.content, "the server's text")
    assert hands.flicker == 0


def test_takes_a_word_and_then_all_and_asks_for_more(hands: Hands) -> None:
    writer = write(hands, LOOP[:-1], "taken")
    hands.type(" ")
    wanted = ghost(hands)
    before: Any = figures(hands)
    assert writer.accept_word()
    assert len(hands.content) > len(LOOP)
    assert writer.accept()
    assert hands.content == LOOP + wanted
    assert hands.at == len(hands.content)
    now: Any = figures(hands)
    grown = {key: now[key] - before[key] for key in ("accepted", "partly")}
    assert grown == {"accepted": 1, "partly": 1}
    assert not writer.accept()


def figures(hands: Hands) -> Any:
    said: list[Any] = []
    hands.session.request("pippy/status", {}, said.append)
    hands.loop.until(lambda: said, "the status")
    return said[0]["suggestions"]


def test_escape_and_a_move_hide_it(hands: Hands) -> None:
    writer = write(hands, LOOP[:-1], "hidden")
    hands.type(" ")
    ghost(hands)
    assert writer.dismiss()
    assert hands.painted is None
    assert not writer.dismiss()
    writer.invoke()
    ghost(hands)
    hands.move(3)
    assert hands.painted is None


def test_an_explanation_grows(hands: Hands) -> None:
    writer = write(hands, "x = '😀'; y = 2\nfor i in range(3):\n    print(i)\n", "explained")
    steps: list[tuple[str, bool]] = []
    place = hands.content.index(":\n") + 1  # the line's end, where nothing is known

    def show(words: str, *, more: bool) -> None:
        steps.append((words, more))

    Explaining(hands.session, writer.document, place, place, show)
    hands.loop.until(lambda: steps and not steps[-1][1], "the model's words")
    assert "is a loop" in steps[0][0]
    assert "guess" in steps[-1][0]
    assert steps[-1][0].startswith(steps[0][0])


def test_an_action_is_made_in_the_text(hands: Hands) -> None:
    writer = write(hands, "score = 1\nprint(scroe)\n", "fixed")
    found: list[Any] = []
    place = hands.content.index("scroe")
    asks.actions(
        hands.session, writer.document, place, place, found.extend, found.append, ["quickfix"]
    )
    hands.loop.until(lambda: found, "actions")
    asks.run(hands.session, found[0], hands.said.append)
    hands.loop.until(lambda: "print(score)" in hands.content, "the fix")


def test_a_commands_page_is_shown(hands: Hands) -> None:
    shown = len(hands.pages)
    asks.execute(hands.session, {"command": "pippy.doctor"}, hands.said.append)
    hands.loop.until(lambda: len(hands.pages) > shown, "the doctor's page")
    assert hands.pages[-1].startswith("# ")


def test_an_error_of_a_run_is_explained_in_the_programs_own_line(hands: Hands) -> None:
    writer = write(hands, "scores = [4, 5, 6]\nprint(scores[3])\n", "failed")
    error = (
        'Traceback (most recent call last):\n  File "failed.py", line 4, in <module>\n'
        "    print(scores[3])\nIndexError: list index out of range\n"
    )
    found: list[Any] = []
    asks.explain_error(
        hands.session, error, lambda words, line: found.append((words, line)), writer.document, 2
    )
    hands.loop.until(lambda: found, "an explanation")
    ((words, line),) = found
    assert "`scores` has 3 things" in words
    assert line == 1


def test_off_is_off_and_on_again(hands: Hands) -> None:
    writer = write(hands, LOOP, "off")
    hands.session.configure(completion={"mode": "off"})
    writer.invoke()
    figures(hands)  # an answer that comes after the one that was asked for before
    assert hands.painted is None
    hands.session.configure(completion={"mode": "line"})
    assert "\n" not in invoked(hands, writer)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that kills")
def test_a_server_that_dies_is_started_again_with_the_documents(hands: Hands) -> None:
    writer = write(hands, LOOP, "dies")
    refused: list[str] = []
    pid = hands.session.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    asks.explain(hands.session, writer.document, 0, 0, refused.append, refused.append)
    hands.loop.until(lambda: refused, "an answer all the same")
    assert refused == [hands.session.words.say("no-answer")]
    hands.loop.until(lambda: hands.session.phase == "ready", "a new server")
    ready(hands)
    assert hands.session.pid != pid
    assert invoked(hands, writer)


def test_no_server_is_one_sentence() -> None:
    hands = Hands(Loop())
    helper: Session = session(hands, ["no-such-command"])
    helper.start()
    assert helper.phase == "failed"
    assert "was not found" in helper.sentence
    told: list[str] = []
    asks.execute(helper, {"command": "pippy.doctor"}, told.append)
    hands.loop.until(lambda: told, "the sentence")
    assert told == [helper.sentence]


def test_a_program_that_is_no_server_is_given_up_in_the_end() -> None:
    hands = Hands(Loop())
    pauses: list[float] = []

    def later(seconds: float, work: Any) -> None:
        pauses.append(seconds)
        hands.loop.dispatch(work)

    helper = session(hands, [sys.executable, "--version"])
    helper._later = later
    helper.start()
    hands.loop.until(lambda: helper.phase == "failed", "the end")
    assert pauses == [1, 2, 4, 8, 16]
    assert "does not start any more" in helper.sentence
