"""docs/scoreboard.md and its plots: `python -m benchmarks.scoreboard`.

They are made from benchmarks/results/. A test makes them anew and compares, so the page says what
the results say and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import plot, results
from benchmarks.plot import Axis, Bar, Curve
from benchmarks.results import OURS, Figure, Result

DOCS = results.HERE.parent / "docs"
PAGE = "scoreboard.md"
INTRO = """\
# The scoreboard

Made by `make bench` (quick, under 20 minutes on two cores) or `make bench-full` (hours) from
`benchmarks/results/`; nothing on this page is typed by hand. Each table says its command; the data
is named by `PIPPY_BENCH_DATA` ([where it comes from](measured.md)). In brackets are intervals of
95 %; without them a figure was counted. n says of how many keystrokes, lines, holes or cases.
Times depend on the machine: look at the ratios, which were taken in one run.
"""


def _latency(found: Result) -> str | None:
    curves = _curves(found, "latency")
    return _drawn(
        "From a keystroke to ghost text, by a child's typing",
        Axis("milliseconds", log=True, least=10),
        Axis("per cent of the waits that are over", least=0, most=100),
        curves,
    )


def _keystroke(found: Result) -> str | None:
    curves = _curves(found, "keystroke")
    return _drawn(
        "What a keystroke costs as the file grows",
        Axis("lines of the file", log=True),
        Axis("milliseconds (server, model: CPU a key; others: time of an answer)", log=True),
        curves,
    )


def _drawn(title: str, x: Axis, y: Axis, curves: list[Curve]) -> str | None:
    return plot.curves(title, x, y, curves) if curves else None


def _curves(found: Result, name: str) -> list[Curve]:
    return [
        Curve(each.name, each.x, each.y, each.low, each.high)
        for each in found.series
        if each.plot == name
    ]


def _infill(found: Result) -> str | None:
    rows = [each for each in found.figures if each.unit == "%" and each.of != "difference"]
    rows = [
        each for each in rows if each.table.startswith("HumanEval") and "all lines" in each.table
    ]
    names = {OURS: 0}
    bars = [_bar(f"{each.name}, {each.of}", each, names.setdefault(each.of, 1)) for each in rows]
    return plot.bars("A line of HumanEval filled in", "per cent", bars) if bars else None


def _panel(found: Result) -> str | None:
    gains = {each.name: each for each in found.figures if each.of == "more than greedy"}
    costs = {each.name: each for each in found.figures if each.of.startswith("tokens")}
    curves = []
    for vote in dict.fromkeys(map(_of, gains)):
        points = [(costs[name], gain) for name, gain in gains.items() if _of(name) == vote]
        points.sort(key=lambda pair: _value(pair[0].value))
        x, y = [_value(cost.value) for cost, _ in points], [_value(g.value) for _, g in points]
        lows, highs = [_value(g.low) for _, g in points], [_value(g.high) for _, g in points]
        if vote not in ("greedy", "any of them"):
            curves.append(Curve(vote, x, y, lows, highs))
    return _drawn(
        "What a panel gains on MBPP, and what it costs",
        Axis("tokens written, times those of one greedy answer"),
        Axis("points of pass@1 more than greedy"),
        curves,
    )


def _of(name: str) -> str:
    return name.rpartition(", ")[0]


def _value(value: float | None) -> float:
    return value or 0.0


def _teaching(found: Result) -> str | None:
    rows = [each for each in found.figures if each.name.startswith("reading grade")]
    bars = [_bar(each.table, each) for each in rows]
    return (
        plot.bars("How hard it is to read", "Flesch-Kincaid grade (median)", bars, (6, "the aim"))
        if bars
        else None
    )


def _safety(found: Result) -> str | None:
    rows = [each for each in found.figures if each.unit == "%" and "lines" not in each.name]
    bars = [
        _bar(each.name if each.of == OURS else f"{each.name}, {each.of}", each, each.of != OURS)
        for each in rows
    ]
    return plot.bars("Cases of safety", "per cent of the cases", bars) if bars else None


def _memory(found: Result) -> str | None:
    rows = [each for each in found.figures if each.name == "worker's memory"]
    return plot.bars("Memory of the worker", "MB", [_bar(e.of, e) for e in rows]) if rows else None


def _bar(name: str, each: Figure, colour: int = 0) -> Bar:
    return Bar(name, _value(each.value), each.low, each.high, colour)


@dataclass(frozen=True)
class Section:
    """One part of the page: a result with what it is about."""

    name: str
    title: str
    about: str
    plot: Callable[[Result], str | None] | None = None
    beside: tuple[str, ...] = ()
    """Packages whose versions matter to its figures, besides ours and llama.cpp's."""


SECTIONS = (
    Section(
        "typing",
        "How fast ghost text comes",
        "A child's typing, played to our server and to llama.cpp's own server asked by llama.vim's "
        "rules: the same model file, context and keys, one after the other. A wait counts until "
        "something is shown, whichever key brings it.",
        _latency,
        ("xllamacpp",),
    ),
    Section("typing-1.5b", "The same with the 1.5B", "", _latency, ("xllamacpp",)),
    Section(
        "keystroke",
        "What a keystroke costs as the file grows",
        "The same lines are typed into files of several sizes that are alike around the cursor.",
        _keystroke,
    ),
    Section(
        "requests",
        "Plain completion and hover",
        "Beside jedi-language-server and python-lsp-server, at the same places in one run, while "
        "our model writes and while it does not.",
        beside=("jedi-language-server", "python-lsp-server"),
    ),
    Section(
        "infill",
        "How right ghost text is",
        "Single lines taken out of HumanEval (arXiv 2207.14255) and filled in, then run with "
        "their tests; the raw model is the same file without anything of ours, in its best way.",
        _infill,
        ("pyflakes",),
    ),
    Section("infill-1.5b", "The same with the 1.5B", "", _infill, ("pyflakes",)),
    Section(
        "panel",
        "What a panel gains, and what it costs",
        "MBPP's test split: several answers are sampled and one is chosen.",
        _panel,
    ),
    Section(
        "panel_words",
        "Explanations by one answer, a panel, and in stages",
        "Sentences that speak of what the code does not have count as false.",
    ),
    Section(
        "teaching",
        "Mistakes named, and how the words read",
        "Programs of friendly-traceback's tests, slips put into children's programs, and lines of "
        "those explained.",
        _teaching,
        ("textstat",),
    ),
    Section("teaching-1.5b", "The same with the 1.5B", "", _teaching, ("textstat",)),
    Section(
        "safety",
        "Safety",
        "Texts that a child may meet or write, given to the real model through the gate and "
        "without it.",
        _safety,
    ),
    Section(
        "memory",
        "Memory and speed by model",
        "The worker's process at the default context.",
        _memory,
    ),
    Section(
        "compare",
        "Model beside model",
        "The same questions to each: holes of HumanEval, problems of MBPP, lines of children's "
        "programs.",
        beside=("textstat",),
    ),
    Section("machine_bound", "What this machine allows", "The lower bound of a token."),
    Section("checks", "How long a suggestion is judged", "By the length of the program."),
    Section("faults", "The worker killed", "While an editor works."),
    Section("fuzz", "Anything at all sent and read", "Half messages, half files."),
    Section("soak", "A long session", "Several documents edited in turn."),
    Section("vote", "A vote on the line at the cursor", "Holes in MBPP's training problems."),
    Section("header", "Where the system prompt goes", "Greedy, at places of small programs."),
    Section("decoding", "llama.cpp's settings", "Times as ratios to ours."),
    Section("classroom", "A class at one server", "Simulated children who type at once."),
    Section("codellama_shape", "CodeLlama 7B's shape", "A file of its shape with made-up weights."),
)


def page(folder: Path = results.FOLDER) -> str:
    """The whole page."""
    parts, missing = [INTRO], []
    for section in SECTIONS:
        found = results.load(folder / f"{section.name}.json")
        if found is None:
            missing.append(section)
        else:
            parts.append(_section(section, found))
    if missing:
        names = ", ".join(f"`{each.name}`" for each in missing)
        parts.append(f"## Not measured yet\n\n{names}: `make bench-full` has them all.\n")
    return "\n".join(parts)


def _section(section: Section, found: Result) -> str:
    lines = [f"## {section.title}\n", f"{section.about}\n" if section.about else ""]
    if section.plot and section.plot(found):
        lines.append(f"![{section.title}](images/{picture(section)})\n")
    lines.append(f"{results.table(found.figures)}\n")
    used = ", ".join(f"{each.name} (sha256 {each.sha256[:12]}…)" for each in found.models)
    machine = found.machine
    where = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB"
    packages = (OURS, "llama-cpp-python", *section.beside)
    known = [name for name in packages if found.versions.get(name)]
    versions = ", ".join(f"{name} {found.versions[name]}" for name in known)
    parts = [f"`{found.command}`", f"seed {found.seed}", found.date[:10]]
    parts += [f"{found.seconds / 60:.1f} min", where, f"Python {machine['python']}", versions]
    lines.append(" · ".join(filter(None, [*parts, used])) + "\n")
    return "\n".join(line for line in lines if line)


def picture(section: Section) -> str:
    """The name of a section's plot."""
    return f"board-{section.name}.svg"


def pictures(folder: Path = results.FOLDER) -> dict[str, str]:
    """The plots by their file's name."""
    made: dict[str, str] = {}
    for section in SECTIONS:
        found = results.load(folder / f"{section.name}.json")
        drawn = section.plot(found) if section.plot and found else None
        if drawn:
            made[picture(section)] = drawn
    return made


def write(folder: Path = results.FOLDER, docs: Path = DOCS) -> None:
    """Write the page and its plots; plots of results that are gone are removed."""
    made = pictures(folder)
    (docs / "images").mkdir(parents=True, exist_ok=True)
    for old in (docs / "images").glob("board-*.svg"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (docs / "images" / name).write_text(text, "utf-8")
    (docs / PAGE).write_text(page(folder), "utf-8")


if __name__ == "__main__":
    write()
