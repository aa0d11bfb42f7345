"""Ask Pippy: one question about code, answered with words and a small program that was checked."""

from __future__ import annotations

from dataclasses import dataclass

from pippy_lsp import prompts
from pippy_lsp.agents import roles
from pippy_lsp.analysis import levels
from pippy_lsp.engine.protocol import Chat, Engine, Message, Request, complete
from pippy_lsp.teaching import checked, factcheck, plainer, topic, words

_TRIES = 3
_MAX_TOKENS = 220


@dataclass(frozen=True)
class Reply:
    """The three parts; `code` is "" where no program was good enough to show."""

    words: str
    code: str = ""
    running: str = ""
    """How to see what it does."""
    guess: bool = False

    @property
    def markdown(self) -> str:
        """All parts that there are."""
        code = words.fence(self.code) if self.code else ""
        return "\n\n".join(part for part in (self.words, code, self.running) if part)


async def ask(
    engine: Engine,
    question: str,
    program: str = "",
    *,
    level: int = levels.DEFAULT,
    language: str = prompts.DEFAULT_LANGUAGE,
    avoid: frozenset[str] = frozenset(),
) -> Reply:
    """The answer to a question in the child's own words; `program` is what they have open.

    Raises: as `Engine.generate`.
    """
    say = prompts.messages(language)
    if not topic.about_code(question, program, language):
        return Reply(say.say("ask-other"))
    role = roles.load("teacher", language)
    told = ""
    for number in range(_TRIES):
        request = _request(question, level, language, role, number)
        result = await complete(engine, request)
        before, fence, code = result.text.partition("```")
        text = _words(before, language)
        told = told or text
        good = checked.program(f"{fence}{code}", level, avoid) if fence else None
        if good and text:
            key = "ask-run-input" if "input(" in good else "ask-run"
            return Reply(text, good, say.say(key), guess=True)
    return Reply(told, guess=True) if told else Reply(say.say("ask-nothing"))


def _words(text: str, language: str) -> str:
    """At most two sentences, in easy words, with nothing in them that an editor would fetch."""
    found = [each for each in factcheck.sentences(text) if factcheck.grounded(each, each)]
    found = [each.rstrip(":") + "." if each.endswith(":") else each for each in found]
    return plainer.plainer(" ".join(found[: factcheck.MOST_SENTENCES]), language)


def _request(question: str, level: int, language: str, role: roles.Role, number: int) -> Request:
    prompt = prompts.job("ask", language).render(
        who=role.who,
        knows=levels.level(level).knows,
        question=" ".join(question.split()),
        lines=checked.MOST_LINES,
    )
    messages = (Message("system", prompt.system.strip()), Message("user", prompt.user.strip()))
    return Request(Chat(messages, prompt.opening), _MAX_TOKENS, (), role.sample(number))
