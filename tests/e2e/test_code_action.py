"""textDocument/codeAction: what is offered where, and the edits, late or at once."""

from __future__ import annotations

import ast
import asyncio
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import attrs
import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.e2e.editor import (
    ANSWER_SECONDS,
    PATIENT,
    REQUEST_CANCELLED,
    Editor,
    capabilities,
    session,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

EXPLAIN, FIX, CODE = "pippy.explain", "quickfix", "refactor.rewrite"
ERROR, HELP, EXAMPLE, QUIZ = "pippy.explain.error", "pippy.help", "pippy.example", "pippy.quiz"
BROKEN = [FIX, ERROR, HELP, EXPLAIN]
EAGER_SECONDS = 8.0
"""How long the server lets a list wait for the model."""
COMMENT = "# print the numbers from 1 to 5\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Editor]]:
    """Neovim, which asks for an edit when its action is chosen and counts in UTF-8; and Kate, which
    takes it with the list, in UTF-16.
    """
    folder = tmp_path_factory.mktemp("work")
    async with (
        session(folder, "neovim", "meaning", PATIENT) as neovim,
        session(folder, "kate", "meaning", PATIENT) as kate,
    ):
        await neovim.ready()
        await kate.ready()
        yield {"neovim": neovim, "kate": kate}


@pytest.fixture(scope="module")
def neovim(editors: dict[str, Editor]) -> Editor:
    return editors["neovim"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def offering(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """VS Code with no model: what is offered does not hang on one."""
    async with session(tmp_path_factory.mktemp("vscode"), model="none") as found:
        yield found


def kinds(actions: list[types.CodeAction]) -> list[str]:
    return [str(getattr(each.kind, "value", each.kind)) for each in actions]


def made_by(editor: Editor, uri: str, action: types.CodeAction) -> str:
    """The program after the action's edit."""
    return editor.applied(editor.texts[uri], editor.edits(action.edit))


# --- what is offered -----------------------------------------------------------------------

# By the titles of the menu: the names of actions, and their kinds.
ACTIONS = {
    "Fix this": ("fix", FIX),
    "What does this error mean?": ("error", ERROR),
    "Ask Pippy": ("ask", "pippy.ask"),
    "Turn this comment into code": ("code", CODE),
    "Help me with this": ("help", HELP),
    "Explain this": ("explain", EXPLAIN),
    "Show me an example": ("example", EXAMPLE),
    "Add comments": ("comments", CODE),
    "Write a docstring": ("docstring", CODE),
    "Make it simpler": ("simpler", CODE),
    "Better names": ("names", CODE),
    "Make this a function": ("function", "refactor.extract"),
    "Quiz me about this code": ("quiz", QUIZ),
}
# The program, the first line of the selection and the last (where it is one), what is offered.
OFFERED: dict[str, tuple[str, int, int | None, str]] = {
    "a-line": ("x = 1\nprint(x)\n", 1, None, "help explain example comments"),
    "a-poor-name": ("x = 1\nprint(x)\n", 0, None, "help explain comments names"),
    "a-selection": (
        "one = 1\ntwo = 2\nprint(one)\n", 0, 2, "help explain comments function quiz"
    ),
    "a-loop": (
        "for i in range(3):\n    print(i)\n", 0, None, "help explain example comments quiz"
    ),
    "a-function": ("def add(one):\n    return one\n", 0, None,
                   "help explain example comments docstring"),
    "hard-words": (
        "marks = [n for n in 'abc']\n", 0, None, "help explain example comments simpler"
    ),
    "an-error": ("# NameError: name 'x' is not defined\n", 0, None, "error"),
    "a-question": ("# how do I count to ten?\n", 0, None, "ask"),
    "a-broken-line": (
        "for i in range(3)\n    print(i)\n", 0, None, "fix error help explain example"
    ),
    "an-unknown-name": (
        'name = "Bo"\nprint(nmae)\n', 1, None, "fix error help explain example comments"
    ),
    "a-comment": (COMMENT, 0, None, "code help"),
    "a-comment-further-in": ("if True:\n    # say hello to Bo\n    pass\n", 1, None, "code help"),
    "one-word": ("# setup\nx = 1\n", 0, None, ""),
    "code-in-a-comment": ("# print(x)\nx = 1\n", 0, None, ""),
    "a-first-line": ("#!/usr/bin/env python3\nx = 1\n", 0, None, ""),
    "a-blank-line": ("x = 1\n\ny = 2\n", 1, None, ""),
    "an-empty-file": ("", 0, None, ""),
    "past-the-end": ("x = 1\n", 99, None, ""),
    "far-from-the-mistake": (
        "x = 1\n\n\n\nfor i in range(3)\n    print(i)\n", 0, None, "help explain"
    ),
    "crlf": (
        "x = 1\r\nif x = 1:\r\n    print(x)\r\n", 1, None, "fix error help explain example"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OFFERED)
async def test_offers(offering: Editor, name: str) -> None:
    text, first, last, expected = OFFERED[name]
    uri = offering.open(text, f"untitled:offers-{name}")
    found = await offering.actions(uri, first, last)
    assert [ACTIONS[each.title][0] for each in found] == expected.split()
    assert kinds(found) == [ACTIONS[each.title][1] for each in found]


# Of explain, fix and the like, what a client gets that asks for some kinds only.
ONLY = {
    "quickfix": (["quickfix"], [FIX]),
    "our-own": (["pippy.explain"], [ERROR, EXPLAIN]),
    "above-our-own": (["pippy"], [ERROR, HELP, EXPLAIN, EXAMPLE]),
    "both": (["quickfix", "pippy.help"], [FIX, HELP]),
    "other": (["source.organizeImports"], []),
    "begins-alike": (["quick"], []),
    "none-named": ([], [*BROKEN, EXAMPLE]),
}


@pytest.mark.parametrize("name", ONLY)
async def test_offers_only_the_kinds_asked_for(offering: Editor, name: str) -> None:
    only, expected = ONLY[name]
    uri = offering.open("for i in range(3)\n    print(i)\n", f"untitled:only-{name}")
    assert kinds(await offering.actions(uri, 0, only=only)) == expected


@pytest.mark.parametrize("only", ["refactor", "refactor.rewrite"])
async def test_a_kind_stands_for_all_below_it(offering: Editor, only: str) -> None:
    uri = offering.open(COMMENT, f"untitled:below-{only}")
    assert kinds(await offering.actions(uri, 0, only=[only])) == [CODE]
    assert await offering.actions(uri, 0, only=["refactor.extract"]) == []


async def test_explaining_is_nothing_that_an_editor_does_by_itself(offering: Editor) -> None:
    """Kate's Ctrl+. takes the first quick fix without asking."""
    uri = offering.open("for i in range(3):\n    print(i)\n", "untitled:explain")
    words = [each for each in await offering.actions(uri, 0) if each.command is not None]
    assert len(words) == 4
    for each in words:
        assert str(each.kind).startswith("pippy.")
        assert each.edit is None
        assert each.command is not None
        assert each.command.command == "pippy.show"


# --- resolve -------------------------------------------------------------------------------

# Certain fixes: the broken program, the line that is asked about, the mended program.
FIXES = {
    "colon": ("for i in range(3)\n    print(i)\n", 0, "for i in range(3):\n    print(i)\n"),
    "noticed-a-line-later": ("x = (1\ny = 2\n", 0, "x = (1)\ny = 2\n"),
    "emoji-before": ('if "🌞é" = "a"\n    print(1)\n', 0, 'if "🌞é" == "a":\n    print(1)\n'),
    "crlf": (
        "x = 1\r\nif x = 1:\r\n    print(x)\r\n",
        1,
        "x = 1\r\nif x == 1:\r\n    print(x)\r\n",
    ),
    "tabs": ("if True:\n\tif False\n\t\tprint(1)\n", 1, "if True:\n\tif False:\n\t\tprint(1)\n"),
    "name": ('name = "Bo"\nprint(nmae)\n', 1, 'name = "Bo"\nprint(name)\n'),
}


@pytest.mark.parametrize(
    ("client", "name"),
    [(client, name) for client in ("neovim", "kate") for name in FIXES],
)
async def test_a_fix_mends_the_program(editors: dict[str, Editor], client: str, name: str) -> None:
    editor = editors[client]
    text, line, mended = FIXES[name]
    uri = editor.open(text, f"untitled:fix-{name}")
    (fix,) = await editor.actions(uri, line, only=[FIX])
    assert (fix.edit is not None) == (client == "kate")
    made = made_by(editor, uri, fix if fix.edit else await editor.resolve(fix))
    assert made == mended


async def test_vscode_gets_a_versioned_edit_at_resolve(offering: Editor) -> None:
    uri = offering.open("x = 1\n", "untitled:versioned")
    offering.change(uri, FIXES["colon"][0])
    (fix,) = await offering.actions(uri, 0, only=[FIX])
    assert (fix.edit, fix.command) == (None, None)
    resolved = await offering.resolve(fix)
    assert resolved.command is None, "VS Code resolves the edit alone"
    assert resolved.edit is not None
    assert resolved.edit.changes is None
    (change,) = resolved.edit.document_changes or []
    assert isinstance(change, types.TextDocumentEdit)
    assert (change.text_document.uri, change.text_document.version) == (uri, 2)
    assert made_by(offering, uri, resolved) == FIXES["colon"][2]


@pytest.mark.parametrize("client", ["neovim", "kate"])
async def test_others_get_plain_changes(editors: dict[str, Editor], client: str) -> None:
    editor = editors[client]
    uri = editor.open(FIXES["colon"][0], "untitled:plain")
    (fix,) = await editor.actions(uri, 0, only=[FIX])
    resolved = fix if fix.edit else await editor.resolve(fix)
    assert resolved.edit is not None
    assert resolved.edit.document_changes is None
    assert list(resolved.edit.changes or {}) == [uri]


# Comments that the 0.5B turns into code, and what the program then prints.
COMMENTS = {
    "numbers": (COMMENT, "1\n2\n3\n4\n5\n"),
    "after-code": ('name = "Bo"\n# print hello and then the name\n', "Bo"),
}


def output_of(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", COMMENTS)
@pytest.mark.parametrize("client", ["neovim", "kate"])
async def test_a_comment_becomes_code_that_runs(
    editors: dict[str, Editor], client: str, name: str
) -> None:
    editor = editors[client]
    text, printed = COMMENTS[name]
    uri = editor.open(text, f"untitled:comment-{name}")
    began = time.monotonic()
    found = await editor.actions(uri, text.count("\n") - 1, only=[CODE])
    if client == "kate" and not found and time.monotonic() - began >= EAGER_SECONDS:
        pytest.skip("this machine is too busy for an edit that comes with the list")
    (action,) = found
    assert (action.edit is not None) == (client == "kate")
    made = made_by(editor, uri, action if action.edit else await editor.resolve(action))
    ast.parse(made)
    assert made.startswith(text.rstrip("\n"))
    assert printed in output_of(made)


async def test_a_comment_becomes_code_between_lines_of_its_kind(neovim: Editor) -> None:
    """CRLF, indentation and what follows stay as they are."""
    text = 'for name in ["Bo", "Élan 🌞"]:\r\n    # print hello and the name\r\nprint("bye")\r\n'
    uri = neovim.open(text, "untitled:between")
    (action,) = await neovim.actions(uri, 1, only=[CODE])
    made = made_by(neovim, uri, await neovim.resolve(action))
    assert made.count("\n") == made.count("\r\n")
    assert made.endswith('\r\nprint("bye")\r\n')
    ast.parse(made.replace("\r\n", "\n"))
    assert "Bo" in output_of(made.replace("\r\n", "\n"))


async def test_kate_is_shown_what_the_model_writes(editors: dict[str, Editor]) -> None:
    """It has no way to take an edit later, so the child writes the lines."""
    kate = editors["kate"]
    uri = kate.open("def area(w, h):\n    return w * h\n", "untitled:shown")
    (shown,) = [each for each in await kate.actions(uri, 0) if each.title == "Write a docstring"]
    assert shown.command is not None
    said = len(kate.client.messages)
    await kate.execute(shown.command.command, *(shown.command.arguments or []))
    message = (await kate.message(said)).message
    assert message.startswith("The text under the first line")
    assert re.search(r'^ +"""[A-Z].*\."""$', message, re.MULTILINE)


# --- the document changed meanwhile --------------------------------------------------------


@pytest.mark.parametrize("text", [FIXES["colon"][0], COMMENT], ids=["fix", "comment"])
async def test_an_edit_for_an_older_text_is_not_made(neovim: Editor, text: str) -> None:
    uri = neovim.open(text, "untitled:older")
    (action,) = await neovim.actions(uri, 0, only=[FIX, CODE])
    neovim.change(uri, "x = 1\n" + text)
    assert (await neovim.resolve(action)).edit is None


async def test_an_edit_is_not_made_when_the_text_changes_while_it_is_thought_of(
    neovim: Editor,
) -> None:
    uri = neovim.open(COMMENT, "untitled:meanwhile")
    (action,) = await neovim.actions(uri, 0, only=[CODE])
    resolving = asyncio.ensure_future(neovim.resolve(action))
    await asyncio.sleep(0.3)
    assert not resolving.done()
    neovim.change(uri, "x = 1\n" + COMMENT)
    assert (await resolving).edit is None


async def test_the_wish_for_an_edit_can_be_taken_back(neovim: Editor) -> None:
    uri = neovim.open(COMMENT, "untitled:cancelled")
    (action,) = await neovim.actions(uri, 0, only=[CODE])
    before = (await neovim.status()).spent.generated
    wish = neovim.request(types.CODE_ACTION_RESOLVE, action, "wish")
    resolving = asyncio.ensure_future(wish)
    await asyncio.sleep(0.3)
    neovim.cancel("wish")
    with pytest.raises(JsonRpcException) as caught:
        await resolving
    assert caught.value.code == REQUEST_CANCELLED
    assert (await neovim.status()).spent.generated - before < 160, "a whole answer was written"
    assert await neovim.hover(neovim.open("print(1)\n", "untitled:after"), 0, 1) is not None


# --- no model, and other clients -----------------------------------------------------------


async def test_without_a_model_a_wish_costs_one_sentence(offering: Editor) -> None:
    await offering.ready("failed")
    said = len(offering.client.messages)
    uri = offering.open(COMMENT, "untitled:no-model")
    (action,) = await offering.actions(uri, 0, only=[CODE])
    assert (await offering.resolve(action)).edit is None
    message = await offering.message(said)
    assert "\n" not in message.message


async def test_an_action_of_another_server_stays_as_it_is(offering: Editor) -> None:
    """VS Code resolves actions that carry no data, too."""
    for data in (None, {"other": 1}, [1], "text"):
        action = types.CodeAction("Other", data=data)
        assert (await offering.resolve(action)).edit is None


def only_commands() -> types.ClientCapabilities:
    """Neovim as if it knew commands alone, as clients of LSP before 3.8 do."""
    found = capabilities("neovim")
    assert found.text_document is not None
    text = attrs.evolve(found.text_document, code_action=types.CodeActionClientCapabilities())
    return attrs.evolve(found, text_document=text)


async def test_a_client_without_actions_gets_commands(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """And the edit then comes by `workspace/applyEdit`."""
    folder = tmp_path_factory.mktemp("commands")
    async with session(folder, only_commands(), "meaning", PATIENT) as editor:
        await editor.ready()
        uri = editor.open(COMMENT)
        start = types.Position(0, 0)
        offers = await editor.offers(uri, types.Range(start, start))
        assert [each.title for each in offers] == [
            "Turn this comment into code",
            "Help me with this",
        ]
        assert isinstance(offers[0], types.Command)
        await editor.execute(offers[0].command, *(offers[0].arguments or []))
        for _ in range(int(ANSWER_SECONDS * 20)):
            if editor.client.sent_edits:
                break
            await asyncio.sleep(0.05)
        said = (await editor.message()).message
        assert said.startswith("This code does what")
        assert "A computer's guess" in said
        made = editor.applied(COMMENT, editor.edits(editor.client.sent_edits[0].edit))
        assert output_of(made) == COMMENTS["numbers"][1]
