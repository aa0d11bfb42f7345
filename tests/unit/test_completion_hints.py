"""The mode "hint": what to do next, in a comment."""

from __future__ import annotations

import pytest

from pippy_lsp.completion.suggest import Completer
from pippy_lsp.documents import DocumentSnapshot
from pippy_lsp.engine.protocol import Infill
from pippy_lsp.settings import CompletionSettings
from tests.fakes import FakeEngine

SETTINGS = CompletionSettings(mode="hint", debounce_ms=0)
GUESS = "secret = 7\nguess = 3\nif guess < secret:\n‸\nprint('bye')\n"

# The program, what the model writes, what is shown.
TABLE: dict[str, tuple[str, str, str]] = {
    "a comment with its indent": (
        GUESS,
        " say it is too small.",
        "    # Let's say it is too small",
    ),
    "only one line": (GUESS, " say more\nprint(1)", "    # Let's say more"),
    "one word": (GUESS, " go", ""),
    "too many words": (GUESS, " a" * 20, ""),
    "code": (GUESS, " write print(guess)", ""),
    "an assignment": (GUESS, " set guess = 3", ""),
    "a name with underscores": (GUESS, " use my_name here", ""),
    "there already": ("# Let's say more.\nx = 1\n‸\n", " say more", ""),
    "not beside code": ("x = ‸\n", " say more", ""),
    "not in a text": ('x = """\n‸\n"""\n', " say more", ""),
    "not in brackets": ("x = [\n‸\n]\n", " say more", ""),
}


@pytest.mark.parametrize(("program", "writes", "shown"), TABLE.values(), ids=TABLE.keys())
async def test_hint(program: str, writes: str, shown: str) -> None:
    snapshot = DocumentSnapshot("untitled:a", 1, program.replace("‸", ""))
    completer = Completer(FakeEngine(writes))
    found = await completer.suggest(snapshot, program.index("‸"), SETTINGS, level=2)
    assert [each.text for each in found] == ([shown] if shown else [])


async def test_the_model_goes_on_with_the_comment() -> None:
    engine = FakeEngine(" say more")
    snapshot = DocumentSnapshot("untitled:a", 1, GUESS.replace("‸", ""))
    await Completer(engine).suggest(snapshot, GUESS.index("‸"), SETTINGS, level=2)
    prompt = engine.requests[0].prompt
    assert isinstance(prompt, Infill)
    assert prompt.prefix.endswith("secret:\n    # Let's")
    assert "what to write next" in prompt.header
    assert engine.requests[0].stop == ("\n",)
