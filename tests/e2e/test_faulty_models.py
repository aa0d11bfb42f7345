"""A model that can't be used costs the model's answers, and one sentence; nothing else."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types

from tests.e2e import faults
from tests.e2e.editor import MODELS, Editor, session

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

ADVICE = re.compile(r"\. (Run|Check|Choose|Close|Delete) ")
LONGEST = 220
"""Characters of a sentence, less those of the path in it."""
# Each begins a server of its own; all faults are also given to one server, one after the other.
NAMED_BY_THE_ISSUE = ("wrong-path", "cut-in-the-data", "text", "too-large", "kills-llama-cpp")


def make(name: str, folder: Path) -> str:
    maker, _ = faults.FAULTS[name]
    try:
        return maker(folder)
    except OSError as error:
        pytest.skip(f"this disk can't hold it: {error.strerror}")


def assert_is_one_clear_sentence(said: str, model: str) -> None:
    assert "\n" not in said.strip()
    for word in ("Traceback", 'File "', "Error:", "Exception", ".py"):
        assert word not in said.replace(model, "")
    assert ADVICE.search(said), "it must say what to do"
    assert len(said.replace(model, "")) <= LONGEST


async def assert_all_else_answers(editor: Editor, uri: str) -> None:
    """Ghost text is empty; jedi's names and the static hover are there."""
    ghost, names, hover = await asyncio.gather(
        editor.inline(uri, 2, 4), editor.complete(uri, 3, 2), editor.hover(uri, 1, 10)
    )
    assert ghost == []
    assert "word" in [item.label for item in names.items]
    assert hover is not None
    assert "range" in str(hover.contents)


def configure(editor: Editor, model: str, **settings: object) -> None:
    """Tell the server another model, as an editor does when its settings are changed."""
    model_settings = {"name": model, **settings}
    editor.client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"pippy": {"model": model_settings}})
    )


@pytest.mark.parametrize("name", NAMED_BY_THE_ISSUE)
async def test_the_server_says_one_sentence_and_goes_on(name: str, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    model = make(name, tmp_path)
    async with session(tmp_path, model=model, environment={"TMPDIR": str(temporary)}) as editor:
        status = await editor.ready("failed")
        assert status.error == faults.FAULTS[name][1]
        await assert_all_else_answers(editor, editor.open(faults.PROGRAM))
        assert [each.message for each in editor.client.messages] == [status.message]
        assert_is_one_clear_sentence(status.message, model)
        process = faults.server_of(editor)
        exited = editor.client._server
    assert exited is not None
    assert exited.returncode == 0
    assert not faults.alive(process)
    assert list(temporary.iterdir()) == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def configured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A server whose model comes from the editor's settings, not from the environment."""
    folder = tmp_path_factory.mktemp("work")
    options = {"model": {"name": MODELS["plumbing"]}}
    async with session(folder, options=options, environment={"PIPPY_MODEL": ""}) as editor:
        await editor.ready()
        yield editor


async def news(editor: Editor, phase: str, before: Any) -> Any:
    """The status of another model than that of the status `before`."""
    for _ in range(600):
        status = await editor.status()
        if status.phase == phase and (status.error, status.details) != (
            before.error,
            before.details,
        ):
            return status
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {status.phase} {status.error}")


@pytest.mark.parametrize("name", faults.FAULTS)
async def test_a_changed_setting_fails_softly(
    configured: Editor, name: str, tmp_path: Path
) -> None:
    model = make(name, tmp_path)
    said, before = len(configured.client.messages), await configured.status()
    configure(configured, model)
    status = await news(configured, "failed", before)
    assert status.error == faults.FAULTS[name][1]
    await assert_all_else_answers(configured, configured.open(faults.PROGRAM, f"untitled:{name}"))
    assert [each.message for each in configured.client.messages[said:]] == [status.message]
    assert_is_one_clear_sentence(status.message, model)
    assert faults.workers_of(faults.server_of(configured)) == []


async def test_a_good_model_recovers_without_a_restart(configured: Editor, tmp_path: Path) -> None:
    before = await configured.status()
    configure(configured, str(tmp_path / "gone.gguf"))
    failed = await news(configured, "failed", before)
    server, said = faults.server_of(configured).pid, len(configured.client.messages)
    configure(configured, MODELS["plumbing"])
    ready = await news(configured, "ready", failed)
    assert ready.model.name == MODELS["plumbing"]
    uri = configured.open("for i in range(3):\n    ", "untitled:recovered")
    await configured.inline(uri, 1, 4)
    assert (await configured.status()).spent.generated > 0
    assert faults.server_of(configured).pid == server
    assert len(configured.client.messages) == said


async def test_a_context_beyond_the_memory_is_refused(configured: Editor) -> None:
    before = await configured.status()
    configure(configured, MODELS["meaning"], context=10**9)
    status = await news(configured, "failed", before)
    assert status.error == "model-too-large"
    assert_is_one_clear_sentence(status.message, "")


@pytest.mark.parametrize("name", faults.FAULTS)
async def test_the_commands_say_one_sentence(name: str, tmp_path: Path) -> None:
    model = make(name, tmp_path)
    (tmp_path / "game.py").write_text(faults.PROGRAM, "utf-8")
    done, doctor = await asyncio.gather(
        faults.pippy("complete", "game.py:3:5", folder=tmp_path, model=model),
        faults.pippy("doctor", "--json", folder=tmp_path, model=model),
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert_is_one_clear_sentence(done.stderr, model)
    assert doctor.returncode == 1
    assert doctor.stderr == ""
    report = json.loads(doctor.stdout)
    assert report["ok"] is False
    (check,) = [each for each in report["checks"] if each["state"] == "problem"]
    assert check["code"] == faults.FAULTS[name][1]
    assert_is_one_clear_sentence(check["text"], model)


async def test_a_model_may_be_named_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "game.py").write_text(faults.PROGRAM, "utf-8")
    wrong = str(tmp_path / "nothing.gguf")
    done = await faults.pippy("complete", "game.py:3:5", "--model", wrong, folder=tmp_path)
    assert done.returncode == 1
    assert_is_one_clear_sentence(done.stderr, wrong)
