"""What Python's own words mean, for a child: `prompts/glossary/LANG.toml`."""

from __future__ import annotations

from functools import cache

import msgspec

from pippy_lsp import prompts


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One word: what it means, and a program of a few lines that shows it."""

    text: str
    example: str = ""


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """prompts/names.toml: full names that mean what another does, and what calls give."""

    alias: dict[str, str]
    makes: dict[str, str]


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
        rest = rest.removeprefix("locals.") if module == "pygame" else rest
        # turtle's functions are methods of classes inside it: turtle.TNavigator.forward.
        member = f"{module}.{rest.rpartition('.')[2]}"
        found = self.member.get(f"{module}.{rest}") or self.member.get(member)
        return found or self._alias(member) or self.module.get(full_name)

    def _alias(self, member: str) -> Entry | None:
        """The entry for a name that means what another does, said of that name."""
        other = names().alias.get(member, "")
        entry = self.member.get(other)
        if entry is None:
            return None
        mine, theirs = (f"`{each.rpartition('.')[2]}`" for each in (member, other))
        return msgspec.structs.replace(entry, text=entry.text.replace(theirs, mine, 1))


@cache
def names() -> Names:
    """The names that hold in all languages. Raises: PromptError."""
    return prompts.table("names.toml", Names)


@cache
def load(language: str = prompts.DEFAULT_LANGUAGE) -> Glossary:
    """The glossary of `language`, or English where it has none.

    Raises: PromptError when the file is missing or has another shape.
    """
    return prompts.table(prompts.localized("glossary/{lang}.toml", language), Glossary)
