"""Files that nobody wrote on purpose: models cut short, flipped and lying; settings, policies,
prompts and registries with anything in them. Each must be read, or refused with one of our errors.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import msgspec

from pippy_lsp import policy, prompts, settings
from pippy_lsp.engine import registry
from pippy_lsp.engine.gguf import read as read_gguf
from pippy_lsp.errors import PippyError
from pippy_lsp.safety.lexicon import File

_HUGE = (2**16, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1)
_DEEP = 3000
_TOML = (
    "level = 3",
    'language = "es"',
    "[completion]",
    'mode = "line"',
    "maxLines = 4",
    "timeoutS = 1e9",
    "[policy]",
    "exam = true",
    'avoid = ["Lambda", 7]',
    "highestLevel = -1",
    "[[policy]]",
    'x = "../../../etc/passwd"',
    'model = {name = "../../m.gguf"}',
    "a = [[[[",
    "b = {c = {d = {}}}",
    "date = 1979-05-27T07:32:00Z",
    "big = 9223372036854775808",
    "nan = nan",
    '"" = 1',
    "words = ['(']",
    'description = "$x"',
    'system = "$$ ${"',
    'variables = ["a"]',
)


class Files:
    """Makes and reads broken files of each kind, in a folder of its own."""

    def __init__(self, folder: Path, seed: int, gguf: bytes) -> None:
        """`gguf`: a sound one, small, to spoil."""
        self._folder = folder
        self._source = random.Random(seed)
        self._gguf = gguf
        self.kinds: dict[str, Callable[[], str]] = {
            "gguf": self._read_gguf,
            "settings": self._read_settings,
            "policy": self._read_policy,
            "prompt": self._read_prompt,
            "safety": self._read_safety,
            "registry": self._read_registry,
        }

    # --- models ------------------------------------------------------------------------------

    def _read_gguf(self) -> str:
        path = self._folder / "model.gguf"
        path.write_bytes(self._spoiled_gguf())
        return _code(lambda: read_gguf(path))

    def _spoiled_gguf(self) -> bytes:
        data = bytearray(self._gguf)
        how = self._source.randrange(4)
        if how == 0:
            return bytes(data[: self._source.randrange(len(data))])
        if how == 1:
            for _ in range(self._source.randint(1, 8)):
                data[self._source.randrange(len(data))] ^= 1 << self._source.randrange(8)
        elif how == 2:
            at = self._source.choice((8, 16, self._source.randrange(8, len(data) - 8)))
            struct.pack_into("<Q", data, at, self._source.choice(_HUGE))
        else:
            data[4:8] = struct.pack("<I", self._source.choice((0, 1, 2, 3, 4, 2**31)))
            at = self._source.randrange(24, len(data))
            data[at:at] = self._source.randbytes(self._source.randrange(40))
        return bytes(data)

    # --- TOML --------------------------------------------------------------------------------

    def _toml(self, *more: str) -> bytes:
        lines = [self._source.choice((*_TOML, *more)) for _ in range(self._source.randint(0, 9))]
        data = bytearray("\n".join(lines).encode())
        how = self._source.randrange(6)
        if how == 0 and data:
            for _ in range(self._source.randint(1, 5)):
                data[self._source.randrange(len(data))] = self._source.randrange(256)
        elif how == 1:
            data = bytearray(self._source.randbytes(self._source.randrange(200)))
        elif how == 2:
            opening = self._source.choice(("a = " + "[" * _DEEP, "a." * _DEEP + "b = 1"))
            data += b"\n" + opening.encode()
        return bytes(data)

    def _write(self, name: str, *more: str) -> Path:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._toml(*more))
        return path

    def _read_settings(self) -> str:
        self._write(settings.WORKSPACE_FILE)
        found, problems = settings.workspace_file(self._folder)
        _, more = settings.read([found], {})
        return _said([*problems, *more])

    def _read_policy(self) -> str:
        found = policy.read([self._write("policy.toml")])
        policy.apply(found.policy, settings.Settings())
        return _said(found.problems)

    def _read_prompt(self) -> str:
        self._write("prompts/jobs/en/job.toml")
        return self._from_prompts(lambda: prompts._checked("jobs/en/job.toml"))

    def _read_safety(self) -> str:
        self._write("prompts/safety/en.toml", "words = []", 'phrases = ["("]')
        return self._from_prompts(lambda: prompts.table("safety/en.toml", File))

    def _from_prompts(self, work: Callable[[], object]) -> str:
        before = prompts.root
        prompts.root = lambda: self._folder / "prompts"
        try:
            return _code(work)
        finally:
            prompts.root = before

    def _read_registry(self) -> str:
        text = self._toml("[auto]", "[[models]]", 'file = "../x"').decode("utf-8", "replace")
        return _code(lambda: registry.parse(text))


def _code(work: Callable[[], object]) -> str:
    """Our error's code, which has a sentence; "" where the file can be read."""
    try:
        work()
    except PippyError as error:
        return _said([error])
    return ""


def _said(problems: list[PippyError] | tuple[PippyError, ...]) -> str:
    """The codes; each error must have a sentence."""
    for problem in problems:
        if not prompts.messages().error(problem):
            raise msgspec.ValidationError(problem.code)
    return "+".join(sorted({problem.code for problem in problems}))
