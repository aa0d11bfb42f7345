"""The helper's page in Thonny's options."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any, Dict, List, Tuple

from pippy_client.words import LANGUAGES
from thonny.config_ui import ConfigurationPage

MODES = ("block", "line", "hint", "off")
LEVELS = ("auto", "1", "2", "3", "4", "5")


class HelperPage(ConfigurationPage):  # type: ignore[misc, unused-ignore]
    """Which language, which level, how much grey text, and where the server is."""

    plugin: Any = None

    def __init__(self, master: tk.Misc) -> None:
        super().__init__(master)
        say = self.plugin.words.say
        self._values: Dict[str, Tuple[tk.StringVar, List[Tuple[str, str]]]] = {}
        automatic = [(say("language-auto"), "")]
        self._choice(0, "language", automatic + [(name, code) for code, name in LANGUAGES.items()])
        self._choice(1, "level", [(say("level-%s" % each), each) for each in LEVELS])
        self._choice(2, "mode", [(say("mode-%s" % each), each) for each in MODES])
        ttk.Label(self, text=say("command")).grid(
            row=3, column=0, columnspan=2, sticky="w", pady=(14, 2)
        )
        self.add_entry("pippy.command", row=4, columnspan=2, width=50)
        for row, key in ((5, "command-note"), (6, "settings-note")):
            note = ttk.Label(self, text=say(key), wraplength=460, foreground="#666666")
            note.grid(row=row, column=0, columnspan=2, sticky="w", pady=(6, 0))
        self.columnconfigure(1, weight=1)

    def _choice(self, row: int, name: str, values: List[Tuple[str, str]]) -> None:
        now = str(self.plugin.option(name))
        labels = [label for label, value in values if value == now] or [values[0][0]]
        variable = tk.StringVar(self, labels[0])
        ttk.Label(self, text=self.plugin.words.say(name)).grid(
            row=row, column=0, sticky="w", pady=4
        )
        self.add_combobox(
            variable, [label for label, _ in values], row, 1, padx=(12, 0), pady=4, width=28
        )
        self._values[name] = (variable, values)

    def apply(self) -> bool:
        """Remember what was chosen, and tell the server."""
        for name, (variable, values) in self._values.items():
            self.plugin.workbench.set_option("pippy.%s" % name, dict(values)[variable.get()])
        self.plugin.session.configure(**self.plugin.server_settings())
        for helper in self.plugin.editors:
            helper.writer.dismiss()
        return True
