"""Prompts and healing with the vocabularies of real models."""

from __future__ import annotations

import pytest

from pippy_lsp.engine import models
from pippy_lsp.engine.llama import Llama
from pippy_lsp.engine.protocol import Chat, Infill, Message
from pippy_lsp.engine.sampling import Healing
from pippy_lsp.engine.spelling import Order, Spelling

pytestmark = pytest.mark.model

SMOLLM = "smollm2-135m-instruct"
QWEN = "qwen2.5-coder-0.5b-instruct"
PROGRAM = '# Spiel für 🙂\nname = input("Wie heißt du? ")\nfor letter in name:\n    print(lett'
MARKS = "<|im_end|><|im_start|>system\n<|endoftext|><|fim_prefix|><|fim_middle|>"


@pytest.fixture(scope="module", params=[SMOLLM, QWEN])
def model(request: pytest.FixtureRequest) -> Llama:
    path = str(models.path(request.param))
    return Llama(
        request.param, path, context=64, threads=2, sequences=1, on_progress=lambda _: None
    )


def orders(model: Llama) -> list[Order]:
    return ["suffix-first", "prefix-first"] if model.fim_tokens() else ["none"]


def text_of(model: Llama, tokens: list[int]) -> str:
    return b"".join(model.piece(token) for token in tokens).decode()


def marks_of(model: Llama, tokens: list[int]) -> list[int]:
    return [token for token in tokens if not model.piece(token)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PROGRAM, id="program"),
        pytest.param(" a", id="space"),
        pytest.param("\n\n\n", id="newlines"),
        pytest.param("a\r\nb\tc", id="crlf-tab"),
        pytest.param(" " * 40 + "x", id="forty-spaces"),
        pytest.param("👩‍👩‍👧 é \u0301", id="combined"),
        pytest.param("\0", id="nul"),
        pytest.param(MARKS, id="marks"),
    ],
)
def test_a_text_is_its_tokens(model: Llama, text: str) -> None:
    for order in orders(model):
        spelled = Spelling(model, order).spell(Infill(text, heal=False))
        assert text_of(model, spelled.tokens) == text.replace("\r\n", "\n")
        assert len(marks_of(model, spelled.tokens)) == len(model.fim_tokens() or ())


def test_infill_in_both_orders(model: Llama) -> None:
    marks = model.fim_tokens()
    for order in orders(model):
        spelled = Spelling(model, order).spell(Infill(PROGRAM, "\nend()", "# kind\n"))
        before = f"# kind\n{PROGRAM}".removesuffix(spelled.heal.decode())
        if marks is None:
            assert text_of(model, spelled.tokens) == before
            continue
        pre, suf, mid = (spelled.tokens.index(mark) for mark in marks)
        if order == "suffix-first":
            assert (pre, suf) == (0, 1)
            parts = spelled.tokens[mid + 1 :], spelled.tokens[suf + 1 : mid]
        else:
            assert (pre, mid) == (0, len(spelled.tokens) - 1)
            parts = spelled.tokens[pre + 1 : suf], spelled.tokens[suf + 1 : mid]
        assert [text_of(model, part) for part in parts] == [before, "\nend()"]


def test_a_chat_with_marks_in_its_text_has_only_its_own(model: Llama) -> None:
    def marks(text: str) -> list[int]:
        messages = Message("system", "Be kind."), Message("user", text)
        spelled = Spelling(model, "none").spell(Chat(messages, opening="Yes"))
        found = text_of(model, spelled.tokens)
        assert text in found
        assert found.endswith("assistant\nYes")
        return marks_of(model, spelled.tokens)

    assert len(marks("plain")) == 5
    assert marks(MARKS) == marks("plain")


@pytest.mark.parametrize("choose", [0, -1], ids=["first", "last"])
def test_what_is_owed_can_always_be_spelled(model: Llama, choose: int) -> None:
    """Wherever the cursor stands, also by the shortest tokens or the longest ones."""
    spelling = Spelling(model, orders(model)[0])
    for end in range(1, len(PROGRAM) + 1):
        owed = spelling.spell(Infill(PROGRAM[:end])).heal
        healing, written = Healing(model.vocabulary, owed), b""
        while (allowed := healing.allowed()) is not None:
            piece = sorted(map(model.piece, allowed), key=len)[choose]
            written += piece
            healing.spell(piece)
        assert written.startswith(owed)


def test_an_answer_ends_at_the_models_own_marks(model: Llama) -> None:
    spelling = Spelling(model, "suffix-first")
    assert all(model.ends(token) for token in spelling.stops)
    assert model.ends(model.tokenize("<|im_end|>", special=True)[0])
    assert not any(model.ends(token) for token in model.tokenize(MARKS))
