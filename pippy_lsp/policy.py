"""The teacher's policy: what the helper may do, whatever the editor's settings say.

It is the table `[policy]` of `.pippy.toml` in the workspace's root and of `policy.toml` in the
system's configuration folder; key by key the system's wins. A wrong value never opens what a right
one would close: such a key takes its strictest value, and is reported in one sentence.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec

from pippy_lsp import address
from pippy_lsp.errors import PippyError, PolicyForbids
from pippy_lsp.policy_file import KEYS, Stated, stated
from pippy_lsp.settings import WORKSPACE_FILE, Mode, ModelSettings, Remote, Settings

SYSTEM_FILE = "policy.toml"
EXTRA = "PIPPY_POLICY"
"""An environment variable: the path of one more policy file, between the system's and the
workspace's. It can't take the system's away."""
HIGHEST_LEVEL, HIGHEST_STEP = 5, 4
EXAM_ACTIONS = frozenset({"explain-error"})
"""What an exam leaves: words that are certain, and no code."""
LADDER = "help"
"""The name of the ladder of hints, as an action."""
_MODES: tuple[Mode, ...] = get_args(Mode)


class Policy(msgspec.Struct, frozen=True):
    """What is allowed. Without a policy, everything is."""

    level: int | None = None
    """The level that holds, whatever the settings say."""
    highest_level: int = HIGHEST_LEVEL
    modes: frozenset[str] = frozenset(_MODES)
    """The modes of ghost text that may be chosen; "off" always may."""
    highest_step: int = HIGHEST_STEP
    """How far the ladder of hints goes: 0 no hint at all, 4 the line itself."""
    actions_off: frozenset[str] = frozenset()
    """Names of actions, as in `prompts/messages/`: "fix" is action-fix."""
    avoid: frozenset[str] = frozenset()
    """Concepts that are never suggested, spelled as in `analysis.levels`."""
    exam: bool = False
    """No code and no model's answers: only what is certain."""
    servers: frozenset[str] | None = None
    """The only servers that text may be sent to, beside this computer itself; None: no word."""
    servers_trusted: bool = False
    """Whether it was not the workspace's file that named them: then no setting need allow it."""

    def allows(self, action: str) -> bool:
        """Whether the action of this name may be offered."""
        if self.exam and action not in EXAM_ACTIONS:
            return False
        if action == LADDER and not self.highest_step:
            return False
        return action not in self.actions_off

    def demand(self, action: str) -> None:
        """Raises: PolicyForbids where the action may not be offered."""
        if not self.allows(action):
            raise PolicyForbids

    def remote(self, model: ModelSettings) -> Remote:
        """How text may be sent to the server that the settings name."""
        if self.servers is None:
            return model.remote
        listed = [each for each in self.servers if address.same(each, model.server)]
        if not listed:
            return "no"
        return "plain" if self.servers_trusted else model.remote

    def capped(self, level: int) -> int:
        """The level that holds for a child who seems to be at `level`."""
        return min(level if self.level is None else self.level, self.highest_level)


class Found(msgspec.Struct, frozen=True):
    """A policy, the files that it comes from (the strongest last), and what was wrong in them."""

    policy: Policy = Policy()
    files: tuple[Path, ...] = ()
    problems: tuple[PippyError, ...] = ()


def paths(
    root: Path | None, environ: Mapping[str, str] | None = None, platform: str = sys.platform
) -> list[Path]:
    """The files that may hold a policy, the strongest last."""
    environ = os.environ if environ is None else environ
    found = [root / WORKSPACE_FILE] if root else []
    if environ.get(EXTRA):
        found.append(Path(environ[EXTRA]).expanduser())
    return [*found, _system_folder(environ, platform) / "pippy-lsp" / SYSTEM_FILE]


def _system_folder(environ: Mapping[str, str], platform: str) -> Path:
    if platform == "win32":
        return Path(environ.get("PROGRAMDATA") or r"C:\ProgramData")
    return Path("/Library/Application Support" if platform == "darwin" else "/etc")


def read(files: Iterable[Path]) -> Found:
    """The policy that `files` (the strongest last) give together."""
    merged: Stated = {}
    trusted = False
    problems: list[PippyError] = []
    told: list[Path] = []
    for path in files:
        says, wrong = stated(path)
        merged.update(says)
        trusted = trusted or ("servers" in says and path.name != WORKSPACE_FILE)
        problems += wrong
        if says:
            told.append(path)
    policy = msgspec.structs.replace(_policy(merged), servers_trusted=trusted)
    return Found(policy, tuple(told), tuple(problems))


def _policy(says: Stated) -> Policy:
    fields: dict[str, Any] = {KEYS[key].field: value for key, value in says.items()}
    made = Policy(**fields)
    return msgspec.structs.replace(made, highest_step=0) if made.exam else made


def differences(policy: Policy) -> dict[str, Any]:
    """What the policy narrows, by the keys that files use."""
    fields = {key.field: name for name, key in KEYS.items()}
    return {
        fields[name]: sorted(value) if isinstance(value, frozenset) else value
        for name, value in msgspec.structs.asdict(policy).items()
        if name in fields and value != getattr(Policy(), name)
    }


def apply(policy: Policy, settings: Settings) -> Settings:
    """The settings as far as the policy allows them."""
    level = settings.level
    if level != "auto" or policy.level is not None:
        level = policy.capped(1 if level == "auto" else level)
    change = msgspec.structs.replace
    completion = change(settings.completion, mode=_mode(policy, settings.completion.mode))
    teaching = settings.teaching
    if not policy.allows("explain"):
        teaching = change(teaching, explain=False)
    model = change(settings.model, remote=policy.remote(settings.model))
    return change(settings, level=level, completion=completion, teaching=teaching, model=model)


def _mode(policy: Policy, wanted: Mode) -> Mode:
    """The allowed mode that gives most, of those that give no more than `wanted`."""
    if policy.exam:
        return "off"
    return next((m for m in reversed(_up_to(wanted)) if m in policy.modes), "off")


def _up_to(mode: Mode) -> tuple[Mode, ...]:
    return _MODES[: _MODES.index(mode) + 1]


def stamp(files: Iterable[Path]) -> tuple[tuple[int, int] | None, ...]:
    """What changes when a file does: its time in nanoseconds and its size in bytes."""
    return tuple(_stamp(path) for path in files)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
