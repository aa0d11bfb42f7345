"""The benchmark of CodeLlama's shape, on a tiny model of that kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import codellama_shape, machine_bound
from benchmarks.codellama_shape import SIZES, Shape
from benchmarks.machine_bound import Machine
from pippy_lsp.engine import gguf
from tests import codellama, ggufs

TINY = Shape(2, 256, 512)


def test_all_of_it_on_a_tiny_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_bound, "measure", lambda threads: Machine(threads, 1e10, 1e11))
    found = codellama_shape.measure(TINY, tmp_path, keys=4, context=512)
    ours, other = found["suffix-first"], found["prefix-first"]
    assert max(ours["keys_evaluated"]) <= 3
    assert max(other["keys_evaluated"]) > 30
    assert ours["decode_tps"] > 0
    assert set(found["draft_ms"]) == {"1", "2", "4", "8"}
    assert all(figure for _, figure in codellama_shape.rows(found))
    assert list(tmp_path.iterdir()) == [], "the file is removed"


@pytest.mark.parametrize(("size", "least", "most"), [("7b", 4.0e9, 4.15e9), ("13b", 7.8e9, 7.95e9)])
def test_the_shapes_are_as_large_as_the_published_files(
    size: str, least: float, most: float
) -> None:
    tensors = codellama.shapes(*SIZES[size], ggufs.Q4_K, ggufs.Q6_K)
    assert least < sum(map(ggufs.size_of, tensors)) < most


def test_the_header_is_codellamas(tmp_path: Path) -> None:
    path = codellama.write_full(tmp_path / "m.gguf", **TINY._asdict())
    info = gguf.read(path)
    assert (info.architecture, info.vocabulary, info.chat_template) == ("llama", 32_016, False)
    assert info.kv_bytes == 2 * 2 * 256 * 2
