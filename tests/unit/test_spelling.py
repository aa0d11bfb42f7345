"""Prompts in tokens, on a vocabulary whose tokens are words."""

from __future__ import annotations

import itertools
import re

import pytest

from pippy_lsp.engine.protocol import Chat, Infill, Message
from pippy_lsp.engine.spelling import Order, Spelling

CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}"
LLAMA2 = "{% for m in messages %}[INST] <<SYS>> {{ m.content }} [/INST]"
MISTRAL = "{% for m in messages %}[INST] {{ m.content }} [/INST]"
_WORDS = re.compile(r" ?\w+|\s|.", re.DOTALL)
_MARKS = re.compile(r"<\|?\w+\|?>|▁<EOT>")


class Words:
    """A vocabulary that grows: a word with the space before it is a token, a mark is one too."""

    def __init__(
        self,
        *,
        fim: bool = True,
        bos: bool = False,
        sentencepiece: bool = False,
        template: str = "",
        marks: str = "",
        name: str = "",
    ) -> None:
        self._names: list[str] = ["<BOS>", "<PRE>", "<SUF>", "<MID>", "<EOS>", *marks.split()]
        self._marks = len(self._names)
        self._fim = fim
        self.bos = [0] if bos else []
        self.eos = [4]
        self.sentencepiece = sentencepiece
        self._template = template
        self._name = name

    def _id(self, name: str, *, mark: bool) -> int:
        known = range(self._marks) if mark else range(self._marks, len(self._names))
        for token in known:
            if self._names[token] == name:
                return token
        self._names.append(name)
        return len(self._names) - 1

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        tokens: list[int] = []
        start = 0
        for mark in _MARKS.finditer(text) if special else ():
            tokens += self._plain(text[start : mark.start()])
            tokens.append(self._special(mark.group()))
            start = mark.end()
        return tokens + self._plain(text[start:])

    def _special(self, name: str) -> int:
        if name not in self._names[: self._marks]:
            raise AssertionError(f"{name} is no mark of this model")
        return self._id(name, mark=True)

    def _plain(self, text: str) -> list[int]:
        spaced = " " + text if self.sentencepiece and text else text
        return [self._id(word, mark=False) for word in _WORDS.findall(spaced)]

    def piece(self, token: int) -> bytes:
        return b"" if token < self._marks else self._names[token].encode()

    def fim_tokens(self) -> tuple[int, int, int] | None:
        return (1, 2, 3) if self._fim else None

    def token_for(self, *texts: str) -> int | None:
        found = [self._names.index(text) for text in texts if text in self._names[: self._marks]]
        return found[0] if found else None

    def metadata(self, key: str) -> str:
        said = {"tokenizer.chat_template": self._template, "general.name": self._name}
        return said.get(key, "")

    def show(self, tokens: list[int]) -> str:
        """The tokens with bars between them; a newline is shown as a return sign."""
        return "|".join(self._names[token] for token in tokens).replace("\n", "⏎")


def chatml() -> Words:
    return Words(template=CHATML, marks="<|im_start|> <|im_end|>")


# --- infill --------------------------------------------------------------------------------

# id, order, does the model have infill tokens, BOS, header, prefix, suffix -> the tokens, heal
INFILL = [
    pytest.param("suffix-first", Words(), Infill("if a", "b()"),
        "<PRE>|<SUF>|b|(|)|<MID>|if", " a", id="suffix-first"),
    pytest.param("prefix-first", Words(), Infill("if a", "b()"),
        "<PRE>|if|<SUF>|b|(|)|<MID>", " a", id="prefix-first"),
    pytest.param("suffix-first", Words(bos=True), Infill("if a", "b"),
        "<BOS>|<PRE>|<SUF>|b|<MID>|if", " a", id="suffix-first-bos"),
    pytest.param("prefix-first", Words(bos=True), Infill("if a", "b"),
        "<BOS>|<PRE>|if|<SUF>|b|<MID>", " a", id="prefix-first-bos"),
    pytest.param("suffix-first", Words(), Infill("if a", "b", heal=False),
        "<PRE>|<SUF>|b|<MID>|if| a", "", id="unhealed"),
    pytest.param("suffix-first", Words(), Infill("if a"),
        "<PRE>|<SUF>|<MID>|if", " a", id="no-suffix"),
    pytest.param("suffix-first", Words(), Infill("", "b"),
        "<PRE>|<SUF>|b|<MID>", "", id="no-prefix"),
    pytest.param("suffix-first", Words(), Infill(""), "<PRE>|<SUF>|<MID>", "", id="nothing"),
    pytest.param("suffix-first", Words(), Infill("a"), "<PRE>|<SUF>|<MID>", "a", id="one-token"),
    pytest.param("suffix-first", Words(), Infill("a", "b", header="# hi\n"),
        "<PRE>|<SUF>|b|<MID>|#| hi|⏎", "a", id="header"),
    pytest.param("prefix-first", Words(), Infill("a", "b", header="# hi\n"),
        "<PRE>|#| hi|⏎|<SUF>|b|<MID>", "a", id="header-prefix-first"),
    pytest.param("suffix-first", Words(), Infill("", "b", header="# hi\n"),
        "<PRE>|<SUF>|b|<MID>|#| hi|⏎", "", id="a-header-is-not-healed"),
    pytest.param("suffix-first", Words(), Infill("é", "☺"),
        "<PRE>|<SUF>|☺|<MID>", "é", id="accents"),
    pytest.param("none", Words(), Infill("if a", "b()"), "if", " a", id="told-not-to-infill"),
    pytest.param("suffix-first", Words(fim=False), Infill("if a", "b()"),
        "if", " a", id="no-infill-tokens"),
    pytest.param("suffix-first", Words(fim=False, bos=True), Infill("a", "b"),
        "<BOS>", "a", id="no-infill-tokens-bos"),
    pytest.param("suffix-first", Words(fim=False), Infill("a", "b"),
        "a", "", id="a-prompt-is-never-healed-to-nothing"),
    pytest.param("suffix-first", Words(fim=False), Infill("", "b"),
        "⏎", "", id="a-prompt-is-never-empty"),
    pytest.param("suffix-first", Words(marks="<|end|>"), Infill("<PRE>", "<|end|>"),
        "<PRE>|<SUF>|<|||end|||>|<MID>|<|PRE", ">", id="marks-in-the-text-stay-text"),
    pytest.param("suffix-first", Words(sentencepiece=True), Infill("if a", "b"),
        "<PRE>|<SUF>|b|<MID>| if", " a", id="sentencepiece-space-before-the-prefix-only"),
    pytest.param("prefix-first", Words(sentencepiece=True), Infill("if a", " b"),
        "<PRE>| if|<SUF>| b|<MID>", " a", id="sentencepiece-prefix-first"),
    pytest.param("suffix-first", Words(sentencepiece=True), Infill("if a", "\nb"),
        "<PRE>|<SUF>|⏎|b|<MID>| if", " a", id="sentencepiece-newline"),
    pytest.param("suffix-first", Words(sentencepiece=True), Infill("", "b"),
        "<PRE>|<SUF>|b|<MID>", " ", id="sentencepiece-owes-the-space-of-an-empty-prefix"),
    pytest.param("prefix-first", Words(sentencepiece=True), Infill("", "b"),
        "<PRE>|<SUF>|b|<MID>", "", id="sentencepiece-prefix-first-owes-nothing"),
    pytest.param("suffix-first", Words(), Infill("a\r\nif b", "\rc", heal=False),
        "<PRE>|<SUF>|⏎|c|<MID>|a|⏎|if| b", "", id="line-ends-are-cleaned"),
]  # fmt: skip


@pytest.mark.parametrize(("order", "words", "prompt", "tokens", "heal"), INFILL)
def test_infill(order: Order, words: Words, prompt: Infill, tokens: str, heal: str) -> None:
    spelled = Spelling(words, order).spell(prompt)
    assert (words.show(spelled.tokens), spelled.heal.decode()) == (tokens, heal)


@pytest.mark.parametrize(
    ("order", "fim", "infill"),
    [
        pytest.param("suffix-first", True, True, id="suffix-first"),
        pytest.param("prefix-first", True, True, id="prefix-first"),
        pytest.param("none", True, False, id="told-not-to"),
        pytest.param("suffix-first", False, False, id="without-tokens"),
    ],
)
def test_says_whether_it_can_infill(order: Order, fim: bool, infill: bool) -> None:
    assert Spelling(Words(fim=fim), order).infill == infill


@pytest.mark.parametrize(
    ("marks", "stops"),
    [
        pytest.param("", "", id="none"),
        pytest.param("<|endoftext|> <|file_sep|>", "<|endoftext|>|<|file_sep|>", id="qwen"),
        pytest.param("▁<EOT>", "▁<EOT>", id="codellama"),
    ],
)
def test_an_infill_ends_at_these(marks: str, stops: str) -> None:
    words = Words(marks=marks)
    assert words.show(sorted(Spelling(words, "suffix-first").stops)) == stops


# --- chat ----------------------------------------------------------------------------------

ASKED = (Message("system", "Be kind"), Message("user", "Why?"))
TURNS = (*ASKED, Message("assistant", "So"), Message("user", "How?"))
CHAT = [
    pytest.param(chatml(), Chat(ASKED),
        "<|im_start|>|system|⏎|Be| kind|<|im_end|>|⏎|<|im_start|>|user|⏎|Why|?|<|im_end|>|⏎"
        "|<|im_start|>|assistant|⏎", "", id="chatml"),
    pytest.param(chatml(), Chat(ASKED[1:], opening="It is"),
        "<|im_start|>|user|⏎|Why|?|<|im_end|>|⏎|<|im_start|>|assistant|⏎|It| is",
        "", id="chatml-opening"),
    pytest.param(chatml(), Chat((Message("user", "<|im_end|>"),)),
        "<|im_start|>|user|⏎|<|||im_end|||>|<|im_end|>|⏎|<|im_start|>|assistant|⏎",
        "", id="chatml-marks-in-the-text-stay-text"),
    pytest.param(Words(template=LLAMA2, bos=True), Chat(ASKED),
        "<BOS>|[|INST|]| |<|<|SYS|>|>|⏎|Be| kind|⏎|<|<|/|SYS|>|>|⏎|⏎|Why|?| |[|/|INST|]",
        " ", id="llama2"),
    pytest.param(Words(template=LLAMA2, bos=True), Chat(ASKED[1:], opening="It"),
        "<BOS>|[|INST|]| Why|?| |[|/|INST|]| It", "", id="llama2-no-system"),
    pytest.param(Words(template=LLAMA2, bos=True), Chat(TURNS[1:]),
        "<BOS>|[|INST|]| Why|?| |[|/|INST|]| So| |<EOS>|<BOS>|[|INST|]| How|?| |[|/|INST|]",
        " ", id="llama2-turns"),
    pytest.param(Words(template=LLAMA2, sentencepiece=True), Chat(ASKED[1:]),
        " |[|INST|]| Why|?| |[|/|INST|]", " ", id="llama2-sentencepiece"),
    pytest.param(Words(template=LLAMA2), Chat((Message("user", " [/INST] <<SYS>>\n"),)),
        "[|INST|]| |[| |/|INST|]| |<| |<|SYS|>|>| |[|/|INST|]", " ",
        id="llama2-tags-in-the-text-are-broken"),
    pytest.param(Words(template=MISTRAL), Chat(ASKED),
        "[|INST|]| Be| kind|⏎|⏎|Why|?| |[|/|INST|]", " ", id="mistral-has-no-system-tags"),
    pytest.param(Words(name="CodeLlama-7B-Instruct"), Chat(ASKED[1:]),
        "[|INST|]| Why|?| |[|/|INST|]", " ", id="codellama-instruct-without-a-template"),
    pytest.param(Words(name="codellama_codellama-7b-hf"), Chat(ASKED[1:]),
        "User|:| Why|?|⏎|⏎|Assistant|:", "", id="codellama-base"),
    pytest.param(Words(), Chat(TURNS),
        "System|:| Be| kind|⏎|⏎|User|:| Why|?|⏎|⏎|Assistant|:| So|⏎|⏎|User|:| How|?|⏎|⏎"
        "|Assistant|:", "", id="transcript"),
    pytest.param(Words(bos=True), Chat(ASKED[1:], opening=" It"),
        "<BOS>|User|:| Why|?|⏎|⏎|Assistant|:| It", "", id="transcript-opening"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "prompt", "tokens", "heal"), CHAT)
def test_chat(words: Words, prompt: Chat, tokens: str, heal: str) -> None:
    spelled = Spelling(words, "suffix-first").spell(prompt)
    assert (words.show(spelled.tokens), spelled.heal.decode()) == (tokens, heal)


def test_only_a_transcript_ends_where_the_other_side_would_speak() -> None:
    asked = Chat(ASKED)
    assert "\nUser:" in Spelling(Words(), "none").spell(asked).stops
    assert Spelling(chatml(), "none").spell(asked).stops == ()


def test_a_keystroke_only_appends_to_a_suffix_first_prompt() -> None:
    spelling = Spelling(Words(), "suffix-first")
    typed = ["for", "for i", "for i in", "for i in range", "for i in range("]
    prompts = [spelling.spell(Infill(prefix, "\n    go()\n")).tokens for prefix in typed]
    for before, after in itertools.pairwise(prompts):
        assert after[: len(before)] == before
        assert len(after) - len(before) == 1
