"""The teacher's policy: what its files say, and what it leaves of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pippy_lsp import policy, prompts
from pippy_lsp.errors import PippyError, PolicyForbids
from pippy_lsp.policy import Policy
from pippy_lsp.policy_file import KEYS, actions, concepts
from pippy_lsp.settings import CompletionSettings, Settings, TeachingSettings

# id, the table [policy], what differs from "everything is allowed"
FINE: list[tuple[str, str, dict[str, Any]]] = [
    ("empty", "", {}),
    ("level", "level = 2", {"level": 2}),
    ("highest level", "highestLevel = 3", {"highest_level": 3}),
    ("modes", 'modes = ["hint", "line"]', {"modes": frozenset({"hint", "line"})}),
    ("no modes", "modes = []", {"modes": frozenset()}),
    ("step", "highestStep = 0", {"highest_step": 0}),
    ("actions", 'actionsOff = ["fix"]', {"actions_off": frozenset({"fix"})}),
    (
        "concepts by their spelling",
        'avoid = ["While", "len()", ".append()", "import random"]',
        {"avoid": frozenset({"While", "len()", ".append()", "import random"})},
    ),
    (
        "concepts by their names",
        'avoid = ["while", "len", "append", "random"]',
        {"avoid": frozenset({"While", "len()", ".append()", "import random"})},
    ),
    ("one name is a list of one", 'avoid = "Lambda"', {"avoid": frozenset({"Lambda"})}),
    ("exam", "exam = true", {"exam": True, "highest_step": 0}),
    ("no exam", "exam = false\nhighestStep = 2", {"highest_step": 2}),
]


def differences(found: Policy) -> dict[str, Any]:
    fields, default = msgspec.structs.asdict(found), msgspec.structs.asdict(Policy())
    return {name: value for name, value in fields.items() if value != default[name]}


def table(tmp_path: Path, text: str, name: str = ".pippy.toml") -> Path:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(f"[policy]\n{text}\n".encode())
    return path


@pytest.mark.parametrize(("text", "expected"), [r[1:] for r in FINE], ids=[r[0] for r in FINE])
def test_a_policy(tmp_path: Path, text: str, expected: dict[str, Any]) -> None:
    found = policy.read([table(tmp_path, text)])
    assert found.problems == ()
    assert differences(found.policy) == expected


ALL_ACTIONS = frozenset(actions().values())
ALL_CONCEPTS = frozenset(concepts().values())
EXAM: dict[str, Any] = {"exam": True, "highest_step": 0}

# id, the table [policy], what is closed all the same, words of the one sentence
WRONG: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("level too high", "level = 9", {"level": 1}, ["level", "1 - 5"]),
    ("level in words", 'level = "two"', {"level": 1}, ["level", "1 - 5"]),
    ("level true", "level = true", {"level": 1}, ["level", "1 - 5"]),
    ("highest level", "highestLevel = 0", {"highest_level": 1}, ["highestLevel", "1 - 5"]),
    ("step too high", "highestStep = 5", {"highest_step": 0}, ["highestStep", "0 - 4"]),
    ("unknown mode", 'modes = ["lines"]', {"modes": frozenset()}, ["modes", "lines", "line"]),
    ("mode of a wrong type", "modes = 3", {"modes": frozenset()}, ["modes", "block"]),
    ("exam in words", 'exam = "no"', EXAM, ["exam", "true / false"]),
    ("key with a slip", "exma = true", EXAM, ["exma", "exam"]),
    ("key in another case", "highest_step = 1", {"highest_step": 1}, ["highestStep"]),
    ("slip after the right key", "exam = true\nexma = false", EXAM, ["exma"]),
    ("unknown key", "colour = 'red'", {}, ["colour", "actionsOff"]),
    (
        "action with a slip",
        'actionsOff = ["fixx", "explain"]',
        {"actions_off": frozenset({"fix", "explain"})},
        ["fixx", "Write: fix."],
    ),
    ("no such action", 'actionsOff = ["dance"]', {}, ["dance", "explain"]),
    ("actions, no list", "actionsOff = true", {"actions_off": ALL_ACTIONS}, ["actionsOff"]),
    ("concepts, no list", "avoid = [1]", {"avoid": ALL_CONCEPTS}, ["avoid"]),
    ("no such concept", 'avoid = ["xyzzy", "While"]', {"avoid": {"While"}}, ["xyzzy", "levels"]),
]


@pytest.mark.parametrize(
    ("text", "closed", "words"), [r[1:] for r in WRONG], ids=[r[0] for r in WRONG]
)
def test_a_mistake_costs_one_sentence_and_opens_nothing(
    tmp_path: Path, text: str, closed: dict[str, Any], words: list[str]
) -> None:
    path = table(tmp_path, text)
    found = policy.read([path])
    assert differences(found.policy) == closed
    (problem,) = found.problems
    said = prompts.messages().error(problem)
    assert [word for word in [str(path), *words] if word not in said] == []


# id, the whole file, what is closed, whether a sentence is said
BROKEN: list[tuple[str, bytes, dict[str, Any], bool]] = [
    ("one line", b"[policy]\nlevel = = 2\nexam = false\nhighestStep = 2", {}, True),
    ("before the table", b"level = = 2\n[policy]\nexam = true\n", EXAM, True),
    ("the table's bracket", b"[policy\nexam = true\n", EXAM, True),
    ("key twice", b"[policy]\nexam = true\nexam = true\n", EXAM, True),
    ("list over lines", b'[policy]\navoid = [\n  "While",\n]\nx = =\n', {"avoid": {"While"}}, True),
    ("no policy in it", b"level = = 2\n", {}, False),
    ("another table", b"[model]\nexam = true\nname = =\n", {}, False),
    ("bytes that are no text", b"\xff[policy]\nhighestStep = 1\n[policy]\n", {}, False),
    ("bom", b"\xef\xbb\xbf[policy]\r\nexam = true\r\n", EXAM, False),
    ("utf-16", "[policy]\nexam = true\n".encode("utf-16"), EXAM, False),
    ("policy is a value", b"policy = 3\n", EXAM, True),
    ("empty", b"", {}, False),
]
BROKEN[0] = (BROKEN[0][0], BROKEN[0][1], {"level": 1, "highest_step": 2}, True)


@pytest.mark.parametrize(
    ("data", "closed", "said"), [r[1:] for r in BROKEN], ids=[r[0] for r in BROKEN]
)
def test_a_broken_file_keeps_what_could_be_read(
    tmp_path: Path, data: bytes, closed: dict[str, Any], said: bool
) -> None:
    path = tmp_path / ".pippy.toml"
    path.write_bytes(data)
    found = policy.read([path])
    assert differences(found.policy) == closed
    sentences = [prompts.messages().error(problem) for problem in found.problems]
    assert bool(sentences) == said
    assert all(str(path) in sentence for sentence in sentences)


def test_a_file_that_may_not_be_read_closes_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = table(tmp_path, "level = 2")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    found = policy.read([path])
    assert differences(found.policy) == EXAM
    assert "Permission denied" in prompts.messages().error(found.problems[0])


def test_no_file_and_a_folder_of_its_name_are_no_policy(tmp_path: Path) -> None:
    (tmp_path / ".pippy.toml").mkdir()
    assert policy.read([tmp_path / ".pippy.toml", tmp_path / "none"]) == policy.Found()


def test_the_systems_file_may_leave_out_the_tables_name(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("exam = true\n")
    assert policy.read([path]).policy.exam


# --- where it lies -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        pytest.param("linux", {}, "/etc/pippy-lsp/policy.toml", id="linux"),
        pytest.param(
            "darwin", {}, "/Library/Application Support/pippy-lsp/policy.toml", id="macos"
        ),
        pytest.param(
            "win32", {"PROGRAMDATA": "D:/Data"}, "D:/Data/pippy-lsp/policy.toml", id="win"
        ),
    ],
)
def test_the_systems_file_is_the_strongest(
    platform: str, environ: dict[str, str], expected: str
) -> None:
    extra = {"PIPPY_POLICY": "/extra.toml"}
    found = policy.paths(Path("/opened"), {**environ, **extra}, platform)
    assert found == [Path("/opened/.pippy.toml"), Path("/extra.toml"), Path(expected)]
    assert policy.paths(None, environ, platform) == [Path(expected)]


def test_the_stronger_file_wins_key_by_key(tmp_path: Path) -> None:
    mine = table(tmp_path, "level = 4\nhighestStep = 1")
    systems = table(tmp_path / "etc", "level = 2\nexam = false", "policy.toml")
    found = policy.read([mine, tmp_path / "none.toml", systems])
    assert differences(found.policy) == {"level": 2, "highest_step": 1}
    assert found.files == (mine, systems)


def test_the_stamp_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / ".pippy.toml"
    before = policy.stamp([path])
    table(tmp_path, "exam = true")
    between = policy.stamp([path])
    table(tmp_path, "exam = false")
    assert len({before, between, policy.stamp([path])}) == 3


# --- what it leaves of the settings --------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "wanted", "left"),
    [
        pytest.param(Policy(level=2), 5, 2, id="fixed"),
        pytest.param(Policy(level=2), "auto", 2, id="fixed, for auto"),
        pytest.param(Policy(level=4, highest_level=3), 1, 3, id="fixed above the highest"),
        pytest.param(Policy(highest_level=3), 5, 3, id="highest"),
        pytest.param(Policy(highest_level=3), 2, 2, id="below the highest"),
        pytest.param(Policy(highest_level=3), "auto", "auto", id="auto is capped when it is known"),
        pytest.param(Policy(), "auto", "auto", id="none"),
    ],
)
def test_the_level(made: Policy, wanted: Any, left: Any) -> None:
    assert policy.apply(made, Settings(level=wanted)).level == left


@pytest.mark.parametrize(
    ("allowed", "wanted", "left"),
    [
        ("off hint line block", "block", "block"),
        ("hint line", "block", "line"),
        ("hint line", "hint", "hint"),
        ("block", "line", "off"),
        ("", "block", "off"),
        ("line", "off", "off"),
    ],
)
def test_the_mode(allowed: str, wanted: Any, left: str) -> None:
    made = Policy(modes=frozenset(allowed.split()))
    settings = Settings(completion=CompletionSettings(mode=wanted))
    assert policy.apply(made, settings).completion.mode == left


def test_an_exam_leaves_what_is_certain() -> None:
    made = Policy(exam=True)
    settings = Settings(teaching=TeachingSettings(explain=True, timeout_s=3))
    left = policy.apply(made, settings)
    assert left.completion.mode == "off"
    assert not left.teaching.explain
    assert left.teaching.timeout_s == 3
    assert {name for name in (*ALL_ACTIONS, "explain-error") if made.allows(name)} <= {
        "explain-error"
    }


def test_what_is_switched_off_is_refused() -> None:
    made = Policy(actions_off=frozenset({"fix"}))
    made.demand("explain")
    with pytest.raises(PolicyForbids) as caught:
        made.demand("fix")
    assert prompts.messages().error(caught.value)


def test_without_a_policy_nothing_changes() -> None:
    settings = Settings(level=3)
    assert policy.apply(Policy(), settings) == settings


def test_what_is_narrowed_is_told_by_the_files_keys() -> None:
    made = Policy(level=2, avoid=frozenset({"While", "For"}), exam=True)
    assert policy.differences(made) == {"level": 2, "avoid": ["For", "While"], "exam": True}
    assert policy.differences(Policy()) == {}


def test_every_key_has_a_field_and_every_field_a_key() -> None:
    fields = set(Policy.__struct_fields__) - {"servers_trusted"}
    assert {key.field for key in KEYS.values()} == fields


def test_a_problem_has_no_word_of_the_childs() -> None:
    problem: PippyError = PolicyForbids()
    assert problem.details == {}
