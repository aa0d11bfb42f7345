"""The model's explanation of lines in this program, and one from the facts where it has none."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from pippy_lsp import prompts
from pippy_lsp.agents import roles, votes
from pippy_lsp.agents.chair import Chair, Question
from pippy_lsp.agents.roles import Role
from pippy_lsp.agents.sharing import Shared
from pippy_lsp.analysis import levels
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Chat, Engine, Message, Priority, Request, Sampling
from pippy_lsp.prompts import Messages
from pippy_lsp.teaching import factcheck, glossary, here, plainer, problems, subject, words
from pippy_lsp.teaching.bindings import is_function
from pippy_lsp.teaching.program import Program, read
from pippy_lsp.teaching.subject import Subject

_MAX_TOKENS = 96
_KEPT = 256
_STOP = ("```", "\n\n", "Code:", "Answer:")


@dataclass(frozen=True)
class Explanation:
    """What lines do, in Markdown."""

    text: str
    guess: bool
    """Whether a model said it; else it is from the facts alone."""


class Explainer:
    """Explains lines and remembers what it said, by the meaning of the code."""

    def __init__(
        self,
        engine: Engine,
        language: str = prompts.DEFAULT_LANGUAGE,
        chair: Chair | None = None,
    ) -> None:
        """`chair` holds the panel of what the child asked for (None: as `auto` does)."""
        self._chair = chair or Chair(engine)
        self._alone = Chair(engine, "off")
        self._language = language
        self._asking: Shared[str | None] = Shared()
        self._said: OrderedDict[str, Explanation] = OrderedDict()

    def ready(self, snapshot: DocumentSnapshot, line: int) -> Explanation | None:
        """The explanation of line `line` (from 0), if it was made already and still holds."""
        found = subject.find(read(snapshot.text), line, line, self._language)
        return self._said.get(found.key) if found else None

    async def explain(
        self,
        snapshot: DocumentSnapshot,
        first: int,
        last: int,
        *,
        level: int = levels.DEFAULT,
        priority: Priority = Priority.ASKED,
    ) -> Explanation:
        """What the lines from `first` to `last` (from 0) do, in at most 60 words of Markdown, for a
        child of this level.

        Raises: as `Engine.generate`.
        """
        program = read(snapshot.text)
        found = subject.find(program, first, last, self._language)
        if found is None:
            return Explanation(self.without_model(snapshot, first, last), guess=False)
        if found.key not in self._said:
            text = await self._asking.run(found.key, lambda: self._ask(found, level, priority))
            said = Explanation(text or _template(self._say, program, found), guess=bool(text))
            self._keep(found.key, said)
        self._said.move_to_end(found.key)
        return self._said[found.key]

    def without_model(self, snapshot: DocumentSnapshot, first: int, last: int) -> str:
        """What the facts alone say of the lines, for when the model can't answer."""
        program = read(snapshot.text)
        folder = snapshot.path.parent if snapshot.path else None
        found = subject.find(program, first, last, self._language)
        if found is not None:
            return _template(self._say, program, found)
        wrong = problems.in_lines(problems.problems(snapshot.text, folder), snapshot, first, last)
        if wrong:
            return self._say.say(wrong[0].key, **wrong[0].values)
        return self._say.say("explain-nothing")

    @property
    def _say(self) -> Messages:
        return prompts.messages(self._language)

    def _keep(self, key: str, said: Explanation) -> None:
        self._said[key] = said
        while len(self._said) > _KEPT:
            self._said.popitem(last=False)

    async def _ask(self, found: Subject, level: int, priority: Priority) -> str | None:
        """The panel's answer; what nobody asked for yet is answered once."""
        chair = self._alone if priority == Priority.AHEAD else self._chair
        return (await chair.ask(self.question(found, level, priority))).text

    def question(self, found: Subject, level: int, priority: Priority = Priority.ASKED) -> Question:
        """What a panel is asked about the lines: of the teacher's answers that speak only of what
        is there, the one that the others are most like.
        """
        opening = self._prompt(found, level, "").opening

        def build(role: Role, sampling: Sampling) -> Request:
            prompt = self._prompt(found, level, role.who)
            messages = (
                Message("system", prompt.system.strip()),
                Message("user", prompt.user.strip()),
            )
            return Request(Chat(messages, opening), _MAX_TOKENS, _STOP, sampling, priority)

        def judge(answer: str) -> str | None:
            whole = f"{opening} {answer.removeprefix(opening).lstrip()}"
            kept = factcheck.keep(whole, found.known, self._language)
            text = plainer.plainer(kept, self._language)
            return text[:1].upper() + text[1:] or None

        teacher = [roles.load("teacher", self._language)]
        return Question(build, judge, teacher, votes.by_sentences, gains=False)

    def _prompt(self, found: Subject, level: int, who: str) -> prompts.Prompt:
        said = self._say
        context = (
            f"{said.say('explain-context')}\n{words.fence(found.context)}\n"
            if found.context
            else ""
        )
        facts = f"{said.say('explain-facts')} {' '.join(found.facts)}" if found.facts else ""
        return prompts.job("explain", self._language).render(
            who=who,
            knows=levels.level(level).known(self._language),
            context=context,
            facts=facts,
            code=found.code,
        )


def _template(say: Messages, program: Program, found: Subject) -> str:
    """The facts of the first statement, said plainly."""
    sentences = list(_plainly(say, program, found.statements[0])) or list(found.facts)
    if not sentences:
        line = found.code.splitlines()[0]
        sentences = [say.say("explain-other", code=words.code(line))]
    return " ".join(dict.fromkeys([*sentences, *found.facts[:1]]))


def _plainly(say: Messages, program: Program, node: ast.stmt) -> Iterator[str]:
    book = glossary.load(say.language)
    if isinstance(node, (ast.For, ast.AsyncFor)):
        yield book.keyword["for"].text
        yield from here.loop_facts(say, program, node)
    elif isinstance(node, (ast.If, ast.While)):
        yield from here.branch(say, program, node, type(node).__name__.lower())
    elif is_function(node):
        yield from here.function(say, node)
    elif isinstance(node, ast.Assign):
        names, value = program.source(node.targets[0]), program.source(node.value)
        yield say.say("explain-assign", name=words.code(names), value=words.code(value))
    elif isinstance(node, ast.AugAssign):
        yield say.say("explain-change", name=words.code(program.source(node.target)))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield say.say("explain-call", code=words.code(program.source(node.value)))
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        name = getattr(node, "module", None) or ", ".join(alias.name for alias in node.names)
        yield say.say("explain-import", name=words.code(name))
