"""What the commands of the terminal share: the settings, a file, an engine that is loaded."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from pippy_lsp import policy, prompts, settings
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine import factory
from pippy_lsp.errors import UsageError
from pippy_lsp.safety.guard import Guarded
from pippy_lsp.settings import Settings


def command_settings(model: str | None) -> Settings:
    """The settings of the folder we are in and of the environment, as far as the teacher's policy
    allows them; `model` goes before them.

    What is wrong in them is said on stderr.
    """
    file, problems = settings.workspace_file(Path.cwd())
    found, more = settings.read([file])
    allowed = command_policy()
    found = policy.apply(allowed.policy, found)
    for problem in [*problems, *more, *allowed.problems]:
        sys.stderr.write(prompts.messages(found.language).error(problem) + "\n")
    if model is None:
        return found
    return msgspec.structs.replace(found, model=msgspec.structs.replace(found.model, name=model))


def command_policy() -> policy.Found:
    """The teacher's policy for the folder we are in."""
    return policy.read(policy.paths(Path.cwd()))


def read(path: Path, say: Callable[..., str]) -> DocumentSnapshot:
    """The file as a document. Raises: UsageError when it can't be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(what=say("cli-no-file", path=str(path))) from error
    except UnicodeDecodeError as error:
        raise UsageError(what=say("cli-not-utf8", path=str(path))) from error
    return DocumentSnapshot(path.absolute().as_uri(), 0, text, "utf-32")


@asynccontextmanager
async def loaded(wanted: Settings) -> AsyncIterator[Guarded]:
    """The engine with its model loaded. Raises: ModelError, EngineError."""
    engine = Guarded(factory.make(wanted.model))
    try:
        await engine.ready()
        yield engine
    finally:
        await engine.close()
