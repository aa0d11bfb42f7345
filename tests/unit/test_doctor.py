from __future__ import annotations

from pathlib import Path

import pytest

from pippy_lsp import checkup, doctor, machine, prompts
from pippy_lsp.checkup import Check
from pippy_lsp.cli_common import command_settings
from pippy_lsp.engine import models, registry, state
from pippy_lsp.engine.protocol import Usage
from pippy_lsp.settings import ModelSettings, Settings
from tests.fakes import FakeEngine

SAY = prompts.messages()

# id, the usage, tokens a second of the prompt and of the answer
SPEEDS = [
    ("nothing", Usage(), 0.0, 0.0),
    ("both", Usage(200, 200, 41, 1000.0, 3000.0), 200.0, 20.0),
    ("a cached prompt counts what was evaluated", Usage(200, 20, 1, 100.0, 100.0), 200.0, 0.0),
    ("one token has no rate", Usage(10, 10, 1, 100.0, 150.0), 100.0, 0.0),
]


@pytest.mark.parametrize(
    ("usage", "prompt", "decode"), [r[1:] for r in SPEEDS], ids=[r[0] for r in SPEEDS]
)
def test_speeds(usage: Usage, prompt: float, decode: float) -> None:
    assert doctor.speeds(usage) == pytest.approx((prompt, decode))


async def test_what_is_measured_is_in_no_cache() -> None:
    engine = FakeEngine("x")
    await doctor.measure(engine)
    warm_up, measured = engine.requests
    assert warm_up.max_tokens == 2
    assert measured.max_tokens == doctor.MEASURED_TOKENS
    assert warm_up.prompt != measured.prompt


def test_only_a_problem_fails() -> None:
    checks = [Check("a", "ok", "A."), Check("b", "warning", "B.", "Do b.")]
    assert doctor.report(checks)["ok"] is True
    found = doctor.report([*checks, Check("c", "problem", "C.")])
    assert found["ok"] is False
    assert [(each["code"], each["state"]) for each in found["checks"]] == [
        ("a", "ok"),
        ("b", "warning"),
        ("c", "problem"),
    ]


# id, what the processor knows, the state
PROCESSORS = [("avx2", True, "ok"), ("old", False, "warning"), ("arm", None, "ok")]


@pytest.mark.parametrize(
    ("avx2", "state"), [r[1:] for r in PROCESSORS], ids=[r[0] for r in PROCESSORS]
)
def test_processor(avx2: bool | None, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "has_avx2", lambda: avx2)
    check = checkup.processor(SAY)
    assert check.state == state
    assert bool(check.advice) is (state == "warning")


def test_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PACKAGES", ("pygls", "no-such-package"))
    found, missing = checkup.packages(SAY)
    assert found.data["no-such-package"] is None
    assert (missing.code, missing.state) == ("package-missing", "problem")


def test_a_cache_that_does_not_exist_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "not" / "yet"
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(folder))
    monkeypatch.setattr(machine, "free_disk", lambda _: 3 * checkup.LITTLE_DISK)
    check = checkup.disk(SAY)
    assert check.state == "ok"
    assert str(folder) in check.text
    assert not folder.exists()


# id, bytes free (None: nobody can say), whether it can be written, the state
DISKS = [
    ("full", 10, True, "warning"),
    ("read-only", 10**12, False, "problem"),
    ("unknown", None, True, "problem"),
]


@pytest.mark.parametrize(
    ("free", "writable", "state"), [r[1:] for r in DISKS], ids=[r[0] for r in DISKS]
)
def test_a_cache_with_a_problem(
    free: int | None, writable: bool, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "free_disk", lambda _: free)
    monkeypatch.setattr(machine, "can_write", lambda _: writable)
    check = checkup.disk(SAY)
    assert (check.state, bool(check.advice)) == (state, True)


# id, the policy's file (None: no file), the checks, words of the last one
POLICIES: list[tuple[str, str | None, list[str], list[str]]] = [
    ("none", None, ["policy"], ["no teacher's policy"]),
    (
        "one",
        "[policy]\nlevel = 2\nexam = true",
        ["policy"],
        [".pippy.toml", "level: 2", "exam: True"],
    ),
    ("wrong", "[policy]\nlevel = 9", ["policy-value", "policy"], ["level: 1"]),
]


@pytest.mark.parametrize(
    ("text", "codes", "words"), [r[1:] for r in POLICIES], ids=[r[0] for r in POLICIES]
)
def test_the_policy_in_force(
    tmp_path: Path,
    text: str | None,
    codes: list[str],
    words: list[str],
) -> None:
    if text is not None:
        (tmp_path / ".pippy.toml").write_text(text)
    found = checkup.rules(SAY, tmp_path)
    assert [check.code for check in found] == codes
    assert [word for word in words if word not in found[-1].text] == []


async def test_a_model_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("PIPPY_MODEL", "smollm2-135m-instruct")
    wanted = command_settings(None)
    auto, missing = await doctor._model(wanted, SAY)
    assert (auto.code, auto.state) == ("auto", "ok")
    assert (missing.code, missing.state) == ("model-missing", "problem")
    assert "models pull smollm2-135m-instruct" in missing.text


# id, what is installed, what was measured before, the setting, what is measured now
MEASURED = """
chosen          tiny        tiny    tiny    tiny
auto-again      tiny        tiny    auto    tiny
auto-new-one    tiny,big    tiny    auto    big,tiny
auto-two-new    tiny,big    -       auto    tiny,big
named-only      tiny,big    -       tiny    tiny
"""


@pytest.mark.parametrize(
    "row", [r.split() for r in MEASURED.strip().splitlines()], ids=lambda r: r[0]
)
async def test_what_nobody_measured_is_measured(
    row: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, installed, before, setting, now = row
    asked: list[str] = []
    here = {name: models.ModelFile(name, Path(f"{name}.gguf"), entry()) for name in ("tiny", "big")}

    async def speed(wanted: Settings, name: str, say: prompts.Messages) -> Check:
        asked.append(name)
        return Check("speed", "ok", name)

    speeds = {name: models.Speed(1, 1) for name in before.split(",")}
    monkeypatch.setattr(state, "load", lambda: state.State(speeds=speeds))
    monkeypatch.setattr(models, "installed", lambda: [here[name] for name in installed.split(",")])
    monkeypatch.setattr(models, "resolve", lambda _: here["tiny"])
    monkeypatch.setattr(doctor, "_speed", speed)
    wanted = Settings(model=ModelSettings(name=setting))
    checks = await doctor._model(wanted, SAY)
    assert asked == now.split(",")
    known = ["panel"] if "tiny" in speeds else []
    assert [each.code for each in checks if each.code != "speed"] == ["auto", "model", *known]


def entry() -> registry.Entry:
    return registry.registry().models[0]


def test_this_computer() -> None:
    about = machine.describe()
    assert about["cores"] >= 1
    assert about["cpu"]
    assert machine.versions()["pygls"]
    assert (machine.free_disk(Path.cwd()) or 0) > 0
    assert machine.can_write(Path("/no/such/folder/at/all")) in (True, False)


# id, what a panel costs, words of it
PANELS = [
    ("unknown", {}, None),
    ("some", {"size": 5, "seconds": 4.2, "alone": 1.5, "full": 5, "ratio": 2.4}, "5 answers vote"),
    ("one", {"size": 1, "seconds": 9, "alone": 9, "full": 5, "ratio": 2.4}, "one answer is given"),
]


@pytest.mark.parametrize(("found", "words"), [r[1:] for r in PANELS], ids=[r[0] for r in PANELS])
def test_what_a_panel_costs(found: dict[str, int | float], words: str | None) -> None:
    checks = checkup.panel(SAY, found)
    assert [check.state for check in checks] == (["ok"] if words else [])
    assert not words or words in checks[0].text
