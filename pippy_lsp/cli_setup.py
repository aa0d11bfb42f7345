"""`pippy-lsp setup`: put the server into an editor, and take it out again."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable

from pippy_lsp import prompts
from pippy_lsp.errors import SetupUnanswered
from pippy_lsp.setup import editors, places, store
from pippy_lsp.setup.plan import Plan, diff

_MOST_LINES = 20
"""Of a new file that are shown; a plug-in's files are only named."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `setup` to the command line."""
    say = _messages().say
    parser = subparsers.add_parser(
        "setup", help=say("setup-help"), description=say("setup-help-long")
    )
    parser.set_defaults(command="setup")
    parser.add_argument("editor", metavar="EDITOR", help=say("setup-help-editor"))
    parser.add_argument("--yes", action="store_true", help=say("setup-help-yes"))
    parser.add_argument("--print", action="store_true", help=say("setup-help-print"))
    parser.add_argument("--undo", action="store_true", help=say("setup-help-undo"))


def run(args: argparse.Namespace) -> int:
    """Do what `setup` was asked; the exit code. Raises: PippyError."""
    if args.editor == "list":
        _list()
        return 0
    editor = editors.checked(args.editor)
    if args.undo:
        _undo(editor)
    else:
        _setup(editor, args)
    return 0


def _messages() -> prompts.Messages:
    return prompts.messages(os.environ.get("PIPPY_LANGUAGE") or prompts.DEFAULT_LANGUAGE)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _list() -> None:
    say = _messages().say
    for name in editors.EDITORS:
        done = store.record(name)
        mark = say("setup-done") if done.files or done.runs else ""
        _print("\t".join(filter(None, [name, say(f"setup-about-{name}"), mark])))


def _setup(editor: str, args: argparse.Namespace) -> None:
    say = _messages().say
    wanted = editors.plan(editor, places.server())
    todo = store.pending(editor, wanted)
    if todo.changes or todo.runs:
        _show(todo, say)
        if args.print:
            return
        if not args.yes and not _agreed(say):
            _print(say("setup-left"))
            return
        for backup in store.apply(editor, todo):
            _print(say("setup-backup", path=backup))
        _print(say("setup-ready", editor=editor))
    elif wanted.changes or wanted.runs:
        _print(say("setup-already", editor=editor))
    _print(say(f"setup-note-{editor}", **wanted.values))


def _show(todo: Plan, say: Callable[..., str]) -> None:
    """What would be changed."""
    for change in todo.changes:
        lines = diff(change)
        if change.before is None and lines.count("\n") > _MOST_LINES:
            _print(say("setup-new-file", path=change.path))
        else:
            _print(lines.rstrip("\n"))
    for each in todo.runs:
        _print(say("setup-run", command=shlex.join(each.command)))


def _agreed(say: Callable[..., str]) -> bool:
    """Whether the person says yes. Raises: SetupUnanswered where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise SetupUnanswered
    sys.stdout.write(say("setup-ask") + " ")
    sys.stdout.flush()
    answer = sys.stdin.readline().strip().casefold()
    return answer in say("setup-ask-yes").casefold().split()


def _undo(editor: str) -> None:
    say = _messages().say
    done = store.undo(editor)
    for path in done.restored:
        _print(say("setup-restored", path=path))
    for path in done.deleted:
        _print(say("setup-deleted", path=path))
    _print(say("setup-undone", editor=editor))
