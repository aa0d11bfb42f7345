"""`pippy-lsp ask`: a question in the child's own words, in the terminal."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from pippy_lsp import prompts
from pippy_lsp.analysis.learner import Learner
from pippy_lsp.cli_common import command_policy, command_settings, loaded, read
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.errors import UsageError
from pippy_lsp.settings import Settings
from pippy_lsp.teaching import ask, topic
from pippy_lsp.teaching.ask import Question, Reply
from pippy_lsp.teaching.words import plain


def run(options: argparse.Namespace) -> int:
    """Answer the question; the exit code.

    Raises: PippyError.
    """
    wanted = command_settings(options.model)
    say = prompts.messages(wanted.language).say
    text = " ".join(options.question).strip()
    if not text:
        raise UsageError(what=say("cli-ask-form"))
    policy = command_policy().policy
    policy.demand(ask.ACTION.name)
    snapshot = read(Path(options.file), say) if options.file else None
    question = _question(wanted, text, snapshot, policy.avoid)
    model, reply = asyncio.run(_answer(wanted, question))
    markdown = say("computer-guess", text=reply.markdown) if reply.guess else reply.markdown
    if options.json:
        fields: dict[str, Any] = {
            "model": model, "words": reply.words, "code": reply.code,
            "running": reply.running, "guess": reply.guess, "markdown": markdown,
        }  # fmt: skip
        sys.stdout.write(json.dumps(fields, indent=2) + "\n")
    else:
        sys.stdout.write(plain(markdown) + "\n")
    return 0


def _question(
    wanted: Settings, text: str, snapshot: DocumentSnapshot | None, avoid: frozenset[str]
) -> Question:
    program = snapshot.text if snapshot else ""
    level = wanted.level
    if level == "auto":
        level = Learner().read(snapshot.uri, program, snapshot.path) if snapshot else 2
    row = program.count("\n")
    return Question(text, program, row, level, wanted.language, avoid)


async def _answer(wanted: Settings, question: Question) -> tuple[str, Reply]:
    """The model's name and the answer; what is not about code needs no model."""
    if topic.fixed(question.text, question.program, question.language):
        return "", ask.fixed(question)
    async with loaded(wanted) as engine:
        reply = await ask.ask(engine, question)
        model = engine.status.model
    return model.name if model else "", reply
