"""The twin of a model: made by llama.cpp from a small made model, and loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pippy_lsp.engine import gguf, launch, models, registry, twin
from pippy_lsp.engine.download import Progress, is_complete, pull
from pippy_lsp.engine.gguf_kinds import TYPE_NUMBERS
from pippy_lsp.engine.llama import Llama
from pippy_lsp.engine.registry import Entry
from pippy_lsp.settings import ModelSettings
from tests import codellama

NAME = "codellama-7b-instruct"
QUICKER = 'quicker = { kinds = { F16 = "Q8_0" }, head = "IQ4_NL" }'


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Entry]:
    """The small model, installed, with a twin to be made."""
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "cache" / "models").mkdir(parents=True)
    text = registry._FILE.read_text("utf-8")
    start = text.index(f'name = "{NAME}"')
    rest = text[start:].replace("size = 4081095360", "size = 0", 1)
    file = tmp_path / "registry.toml"
    file.write_text(text[:start] + rest.replace("rank = ", f"{QUICKER}\nrank = ", 1), "utf-8")
    monkeypatch.setattr(registry, "_FILE", file)
    registry.registry.cache_clear()
    found = registry.registry().get(NAME)
    codellama.write_small(models.file_of(found))
    yield found
    registry.registry.cache_clear()


def scores(path: Path) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    llama = Llama("m", str(path), context=64, threads=1, sequences=1, on_progress=lambda _: None)
    llama.keep(0, 0)
    assert llama.decode([1, 822, 3349], 0, 0) == 0
    return np.array(llama.logits())


def test_it_is_made_and_says_nearly_the_same(entry: Entry) -> None:
    published = models.file_of(entry)
    assert launch.locate(ModelSettings(name=NAME)).path == str(published)
    assert twin.make(entry)
    old, new = gguf.outline(published), gguf.outline(models.twin_of(entry))
    assert old.tensors == new.tensors
    assert old.kinds["blk.0.attn_q.weight"] == TYPE_NUMBERS["F16"]
    assert new.kinds["blk.0.attn_q.weight"] == TYPE_NUMBERS["Q8_0"]
    assert new.kinds["output.weight"] == TYPE_NUMBERS["IQ4_NL"]
    for name in ("token_embd.weight", "blk.0.attn_norm.weight"):
        assert new.kinds[name] == old.kinds[name]
    assert launch.locate(ModelSettings(name=NAME)).path == str(models.twin_of(entry))
    assert launch.locate(ModelSettings(name=str(published))).path == str(published)
    theirs, mine = scores(published), scores(models.twin_of(entry))
    assert not np.array_equal(theirs, mine)
    assert np.corrcoef(theirs, mine)[0, 1] > 0.99


def test_a_pull_makes_it_and_another_one_takes_it_away(entry: Entry) -> None:
    seen: list[Progress] = []
    assert not is_complete(entry)
    assert pull(NAME, seen.append) == models.file_of(entry)
    assert [each.stage for each in seen] == ["quicken"]
    assert is_complete(entry)
    pull(NAME, seen.append)
    assert len(seen) == 1
    pull(NAME, published=True)
    assert not models.has_twin(entry)
    assert is_complete(entry, published=True)


def test_the_same_model_for_explanations_is_no_second_one(entry: Entry) -> None:
    settings = ModelSettings(name=NAME, teacher=NAME)
    for _ in range(2):
        load = launch.locate(settings)
        assert launch.second(settings, load) == (None, None)
        twin.make(entry)


def test_it_goes_with_the_model(entry: Entry) -> None:
    twin.make(entry)
    models.remove(NAME)
    assert not models.twin_of(entry).exists()


def test_without_room_the_model_is_used_as_it_is(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twin, "_SPARE", 2**60)
    assert pull(NAME) == models.file_of(entry)
    assert launch.locate(ModelSettings(name=NAME)).path == str(models.file_of(entry))


def test_a_file_that_llama_cpp_refuses_has_none(entry: Entry) -> None:
    models.file_of(entry).write_bytes(b"GGUF" + bytes(100))
    assert not twin.make(entry)
    assert list(models.twin_of(entry).parent.iterdir()) == []
