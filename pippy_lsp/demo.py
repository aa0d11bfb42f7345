"""`pippy-lsp demo`: a short editor session with the real server, shown in the terminal."""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from pathlib import Path

from rich.console import Console

from pippy_lsp import demo_scenes, prompts
from pippy_lsp.cli_common import command_settings, read
from pippy_lsp.demo_client import Action, Editor, Ghost, Timed, editor, timed
from pippy_lsp.demo_scenes import Scenes
from pippy_lsp.demo_view import View
from pippy_lsp.errors import ModelFileMissing

KEY_SECONDS = 0.06
"""A fast typist's pause between two keys."""
_KEYS = re.compile(r"\r?\n[ \t]*|.", re.DOTALL)
"""Editors indent a new line themselves: it is one key."""


def run(options: argparse.Namespace) -> int:
    """Play the session. Raises: PippyError."""
    wanted = command_settings(options.model)
    say = prompts.messages(wanted.language)
    if options.file is None:
        scenes = demo_scenes.from_script(demo_scenes.script(wanted.language))
    else:
        document = read(Path(options.file), say.say)
        scenes = demo_scenes.from_program(Path(options.file).name, document.uri, document.text)
    environment = {} if options.model is None else {"PIPPY_MODEL": _absolute(options.model)}
    view = View(Console(highlight=False), say)
    asyncio.run(_play(scenes, view, environment))
    return 0


def _absolute(model: str) -> str:
    """A path stays right in another folder; a name stays a name.

    Raises: ModelFileMissing for a .gguf that is not there.
    """
    path = Path(model)
    if path.suffix == ".gguf" and not path.is_file():
        raise ModelFileMissing(path=model)
    return str(path.absolute()) if path.is_file() else model


async def _play(scenes: Scenes, view: View, environment: dict[str, str]) -> None:
    start = time.perf_counter()
    async with editor(environment) as window:
        answered = 1000 * (time.perf_counter() - start)
        await window.open(scenes.uri, scenes.program)
        with view.loading() as progress:
            model = await timed(window.wait_ready(progress))
        view.heading("demo-title", name=scenes.name, model=model.value)
        view.time("demo-time-start", answered)
        view.time("demo-time-load", model.ms)
        await _ghost(window, view, scenes)
        await _hover(window, view, scenes)
        await _action(window, view, scenes)
    view.times()


async def _ghost(window: Editor, view: View, scenes: Scenes) -> None:
    """Type, and press Tab."""
    view.heading("demo-ghost")
    cursor = scenes.type_at
    asked: list[asyncio.Task[Ghost | None]] = []
    for key in _KEYS.findall(scenes.typed):
        await asyncio.sleep(KEY_SECONDS)
        cursor = window.type(cursor, key)
        # As editors do: every key asks, and the next key makes the question moot.
        asked.append(asyncio.create_task(window.ghost(cursor)))
    found: Timed[Ghost | None] = await timed(asked.pop() if asked else window.ghost(cursor))
    await asyncio.gather(*asked)
    line = window.document.row_column(cursor)[0] + 1
    view.note("demo-ghost-removed" if scenes.removed else "demo-ghost-how", line=line)
    view.program(window.document.text, cursor, found.value)
    view.time("demo-time-ghost", found.ms)
    if found.value is not None:
        window.accept(found.value)
        return
    view.note("cli-nothing")
    window.type(cursor, scenes.removed)


async def _hover(window: Editor, view: View, scenes: Scenes) -> None:
    for offset in demo_scenes.hover_places(scenes, window.document.text):
        found = await timed(window.hover(offset))
        if found.value:
            break
    else:
        return
    match = re.match(r"\w*", window.document.text[offset:])
    word = match.group() if match else ""
    row = window.document.row_column(offset)[0]
    view.heading("demo-hover", word=word, line=row + 1)
    view.markdown(found.value, word)
    view.time("demo-time-hover", found.ms)
    said = await timed(window.explain(row))
    view.markdown(said.value, window.document.line(row).strip())
    view.time("demo-time-explain", said.ms)


async def _action(window: Editor, view: View, scenes: Scenes) -> None:
    for offset in demo_scenes.action_places(scenes, window.document.text):
        offered = await timed(window.actions(offset))
        chosen = next((each for each in offered.value if each.command is None), None)
        if chosen is not None:
            done: Timed[Action] = await timed(window.resolve(chosen))
            row = window.document.row_column(offset)[0]
            view.heading("demo-action", title=chosen.title, line=row + 1)
            if done.value.after is None:
                view.note("demo-no-edit")
            else:
                view.diff(window.document.text, done.value.after, scenes.name)
            view.time("demo-time-action", done.ms)
            return
    view.heading("demo-action-none")
