"""What an editor under test shows, as the module in `eye_gtk` or `eye_tk` tells it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.editors import gui


class Eye:
    """Looks at the file that the editor's side writes."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def look(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    @property
    def view(self) -> dict[str, Any]:
        """The editor's view that is shown."""
        views = self.look().get("views") or [{}]
        return dict(views[0])

    def until(self, key: str, words: str = "", seconds: float = gui.WAIT_SECONDS) -> Any:
        """Wait until the view's `key` is there, with these words in it."""

        def there() -> Any:
            found = self.view.get(key)
            return found and (words in str(found)) and found

        try:
            return gui.wait(there, f"{words!r} in {key}", seconds)
        except AssertionError as error:
            shown = {name: value for name, value in self.view.items() if name != "places"}
            raise AssertionError(f"{error}; shown is {shown}") from None

    def until_not(self, key: str) -> None:
        gui.wait(lambda: self.view and not self.view.get(key), f"no {key}")

    def ready(self) -> None:
        """Wait for the server and its model."""
        gui.wait(lambda: "is ready" in self.look().get("sentence", ""), "the model", 120)

    def place(self, part: str) -> tuple[int, int]:
        """Where the middle of the first letter of `part` is on the screen."""
        view = self.view
        x, y, width, height = view["places"][view["text"].index(part)]
        return view["origin"][0] + x + width // 2, view["origin"][1] + y + height // 2
