"""What Python's own words mean, for a child: `prompts/glossary/LANG.toml`."""

from __future__ import annotations

from functools import cache

import msgspec

from pippy_lsp import prompts


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One word: what it means, and a program of a few lines that shows it."""

    text: str
    example: str = ""


class Glossary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language by what they are."""

    keyword: dict[str, Entry] = {}
    builtin: dict[str, Entry] = {}
    module: dict[str, Entry] = {}
    member: dict[str, Entry] = {}
    """By MODULE.NAME."""
    method: dict[str, Entry] = {}
    """By TYPE.NAME."""
    operator: dict[str, Entry] = {}
    literal: dict[str, Entry] = {}

    def named(self, full_name: str) -> Entry | None:
        """The entry for jedi's dotted name, as `random.randint` or `builtins.list.append`."""
        if full_name.startswith("builtins."):
            short = full_name.removeprefix("builtins.")
            return self.builtin.get(short) or self.method.get(short)
        module, _, rest = full_name.partition(".")
        # turtle's functions are methods of classes inside it: turtle.TNavigator.forward.
        member = f"{module}.{rest.rpartition('.')[2]}"
        return self.member.get(full_name) or self.member.get(member) or self.module.get(full_name)


@cache
def load(language: str = prompts.DEFAULT_LANGUAGE) -> Glossary:
    """The glossary of `language`, or English where it has none.

    Raises: PromptError when the file is missing or has another shape.
    """
    return prompts.table(prompts.localized("glossary/{lang}.toml", language), Glossary)
