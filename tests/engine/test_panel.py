"""A panel with a real model: what it reads, and what comes of it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from pippy_lsp.agents import panel, roles, votes
from pippy_lsp.agents.chair import Chair
from pippy_lsp.agents.panel import Rules
from pippy_lsp.agents.roles import Role
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import Chat, Infill, Message, Request, Sampling, complete
from pippy_lsp.settings import ModelSettings
from pippy_lsp.teaching.comments import comment_to_code
from pippy_lsp.teaching.explain import Explainer

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

MODEL = "qwen2.5-coder-0.5b-instruct"
SECONDS = 300.0
PROGRAM = "".join(
    f"def add_{n}(first, second):\n    return first + second + {n}\n" for n in range(9)
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[LlamaEngine]:
    made = LlamaEngine(ModelSettings(name=MODEL))
    await made.ready(SECONDS)
    yield made
    await made.close()


def telling(mark: str, *, last: bool) -> panel.Builder:
    """A long prompt that nobody has asked before (`mark`), with the role's words first or last."""

    def build(role: Role, sampling: Sampling) -> Request:
        words = f"# {mark}\n{PROGRAM}"
        told = f"{words}\n{role.who}" if last else f"{role.who}\n{words}"
        return Request(Chat((Message("user", told),)), 8, sampling=sampling)

    return build


async def read(engine: LlamaEngine, team: list[Role], build: panel.Builder) -> int:
    """Prompt tokens that five answers read together, of which no two count as the same."""
    count = itertools.count()
    rules = Rules(5, together=5)
    judge = lambda _: f"x{next(count)}"  # noqa: E731
    verdict = await panel.ask(engine, team, build, judge, votes.by_ast, rules)
    assert verdict.asked == 5
    assert verdict.tokens >= 5
    return verdict.read


async def test_five_answers_to_one_prompt_read_it_once(engine: LlamaEngine) -> None:
    team = roles.panel()[:1]
    build = telling("once", last=True)
    evaluated = await read(engine, team, build)
    prompt = (await complete(engine, build(team[0], Sampling()))).usage.prompt
    assert prompt > 150
    assert evaluated <= prompt + 4  # a token for each of the others: its scores are wanted


async def test_roles_that_come_last_share_all_that_stands_before(engine: LlamaEngine) -> None:
    team = roles.panel()
    apart = await read(engine, team, telling("apart", last=False))
    shared = await read(engine, team, telling("shared", last=True))
    prompt = (await complete(engine, telling("x", last=True)(team[0], Sampling()))).usage.prompt
    assert apart > 2.5 * prompt
    assert shared < 1.5 * prompt


async def test_a_job_gets_a_panel_in_a_line(engine: LlamaEngine) -> None:
    request = Request(Infill("numbers = [1, 2, 3]\ntotal = "), 8, ("\n",))
    verdict = await Chair(engine, 3).again(request, lambda text: text.strip() or None)
    assert verdict.text
    assert verdict.asked >= 2


async def test_a_comment_becomes_code_that_was_run(engine: LlamaEngine) -> None:
    document = DocumentSnapshot("untitled:a", 1, 'pets = ["cat", "dog"]\n# print all pets\n')
    edit = await comment_to_code(engine, document, 1, 2, chair=Chair(engine, 5))
    assert edit is not None
    assert "print(" in edit.new_text


async def test_a_panel_explains(engine: LlamaEngine) -> None:
    document = DocumentSnapshot("untitled:a", 1, "for i in range(3):\n    print(i)\n")
    said = await Explainer(engine, chair=Chair(engine, 3)).explain(document, 0, 1)
    assert said.text
