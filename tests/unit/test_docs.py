"""The documentation says what the program does, and its links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import reliability
from pippy_lsp import policy
from tools import docs

PAGES = sorted([docs.ROOT / "README.md", docs.ROOT / "CONTRIBUTING.md", *docs.DOCS.glob("*.md")])
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.mark.parametrize("name", docs.PAGES)
def test_what_is_made_is_up_to_date(name: str) -> None:
    made = docs.PAGES[name]()
    assert (docs.DOCS / name).read_text("utf-8") == made, "run python -m tools.docs"


def test_the_figures_of_reliability_are_the_measured_ones() -> None:
    page, figures = reliability.PAGE.read_text("utf-8"), reliability.FILE.read_text("utf-8")
    assert (
        page.partition(reliability.HEADING)[2].strip()
        == reliability.table(json.loads(figures)).strip()
    ), "run python -m benchmarks.reliability"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    targets = LINK.findall(text)
    assert [each for each in targets if not (page.parent / each).exists()] == []


def test_the_site_is_built(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=docs.ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "architecture" / "index.html").is_file()


def test_every_setting_is_explained() -> None:
    rows = [line for line in docs.settings_page().splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_policy_of_the_page_is_a_policy(tmp_path: Path) -> None:
    text = (docs.DOCS / "teachers.md").read_text("utf-8")
    code = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert code is not None
    file = tmp_path / "policy.toml"
    file.write_text(code.group(1), "utf-8")
    found = policy.read([file])
    assert found.problems == ()
    assert found.policy.exam
