"""initialize, initialized, shutdown: `initialize` is answered before anything slow begins."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from lsprotocol import types

from pippy_lsp import policy
from pippy_lsp import settings as settings_module
from pippy_lsp.analysis import jedi_facts
from pippy_lsp.features import parent
from pippy_lsp.features.base import PippyServer
from pippy_lsp.features.client import Client
from pippy_lsp.settings import WORKSPACE_FILE, Settings
from pippy_lsp.sparing import Meter

SECTION = "pippy"
ANSWER_SECONDS = 3.0
"""How long a client has to tell its configuration before the server goes on without it."""
LOOK_SECONDS = 3.0
"""How often the files of the policy are looked at: no client watches the system's."""

STRAIN_SECONDS = 10.0
"""How often it is looked at whether power or the processor is short."""


def register(server: PippyServer) -> None:
    """Answer the methods."""
    sources = Sources()

    @server.feature(types.INITIALIZE)
    def initialize(ls: PippyServer, params: types.InitializeParams) -> None:
        ls.client = Client(params.capabilities)
        sources.options = _plain(params.initialization_options)
        loop = asyncio.get_running_loop()
        # the editor gone, the work and the worker end
        parent.watch(params.process_id, lambda: asyncio.run_coroutine_threadsafe(ls.stop(), loop))

    @server.feature(types.INITIALIZED)
    def initialized(ls: PippyServer, params: types.InitializedParams) -> None:
        # The policy holds before the first request is answered; the settings may take their time.
        sources.files = policy.paths(ls.root)
        ls.use(Settings(), policy.read(sources.files).policy)
        ls.background(_wake(ls, sources))

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(
        ls: PippyServer, params: types.DidChangeConfigurationParams
    ) -> None:
        pushed = _plain(params.settings).get(SECTION)
        ls.background(_configure(ls, sources, pushed))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def did_change_watched_files(
        ls: PippyServer, params: types.DidChangeWatchedFilesParams
    ) -> None:
        if any(change.uri.endswith(WORKSPACE_FILE) for change in params.changes):
            ls.background(_read_files(ls, sources))

    @server.feature(types.SHUTDOWN)
    async def shutdown(ls: PippyServer, params: None) -> None:
        await ls.stop()


class Sources:
    """Where the settings come from."""

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}
        self.configuration: dict[str, Any] = {}
        self.files: list[Path] = []
        """Those that may hold a policy."""
        self.stamp: object = None
        """Theirs when they were read."""
        self.wanted = Settings()
        """What they say in the end, before anything is spared."""


async def _wake(ls: PippyServer, sources: Sources) -> None:
    """Read the settings, then begin to load the model and jedi."""
    await _configure(ls, sources, None)
    ls.background(_follow(ls, sources))
    ls.background(_spare(ls, sources))
    await ls.engine.start()
    await ls.analyse(jedi_facts.warm_up)
    ls.tidy.begin()


async def _configure(ls: PippyServer, sources: Sources, pushed: object) -> None:
    if isinstance(pushed, Mapping):
        sources.configuration = dict(pushed)
    elif ls.client.configuration:
        sources.configuration = await _ask(ls)
    await _read_files(ls, sources)


async def _read_files(ls: PippyServer, sources: Sources) -> None:
    """Work by what the files say now, and the client's settings below them."""
    sources.stamp = await asyncio.to_thread(policy.stamp, sources.files)
    teachers = await asyncio.to_thread(policy.read, sources.files)
    root = ls.root
    file, problems = (
        await asyncio.to_thread(settings_module.workspace_file, root) if root else ({}, [])
    )
    found, more = settings_module.read([file, sources.options, sources.configuration])
    sources.wanted = found
    ls.use(ls.sparing.applied(found), teachers.policy)
    for problem in [*teachers.problems, *problems, *more]:
        ls.tell(problem)


async def _follow(ls: PippyServer, sources: Sources) -> None:
    """Read the files again when they change."""
    if ls.client.watches_files:
        ls.background(_watch(ls))
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if await asyncio.to_thread(policy.stamp, sources.files) != sources.stamp:
            await _read_files(ls, sources)


async def _spare(ls: PippyServer, sources: Sources) -> None:
    """Do less while power or the processor is short."""
    meter = await asyncio.to_thread(Meter)
    while True:
        await asyncio.sleep(STRAIN_SECONDS)
        strain = await asyncio.to_thread(meter.look)
        if ls.sparing.decide(strain, sources.wanted.sparing):
            ls.use(ls.sparing.applied(sources.wanted))


async def _watch(ls: PippyServer) -> None:
    """Ask the client to tell at once when the workspace's file changes."""
    options = types.DidChangeWatchedFilesRegistrationOptions(
        [types.FileSystemWatcher(f"**/{WORKSPACE_FILE}")]
    )
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    params = types.RegistrationParams([types.Registration("pippy-policy", method, options)])
    try:
        answer = asyncio.shield(ls.client_register_capability_async(params))
        await asyncio.wait_for(answer, ANSWER_SECONDS)
    except Exception:  # noqa: BLE001 - a client that can't after all: the files are looked at
        return


async def _ask(ls: PippyServer) -> dict[str, Any]:
    """The client's `workspace/configuration`; nothing when it does not answer in time."""
    params = types.ConfigurationParams([types.ConfigurationItem(section=SECTION)])
    try:
        # pygls fails on an answer that arrives after a cancel: hence the shield.
        answer = asyncio.shield(ls.workspace_configuration_async(params))
        items = await asyncio.wait_for(answer, ANSWER_SECONDS)
    except Exception:  # noqa: BLE001 - whatever a client does here, the server goes on
        return {}
    return _plain(items[0]) if items else {}


def _plain(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A JSON object as a dict; pygls gives named tuples or attrs classes for what it can't type."""
    found = _unwrap(value)
    return found if isinstance(found, dict) else {}


def _unwrap(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping):
        return {str(key): _unwrap(each) for key, each in value.items()}
    if hasattr(value, "_asdict"):
        return _unwrap(value._asdict())
    if attrs.has(type(value)):
        return _unwrap(attrs.asdict(value, recurse=False))
    if isinstance(value, (list, tuple)):
        return [_unwrap(each) for each in value]
    return value
