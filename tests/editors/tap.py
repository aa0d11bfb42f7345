"""Runs a server and writes down what it and its editor say: `tap.py LOG COMMAND...`.

Every line of LOG is {"from": "editor" | "server", "message": ...}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO


def copy(source: int, sink: BinaryIO, log: Path, name: str) -> None:
    """Hand every byte on at once; write down the messages in them."""
    pending = b""
    while data := os.read(source, 65536):
        sink.write(data)
        sink.flush()
        pending = logged(pending + data, log, name)
    sink.close()


def logged(pending: bytes, log: Path, name: str) -> bytes:
    """Write the whole messages down; what is left."""
    while True:
        header, found, rest = pending.partition(b"\r\n\r\n")
        fields = dict(line.split(b":", 1) for line in header.split(b"\r\n") if b":" in line)
        length = int(fields.get(b"Content-Length", b"0"))
        if not found or len(rest) < length:
            return pending
        line = json.dumps({"from": name, "message": json.loads(rest[:length])})
        with log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        pending = rest[length:]


def main() -> int:
    log, command = Path(sys.argv[1]), sys.argv[2:]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None
    threading.Thread(target=copy, args=(0, server.stdin, log, "editor"), daemon=True).start()
    copy(server.stdout.fileno(), sys.stdout.buffer, log, "server")
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
