"""Loads `prompts/`: the words of the program, as strict data.

    prompts/jobs/LANG/NAME.toml     what is said to the model for one job
    prompts/roles/LANG/NAME.toml    who an agent is
    prompts/messages/LANG.toml      the sentences that a person reads
    prompts/problems/LANG.toml      those that say what is wrong in a program
    prompts/NAME.toml               tables (levels, ...), read with `table`

An unknown key in a file, a variable that a template does not declare, and one that the caller
forgets are errors: a prompt that is silently wrong is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, TypeVar

import msgspec

from pippy_lsp import toml
from pippy_lsp.errors import PippyError, PromptError

T = TypeVar("T")
_FENCE = re.compile("`{3,}|~{3,}")
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_PACKAGED = Path(__file__).parent / "_data" / "prompts"
_CHECKOUT = Path(__file__).parent.parent / "prompts"
DEFAULT_LANGUAGE = "en"


class Prompt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One job's words for the model. Templates use `$name` (PEP 292); `$$` is a dollar sign."""

    description: str
    variables: tuple[str, ...] = ()
    system: str = ""
    user: str = ""
    header: str = ""
    """For infill: the system prompt as comment lines at the top of the prefix."""
    opening: str = ""
    """For chat: what the answer must start with."""

    def render(self, /, **values: object) -> Prompt:
        """The same prompt with every variable filled in. What a template puts into a block of code
        is the child's: it can't end the block, and so stays data.

        Raises: PromptError when `values` are not exactly the declared variables.
        """
        if set(values) != set(self.variables):
            wrong = ", ".join(sorted(set(values) ^ set(self.variables)))
            raise PromptError(name=self.description, problem=f"variables: {wrong}")
        fields = ("system", "user", "header", "opening")
        filled = {name: _filled(getattr(self, name), values) for name in fields}
        return msgspec.structs.replace(self, variables=(), **filled)


def _filled(template: str, values: Mapping[str, object]) -> str:
    inside = "".join(_FENCED.findall(template))
    data = {name for name in values if re.search(rf"\${{?{name}\b", inside)}
    closed = {name: _FENCE.sub("` ` `", str(values[name])) for name in data}
    return Template(template).substitute({**values, **closed})


def root() -> Path:
    """The folder of the prompts: inside the wheel, or beside the package in a checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def _read(relative: str) -> dict[str, Any]:
    try:
        tree: dict[str, Any] = toml.loads((root() / relative).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, toml.TOMLDecodeError) as error:
        raise PromptError(name=relative, problem=str(error)) from error
    return tree


def table(relative: str, shape: type[T]) -> T:
    """The file `relative` as `shape` (any type that msgspec converts to).

    Raises: PromptError when it is missing, is not TOML, or has another shape.
    """
    try:
        return msgspec.convert(_read(relative), shape)
    except msgspec.ValidationError as error:
        raise PromptError(name=relative, problem=str(error)) from error


def localized(pattern: str, language: str) -> str:
    """`pattern` (with `{lang}`) for `language`, or for English where that has no such file.

    A region without a file of its own takes its language's: es-MX takes es (RFC 4647, lookup).
    """
    for tag in (language, re.split("[-_]", language.lower())[0]):
        wanted = pattern.format(lang=tag)
        if (root() / wanted).is_file():
            return wanted
    return pattern.format(lang=DEFAULT_LANGUAGE)


@cache
def job(name: str, language: str = DEFAULT_LANGUAGE) -> Prompt:
    """The prompt `jobs/LANG/NAME.toml`, in English where the language lacks it.

    Raises: PromptError when a template uses a variable that it does not declare.
    """
    return _checked(localized(f"jobs/{{lang}}/{name}.toml", language))


@cache
def role(name: str, language: str = DEFAULT_LANGUAGE) -> Prompt:
    """The prompt `roles/LANG/NAME.toml`, as `job`."""
    return _checked(localized(f"roles/{{lang}}/{name}.toml", language))


def _checked(relative: str) -> Prompt:
    prompt = table(relative, Prompt)
    try:
        prompt.render(**dict.fromkeys(prompt.variables, ""))
    except (KeyError, ValueError) as error:
        raise PromptError(name=relative, problem=f"template: {error}") from error
    return prompt


class Messages:
    """The sentences of one language, by key."""

    def __init__(self, language: str = DEFAULT_LANGUAGE) -> None:
        self.language = language
        self._sentences = {
            key: sentence
            for tag in (DEFAULT_LANGUAGE, language)
            for kind in ("messages", "problems")
            for key, sentence in table(
                localized(f"{kind}/{{lang}}.toml", tag), dict[str, str]
            ).items()
        }

    def say(self, key: str, /, **values: object) -> str:
        """The sentence `key` with its placeholders filled in.

        Raises: PromptError when there is no such sentence or a placeholder is not given.
        """
        try:
            return Template(self._sentences[key]).substitute(values).strip()
        except (KeyError, ValueError) as error:
            raise PromptError(name=f"messages: {key}", problem=str(error)) from error

    def error(self, error: PippyError) -> str:
        """What happened and what to do, in one sentence."""
        return self.say(f"error-{error.code}", **error.details)


@cache
def messages(language: str = DEFAULT_LANGUAGE) -> Messages:
    """The sentences of `language`, with English where it lacks one."""
    return Messages(language)
