"""Where a suggestion is wanted, with all that it depends on, and how the model is asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from pippy_lsp import prompts
from pippy_lsp.analysis import syntax
from pippy_lsp.analysis.levels import level as level_of
from pippy_lsp.completion import context, elsewhere, hints, opening
from pippy_lsp.completion.cache import Found
from pippy_lsp.completion.checks import Checker
from pippy_lsp.completion.context import Window
from pippy_lsp.completion.place import Place, place
from pippy_lsp.completion.reading import Reading, read, settled
from pippy_lsp.completion.recent import Recent
from pippy_lsp.completion.shape import Shape, decide
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Infill, ModelInfo, Priority, Request
from pippy_lsp.prompts import Prompt
from pippy_lsp.settings import CompletionSettings

_TOKENS_A_LINE = 32
_TOKENS_MOST = 192
_RESERVED = 256
"""Tokens of context kept free for the header and the answer."""


@dataclass(frozen=True)
class Variant:
    """What a suggestion depends on, beside the text."""

    mode: str
    lines: int
    level: int
    invoked: bool
    avoid: frozenset[str] = frozenset()
    """Concepts that a teacher wants left out."""


@dataclass(frozen=True)
class Scene:
    """One cursor in one version of a document."""

    snapshot: DocumentSnapshot
    offset: int
    settings: CompletionSettings
    model: ModelInfo | None
    language: str
    variant: Variant
    window: Window
    place: Place
    shape: Shape | None
    """None where no suggestion is wanted."""
    recent: Recent
    _judged: dict[str, str] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def folder(self) -> Path | None:
        """Where the program is saved."""
        return self.snapshot.path.parent if self.snapshot.path else None

    @property
    def hinting(self) -> bool:
        """Whether a comment is wanted, and no code."""
        return self.variant.mode == "hint"

    def checked(self, raw: str) -> str:
        """What of the model's whole text may be shown; a text is judged once."""
        if raw not in self._judged:
            self._judged[raw] = self._judge(raw)
        return self._judged[raw]

    def _judge(self, raw: str) -> str:
        if self.shape is None:
            return ""
        if self.hinting:
            text = hints.hint(raw, self._prompt.opening, self.place)
            return self.shape.lead + text if text else ""
        lines = read(raw, self.place, self.shape, ended=True).lines
        shape = settled(raw, self.place, self.shape)
        return self._checker(shape).best(lines) if lines else ""

    def prepare(self) -> None:
        """Make ready to judge what the model will write here, while it reads and writes."""
        if self.shape is not None and not self.hinting:
            self._checker(self.shape).prepare()

    def _checker(self, shape: Shape) -> Checker:
        variant = self.variant
        return Checker(self.place, shape, self.folder, variant.level, variant.avoid)

    def reading(self, raw: str) -> Reading:
        """What is known of the model's text while it comes."""
        if self.shape is None or self.hinting:
            return Reading(done=self.shape is None)
        return read(raw, self.place, self.shape, ended=False)

    def rest_of(self, found: Found) -> str:
        """What is left of an earlier answer, judged again where it is now."""
        if not found.typed or self.hinting:
            return found.rest
        before = found.entry.shape
        kept = self.shape or before
        # as much as was shown: the rest must not shrink while the child types along it
        kept = replace(kept, lines=max(kept.lines, before.lines), most=max(kept.most, before.most))
        lines = tuple(found.rest.split("\n"))
        kept = replace(kept, lead="")
        return self._checker(kept).best(lines)

    @property
    def _lately(self) -> elsewhere.Lines:
        row, _ = self.snapshot.row_column(self.window.start)
        last, _ = self.snapshot.row_column(self.window.end)
        return self.recent.lines(self.snapshot, range(row, last + 1))

    @property
    def _prompt(self) -> Prompt:
        job = prompts.job("hint" if self.hinting else "inline", self.language)
        above = "\n".join(self.place.above)
        lines = elsewhere.told(self.snapshot, above, self.window, self._lately)
        return job.render(knows=level_of(self.variant.level).known(self.language), elsewhere=lines)

    def request(self, priority: Priority, *, only_read: bool = False) -> Request:
        """The request to the model; `only_read` lets it read the prompt and write nothing."""
        asked = self._prompt
        shape = self.shape
        most = min(_TOKENS_MOST, _TOKENS_A_LINE * ((shape.most if shape else 0) + 1))
        lead = (shape.lead if shape else "") + asked.opening
        only = opening.Only() if self.hinting else opening.only(self.place, shape, self.folder)
        return Request(
            Infill(self.window.prefix + lead, self.window.suffix, asked.header),
            max_tokens=0 if only_read else most,
            avoid=() if self.hinting else opening.avoided(self.place, shape),
            only=only.words,
            begun=only.begun,
            stop=("\n",) if self.hinting or (shape and shape.inside) else (),
            priority=priority,
        )

    def otherwise(self, request: Request, raw: str) -> Request | None:
        """The request for a line that does not begin as `raw` does; None where that is no new line
        of code, where the child does not wait for it, and by hand: that has other answers.
        """
        not_now = request.priority is not Priority.GHOST or self.variant.invoked
        word = "" if not_now or self.hinting else opening.first_word(raw)
        if not word or not opening.avoided(self.place, self.shape):
            return None
        return msgspec.structs.replace(request, avoid=(*request.avoid, word))

    def after(self, text: str) -> Scene:
        """The next line, once `text` is there and the child has pressed Enter."""
        old, at = self.snapshot, self.offset
        end = at + len(self.place.tail)
        line = (self.place.head + text + self.place.tail).rpartition("\n")[2]
        indent = syntax.indent_of(line) + (self.place.unit if syntax.opens_block(line) else "")
        new = (text + self.place.tail + "\n" + indent).replace("\n", old.newline)
        text = old.text[:at] + new + old.text[end:]
        snapshot = replace(old, text=text)
        return scene(
            snapshot,
            at + len(new),
            self.settings,
            self.model,
            level=self.variant.level,
            language=self.language,
            avoid=self.variant.avoid,
            recent=self.recent,
        )


def scene(  # noqa: PLR0913 - all that a suggestion depends on
    snapshot: DocumentSnapshot,
    offset: int,
    settings: CompletionSettings,
    model: ModelInfo | None,
    *,
    level: int,
    language: str = prompts.DEFAULT_LANGUAGE,
    invoked: bool = False,
    avoid: frozenset[str] = frozenset(),
    recent: Recent | None = None,
) -> Scene:
    """The scene of a cursor at `offset`; `invoked` where the child asked by hand."""
    recent = recent or Recent()
    at = place(snapshot.text, offset)
    lines = settings.max_lines if invoked else min(settings.max_lines, level_of(level).lines)
    shape = decide(at, settings.mode, max(1, lines), invoked=invoked)
    room, speed = (model.context, model.speed) if model else (0, 0.0)
    window = context.cut(snapshot.text, offset, context.budget(room, _RESERVED, speed))
    variant = Variant(settings.mode, lines, level, invoked, avoid)
    return Scene(snapshot, offset, settings, model, language, variant, window, at, shape, recent)
