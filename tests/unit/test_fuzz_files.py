"""Files with anything in them; `python -m benchmarks.fuzz` reads many more."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import fuzz
from pippy_lsp import toml

CASES = 360


def test_each_file_is_read_or_refused_with_a_sentence() -> None:
    report = fuzz.Report()
    fuzz.files(CASES, 11, report, fuzz.small_gguf())
    assert report.failures == []
    assert report.hangs == 0
    said = set(report.outcomes)
    assert {"gguf ", "gguf model-truncated", "gguf model-not-gguf"} <= said
    assert {"settings settings", "registry model", "prompt prompt"} <= said


# id, a text that is nested too deeply
DEEP = {
    "lists": "a = " + "[" * 3000,
    "tables": "a = " + "{b=" * 3000,
    "closed": "a = " + "[" * 30 + "]" * 30,
    "dots": "a." * 3000 + "b = 1",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_bomb_is_no_toml(text: str) -> None:
    with pytest.raises(toml.TOMLDecodeError, match="nested too deeply"):
        toml.loads(text)


def test_what_our_files_need_is_not_too_deep() -> None:
    assert toml.loads("[a.b]\nc = [[1], [{d = 2}]]") == {"a": {"b": {"c": [[1], [{"d": 2}]]}}}
    for path in (Path(toml.__file__).parents[1] / "prompts").rglob("*.toml"):
        assert toml.loads(path.read_text("utf-8"))
