"""Make it simpler and Quiz me: both without a model."""

from __future__ import annotations

import pytest

from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.teaching import quiz, simplify
from pippy_lsp.teaching.action import Words
from tests.unit.wishes import wish


def snapshot(text: str) -> DocumentSnapshot:
    return DocumentSnapshot("untitled:a", 1, text)


@pytest.mark.parametrize(
    ("program", "result"),
    [
        pytest.param("x = [n * 2 for n in range(3)]\r\ny = 1\r\n",
                     "x = []\r\nfor n in range(3):\r\n    x.append(n * 2)\r\ny = 1\r\n", id="crlf"),
        pytest.param("a = 1\nb = 2 if a else 3\n",
                     "a = 1\nif a:\n    b = 2\nelse:\n    b = 3\n", id="ternary"),
        pytest.param("x = 1\n", None, id="simple"),
        pytest.param("x = = 1\n", None, id="broken"),
    ],
)  # fmt: skip
def test_simpler(program: str, result: str | None) -> None:
    document = snapshot(program)
    assert simplify.simplified(document, 0, len(document.line_starts) - 1) == result


@pytest.mark.parametrize(
    ("program", "answers"),
    [
        pytest.param("for i in range(2, 5):\n    print(i)\n", ["3", "2, 3, 4"], id="loop"),
        pytest.param("n = 3\nx = n * 2\nif x > 3:\n    n = 4\n",
                     ["It gets a whole number.", "When `x > 3` is true."], id="values"),
        pytest.param("import random\ndef f(a, b):\n    a += 1\n",
                     ["The box `random`.", "2", "The name `a`."], id="others"),
        pytest.param("for i in range(9):\n    break\n", [], id="left-early"),
        pytest.param("", [], id="nothing"),
    ],
)  # fmt: skip
def test_quiz(program: str, answers: list[str]) -> None:
    found = quiz.questions(snapshot(program), 0, program.count("\n"), "en")
    said = [each.answer for each in found]
    assert [each for each in said if each in answers] == answers
    assert len(found) <= quiz.MOST
    assert bool(found) == bool(answers)


def test_the_answers_are_not_among_the_questions() -> None:
    said = quiz.answer(wish("for i in range(3):\n    print(i)\n"))
    assert isinstance(said, Words)
    assert "1. How many times" in said.text
    assert "0, 1, 2" in said.hidden
    assert "0, 1, 2" not in said.text
