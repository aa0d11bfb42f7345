"""What there is in English there is in each other language, with the same places to fill in."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from pippy_lsp import prompts
from pippy_lsp.analysis.levels import levels
from pippy_lsp.demo_scenes import Script
from pippy_lsp.teaching import glossary, worked
from pippy_lsp.teaching.plainer import plainer
from pippy_lsp.teaching.problems import problems

ROOT = prompts.root()
OTHERS = sorted(path.stem for path in (ROOT / "messages").glob("*.toml") if path.stem != "en")
MAX_WORDS = 26

TABLES = sorted(path.parent.name for path in ROOT.glob("*/en.toml"))
FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/en") if path.is_dir())


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"(?<!\$)\$(\w+)", text))


def marked(text: str) -> set[str]:
    """What is in code marks, but for words that are the child's language's own."""
    return set(re.findall(r"`([^`]+)`", text))


def test_there_are_others() -> None:
    assert OTHERS == ["es"]
    assert {"demo", "errors", "factcheck", "glossary", "messages", "plain", "problems"} <= {*TABLES}
    assert {*FOLDERS} == {"jobs", "roles"}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("language", OTHERS)
def test_every_table_is_there(language: str, kind: str) -> None:
    assert (ROOT / kind / f"{language}.toml").is_file()


@pytest.mark.parametrize(
    "path",
    [path for folder in FOLDERS for path in sorted((ROOT / folder / "en").glob("*.toml"))],
    ids=lambda path: f"{path.parts[-3]}-{path.stem}",
)
@pytest.mark.parametrize("language", OTHERS)
def test_every_job_and_role_is_there_with_the_same_variables(language: str, path: Path) -> None:
    load = prompts.job if path.parts[-3] == "jobs" else prompts.role
    theirs, ours = load(path.stem, language), load(path.stem, "en")
    assert theirs != ours
    assert set(theirs.variables) == set(ours.variables)
    for field in ("system", "user", "header", "opening"):
        assert placeholders(getattr(theirs, field)) == placeholders(getattr(ours, field))


@pytest.mark.parametrize("language", OTHERS)
def test_every_level_says_what_it_knows(language: str) -> None:
    for level in levels():
        assert level.knows["en"]
        assert level.knows[language] != level.knows["en"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_entry_of_the_glossary_is_there(language: str) -> None:
    theirs, ours = glossary.load(language), glossary.load("en")
    for section in ours.__struct_fields__:
        book, english = getattr(theirs, section), getattr(ours, section)
        assert set(book) == set(english), section
        for name, entry in book.items():
            if isinstance(entry, str):
                assert entry == english[name]
                continue
            assert entry.text != english[name].text, name
            assert marked(entry.text) == marked(english[name].text), name
            assert len(entry.text.split()) <= MAX_WORDS, name
            assert entry.text[-1] in ".!?", name
            assert bool(entry.example) == bool(english[name].example), name
            ast.parse(entry.example)


@pytest.mark.parametrize("language", OTHERS)
def test_every_error_of_a_running_program_is_there(language: str) -> None:
    theirs, ours = (prompts.table(f"errors/{tag}.toml", dict[str, Any]) for tag in (language, "en"))
    for table in ("words", "kinds"):
        assert set(theirs[table]) == set(ours[table])
    assert len(theirs["error"]) == len(ours["error"])
    for case, english in zip(theirs["error"], ours["error"], strict=True):
        where = (english["type"], english.get("message", ""))
        for key in set(english) - {"say", "try"}:
            assert case[key] == english[key], where
        for key in ("say", "try"):
            _same_shape(case.get(key, []), english.get(key, []), where)


def _same_shape(theirs: Any, ours: Any, where: object) -> None:
    if isinstance(ours, str):
        assert placeholders(theirs) == placeholders(ours), where
        assert theirs != ours, where
        return
    assert len(theirs) == len(ours), where
    for one, two in zip(theirs, ours, strict=True):
        _same_shape(one, two, where)


@pytest.mark.parametrize("language", OTHERS)
def test_the_demo_plays(language: str) -> None:
    script = prompts.table(f"demo/{language}.toml", Script)
    assert script.typing.after in script.program
    assert script.action.line in script.program
    assert script.hover.word in script.program
    typed = script.program.replace(
        script.typing.after, f"{script.typing.after}{script.typing.text}pass", 1
    )
    ast.parse(typed)


@pytest.mark.parametrize(
    ("hard", "easy"),
    [
        ("El bucle itera sobre la lista.", "El ciclo recorre la lista."),
        ("Cambia el valor de la variable `x`.", "Cambia el valor del nombre `x`."),
        ('Imprime "la cadena".', 'Muestra "la cadena".'),
    ],
)
def test_easy_words_in_spanish(hard: str, easy: str) -> None:
    assert plainer(hard, "es") == easy


@pytest.mark.parametrize("language", OTHERS)
def test_the_worked_examples_are_of_the_same_mistakes(language: str) -> None:
    theirs, ours = worked.load(language), worked.load("en")
    assert set(theirs) == set(ours)
    for code, example in theirs.items():
        found = [each.code for each in problems(f"{example.wrong}\n")]
        assert found == [each.code for each in problems(f"{ours[code].wrong}\n")], code
        assert found, code
        ast.parse(example.right)
