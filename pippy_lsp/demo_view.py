"""Shows the demo's session in a terminal. Everything can be read without colours too."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from pippy_lsp.demo_client import Ghost
from pippy_lsp.prompts import Messages

GHOST_STYLE = "dim italic"
_AROUND = 4
"""Lines shown above and below the place that matters."""
_THEME = "ansi_dark"


class View:
    """The terminal, and the words of the reader's language."""

    def __init__(self, console: Console, say: Messages) -> None:
        self._console = console
        self._say = say
        self._times: list[tuple[str, float]] = []

    def heading(self, key: str, **values: object) -> None:
        """A line that says what comes."""
        self._console.print()
        self._console.rule(Text(self._say.say(key, **values), "bold"), align="left")

    def note(self, key: str, **values: object) -> None:
        """A sentence."""
        self._console.print(Text(self._say.say(key, **values)))

    def time(self, key: str, ms: float, **values: object) -> None:
        """Keep a time for the table at the end, and say it."""
        name = self._say.say(key, **values)
        self._times.append((name, ms))
        self._console.print(Text(f"{name}: {_ms(ms)}", "cyan"))

    @contextmanager
    def loading(self) -> Iterator[Callable[[float], None]]:
        """A bar while the model loads; what it gives takes the share that is loaded."""
        words = self._say.say("demo-loading")
        bar = Progress(
            TextColumn(words),
            BarColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        task = bar.add_task(words, total=1.0)
        with bar:
            yield lambda share: bar.update(task, completed=share)

    def program(self, text: str, offset: int, ghost: Ghost | None) -> None:
        """The program around `offset`, with the ghost text where the editor would show it.

        Lines that hold ghost text are marked in the margin, for terminals without dim or italic.
        """
        at = ghost.start if ghost else offset
        shown = _highlighted(text[:at])
        if ghost:
            shown.append(Text(ghost.text, GHOST_STYLE))
            shown.append_text(_highlighted(text[ghost.end :]))
        else:
            shown.append_text(_highlighted(text[at:]))
        first = text.count("\n", 0, at)
        last = first + (ghost.text.count("\n") if ghost else 0)
        rows = shown.split("\n", allow_blank=True)
        for number in range(max(0, first - _AROUND), min(len(rows), last + _AROUND + 1)):
            inside = first <= number <= last
            extra = ghost is not None and first < number <= last
            label = "+" if extra else str(number + 1 - max(0, min(number, last) - first))
            margin = Text(f"{label:>4} {'>' if inside else ' '} ", "bold" if inside else "dim")
            self._console.print(margin.append_text(rows[number]), soft_wrap=True)

    def markdown(self, text: str, title: str) -> None:
        """A hover's window."""
        self._console.print(Panel(Markdown(text), title=title, title_align="left", box=box.ROUNDED))

    def diff(self, before: str, after: str, name: str) -> None:
        """An edit as a diff."""
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), name, name, lineterm="", n=2
        )
        code = "\n".join(list(lines)[2:])
        self._console.print(Padding(Syntax(code, "diff", theme=_THEME), (0, 0, 0, 2)))

    def times(self) -> None:
        """All times, at the end."""
        table = Table(box=box.SIMPLE, show_header=False)
        table.add_column()
        table.add_column(justify="right")
        for name, ms in self._times:
            table.add_row(name, _ms(ms))
        self.heading("demo-times")
        self._console.print(table)


def _highlighted(code: str) -> Text:
    """`code` in colours, and not a character more or less (rich ends it with a new line)."""
    coloured = Syntax("", "python", theme=_THEME).highlight(code)
    if coloured.plain != code and coloured.plain.rstrip("\n") == code.rstrip("\n"):
        coloured = coloured[: len(code)] if len(coloured) >= len(code) else Text(code)
    return coloured if coloured.plain == code else Text(code)


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms"
