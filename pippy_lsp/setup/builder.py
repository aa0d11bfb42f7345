"""GNOME Builder has no setting for a language server, only plug-ins: one is written."""

from __future__ import annotations

from collections.abc import Sequence

from pippy_lsp.setup import places
from pippy_lsp.setup.plan import Change, Plan, read

_PLUGIN = """\
[Plugin]
Name=Pippy
Description=A helper for children who learn Python
Loader=python
Module=pippy_lsp_plugin
X-Code-Action-Provider-Languages=python,python3
X-Completion-Provider-Languages=python,python3
X-Hover-Provider-Languages=python,python3
"""
_MODULE = '''\
"""Serves Python in GNOME Builder with pippy-lsp. Written by pippy-lsp setup."""

from gi.repository import Ide


class PippyService(Ide.LspService):
    def do_parent_set(self, parent):
        self.set_inherit_stderr(False)
        self.set_search_path([])

    def do_prepare_run_context(self, pipeline, run_context):
        run_context.append_args({command!r})

    def do_configure_client(self, client):
        client.add_language("python")
        client.add_language("python3")


class PippyCodeActionProvider(Ide.LspCodeActionProvider, Ide.CodeActionProvider):
    def do_load(self):
        PippyService.bind_client(self)


class PippyCompletionProvider(Ide.LspCompletionProvider):
    def do_load(self, context):
        PippyService.bind_client(self)

    def do_get_priority(self, context):
        return -1000


class PippyHoverProvider(Ide.LspHoverProvider):
    def do_prepare(self):
        self.props.category = "Python"
        self.props.priority = 100
        PippyService.bind_client(self)
'''


def plan(command: Sequence[str]) -> Plan:
    """The plug-in's two files."""
    folder = places.data_home() / "gnome-builder" / "plugins" / "pippy_lsp_plugin"
    files = {
        "pippy_lsp_plugin.plugin": _PLUGIN,
        "pippy_lsp_plugin.py": _MODULE.replace("{command!r}", repr(list(command))),
    }
    changes = [
        Change(folder / name, read(folder / name), text.encode("utf-8"))
        for name, text in files.items()
    ]
    return Plan(changes)
