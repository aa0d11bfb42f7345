"""VS Code in a browser, driven as a person does: keys, the mouse, and what is to be seen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
SECONDS = 90.0
"""For a model on a busy machine."""
_QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_INLINE = ".ghost-text-decoration, .ghost-text-decoration-preview"
_BLOCK = ".suggest-preview-text .view-line, .ghost-text.multi-line .view-line"


@contextmanager
def browser(chromium: str) -> Iterator[Any]:
    """A browser without a screen."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not installed everywhere

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(_QUIET))
        try:
            yield opened
        finally:
            opened.close()


class VSCode:
    """One window, with a folder open in it."""

    def __init__(self, page: Any, url: str, folder: Path) -> None:
        self.page = page
        self.folder = folder
        page.goto(f"{url}?folder={folder}", wait_until="domcontentloaded")
        page.wait_for_selector(".monaco-workbench .part.statusbar", timeout=60_000)

    # --- documents -------------------------------------------------------------------------

    def open(self, text: str, name: str = "game.py") -> None:
        """Open a file with that text; the cursor goes to its end."""
        path = self.folder / name
        path.write_text(text, "utf-8", newline="")
        self.press("Control+O")
        box = self.page.locator(".quick-input-widget input[type=text]")
        rows = self.page.locator(".quick-input-list .monaco-list-row")
        self.wait(
            lambda: box.count() and box.input_value().endswith("/") and rows.count(), "a dialog"
        )
        tab = self.page.locator(f".tab.active[data-resource-name='{name}']")

        def opened() -> bool:
            if box.count() and not tab.count():
                if box.input_value() == str(path):
                    self.press("Enter")
                else:  # what was written while the dialog was being filled is lost
                    box.fill(str(path))
                self.page.wait_for_timeout(500)
            return bool(tab.count())

        self.wait(opened, name)
        self.page.locator(".monaco-editor .view-lines").first.click()
        self.press("Control+End")

    def lines(self) -> list[str]:
        """The program as it is drawn, without ghost text; all of it must fit on the screen."""
        found: list[str] = self.page.evaluate(_LINES)
        return found

    def type(self, text: str, delay: float = 30) -> None:
        """Type letters, so many milliseconds apart."""
        self.page.keyboard.type(text, delay=delay)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    # --- what is to be seen ----------------------------------------------------------------

    def ghost(self) -> str:
        """The ghost text."""
        found: str = self.page.evaluate(f"({_GHOST})()")
        return found

    def shows_ghost(self, text: str) -> None:
        """Wait until the ghost text is `text`."""
        self.wait(lambda: self.ghost() == text, text)

    def watch(self) -> None:
        """From now on keep what is drawn of the ghost text, picture by picture."""
        self.page.evaluate(_WATCH)

    def watched(self) -> list[str]:
        """What was drawn since `watch`; what stayed as it was counts once."""
        found: list[str] = self.page.evaluate("window.__pippyStop()")
        return found

    def status_item(self, name: str) -> Any:
        """One of Pippy's items in the status bar."""
        return self.page.locator(f"[id='pippy-lsp.pippy-lsp.pippy.{name}'] a")

    def status(self) -> str:
        """What the status bar says of Pippy, as a screen reader reads it."""
        item = self.status_item("status")
        label = item.get_attribute("aria-label") if item.count() else ""
        return (label or "").removeprefix("Pippy: ")

    def hover(self, word: str, nth: int = 0) -> str:
        """Point at a word: what the hover says."""
        self.press("Escape")
        self.page.mouse.move(5, 5)
        self.page.evaluate(_MARK, [word, nth])
        box = self.page.evaluate("window.__pippyBox")
        self.page.mouse.move(box["x"], box["y"])
        self.page.mouse.move(box["x"] + 1, box["y"] + 1)
        shown = self.page.locator(".monaco-hover:not(.hidden) .hover-contents")
        shown.first.wait_for(timeout=SECONDS * 1000)
        return "\n".join(shown.all_text_contents()).replace("\u00a0", " ")

    def notifications(self) -> list[str]:
        found: list[str] = self.page.locator(
            ".notifications-toasts .notification-list-item-message"
        ).all_text_contents()
        return found

    def tabs(self) -> list[str]:
        found: list[str] = self.page.locator(".tabs-container .tab .label-name").all_text_contents()
        return found

    def page_text(self) -> str:
        """The words of the rendered page beside the program."""
        for frame in self.page.frames:
            body = frame.locator("body.vscode-body .markdown-body, .markdown-body")
            if body.count():
                return str(body.first.inner_text())
        return ""

    # --- commands --------------------------------------------------------------------------

    def command(self, title: str) -> None:
        """Run a command of the palette."""
        self.press("F1")
        box = self.page.locator(".quick-input-box input")
        box.wait_for()
        box.fill(f">{title}")
        self.choose(title)

    def choose(self, label: str) -> None:
        """Choose an entry of the list that is open."""
        row = self.page.locator(".quick-input-list .monaco-list-row", has_text=label)
        row.first.click(timeout=SECONDS * 1000)

    def actions(self) -> list[str]:
        """Open the list of actions at the cursor: their titles."""
        self.press("Control+.")
        rows = self.page.locator(".action-widget .monaco-list-row.action")
        rows.first.wait_for(timeout=SECONDS * 1000)
        found: list[str] = rows.all_text_contents()
        return found

    def act(self, title: str) -> None:
        """Choose an action of the open list."""
        wanted = self.page.locator(".action-widget .monaco-list-row.focused", has_text=title)
        for _ in range(20):
            if wanted.count():
                break
            self.press("ArrowDown")
        self.press("Enter")

    def button(self, label: str) -> None:
        """Press a button of a notification."""
        place = ".notifications-toasts .monaco-button"
        self.page.locator(place, has_text=re.compile(f"^{re.escape(label)}$")).first.click(
            timeout=SECONDS * 1000
        )

    def sees(self, text: str) -> None:
        """Wait until the window shows the text."""
        self.page.locator(".monaco-workbench", has_text=text).wait_for(timeout=SECONDS * 1000)

    # --- waiting ---------------------------------------------------------------------------

    def wait(self, condition: Callable[[], T], what: str, seconds: float = SECONDS) -> T:
        """The first value of `condition` that is true."""
        end = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > end:
                self.page.screenshot(path=str(self.folder.parent / "failed.png"))
                raise AssertionError(f"waited in vain for {what} (see {self.folder.parent})")
            self.page.wait_for_timeout(50)
        return found

    def ready(self) -> None:
        """Wait until the model is loaded."""
        self.wait(lambda: self.status() == "ready", "the model to be ready")


_GHOST = f"""
() => {{
  const texts = (what) => [...document.querySelectorAll(what)].map((each) => each.textContent);
  const inline = texts('{_INLINE}').join('');
  const found = [...(inline ? [inline] : []), ...texts('{_BLOCK}')];
  return found.join('\\n').replaceAll('\\u00a0', ' ');
}}
"""
_LINES = f"""
() => {{
  const editor = document.querySelector('.editor-group-container.active');
  const found = editor.querySelectorAll('.view-lines > .view-line');
  return [...found].sort((a, b) => a.offsetTop - b.offsetTop).map((line) => {{
    const copy = line.cloneNode(true);
    copy.querySelectorAll('{_INLINE}').forEach((each) => each.remove());
    return copy.textContent.replaceAll('\\u00a0', ' ');
  }});
}}
"""
_WATCH = f"""
() => {{
  const ghost = {_GHOST};
  const seen = [];
  let going = true;
  const look = () => {{
    if (seen.at(-1) !== ghost()) seen.push(ghost());
    if (going) requestAnimationFrame(look);
  }};
  look();
  window.__pippyStop = () => {{ going = false; return seen; }};
}}
"""
# Where a word stands on the screen: the text of a line is in several spans.
_MARK = """
([word, nth]) => {
  const found = [];
  const lines = document.querySelectorAll('.editor-group-container.active .view-line');
  for (const line of [...lines].sort((a, b) => a.offsetTop - b.offsetTop)) {
    const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    for (let node; (node = walk.nextNode()); ) {
      const at = node.data.indexOf(word);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + word.length);
      const box = range.getBoundingClientRect();
      found.push({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
    }
  }
  window.__pippyBox = found[nth];
}
"""
