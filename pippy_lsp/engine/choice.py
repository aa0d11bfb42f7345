"""What "auto" takes: a pure function of the machine and of what was measured on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from pippy_lsp.engine.registry import AutoRules, Entry, Registry, registry
from pippy_lsp.engine.state import Speed

_MB = 2**20


class Choice(msgspec.Struct, frozen=True):
    """The model that "auto" takes."""

    name: str
    why: str
    """The key of the sentence that says why (prompts/messages/)."""
    values: dict[str, str | int] = msgspec.field(default_factory=dict)
    """The sentence's placeholders."""


def line_ms(speed: Speed, rules: AutoRules) -> float:
    """Milliseconds that a fresh prompt and one line take at this speed (see registry.toml)."""
    if speed.prompt_tps <= 0 or speed.decode_tps <= 0:
        return float("inf")
    return 1000 * (rules.fresh_tokens / speed.prompt_tps + rules.line_tokens / speed.decode_tps)


def recommend(memory_bytes: int, known: Registry | None = None) -> str:
    """The model to get on a machine with so much memory in all, before anything is measured."""
    rules = (known or registry()).auto
    return rules.small if memory_bytes < rules.small_below_mb * _MB else rules.default


def choose_auto(
    memory_bytes: int,
    cores: int,
    installed: Collection[str],
    measured: Mapping[str, Speed],
    known: Registry | None = None,
) -> Choice:
    """The model for ghost text on a machine with that much memory in all and so many cores.

    The best installed one that fits and is fast enough; a model whose speed nobody measured yet
    must be a light one. Where none is installed it is the one to get, so the name may be of a
    model that is not here.
    """
    known = known or registry()
    rules = known.auto
    fits = [
        entry
        for entry in known.models
        if entry.name in installed
        and entry.min_memory_mb * _MB <= memory_bytes
        and entry.min_cores <= cores
    ]
    wanted = recommend(memory_bytes, known)
    quick = [entry for entry in fits if _quick(entry, measured, rules, wanted)]
    if quick:
        return _quick_choice(max(quick, key=_rank), fits, measured, rules)
    light = [entry for entry in fits if _may_be_tried(entry, measured, rules)]
    if light:
        return Choice(max(light, key=_rank).name, "models-auto-trial")
    slow = [entry for entry in fits if entry.name in measured]
    if wanted in {entry.name for entry in slow}:
        return Choice(wanted, "models-auto-slow", {"seconds": rules.default_ms // 1000})
    memory_mb = memory_bytes // _MB
    reason = "models-auto-small" if wanted == rules.small else "models-auto-default"
    return Choice(wanted, reason, {"memory": memory_mb})


def teacher_ms(speed: Speed, rules: AutoRules) -> float:
    """Milliseconds that an explanation takes at this speed (see registry.toml)."""
    if speed.prompt_tps <= 0 or speed.decode_tps <= 0:
        return float("inf")
    reading = rules.teacher_prompt / speed.prompt_tps
    return 1000 * (reading + rules.teacher_tokens / speed.decode_tps)


def choose_teacher(
    inline: str,
    room_bytes: Mapping[str, int],
    measured: Mapping[str, Speed],
    known: Registry | None = None,
) -> str | None:
    """A better model than `inline` for explanations beside it; None where that one does both.

    `room_bytes` has the installed models that fit beside it, with what each would leave of the
    memory. A model whose speed nobody measured is not taken: `pippy-lsp doctor` measures it.
    """
    known = known or registry()
    own = known.find(inline)
    better = [
        entry
        for entry in known.models
        if room_bytes.get(entry.name, -1) >= 0
        and entry.rank > (own.rank if own else 0)
        and entry.name in measured
        and teacher_ms(measured[entry.name], known.auto) <= known.auto.teacher_ms
    ]
    return max(better, key=_rank).name if better else None


def _quick_choice(
    best: Entry, fits: list[Entry], measured: Mapping[str, Speed], rules: AutoRules
) -> Choice:
    larger = [entry for entry in fits if entry.rank > best.rank]
    if larger:
        key = "models-auto-larger-slow"
        if any(entry.name not in measured for entry in larger):
            key = "models-auto-larger-untested"
        return Choice(best.name, key, {"larger": max(larger, key=_rank).name})
    if best.name in measured:
        milliseconds = round(line_ms(measured[best.name], rules))
        return Choice(best.name, "models-auto-quick", {"milliseconds": milliseconds})
    return Choice(best.name, "models-auto-installed")


def _quick(entry: Entry, measured: Mapping[str, Speed], rules: AutoRules, wanted: str) -> bool:
    speed = measured.get(entry.name)
    if speed is None:
        return entry.untested
    return line_ms(speed, rules) <= (rules.default_ms if entry.name == wanted else rules.line_ms)


def _may_be_tried(entry: Entry, measured: Mapping[str, Speed], rules: AutoRules) -> bool:
    return entry.name not in measured and entry.parameters <= rules.trial_parameters


def _rank(entry: Entry) -> int:
    return entry.rank
