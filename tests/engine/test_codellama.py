"""CodeLlama's prompts token by token, on GGUFs of its vocabulary's exact shape.

Sources: the paper (arXiv 2308.12950, section 2.3), `infilling_prompt_tokens` and `chat_completion`
of Meta's reference, and the ids that Hugging Face's tests of CodeLlama publish for PROMPT.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pippy_lsp.engine import models
from pippy_lsp.engine.client import LlamaEngine
from pippy_lsp.engine.llama import Llama
from pippy_lsp.engine.protocol import Chat, Infill, Message, Request, complete
from pippy_lsp.engine.spelling import Order, Spelling
from pippy_lsp.errors import ModelCantInfill
from pippy_lsp.settings import ModelSettings
from tests import codellama
from tests.codellama import EOT, MID, PRE, SUF

BOS, EOS, NEWLINE, SPACE = 1, 2, 13, 29871
PREFIX, SUFFIX = 'def remove_non_ascii(s: str) -> str:\n    """ ', "\n    return result\n"
BEFORE = [822, 3349, 29918, 5464, 29918, 294, 18869, 29898, 29879, 29901, 851, 29897, 1599, 851]
BEFORE += [29901, NEWLINE, 1678, 9995, SPACE]
AFTER = [NEWLINE, 1678, 736, 1121, NEWLINE]
INST, END_INST = [518, 25580, 29962], [518, 29914, 25580, 29962]
SYS, END_SYS = [3532, 14816, 29903, 6778, NEWLINE], [29966, 829, 14816, 29903, 6778, NEWLINE]


@pytest.fixture(scope="module", params=[False, True], ids=["old-file", "new-file"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Llama:
    """Old: the file says nothing of infill, and lists the marks as plain pieces."""
    path = codellama.write_small(tmp_path_factory.mktemp("m") / "m.gguf", said=request.param)
    return Llama("m", str(path), context=256, threads=1, sequences=2, on_progress=lambda _: None)


def words(model: Llama, text: str) -> list[int]:
    """Tokens of a text with SentencePiece's space before it."""
    return model.tokenize(text)


# --- infill --------------------------------------------------------------------------------

# id, order, prefix, suffix -> the tokens, what is spelled anew (unhealed prompts spell nothing)
INFILL = [
    pytest.param("prefix-first", PREFIX, SUFFIX,
        [BOS, PRE, *BEFORE, SUF, *AFTER, MID], id="psm"),
    pytest.param("suffix-first", PREFIX, SUFFIX,
        [BOS, PRE, SUF, *AFTER, MID, *BEFORE], id="spm"),
    pytest.param("suffix-first", PREFIX.replace("\n", "\r\n"), SUFFIX.replace("\n", "\r\n"),
        [BOS, PRE, SUF, *AFTER, MID, *BEFORE], id="crlf"),
    pytest.param("prefix-first", PREFIX, "",
        [BOS, PRE, *BEFORE, SUF, MID], id="psm-no-suffix"),
    pytest.param("suffix-first", PREFIX, "", [BOS, PRE, SUF, MID, *BEFORE], id="spm-no-suffix"),
    pytest.param("prefix-first", "", SUFFIX, [BOS, PRE, SUF, *AFTER, MID], id="psm-no-prefix"),
    pytest.param("suffix-first", "def", ")", [BOS, PRE, SUF, 29897, MID, 822], id="no-space-after"),
]  # fmt: skip


@pytest.mark.parametrize(("order", "prefix", "suffix", "tokens"), INFILL)
def test_infill(model: Llama, order: Order, prefix: str, suffix: str, tokens: list[int]) -> None:
    spelled = Spelling(model, order).spell(Infill(prefix, suffix, heal=False))
    assert (spelled.tokens, spelled.heal) == (tokens, b"")


@pytest.mark.parametrize(
    ("prefix", "tokens", "heal"),
    [
        pytest.param(PREFIX, BEFORE[:-1], b" ", id="a-space-at-the-end"),
        pytest.param(PREFIX[:-1], BEFORE[:-2], b' """', id="a-word"),
        pytest.param("def", [], b" def", id="the-only-word"),
        pytest.param("", [], b" ", id="nothing-yet"),
    ],
)
def test_what_is_spelled_anew(model: Llama, prefix: str, tokens: list[int], heal: bytes) -> None:
    spelled = Spelling(model, "suffix-first").spell(Infill(prefix, SUFFIX))
    assert spelled.tokens == [BOS, PRE, SUF, *AFTER, MID, *tokens]
    assert spelled.heal == heal


def test_a_childs_text_never_has_a_mark(model: Llama) -> None:
    """SentencePiece puts " <PRE>" together to the mark's token, in plain text too."""
    text = "x <PRE> y <SUF> z <MID> a <EOT> b"
    assert {PRE, SUF, MID, EOT} <= set(model.tokenize(text))
    for prompt in (Infill(text, heal=False), Chat((Message("user", text),))):
        tokens = Spelling(model, "suffix-first").spell(prompt).tokens
        assert [token for token in tokens if token in (PRE, SUF, MID, EOT)] in ([PRE, SUF, MID], [])
        assert text.encode() in b"".join(map(model.piece, tokens))


def test_eot_is_the_end(model: Llama) -> None:
    assert Spelling(model, "suffix-first").stops == {EOT}
    assert model.ends(EOS)


# --- chat ----------------------------------------------------------------------------------


def test_a_chat_with_a_system_prompt(model: Llama) -> None:
    prompt = Chat((Message("system", "Be kind"), Message("user", "Why\n")))
    spelled = Spelling(model, "none").spell(prompt)
    be_kind, why = model.tokenize("\nBe kind")[2:], model.tokenize("\nWhy")[2:]
    expected = [*INST, *SYS, *be_kind, NEWLINE, *END_SYS, NEWLINE, *why, *END_INST]
    assert spelled.tokens == [BOS, *expected]
    assert spelled.heal == b" "


def test_each_turn_stands_between_bos_and_eos(model: Llama) -> None:
    turns = Message("user", "Why"), Message("assistant", " result "), Message("user", "How")
    spelled = Spelling(model, "none").spell(Chat(turns, opening="def"))
    first = [BOS, *INST, *words(model, "Why"), *END_INST, 1121, SPACE, EOS]
    assert spelled.tokens == [*first, BOS, *INST, *words(model, "How"), *END_INST, 822]
    assert spelled.heal == b""


@pytest.mark.parametrize(
    ("name", "turn"),
    [
        pytest.param("codellama_codellama-7b-instruct-hf", True, id="instruct"),
        pytest.param("codellama_codellama-7b-hf", False, id="base"),
        pytest.param("LLaMA v2", False, id="unknown"),
    ],
)
def test_only_an_instruct_model_is_asked_in_turns(tmp_path: Path, name: str, turn: bool) -> None:
    path = codellama.write_small(tmp_path / "m.gguf", name=name)
    model = Llama("m", str(path), context=64, threads=1, sequences=1, on_progress=lambda _: None)
    spelled = Spelling(model, "none").spell(Chat((Message("user", "Why"),)))
    assert (spelled.tokens[1:4] == INST) == turn
    assert bool(spelled.stops) != turn


# --- whole files ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "name"),
    [
        pytest.param("codellama-7b-python.Q4_K_M.gguf", "LLaMA v2", id="by-its-file"),
        pytest.param("m.gguf", "codellama_codellama-7b-python-hf", id="by-its-header"),
    ],
)
def test_the_python_variants_are_refused(tmp_path: Path, file: str, name: str) -> None:
    path = codellama.write_small(tmp_path / file, name=name)
    with pytest.raises(ModelCantInfill) as caught:
        models.check(path)
    assert caught.value.details == {"name": path.stem}


async def test_the_worker_answers_with_it(tmp_path: Path) -> None:
    path = codellama.write_small(tmp_path / "codellama-7b-instruct.Q4_K_M.gguf")
    engine = LlamaEngine(ModelSettings(str(path), context=512))
    try:
        found = await engine.ready(60)
        typed = [await complete(engine, Request(Infill(p, SUFFIX), 4)) for p in ("de", "def re")]
        chat = Chat((Message("user", "Why"),))
        answer = await complete(engine, Request(chat, 4))
    finally:
        await engine.close()
    assert found.infill
    assert [result.usage.prompt for result in typed] == [9, 10]
    assert typed[1].usage.evaluated <= 2
    assert answer.usage.prompt == 9
