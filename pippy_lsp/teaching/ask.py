"""Ask Pippy: one question about code, answered with a few words, a small program that was checked,
and what that program shows.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import msgspec

from pippy_lsp import prompts
from pippy_lsp.agents import roles
from pippy_lsp.analysis import dryrun, levels
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Chat, Engine, Message, Request, complete
from pippy_lsp.errors import Distress, NotAboutCode
from pippy_lsp.teaching import checked, factcheck, glossary, plainer, topic, words
from pippy_lsp.teaching.action import Action, Answer, Asked, Words, rows
from pippy_lsp.teaching.program import parse, split

_TRIES = 3
_MAX_TOKENS = 200
_MOST_SHOWN = 12
"""Lines that a program shows, which are said."""
_CONTEXT = 12
"""Lines of the child's program that the model sees."""


@dataclass(frozen=True)
class Question:
    """What a child wants to know. `program` is what they have open, `row` the line (from 0) they
    ask at.
    """

    text: str
    program: str = ""
    row: int = 0
    level: int = levels.DEFAULT
    language: str = prompts.DEFAULT_LANGUAGE
    avoid: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reply:
    """The three parts; `code` is "" where no program was good enough to show."""

    words: str
    code: str = ""
    running: str = ""
    """How it is run, and what it then shows."""
    guess: bool = False

    @property
    def markdown(self) -> str:
        """All parts that there are."""
        code = words.fence(self.code) if self.code else ""
        return "\n\n".join(part for part in (self.words, code, self.running) if part)


async def ask(engine: Engine, question: Question) -> Reply:
    """The answer to a question in the child's own words.

    Raises: as `Engine.generate`.
    """
    say = prompts.messages(question.language)
    if topic.fixed(question.text, question.program, question.language):
        return fixed(question)
    try:
        return await _answered(engine, question)
    except (Distress, NotAboutCode) as heard:  # in the program around the question, too
        return Reply(say.error(heard))


async def _answered(engine: Engine, question: Question) -> Reply:
    """The best of the model's answers; what the glossary says where none is good."""
    say = prompts.messages(question.language)
    role = roles.load("teacher", question.language)
    told = ""
    for number in range(_TRIES):
        before, code = await _sample(engine, question, role, number)
        good = checked.program(code, question.level, question.avoid)
        running = _running(say, good) if good else None
        text = _words(before, question, good or "")
        if good and running:
            text = text or told or next(_facts(question, good), "")
            return Reply(text or say.say("ask-like-this"), good, running, guess=True)
        told = told or text
    return Reply(told, guess=True) if told else _without_model(say, question)


async def _sample(
    engine: Engine, question: Question, role: roles.Role, number: int
) -> tuple[str, str]:
    """The model's words, and the program under them; asked for where it wrote none."""
    request = _request(question, role, number)
    result = await complete(engine, request, lambda text: text.count("```") > 1)
    before, fence, code = result.text.partition("```")
    if fence:
        return before, f"{fence}{code}"
    opening = f"{before.rstrip()}\n\n```python\n"
    prompt = msgspec.structs.replace(request.prompt, opening=opening)
    more = msgspec.structs.replace(request, prompt=prompt, stop=("```",))
    return before, (await complete(engine, more)).text


def fixed(question: Question) -> Reply:
    """The fixed line for what is not about code."""
    key = topic.fixed(question.text, question.program, question.language)
    return Reply(prompts.messages(question.language).say(key))


def _without_model(say: prompts.Messages, question: Question) -> Reply:
    """What the glossary says of the words in the question."""
    book = glossary.load(question.language)
    said = re.findall(r"[^\W\d]\w*", question.text)
    # a word that is in every sentence comes last: `what does while do?`
    for word in sorted(said, key=lambda each: each in topic.PLAIN):
        entry = book.keyword.get(word) or book.builtin.get(word) or book.module.get(word)
        if entry and entry.example and word not in topic.COMMON:
            running = _running(say, entry.example) or ""
            return Reply(entry.text, entry.example, running)
    return Reply(say.say("ask-nothing"))


def _facts(question: Question, code: str) -> Iterator[str]:
    """What the glossary says of Python's words in the program, the longest words first."""
    book = glossary.load(question.language)
    found = set(re.findall(r"[^\W\d]\w*", code)) - {"print", "in"}
    for word in sorted(found, key=lambda each: (-len(each), each)):
        entry = book.keyword.get(word) or book.builtin.get(word)
        if entry:
            yield entry.text


def _running(say: prompts.Messages, code: str) -> str | None:
    """What a run shows, where that can be worked out; None for a program that an error stops."""
    tree = parse(code)
    found = dryrun.run(tree) if isinstance(tree, ast.Module) else None
    if found is not None and found.crashed:
        return None
    if found is None or not found.lines or len(found.lines) > _MOST_SHOWN:
        return say.say("ask-run-input" if "input(" in code else "ask-run")
    shown = "\n".join(found.lines)
    key = "ask-typed" if found.typed else "ask-chance" if found.chance else "ask-shows"
    return f"{say.say(key)}\n\n{words.fence(shown, 'text')}"


def _words(text: str, question: Question, code: str) -> str:
    """The sentences that speak only of the question, the program and Python, in easy words."""
    known = "\n".join([question.text, question.program, code, _python()])
    lead = [each for each in factcheck.sentences(text) if not each.endswith(":")]
    kept = factcheck.keep(" ".join(lead), known)
    return plainer.plainer(kept, question.language, but=question.text)


@cache
def _python() -> str:
    """Names that every program has."""
    book = glossary.load()
    return " ".join([*keyword.kwlist, *dir(builtins), *book.module, *book.member, *book.method])


def _request(question: Question, role: roles.Role, number: int) -> Request:
    language = question.language
    prompt = prompts.job("ask", language).render(
        who=role.who,
        knows=levels.level(question.level).known(language),
        context=_context(question),
        question=" ".join(question.text.split()),
        lines=checked.MOST_LINES,
    )
    messages = (Message("system", prompt.system.strip()), Message("user", prompt.user.strip()))
    return Request(Chat(messages, prompt.opening), _MAX_TOKENS, (), role.sample(number))


def _context(question: Question) -> str:
    """The child's lines above the question, where it speaks of them."""
    if not topic.names_in(question.program) & set(re.findall(r"\w+", question.text.lower())):
        return ""
    lines = split(question.program)[max(0, question.row - _CONTEXT) : question.row + 1]
    code = "\n".join(line for line in lines if line.strip() and topic.question(line) is None)
    say = prompts.messages(question.language)
    return say.say("ask-context", code=code) if code else ""


# --- the action ----------------------------------------------------------------------------


def _available(snapshot: DocumentSnapshot, start: int, end: int) -> bool:
    first, last = rows(snapshot, start, end)
    return first == last and topic.question(snapshot.line(first)) is not None


async def _answer(asked: Asked) -> Answer:
    row = asked.rows[0]
    text = topic.question(asked.snapshot.line(row))
    if text is None:
        return None
    wanted = Question(text, asked.snapshot.text, row, asked.level, asked.language, asked.avoid)
    reply = await ask(asked.engine, wanted)
    return Words(reply.markdown, reply.guess)


ACTION = Action("ask", "pippy.ask", _available, edits=False, model=_answer)
