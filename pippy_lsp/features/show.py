"""Where words go that are no answer to a request: a document in the editor, else a message.

A document is a file in the cache, as editors open files only. It lives as long as the session.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from pippy_lsp.engine.state import cache_dir
from pippy_lsp.teaching import words

_FOLDER = "shown"
_SESSION = re.compile(r"session-(\d+)-")
_LONGEST_NAME = 40
LONGEST_MESSAGE = 800
"""Characters of one message: what editors show without cutting it."""


class Pages:
    """The Markdown files of this session."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._count = 0

    def write(self, title: str, markdown: str) -> Path:
        """A new file with the words: an editor may show an old one as it was before.

        Raises: OSError.
        """
        if self._folder is None:
            above = cache_dir() / _FOLDER
            above.mkdir(parents=True, exist_ok=True)
            _forget_others(above)
            self._folder = Path(tempfile.mkdtemp(prefix=f"session-{os.getpid()}-", dir=above))
        self._count += 1
        slug = "-".join(re.findall(r"\w+", title))[:_LONGEST_NAME]
        path = self._folder / f"{slug or 'pippy'}-{self._count}.md"
        path.write_text(f"# {title}\n\n{markdown.strip()}\n", "utf-8")
        return path

    def close(self) -> None:
        """Delete them."""
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _forget_others(above: Path) -> None:
    """Delete what sessions left that ended without a word."""
    for folder in above.iterdir():
        match = _SESSION.match(folder.name)
        if match and not psutil.pid_exists(int(match.group(1))):
            shutil.rmtree(folder, ignore_errors=True)


def as_messages(markdown: str) -> Iterator[str]:
    """The words in plain text, in messages that are short enough to be shown whole."""
    message = ""
    for part in words.plain(markdown).split("\n\n"):
        longer = f"{message}\n\n{part}" if message else part
        if len(longer) > LONGEST_MESSAGE and message:
            yield message
            longer = part
        message = longer
    if message.strip():
        yield message
