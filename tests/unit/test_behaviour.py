"""The vote by what candidates do, and the inputs that they are run on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pippy_lsp.agents import inputs
from pippy_lsp.agents.behaviour import Behaviour, Trial
from pippy_lsp.agents.sandbox.box import Outcome, Ran, Task
from pippy_lsp.agents.votes import Candidate, normalised

CALLS = ("double(2)", "double(-1)", "double('ab')")


def candidates(texts: Sequence[str]) -> list[Candidate]:
    return [Candidate(text, number=number) for number, text in enumerate(texts)]


def double(text: str) -> Task:
    return Task(f"def double(n):\n    return {text}\n", CALLS)


# id, the bodies, what is known to be true, the winner
CHOICES = [
    ("most do the same", ["n * n", "n + n", "2 * n"], (), "n + n"),
    ("a program with an error", ["no(", "1 /", "n * 3"], (), "n * 3"),
    ("calls with errors count less", ["m", "k", "n * 2"], (), "n * 2"),
    ("examples come first", ["n * n", "n ** 2", "n * 2"], ("double(3) == 6",), "n * 2"),
    ("all fail the examples", ["n * n", "n ** 2", "n"], ("double(3) == 6",), "n * n"),
    ("endless", ["[0 for _ in iter(int, 1)]", "n * 3"], (), "n * 3"),
    ("all differ: by the text", ["n * 7 + 1", "n * 7 + 2", "-9"], (), "n * 7 + 1"),
    ("sets have no order", ["{'a', 'b', n}", "{n, 'b', 'a'}", "n"], (), "{'a', 'b', n}"),
]


@pytest.mark.parametrize(
    ("texts", "examples", "winner"), [r[1:] for r in CHOICES], ids=[r[0] for r in CHOICES]
)
def test_candidates_are_run(texts: list[str], examples: tuple[str, ...], winner: str) -> None:
    vote = Behaviour(Trial(double, examples)).vote
    assert vote.slow
    assert vote(candidates(texts)).text == winner


def test_each_is_run_once() -> None:
    runs: list[str] = []

    def run(tasks: Sequence[Task]) -> list[Outcome]:
        runs.extend(task.program for task in tasks)
        return [Outcome("done", Ran(output=task.program.strip()[-1])) for task in tasks]

    vote = Behaviour(Trial(Task), run).vote
    assert vote.same("a = 1") == vote.same("b = 1")
    assert vote.same("a = 1") != vote.same("a = 2")
    assert vote(candidates(["a = 2", "a = 1", "b = 1"])).text == "a = 1"
    assert sorted(runs) == ["a = 1", "a = 2", "b = 1"]


def test_a_wrong_one_settles_nothing() -> None:
    vote = Behaviour(Trial(double, ("double(3) == 6",))).vote
    assert vote.same("n * n") is None
    assert vote.same("n * 2") == vote.same("n + n") is not None


# id, what became of each; then the text decides
BLIND = [
    ("the sandbox does not work", Outcome("broken")),
    ("wanted a file", Outcome("refused")),
    ("does nothing that is seen", Outcome("done", Ran())),
    ("an error before", Outcome("done", Ran("ModuleNotFoundError"))),
]


@pytest.mark.parametrize("outcome", [r[1] for r in BLIND], ids=[r[0] for r in BLIND])
def test_where_running_says_nothing_the_text_votes(outcome: Outcome) -> None:
    vote = Behaviour(Trial(Task), lambda tasks: [outcome] * len(tasks)).vote
    texts = ["go(1, 2, 3)", "x = [a for a in b]", "x = [a for a in c]"]
    assert vote(candidates(texts)).text == "x = [a for a in b]"
    assert vote.same("x=1") == normalised("x = 1")


# --- inputs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("assert f(1, [2]) == 3", ["f(1, [2])"]),
        ("f(1)\nf(1)\nf(-1)\ng(2)", ["f(1)", "f(-1)"]),
        ("f(x)\nf(1 + 1)\na.f(1)", []),
        ("f(n=1)", ["f(n=1)"]),
        ("f(", []),
    ],
    ids=["in an assert", "once each", "not written out", "named", "broken"],
)
def test_calls_in_code(code: str, found: list[str]) -> None:
    assert inputs.calls_in(code, "f") == found


@pytest.mark.parametrize(
    ("doc", "found"),
    [
        (">>> f(2)\n    4", ["f(2) == (4)"]),
        ("Adds.\n\n    >>> f(2)\n    [4,\n     5]", ["f(2) == ([4,\n 5])"]),
        (">>> f(2)\n    Traceback (most recent call last):", []),
        (">>> x = 3\n    >>> f(x)\n    hello there", []),
        ("no examples", []),
    ],
    ids=["one", "several lines", "an error", "no value", "none"],
)
def test_examples_in_docstrings(doc: str, found: list[str]) -> None:
    code = f'def f(n):\n    """{doc}\n    """\n'
    assert inputs.examples_in(code) == found


@pytest.mark.parametrize(
    ("call", "some"),
    [
        ("f(3)", ["f(4)", "f(0)", "f(-3)"]),
        ("f('abc')", ["f('cba')", "f('')"]),
        ("f([1, 2])", ["f([2, 1])", "f([2])", "f([])"]),
        ("f((1, 2), 'x')", ["f((2, 1), 'x')", "f((1, 2), '')"]),
        ("f({'a': 1})", ["f({})", "f({'a': 2})"]),
        ("f(True, 1.5)", ["f(False, 1.5)", "f(True, 2.0)"]),
    ],
    ids=["number", "text", "list", "two", "dict", "bool and float"],
)
def test_inputs_made_from_others(call: str, some: list[str]) -> None:
    made = inputs.made_from([call])
    assert set(some) <= set(made)
    assert call not in made
    assert len(made) <= 6


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("def f(n)", ["f(2)", "f(7)", "f(0)"]),
        ("def f(word)", ["f('hello')", "f('Anna')", "f('')"]),
        ("def f(x: str)", ["f('hello')", "f('Anna')", "f('')"]),
        ("def f(my_list, n)", ["f([3, 1, 2], 2)", "f(['b', 'a'], 7)", "f([], 0)"]),
        ("def f(n, step=1)", ["f(2)", "f(7)", "f(0)"]),
        ("def f()", ["f()"]),
    ],
    ids=["number", "by name", "by annotation", "two", "a default", "none"],
)
def test_inputs_guessed(head: str, found: list[str]) -> None:
    assert inputs.probes(f"{head}:\n    pass") == found


def test_what_is_found_goes_before_guesses() -> None:
    assert inputs.probes("def f(n):\n    pass", "print(f(100))")[0] == "f(100)"
