"""The teacher's policy, over the wire: what it forbids is not offered, also when it changes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.e2e.editor import ANSWER_SECONDS, Editor, session

pytestmark = pytest.mark.model

LOOP = "for i in range(5):\n    print(i)\n"
ERROR = "  File \"game.py\", line 1, in <module>\n    scroe\nNameError: name 'scroe' is not defined"
OFFERED = (
    "Turn this comment into code",
    "Help me with this",
    "Explain this",
    "Better names",
)
EXAM = "[policy]\nexam = true\n"


async def explains(editor: Editor, uri: str) -> str:
    """Why the request pippy/explain was refused."""
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    params = {"textDocument": {"uri": uri}, "range": place}
    with pytest.raises(JsonRpcException) as caught:
        await editor.request("pippy/explain", params)
    return caught.value.message


async def until_refused(editor: Editor, uri: str, *, refused: bool) -> None:
    """Wait until the policy is read again."""
    for _ in range(int(ANSWER_SECONDS * 5)):
        if ("teacher" in await explains(editor, uri)) == refused:
            return
        await asyncio.sleep(0.2)
    raise AssertionError("the policy is not read again")


async def test_an_exam_leaves_what_is_certain(tmp_path: Path) -> None:
    (tmp_path / ".pippy.toml").write_text(EXAM)
    async with session(tmp_path, model="none") as editor:
        uri = editor.open(LOOP, "untitled:exam")
        assert "teacher" in await explains(editor, uri)
        assert await editor.inline(uri, 1, 4) == []
        assert await editor.hover(uri, 1, 5) is not None
        assert await editor.actions(uri, 0) == []
        said = await editor.request("pippy/explainError", {"error": ERROR})
        assert "does not know the name `scroe`" in said.markdown
        assert "value first" not in said.markdown


@pytest.mark.parametrize(
    ("off", "missing"),
    [
        pytest.param("[]", set(), id="none off"),
        pytest.param('["comment-to-code"]', {"Turn this comment into code"}, id="one off"),
        pytest.param(
            '["help", "names", "explain"]',
            {"Help me with this", "Better names", "Explain this"},
            id="some off",
        ),
    ],
)
async def test_an_action_that_is_off_is_not_offered(
    off: str, missing: set[str], tmp_path: Path
) -> None:
    (tmp_path / ".pippy.toml").write_text(f"[policy]\nactionsOff = {off}\n")
    async with session(tmp_path, model="none") as editor:
        uri = editor.open("# print the numbers from 1 to 5\nx = 1\n")
        titles = {each.title for line in (0, 1) for each in await editor.actions(uri, line)}
        assert titles == {*OFFERED} - missing


async def test_the_systems_policy_goes_before_the_folders(tmp_path: Path) -> None:
    systems = tmp_path / "school.toml"
    systems.write_text(EXAM)
    (tmp_path / ".pippy.toml").write_text("[policy]\nexam = false\n")
    environment = {"PIPPY_POLICY": str(systems)}
    async with session(tmp_path, model="none", environment=environment) as editor:
        assert "teacher" in await explains(editor, editor.open(LOOP))


@pytest.mark.parametrize("client", ["vscode", "kate"])
async def test_a_changed_policy_holds_at_once(client: str, tmp_path: Path) -> None:
    path = tmp_path / ".pippy.toml"
    async with session(tmp_path, client, "none") as editor:
        uri = editor.open(LOOP)
        await editor.ready("failed")
        assert "teacher" not in await explains(editor, uri)
        path.write_text(EXAM)
        if client == "vscode":
            (registered,) = editor.client.registered
            assert registered.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            change = types.FileEvent(path.as_uri(), types.FileChangeType.Created)
            params = types.DidChangeWatchedFilesParams([change])
            editor.client.workspace_did_change_watched_files(params)
        await until_refused(editor, uri, refused=True)
        path.unlink()
        await until_refused(editor, uri, refused=False)


async def test_a_mistake_in_it_is_said_once(tmp_path: Path) -> None:
    (tmp_path / ".pippy.toml").write_text("[policy]\nexma = true\n")
    async with session(tmp_path, model="none") as editor:
        await editor.ready("failed")
        uri = editor.open(LOOP)
        assert "teacher" in await explains(editor, uri)
        await editor.message(1)
        said = [each.message for each in editor.client.messages if "exma" in each.message]
        assert len(said) == 1
        assert "exam" in said[0]
