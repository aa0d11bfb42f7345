"""One worker with a model for ghost text and one for explanations."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pippy_lsp.engine import choice, memory, models
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.protocol import (
    Chat,
    Infill,
    Message,
    Priority,
    Request,
    Result,
    Usage,
    complete,
)
from pippy_lsp.engine.registry import registry
from pippy_lsp.engine.state import Speed
from pippy_lsp.settings import ModelSettings
from tests import codellama

SECONDS = 60.0
INFILL = Request(Infill("def re", "\n"), 6)
CHAT = Request(Chat((Message("user", "Why"),)), 6)
SMALL, DEFAULT, LARGER = (
    "smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct",
)  # fmt: skip
CODELLAMA = "codellama-7b-instruct"


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("m")
    inline = codellama.write_small(folder / "inline.gguf", name="codellama-7b-hf")
    teacher = codellama.write_small(folder / "codellama-teacher-instruct.gguf", layers=3)
    return str(inline), str(teacher)


async def answers(settings: ModelSettings) -> tuple[list[Result], LlamaEngine]:
    engine = LlamaEngine(settings)
    try:
        await engine.ready(SECONDS)
        return [await complete(engine, request) for request in (INFILL, CHAT)], engine
    finally:
        await engine.close()


async def test_each_job_has_its_model(files: tuple[str, str]) -> None:
    inline, teacher = files
    both, _ = await answers(ModelSettings(inline, teacher=teacher, context=512))
    (infill, _), _ = await answers(ModelSettings(inline, context=512))
    (_, chat), _ = await answers(ModelSettings(teacher, context=512))
    assert [each.text for each in both] == [infill.text, chat.text]
    assert [each.usage.prompt for each in both] == [infill.usage.prompt, chat.usage.prompt]


async def test_ghost_text_goes_before_the_other_models_answer(files: tuple[str, str]) -> None:
    engine = LlamaEngine(ModelSettings(files[0], teacher=files[1], context=512))
    ended: list[str] = []

    async def ask(name: str, request: Request) -> None:
        await complete(engine, request)
        ended.append(name)

    try:
        assert (await engine.ready(SECONDS)).teacher == "codellama-teacher-instruct"
        long = Request(CHAT.prompt, 400, priority=Priority.AHEAD)
        ghost = Request(INFILL.prompt, 3, priority=Priority.GHOST)
        ahead = asyncio.create_task(ask("ahead", long))
        await asyncio.sleep(0.05)
        await asyncio.gather(ask("ghost", ghost), ahead)
    finally:
        await engine.close()
    assert ended == ["ghost", "ahead"]


async def test_one_that_does_not_fit_is_refused_before_it_loads(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = models.needed_memory(models.check(Path(files[0])), 512)
    monkeypatch.setattr(memory, "available", lambda: needed + 2**20)
    engine = LlamaEngine(ModelSettings(files[0], teacher=files[1], context=512))
    try:
        found = await engine.ready(SECONDS)
        assert (found.teacher, engine.status.error) == ("", "model-too-large")
        assert (await complete(engine, CHAT)).usage != Usage()
    finally:
        await engine.close()


@pytest.mark.parametrize("teacher", ["auto", "", "none-such"])
async def test_without_a_second_one_the_first_does_both(
    files: tuple[str, str], teacher: str
) -> None:
    found, engine = await answers(ModelSettings(files[0], teacher=teacher, context=512))
    assert all(each.usage.prompt for each in found)
    assert engine._note is None or teacher == "none-such"


FAST, SLOW = Speed(200, 20), Speed(4, 1)
# id, the model of ghost text, which fit, speeds -> the teacher
CHOSEN = [
    pytest.param(DEFAULT, {LARGER: 1}, {LARGER: FAST}, LARGER, id="a-better-one"),
    pytest.param(DEFAULT, {LARGER: 1}, {}, None, id="nobody-measured-it"),
    pytest.param(DEFAULT, {LARGER: 1}, {LARGER: SLOW}, None, id="too-slow"),
    pytest.param(DEFAULT, {LARGER: -1}, {LARGER: FAST}, None, id="does-not-fit"),
    pytest.param(LARGER, {LARGER: 1, DEFAULT: 1}, {LARGER: FAST, DEFAULT: FAST}, None,
        id="it-is-the-best-already"),
    pytest.param(DEFAULT, {LARGER: 1, CODELLAMA: 1}, {LARGER: FAST, CODELLAMA: FAST}, CODELLAMA,
        id="a-laptop-with-16-gb"),
    pytest.param(DEFAULT, {LARGER: 1, CODELLAMA: 1}, {LARGER: FAST, CODELLAMA: SLOW}, LARGER,
        id="codellama-is-too-slow"),
    pytest.param(SMALL, {}, {}, None, id="a-raspberry-pi"),
    pytest.param("a-file", {SMALL: 1}, {SMALL: FAST}, SMALL, id="beside-a-file-of-ones-own"),
]  # fmt: skip


@pytest.mark.parametrize(("inline", "room", "speeds", "expected"), CHOSEN)
def test_what_auto_takes_for_explanations(
    inline: str, room: dict[str, int], speeds: dict[str, Speed], expected: str | None
) -> None:
    assert choice.choose_teacher(inline, room, speeds, registry()) == expected
