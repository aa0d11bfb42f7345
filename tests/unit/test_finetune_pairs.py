"""The pairs that adapters are trained on: what is in them, and what is not."""

from __future__ import annotations

import ast
import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import reading
from benchmarks.traces import data_folder
from finetune import families, jobs, lines, pairs
from finetune.pairs import Pair, Settings
from pippy_lsp import prompts, toml
from pippy_lsp.agents import roles
from pippy_lsp.analysis import concepts, levels
from pippy_lsp.engine.protocol import Chat, Infill
from pippy_lsp.errors import UsageError
from pippy_lsp.teaching import factcheck

RUN = 3
"""Lines of code in a row that are no chance any more."""
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FENCED = re.compile(r"```(?:python)?\n(.*?)(?:```|\Z)", re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def grades() -> Iterator[None]:
    """textstat is in the extra alone; without it no text is too hard."""
    with pytest.MonkeyPatch.context() as patch:
        try:
            reading.grade("A cat.")
        except UsageError:
            patch.setattr(reading, "grade", lambda _: 0.0)
        yield


def built(given: Settings, seed: int = 1) -> list[Pair]:
    async def all_of_them() -> list[Pair]:
        return [pair async for pair in pairs.build(given, seed, Counter())]

    return asyncio.run(all_of_them())


@pytest.fixture(scope="module")
def found() -> list[Pair]:
    return built(Settings(jobs=jobs.JOBS, variants=1))


def said(pair: Pair) -> str:
    """All that the pair holds, but for the prompt's own instructions."""
    prompt = pair.prompt
    if isinstance(prompt, Infill):
        return f"{prompt.prefix}\n{prompt.suffix}\n{pair.answer}"
    user = "\n".join(each.content for each in prompt.messages if each.role == "user")
    return f"{user}\n{prompt.opening}{pair.answer}"


def runs(text: str) -> set[tuple[str, ...]]:
    """Each few lines that follow each other, without the space around them."""
    rows = [line.strip() for line in text.splitlines() if len(line.strip()) > 3]
    return {tuple(rows[at : at + RUN]) for at in range(len(rows) - RUN + 1)}


def strings(tree: object) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for each in tree.values():
            yield from strings(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from strings(each)


def test_every_job_has_pairs_of_both_kinds(found: list[Pair]) -> None:
    counts = Counter((pair.job, pair.split) for pair in found)
    assert {job for job, _ in counts} == set(jobs.JOBS)
    assert all(counts[job, "train"] > 3 for job in jobs.JOBS)
    assert counts["explain", "held-out"] > 10
    assert all(pair.licence == "Apache-2.0" and pair.source for pair in found)


def test_a_family_is_trained_on_or_held_out(found: list[Pair]) -> None:
    splits: dict[str, set[str]] = {}
    for pair in found:
        splits.setdefault(pair.family, set()).add(pair.split)
    assert [name for name, split in splits.items() if len(split) > 1] == []


def test_the_same_seed_gives_the_same_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    few = families.load()[:3]
    monkeypatch.setattr(families, "load", lambda: few)
    given = Settings(jobs=tuple(job for job in jobs.JOBS if job != "ask"), variants=2)
    assert built(given) == built(given)
    assert built(given, seed=2) != built(given)


def test_nothing_of_the_benchmarks_own_files_is_in_them(found: list[Pair]) -> None:
    texts = [
        text
        for file in sorted(BENCHMARKS.glob("*.toml"))
        for text in strings(toml.loads(file.read_text("utf-8")))
    ]
    assert len(texts) > 100
    measured = set[tuple[str, ...]]().union(*map(runs, texts))
    assert [pair.family for pair in found if runs(said(pair)) & measured] == []
    wishes = {text.strip().lower() for text in texts if len(text.split()) > 2}
    assert [pair for pair in found if said(pair).strip().lower() in wishes] == []


def test_nothing_of_the_measuring_data_is_in_them(found: list[Pair]) -> None:
    try:
        folder = data_folder(None)
    except UsageError:
        pytest.skip("the measuring data is not here")
    files = [each for each in folder.rglob("*") if each.suffix in (".py", ".jsonl", ".json")]
    assert files
    measured: set[tuple[str, ...]] = set()
    for file in files:
        text = file.read_text("utf-8", errors="replace")
        measured |= runs(text if file.suffix == ".py" else text.replace("\\n", "\n"))
    assert [pair.family for pair in found if runs(said(pair)) & measured] == []


@pytest.mark.parametrize("job", ["explain", "comments", "docstring", "hint"])
def test_what_is_said_is_short_and_easy(found: list[Pair], job: str) -> None:
    for pair in found:
        if pair.job == job:
            text = f"This{pair.answer}" if job == "explain" else pair.answer
            assert len(factcheck.sentences(text)) <= factcheck.MOST_SENTENCES
            assert len(text.split()) <= factcheck.MOST_WORDS
            assert reading.grade(text) <= pairs.MOST_GRADE


def test_code_is_within_the_childs_level(found: list[Pair]) -> None:
    coded = [pair for pair in found if pair.job == "comment_to_code"]
    for pair in coded:
        code = pair.answer.removesuffix("\n```")
        rows = code.split("\n")
        assert len(rows) <= levels.level(pair.level).lines
        whole = concepts.Region(1, -1, len(rows) + 1, 0)
        assert concepts.beyond(ast.parse(code), whole, max(pair.level, 3)) is None


def test_prompts_are_the_servers_own(found: list[Pair]) -> None:
    pair = next(each for each in found if each.job == "explain")
    assert isinstance(pair.prompt, Chat)
    code = FENCED.findall(pair.prompt.messages[1].content)[-1].rstrip("\n")
    wanted = prompts.job("explain").render(
        who=roles.load("teacher").who,
        knows=levels.level(pair.level).known("en"),
        context="",
        facts="",
        code=code,
    )
    system, user = pair.prompt.messages
    assert system.content == wanted.system.strip()
    assert user.content.endswith(wanted.user.strip())
    assert pair.prompt.opening == wanted.opening


async def test_an_answer_that_would_not_be_shown_is_not_taught() -> None:
    text = "count = 3\nprint(count)\n"
    good = "This line shows what is in `count`."
    assert await jobs.explain(text, 1, 2, good) is not None
    for bad in ("This line shows 4 cats.", "This displays `count`.", "This probably shows it."):
        assert await jobs.explain(text, 1, 2, bad) is None
    wish = "# show the numbers from 1 to 3\n"
    loop = "for n in range(1, 4):\n    print(n)"
    assert await jobs.comment_to_code(wish, 0, 2, loop) is not None
    assert await jobs.comment_to_code(wish, 0, 1, loop) is None
    assert await jobs.comment_to_code(wish, 0, 2, "print(nothing)") is None


def test_slips_change_the_line() -> None:
    line = 'print("Hi", name)'
    made = lines.broken(line)
    assert len(made) == len(set(made)) > 8
    assert line not in made
    assert 'print("Hi" name)' in made


def test_the_file_is_read_back(found: list[Pair], tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    assert pairs.write(found, file) == len(found)
    assert pairs.read(file) == found


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param(None, "There is no file", id="missing"),
        pytest.param("", "has no pairs", id="empty"),
        pytest.param('{"job": 3}\n', "has a line that is no pair", id="another-shape"),
    ],
)
def test_a_file_that_is_none(text: str | None, what: str, tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=what):
        pairs.read(file)
