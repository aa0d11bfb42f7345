"""What an editor asks the server, each in one call. Answers come on the GUI's thread."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from .document import Document
from .ghost import Suggestion, suggestions
from .session import Session

Show = Callable[[str], None]
INVOKED, AUTOMATIC = 1, 2
"""LSP's InlineCompletionTriggerKind."""


class InlineCompletions:
    """Ghost text for one document: only the newest request counts."""

    def __init__(self, session: Session, document: Document) -> None:
        self._session, self.document = session, document
        self._asked = 0

    def ask(
        self, offset: int, answer: Callable[[List[Suggestion]], None], *, invoked: bool = False
    ) -> None:
        """Ask at an offset; `answer` is called unless the document changes, or it is asked anew."""
        document = self.document
        self.cancel()
        version = document.version

        def told(result: Any) -> None:
            self._asked = 0
            if version == document.version:
                answer(suggestions(result, document))

        params = {
            "textDocument": document.named,
            "position": document.position(offset),
            "context": {"triggerKind": INVOKED if invoked else AUTOMATIC},
        }
        self._asked = self._session.request("textDocument/inlineCompletion", params, told)

    def cancel(self) -> None:
        """Take back what was asked."""
        self._session.cancel(self._asked)
        self._asked = 0

    def shown(self) -> None:
        """Tell that a suggestion is shown."""
        self._session.notify("textDocument/didShowCompletion", {})

    def taken(self, suggestion: Suggestion) -> None:
        """Tell that it was taken."""
        if suggestion.command:
            execute(self._session, suggestion.command)

    def partly_taken(self, length: int) -> None:
        """Tell that so many characters of it were taken."""
        params = {"acceptedLength": length}
        self._session.notify("textDocument/didPartiallyAcceptCompletion", params)


def execute(session: Session, command: Dict[str, Any], failed: Optional[Show] = None) -> None:
    """Run LSP's Command."""
    session.request(
        "workspace/executeCommand",
        {"command": command["command"], "arguments": command.get("arguments") or []},
        lambda result: None,
        lambda code, sentence: failed(sentence) if failed else None,
    )


def hover(session: Session, document: Document, offset: int, show: Show) -> int:
    """What is known of the place, in Markdown; "" where nothing is."""

    def told(result: Any) -> None:
        contents = result["contents"] if result else ""
        show(contents["value"] if isinstance(contents, dict) else str(contents))

    params = {"textDocument": document.named, "position": document.position(offset)}
    return session.request("textDocument/hover", params, told, lambda code, sentence: None)


def explain(
    session: Session, document: Document, start: int, end: int, show: Show, failed: Show
) -> int:
    """The model's words on the lines from one offset to another; it takes seconds."""
    params = {"textDocument": document.named, "range": document.range(start, end)}
    return session.request(
        "pippy/explain",
        params,
        lambda result: show(result["text"]),
        lambda code, sentence: failed(sentence),
    )


def explain_error(
    session: Session,
    error: str,
    show: Callable[[str, Optional[int]], None],
    document: Optional[Document] = None,
    line_offset: int = 0,
) -> None:
    """What a traceback means, and the line (from 0) that it is about where that is known."""
    params: Dict[str, Any] = {"error": error, "lineOffset": line_offset}
    if document is not None:
        params["textDocument"] = document.named
    session.request(
        "pippy/explainError",
        params,
        lambda result: show(result["markdown"], result.get("line")),
        lambda code, sentence: show(sentence, None),
    )


def actions(
    session: Session,
    document: Document,
    start: int,
    end: int,
    answer: Callable[[List[Any]], None],
    failed: Show,
    only: Optional[List[str]] = None,
) -> None:
    """The actions and commands for a selection; `run` runs one."""
    context: Dict[str, Any] = {"diagnostics": []}
    if only:
        context["only"] = only
    params = {
        "textDocument": document.named,
        "range": document.range(start, end),
        "context": context,
    }
    session.request(
        "textDocument/codeAction",
        params,
        lambda result: answer(result or []),
        lambda code, sentence: failed(sentence),
    )


def explains(action: Any) -> bool:
    """Whether the action explains its place: an editor's own way (`Explaining`) shows more."""
    command = action.get("command")
    found = command if isinstance(command, dict) else action
    name, arguments = found.get("command"), found.get("arguments") or [""]
    return name == "pippy.explain" or (name == "pippy.show" and arguments[0] == "explain")


def ask(session: Session, document: Document, offset: int, question: str, show: Show) -> None:
    """A question in the child's own words; it takes seconds."""
    params = {
        "question": question,
        "textDocument": document.named,
        "position": document.position(offset),
    }
    session.request(
        "pippy/ask",
        params,
        lambda result: show(result["markdown"]),
        lambda code, sentence: show(sentence),
    )


def run(session: Session, action: Dict[str, Any], failed: Show) -> None:
    """Do what the action says: make its edit, which the server may have to write first, and run
    its command.
    """
    command = action.get("command")
    if isinstance(command, str):  # a bare Command
        execute(session, action, failed)
    elif command is not None or action.get("edit"):
        _finish(session, action, failed)
    else:
        session.listener.busy(session.words.say("thinking"))

        def resolved(result: Any) -> None:
            session.listener.busy("")
            _finish(session, result, failed)

        def refused(code: int, sentence: str) -> None:
            session.listener.busy("")
            failed(sentence)

        session.request("codeAction/resolve", action, resolved, refused)


def _finish(session: Session, action: Dict[str, Any], failed: Show) -> None:
    edit = action.get("edit")
    if edit and not session.apply(edit):
        failed(session.words.say("changed"))
    elif action.get("command"):
        execute(session, action["command"], failed)
