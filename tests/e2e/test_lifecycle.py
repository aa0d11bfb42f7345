"""initialize, settings, status, shutdown: a session's life with each of the three clients."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest
from lsprotocol import types

from tests.e2e import faults
from tests.e2e.editor import LOAD_SECONDS, MODELS, PATIENT, Editor, capabilities, session

pytestmark = pytest.mark.model

CLIENTS = ("vscode", "neovim", "kate")
WITHOUT_A_MODEL = {"PIPPY_MODEL": ""}
"""The settings name the model, which is none: nothing is loaded."""
LONGEST = 60.0
"""Seconds for a process to end, which takes a fraction of one on an idle machine."""
SLOWEST_ANSWER = 3.0
"""Seconds from the start of the process. Issue 2 wants one; a loaded machine gets three."""


# --- initialize ----------------------------------------------------------------------------


@pytest.mark.parametrize("client", CLIENTS)
async def test_initialize_is_answered_before_anything_slow(client: str, tmp_path: Path) -> None:
    async with session(tmp_path, client, "meaning") as editor:
        first = await editor.status()
        assert first.phase in ("stopped", "loading"), "the model was waited for"
        assert editor.seconds_to_initialize < SLOWEST_ANSWER
        info = editor.server.server_info
        assert info is not None
        assert info.name == "pippy-lsp"
        assert info.version


async def test_the_methods_of_the_server_are_advertised(tmp_path: Path) -> None:
    async with session(tmp_path, model="none") as editor:
        can = editor.server.capabilities
        assert can.hover_provider
        assert can.inline_completion_provider
        assert can.completion_provider
        assert "." in (can.completion_provider.trigger_characters or [])
        assert isinstance(can.code_action_provider, types.CodeActionOptions)
        assert can.code_action_provider.resolve_provider
        assert can.execute_command_provider
        assert "pippy.explain" in can.execute_command_provider.commands


@pytest.mark.parametrize(
    ("client", "encoding"),
    [
        ("vscode", "utf-16"),
        ("neovim", "utf-8"),
        ("kate", "utf-16"),
    ],
)
async def test_columns_count_in_what_the_client_offers_first(
    client: str, encoding: str, tmp_path: Path
) -> None:
    async with session(tmp_path, client, "none") as editor:
        assert editor.encoding == encoding
        uri, place = editor.open_at('print("¡olé 🌞!", len|("x"))\n', "untitled:columns")
        found = await editor.hover(uri, place.line, place.character - 1)
        assert found is not None
        assert found.range is not None
        assert found.range.end == place
        assert "`len`" in str(found.contents)


# --- settings ------------------------------------------------------------------------------


def named(name: str) -> dict[str, Any]:
    return {"model": {"name": name}}


# What the workspace's file, initializationOptions and workspace/configuration say; what is used.
SOURCES = {
    "file": (("file", None, None), "file"),
    "options": ((None, "options", None), "options"),
    "configuration": ((None, None, "configuration"), "configuration"),
    "options-before-file": (("file", "options", None), "options"),
    "configuration-before-all": (("file", "options", "configuration"), "configuration"),
}


@pytest.mark.parametrize("name", SOURCES)
async def test_settings_come_from(name: str, tmp_path: Path) -> None:
    (file, options, configuration), used = SOURCES[name]
    if file:
        (tmp_path / ".pippy.toml").write_text(f'[model]\nname = "{file}"\n', "utf-8")
    async with session(
        tmp_path,
        options=named(options) if options else None,
        configuration=named(configuration) if configuration else None,
        environment=WITHOUT_A_MODEL,
    ) as editor:
        status = await editor.ready("failed")
        assert (status.error, status.details.name) == ("model-unknown", used)


async def test_the_environment_goes_before_the_editor(tmp_path: Path) -> None:
    async with session(tmp_path, model="environment", configuration=named("editor")) as editor:
        assert (await editor.ready("failed")).details.name == "environment"


@pytest.mark.parametrize("pushed", [True, False], ids=["pushed", "asked-for"])
async def test_a_changed_setting_is_used_at_once(pushed: bool, tmp_path: Path) -> None:
    async with session(
        tmp_path, configuration=named("before"), environment=WITHOUT_A_MODEL
    ) as editor:
        await editor.ready("failed")
        editor.client.set_configuration({"pippy": named("asked")})
        settings = {"pippy": named("pushed")} if pushed else None
        editor.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams(settings)
        )
        expected = "pushed" if pushed else "asked"
        for _ in range(200):
            status = await editor.status()
            if status.phase == "failed" and status.details.name == expected:
                break
            await asyncio.sleep(0.05)
        assert status.details.name == expected


# What is wrong in the settings, and the key that the sentence names.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "value": ({"completion": {"mode": "sometimes"}}, "completion.mode"),
    "type": ({"completion": {"debounceMs": "fast"}}, "completion.debounceMs"),
    "too-small": ({"level": 0}, "level"),
    "unknown-key": ({"colour": "blue"}, "colour"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_setting_costs_one_sentence(name: str, tmp_path: Path) -> None:
    options, key = WRONG[name]
    async with session(tmp_path, model="none", options=options) as editor:
        await editor.ready("failed")
        said = [each for each in editor.client.messages if "setting" in each.message]
        assert [each.type for each in said] == [types.MessageType.Warning]
        assert f'"{key}"' in said[0].message
        assert_is_one_sentence(said[0].message)
        assert await editor.hover(editor.open("print(1)\n"), 0, 2) is not None


async def test_a_broken_file_of_settings_costs_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".pippy.toml").write_text("level = = 3\n", "utf-8")
    async with session(tmp_path, model="none") as editor:
        await editor.ready("failed")
        said = [each.message for each in editor.client.messages if ".pippy.toml" in each.message]
        assert len(said) == 1
        assert_is_one_sentence(said[0])
        assert await editor.hover(editor.open("print(1)\n"), 0, 2) is not None


def assert_is_one_sentence(said: str) -> None:
    assert "\n" not in said
    assert "Traceback" not in said
    assert said.endswith(".")
    assert len(said) < 200


async def test_ghost_text_can_be_switched_off(tmp_path: Path) -> None:
    async with session(tmp_path, options={"completion": {"mode": "off"}}) as editor:
        await editor.ready()
        before = (await editor.status()).spent.prompt
        uri, place = editor.open_at("for i in range(3):\n    |\n", "untitled:off")
        assert await editor.inline(uri, place.line, place.character) == []
        assert (await editor.status()).spent.prompt == before


# --- what the model is doing ---------------------------------------------------------------


@pytest.mark.parametrize("client", CLIENTS)
async def test_loading_is_told_as_progress(client: str, tmp_path: Path) -> None:
    async with session(tmp_path, client, "meaning") as editor:
        await editor.ready()
        reports = await progress_until_end(editor)
        assert isinstance(reports[0], types.WorkDoneProgressBegin)
        assert reports[0].title
        between = [each for each in reports[1:-1] if isinstance(each, types.WorkDoneProgressReport)]
        assert len(between) == len(reports) - 2 > 0
        shares = [each.percentage or 0 for each in between]
        assert shares == sorted(shares)
        assert shares[-1] <= 100
        assert editor.client.messages == []


async def test_each_load_has_a_progress_of_its_own(tmp_path: Path) -> None:
    """LSP 3.17: a token that was created is for one begin, its reports and one end."""
    options = named(MODELS["plumbing"])
    async with session(tmp_path, environment=WITHOUT_A_MODEL, options=options) as editor:
        await editor.ready()
        settings = {"pippy": named(MODELS["meaning"])}
        editor.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams(settings)
        )
        for _ in range(LOAD_SECONDS * 10):
            if (await editor.ready()).model.name == MODELS["meaning"]:
                break
            await asyncio.sleep(0.1)
        assert [str(each) for each in editor.client.surprises] == []
        assert len(editor.client.progress_reports) == 2


async def progress_until_end(editor: Editor) -> list[Any]:
    for _ in range(100):
        found = [list(each) for each in editor.client.progress_reports.values()]
        if found and found[0] and isinstance(found[0][-1], types.WorkDoneProgressEnd):
            assert len(found) == 1
            return found[0]
        await asyncio.sleep(0.05)
    raise AssertionError(f"no end: {found}")


async def test_without_work_done_progress_there_is_none(tmp_path: Path) -> None:
    without = attrs.evolve(capabilities("vscode"), window=types.WindowClientCapabilities())
    async with session(tmp_path, without) as editor:
        await editor.ready()
        uri = editor.open("for i in range(3):\n    print(i)\n")
        await editor.execute("pippy.explain", uri, 0, 0)
        await editor.message()
        assert editor.client.progress_reports == {}


async def test_copilots_status_is_sent_to_those_who_want_it(tmp_path: Path) -> None:
    async with session(tmp_path, options={"statusNotifications": True}) as editor:
        await editor.ready()
        await asyncio.sleep(0.1)
        told = [(each.kind, each.busy) for each in editor.client.statuses]
        assert ("Normal", True) in told, "it loads"
        assert told[-1] == ("Normal", False)
        assert all(each.message for each in editor.client.statuses)


async def test_copilots_status_tells_of_a_failure(tmp_path: Path) -> None:
    options = {"statusNotifications": True}
    async with session(tmp_path, model="none", options=options) as editor:
        status = await editor.ready("failed")
        await editor.message()
        last = editor.client.statuses[-1]
        assert (last.kind, last.busy, last.message) == ("Error", False, status.message)


async def test_copilots_status_is_sent_to_no_one_else(tmp_path: Path) -> None:
    async with session(tmp_path) as editor:
        await editor.ready()
        assert editor.client.statuses == []


# --- the end -------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["loading", "ready", "explaining", "suggesting"])
async def test_nothing_is_left_after_the_end(when: str, tmp_path: Path) -> None:
    requests: list[asyncio.Future[Any]] = []
    async with session(tmp_path) as editor:
        server = faults.server_of(editor)
        uri, place = editor.open_at("for i in range(3):\n    |\n", "untitled:end")
        if when != "loading":
            await editor.ready()
        if when == "explaining":
            await editor.execute("pippy.explain", uri, 0, 0)
        elif when == "suggesting":
            ask = editor.inline(uri, place.line, place.character)
            requests.append(asyncio.ensure_future(ask))
            await asyncio.sleep(0.1)
        workers = faults.workers_of(server)
        assert workers or when == "loading"
        process: Any = editor.client._server
    assert process.returncode == 0
    assert faults.ends_within(LONGEST, server, *workers)
    await asyncio.gather(*requests, return_exceptions=True)


async def test_nothing_is_left_when_the_editor_dies(tmp_path: Path) -> None:
    async with session(tmp_path) as editor:
        await editor.ready()
        server: psutil.Process = faults.server_of(editor)
        workers = faults.workers_of(server)
        process: Any = editor.client._server
        process.stdin.close()
        assert await asyncio.to_thread(faults.ends_within, LONGEST, server, *workers)
        editor.client.capabilities = None  # pytest-lsp would say shutdown


# --- a small session -----------------------------------------------------------------------


@pytest.mark.parametrize("client", ["vscode", "neovim", "kate"])
async def test_a_small_session(client: str, tmp_path: Path) -> None:
    """As a child works: open, type, take what is suggested, look, ask for help. Warnings of the
    specification are errors.
    """
    async with session(tmp_path, client, "meaning", PATIENT) as editor:
        uri, place = editor.open_at(
            "secret = 7\nguess = int(input())\nif guess < secret:\n|\n",
            (tmp_path / "game.py").as_uri(),
        )
        await editor.ready()
        for _ in range(4):
            editor.type(uri, place, " ")
            place = types.Position(place.line, place.character + 1)
        await take_what_is_suggested(editor, client, uri, place)
        ast.parse(editor.texts[uri])
        hover = await editor.hover(uri, 1, 9)
        assert hover is not None
        assert isinstance(hover.contents, types.MarkupContent)
        assert "whole number" in hover.contents.value
        editor.change(uri, editor.texts[uri] + "if guess == secret\n    print(1)\n")
        row = editor.texts[uri].splitlines().index("if guess == secret")
        (fix,) = await editor.actions(uri, row, only=["quickfix"])
        edit = fix.edit or (await editor.resolve(fix)).edit
        editor.change(uri, editor.applied(editor.texts[uri], editor.edits(edit)))
        ast.parse(editor.texts[uri])


async def take_what_is_suggested(
    editor: Editor, client: str, uri: str, place: types.Position
) -> None:
    if client == "kate":
        completions = await editor.complete(uri, place.line, place.character)
        assert isinstance(completions.items[0].text_edit, types.TextEdit)
        edit = completions.items[0].text_edit
    else:
        ghost = (await editor.inline(uri, place.line, place.character))[0]
        assert isinstance(ghost.insert_text, str)
        assert ghost.range is not None
        edit = types.TextEdit(ghost.range, ghost.insert_text)
    assert edit.new_text.strip()
    editor.change(uri, editor.applied(editor.texts[uri], [edit]))
