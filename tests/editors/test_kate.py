"""Kate: the suggestion is the first completion; a hover, an explanation and a fix."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pippy_lsp.engine.state import cache_dir
from tests.editors.conftest import PICTURES, needed
from tests.editors.kate import Kate

PROGRAM = """\
names = ["Ada", "Bo"]
for name in names:
    pri
if names = 3:
    pass
"""


@pytest.fixture(scope="module")
def kate(
    tmp_path_factory: pytest.TempPathFactory,
    server_command: list[str],
    server_environment: dict[str, str],
) -> Iterator[Kate]:
    needed("kate", "Xvfb", "xdotool", "dbus-run-session", "import")
    folder = tmp_path_factory.mktemp("kate")
    (folder / ".pippy.toml").write_text("[completion]\ntimeoutS = 60\n", "utf-8")
    file = folder / "game.py"
    file.write_text(PROGRAM, "utf-8")
    # The scratch home has no cache of its own: the model is where it is.
    environment = {**server_environment, "PIPPY_CACHE_DIR": str(cache_dir())}
    editor = Kate(folder, file, server_command, environment)
    try:
        yield editor
    finally:
        editor.close()


def test_the_suggestion_is_the_first_completion_and_is_taken(kate: Kate) -> None:
    kate.heard("$/progress")
    kate.wait(lambda: "The helper is ready." in str(kate.messages()), "the model")
    kate.go(3)
    before = kate.said()
    kate.press("ctrl+space")
    kate.popup(2)  # Kate's own words come first; only our item has words beside the list
    first = kate.answer("textDocument/completion", before)["items"][0]
    assert first["detail"] == "pippy: a computer's guess"
    kate.picture(PICTURES / "kate.png")
    kate.press("Return")
    line = "    " + first["textEdit"]["newText"].splitlines()[0]
    kate.wait(lambda: kate.saved().splitlines()[2] == line, f"the line {line!r}")


def test_hover(kate: Kate) -> None:
    before = kate.said()
    for step in range(3):  # a tool tip wants a mouse that moves
        kate.point(92 + step, 133)
    value = kate.answer("textDocument/hover", before)["contents"]["value"]
    assert "`for` is a loop." in value
    kate.popup()
    kate.point(500, 400)
    kate.press("Escape")
    kate.alone()


def test_fix(kate: Kate) -> None:
    lines = kate.saved().splitlines()
    kate.go(lines.index("if names = 3:") + 1)
    before = kate.said()
    kate.press("alt+Return")
    actions = kate.answer("textDocument/codeAction", before)
    assert actions[0]["title"] == "Fix this"
    assert "Explain this" in [each["title"] for each in actions]
    kate.popup()
    kate.press("Down", "Return")
    kate.alone()
    kate.wait(lambda: "if names == 3:" in kate.saved(), "the fix")
    assert "one = sets a value" in kate.heard("window/showMessage", before)["message"]


def test_explanation(kate: Kate) -> None:
    kate.go(2)
    before = kate.said()
    kate.press("alt+Return")
    actions = kate.answer("textDocument/codeAction", before)
    place = [each["title"] for each in actions].index("Explain this")
    kate.popup()
    kate.press(*["Down"] * (place + 1), "Return")
    assert "check it yourself" in kate.heard("window/showMessage", before)["message"]
