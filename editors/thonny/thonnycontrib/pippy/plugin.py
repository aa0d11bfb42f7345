"""The plug-in: one server for all editors, the commands, and what the server says."""

from __future__ import annotations

import os
import tkinter as tk
from functools import partial
from pathlib import Path
from typing import Any, List, Optional

from pippy_client import Document, Edit, Listener, Session, asks
from pippy_client.explaining import Explaining
from pippy_client.words import of_locale

from thonny import get_workbench

from . import panel, settings_page
from .editor import EditorHelper
from .pump import Pump

OPTIONS = {"on": True, "command": "", "language": "", "level": "auto", "mode": "block"}
"""What Thonny remembers, in the section "pippy", and the defaults."""


class Plugin(Listener):
    """The helper in this Thonny."""

    def __init__(self) -> None:
        self.workbench: Any = get_workbench()
        self.editors: List[EditorHelper] = []
        self.panel: Optional[panel.HelperView] = None
        self.pump = Pump(self.workbench)
        for name, value in OPTIONS.items():
            self.workbench.set_default("pippy.%s" % name, value)
        folder = Path(self.workbench.get_local_cwd() or os.getcwd())
        self.session = Session(
            self,
            self.pump.dispatch,
            self.pump.later,
            settings=self.server_settings(),
            command=self.option("command"),
            editor="Thonny",
            folder=folder if folder.is_dir() else None,
        )
        self._explaining: Optional[Explaining] = None

    def option(self, name: str) -> Any:
        """One of `OPTIONS`, as chosen."""
        return self.workbench.get_option("pippy.%s" % name)

    def server_settings(self) -> Any:
        """The server's settings that follow from the options."""
        level = str(self.option("level"))
        thonnys = str(self.workbench.get_option("general.language") or "")
        return {
            "language": self.option("language") or of_locale(thonnys or None),
            "level": int(level) if level.isdigit() else "auto",
            "completion": {"mode": self.option("mode")},
        }

    @property
    def words(self) -> Any:
        """The child's language."""
        return self.session.words

    # --- the start -------------------------------------------------------------------------

    def load(self) -> None:
        """Put everything into Thonny."""
        say, bench = self.words.say, self.workbench
        panel.HelperView.plugin = self
        settings_page.HelperPage.plugin = self
        bench.add_view(panel.HelperView, say("helper"), "se", visible_by_default=True)
        bench.add_configuration_page("pippy", say("helper"), settings_page.HelperPage, 65)
        self._command("explain", self.explain, "<F1>", 10)
        self._command("what-now", self.what_now, "<F2>", 10)
        self._command("fix", self.fix, "<Shift-F2>", 10)
        self._command("suggest", self.suggest, "<F4>", 10)
        self._command("doctor", self.doctor, None, 20)
        bench.add_command(
            "pippy_on", say("helper"), say("on"), self.switch, flag_name="pippy.on", group=20
        )
        bench.bind("EditorTextCreated", self._created, True)
        bench.bind("ToplevelResponse", self._ran, True)
        for event in ("Save", "SaveAs", "Open"):
            bench.bind(event, lambda event: self._named(), True)
        bench.bind("WorkbenchClose", lambda event: self.session.stop(), True)
        self.pump.each.append(self._follow)
        self.pump.start()
        if self.option("on"):
            self.pump.dispatch(self.session.start)

    def _command(self, key: str, work: Any, keys: Optional[str], group: int) -> None:
        self.workbench.add_command(
            "pippy_%s" % key.replace("-", "_"),
            self.words.say("helper"),
            self.words.say(key),
            work,
            default_sequence=keys,
            group=group,
            tester=None,
        )

    def switch(self) -> None:
        """On or off."""
        on = not self.option("on")
        self.workbench.set_option("pippy.on", on)
        if on:
            self.session.start()
        else:
            for helper in self.editors:
                helper.writer.dismiss()
            self.session.stop()

    # --- the editors -----------------------------------------------------------------------

    def _created(self, event: Any) -> None:
        """The editor is told of before it is whole."""
        editor = event.editor
        self.workbench.after_idle(lambda: self.editors.append(EditorHelper(self, editor)))

    def _named(self) -> None:
        for helper in self.editors:
            helper.named()

    def _follow(self) -> None:
        for helper in self.editors:
            helper.surface.overlay.follow()

    @property
    def current(self) -> Optional[EditorHelper]:
        """The helper of the editor that is shown."""
        shown = self.workbench.get_editor_notebook().get_current_editor()
        found = [helper for helper in self.editors if helper.editor is shown]
        return found[0] if found and found[0].python else None

    # --- what the child asks ---------------------------------------------------------------

    def explain(self, event: Any = None) -> None:
        """Explain what is selected, or the cursor's line."""
        if self.current is not None:
            self.explain_at(self.current, *self.current.selection())

    def explain_at(self, helper: EditorHelper, start: int, end: Optional[int] = None) -> None:
        """Say in the panel at once what is known of a place, then what the model says."""
        helper.writer.dismiss()
        helper.bubble.hide()
        helper.writer.sync()
        self.pump.hurry()
        thinking = self.words.say("thinking")
        title = "# %s\n\n" % self._quoted(helper, start, end)
        self._page(title, thinking)

        def show(words: str, *, more: bool) -> None:
            self._page(title + words, thinking if more else "")

        if self._explaining is not None:
            self._explaining.stop()
        end = start if end is None else end
        self._explaining = Explaining(self.session, helper.document, start, end, show)

    def _quoted(self, helper: EditorHelper, start: int, end: Optional[int]) -> str:
        """The first line that is explained, as a title."""
        line = helper.document.line(helper.document.row_column(start)[0]).strip()
        more = " …" if end is not None and "\n" in helper.document.text[start:end].strip() else ""
        return "`` %s ``%s" % (line, more) if line else self.words.say("explain")

    def what_now(self, event: Any = None) -> None:
        """A menu at the cursor with what can be done there."""
        helper = self.current
        if helper is None:
            return
        helper.writer.dismiss()
        helper.writer.sync()
        self.pump.hurry()
        start, end = helper.selection()

        def pop_up(actions: List[Any]) -> None:
            assert helper is not None
            menu = self.menu = tk.Menu(helper.text, tearoff=False)
            for action in actions:
                menu.add_command(label=action["title"], command=partial(self.run, action))
            if actions:
                menu.add_separator()
            menu.add_command(label=self.words.say("suggest"), command=self.suggest)
            menu.add_command(label=self.words.say("doctor"), command=self.doctor)
            x, y, _, height = helper.text.bbox("insert") or (0, 0, 0, 0)
            menu.tk_popup(helper.text.winfo_rootx() + x, helper.text.winfo_rooty() + y + height + 2)

        asks.actions(self.session, helper.document, start, end, pop_up, self.say)

    def fix(self, event: Any = None) -> None:
        """Fix the cursor's line, where there is something to fix."""
        helper = self.current
        if helper is None:
            return
        helper.writer.sync()
        self.pump.hurry()

        def found(actions: List[Any]) -> None:
            if actions:
                self.run(actions[0])
            else:
                self.say(self.words.say("fix-none"))

        start, end = helper.selection()
        asks.actions(self.session, helper.document, start, end, found, self.say, ["quickfix"])

    def run(self, action: Any) -> None:
        """Do what an action of the server says."""
        command = action.get("command")
        name = command.get("command") if isinstance(command, dict) else command
        self.pump.hurry()
        if name == "pippy.explain":
            self.explain()
        else:
            asks.run(self.session, action, self.say)

    def suggest(self, event: Any = None) -> None:
        """Ask for suggestions by hand."""
        if self.current is not None:
            self.pump.hurry()
            self.current.writer.invoke()

    def doctor(self, event: Any = None) -> None:
        """Show how the helper is."""
        self.pump.hurry()
        asks.execute(self.session, {"command": "pippy.doctor"}, self.say)

    def _ran(self, event: Any) -> None:
        """A program ended; with an error, say what it means."""
        error = event.get("user_exception")
        items = (error or {}).get("items")
        if not items or not self.option("on"):
            return
        lines = [item[0] if isinstance(item, (tuple, list)) else item for item in items]
        traceback = "".join(str(line) for line in lines)
        helper = self.current
        if helper is not None:
            helper.writer.sync()
        title = "# %s\n\n" % self.words.say("explain-error")
        self.pump.hurry()
        asks.explain_error(
            self.session,
            traceback,
            lambda words, line: self._page(title + words),
            helper.document if helper is not None else None,
        )

    # --- what the server says --------------------------------------------------------------

    def _page(self, words: str, busy: str = "") -> None:
        view = panel.shown(self)
        if view is not None:
            view.show(words, busy)

    def show(self, markdown: str) -> None:
        """As Listener's."""
        self._page(markdown)

    def say(self, sentence: str) -> None:
        """As Listener's."""
        self._page(sentence)

    def busy(self, sentence: str) -> None:
        """As Listener's."""
        if self.panel is not None:
            self.panel.busy(sentence)

    def status_changed(self) -> None:
        """As Listener's."""
        if self.panel is not None:
            self.panel.stands()
        if self.session.phase == "ready" and self.current is not None:
            self.current.writer.again()

    def apply(self, document: Document, edits: List[Edit]) -> bool:
        """As Listener's."""
        for helper in self.editors:
            if helper.document is document:
                return helper.apply(edits)
        return False
