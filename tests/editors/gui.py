"""A screen of its own for an editor under test: Xvfb, keys by xdotool, pictures without a tool."""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
WAIT_SECONDS = 90.0
"""For what takes a few seconds on an idle machine."""


def wanted(*commands: str) -> None:
    """Skip the test where one of these commands is not installed."""
    missing = [each for each in commands if shutil.which(each) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def wait(look: Callable[[], T], what: str, seconds: float = WAIT_SECONDS) -> T:
    """What `look` finds, as soon as it is true."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
    return found


class Screen:
    """An X server without a window manager."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self.folder = folder
        reader, writer = os.pipe()
        self._server = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", str(writer), "-fbdir", str(folder), "-nolisten", "tcp"),
                *("-screen", "0", f"{width}x{height}x24"),
            ],
            pass_fds=[writer],
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with os.fdopen(reader) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        self.name = f":{number}"

    def close(self) -> None:
        self._server.terminate()
        self._server.wait(10)

    def do(self, *arguments: str) -> str:
        """Run xdotool."""
        done = subprocess.run(
            ["xdotool", *arguments],
            env={**os.environ, "DISPLAY": self.name},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def window(self, title: str) -> str:
        """The window whose title matches, with the focus: no window manager gives it one."""
        names = wait(
            lambda: self.do("search", "--onlyvisible", "--name", title), f"the window {title}"
        )
        found = names.splitlines()[-1]
        self.do("windowfocus", "--sync", found)
        return found

    def press(self, *keys: str) -> None:
        for key in keys:
            self.do("key", "--clearmodifiers", key)

    def type(self, text: str) -> None:
        first, *others = text.split("\n")
        for line in [first, *(each for other in others for each in ("\n", other))]:
            if line == "\n":
                self.press("Return")
            elif line:
                self.do("type", "--clearmodifiers", "--delay", "40", line)

    def point(self, x: int, y: int) -> None:
        """Move the pointer, as a hand does: there, and a little further."""
        self.do("mousemove", str(x - 2), str(y))
        self.do("mousemove", str(x), str(y))

    def click(self, x: int, y: int) -> None:
        self.point(x, y)
        self.do("click", "1")

    def picture(self, path: Path, box: tuple[int, int, int, int] | None = None) -> None:
        """Save what the screen shows, or the box (x, y, width, height) of it, as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_png(*_pixels((self.folder / "Xvfb_screen0").read_bytes()), box))


def _pixels(dump: bytes) -> tuple[list[bytes], int]:
    """The rows (3 bytes a pixel) of an XWD dump of 32 bits a pixel, and its width.

    Source: XWDFile.h of the X Window System; a header of 25 numbers, a name, the colours.
    """
    header = struct.unpack(">25I", dump[:100])
    size, width, height, bytes_per_line, colors = (
        header[0],
        header[4],
        header[5],
        header[12],
        header[19],
    )
    start = size + colors * 12
    rows = []
    for number in range(height):
        row = dump[start + number * bytes_per_line :][: width * 4]
        rgb = bytearray(width * 3)
        rgb[0::3], rgb[1::3], rgb[2::3] = row[2::4], row[1::4], row[0::4]
        rows.append(bytes(rgb))
    return rows, width


def _png(rows: list[bytes], width: int, box: tuple[int, int, int, int] | None) -> bytes:
    x, y, width, height = box or (0, 0, width, len(rows))
    rows = [row[x * 3 : (x + width) * 3] for row in rows[y : y + height]]

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    for kept in (0xFF, 0xFC, 0xF8, 0xF0, 0xE0, 0xC0):  # a byte a pixel is a third of the size
        rows = [row.translate(_fewer(kept)) for row in rows]
        colors = sorted({row[at : at + 3] for row in rows for at in range(0, width * 3, 3)})
        if len(colors) <= 256:
            break
    number = {color: bytes([place]) for place, color in enumerate(colors)}
    rows = [b"".join(number[r[at : at + 3]] for at in range(0, width * 3, 3)) for r in rows]
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"PLTE", b"".join(colors)) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _fewer(kept: int) -> bytes:
    """A table that keeps these bits of a colour's share; white stays white."""
    return bytes((each & kept) | (each & kept) >> kept.bit_count() for each in range(256))


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[int]:
    """A program with its children, all of which are gone afterwards; its process id."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield process.pid
    finally:
        _end(process, signal.SIGTERM)
        _end(process, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, number)
        process.wait(10)
