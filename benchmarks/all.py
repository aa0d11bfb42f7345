"""All benchmarks, one after the other, into benchmarks/results/, and the page that shows them.

    python -m benchmarks.all [--full] [--only NAME ...] [--again] [--list]
                             [--data FOLDER] [--results FOLDER]

The quick form takes less than 20 minutes on two cores, --full takes hours. What is run, with which
arguments, stands in all.toml. A result that is fresh (the same command and source, on the same
processor) is not measured again, so a run that was broken off goes on where it stopped; a result of
the full form is good for the quick one. A benchmark that fails loses nothing but itself.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
import psutil

from benchmarks import results, scoreboard, traces
from benchmarks.terminal import refused
from pippy_lsp import machine
from pippy_lsp.errors import PippyError, UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Form = Literal["tiny", "quick", "full"]
TABLE = Path(__file__).with_suffix(".toml")
PATIENCE = 5
"""A benchmark that takes so many times as long as it should has hung."""
LEAST_MINUTES = 15
FULL_MINUTES = 600


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One benchmark with its arguments in each form; None where it does not run in that form."""

    module: str = ""
    tiny: str | None = None
    quick: str | None = None
    full: str | None = None
    minutes: float = 1.0
    data: str = ""

    def arguments(self, form: Form) -> list[str] | None:
        """Those of the form; the full form of what has only one is the quick one."""
        found = self.quick if form == "full" and self.full is None else getattr(self, form)
        return None if found is None else shlex.split(found)


def jobs() -> dict[str, Job]:
    """The table of all.toml, in its order."""
    found = msgspec.convert(tomllib.loads(TABLE.read_text("utf-8")), dict[str, Job])
    return {
        name: msgspec.structs.replace(job, module=job.module or name) for name, job in found.items()
    }


def fresh(job: Job, form: Form, found: results.Result | None) -> bool:
    """Whether that result is what the job would find now, or better."""
    if found is None or found.source != results.source(job.module):
        return False
    forms: tuple[Form, ...] = (form, "full")
    commands = [results.command(job.module, job.arguments(each) or []) for each in forms]
    return found.command in commands and found.machine.get("cpu") == machine.describe()["cpu"]


def measure(job: Job, form: Form, data: Path | None, file: Path) -> str:
    """Run the job; its result is put into `file`. What went wrong, in words; "" for nothing."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "result.json"
        command = [sys.executable, "-m", f"benchmarks.{job.module}", *(job.arguments(form) or [])]
        command += ["--data", str(data / job.data)] if job.data and data else []
        process = psutil.Popen(
            [*command, "--json", str(made)],
            cwd=results.HERE.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        minutes = FULL_MINUTES if form == "full" else max(LEAST_MINUTES, PATIENCE * job.minutes)
        try:
            code = process.wait(60 * minutes)
        except psutil.TimeoutExpired:
            return f"it took more than {minutes:.0f} minutes"
        finally:
            _end(process)
        found = results.load(made)
        if found is None:
            return f"it ended with {code} and no result"
        results.save(file, msgspec.structs.replace(found, details=None))
        return f"its result was kept, but it ended with {code}" if code else ""


def _end(process: psutil.Popen) -> None:
    """Nothing of it goes on."""
    try:
        alive = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for each in alive:
        try:
            each.kill()
        except psutil.NoSuchProcess:  # noqa: PERF203 - each may have ended meanwhile
            continue
    psutil.wait_procs(alive, 10)


def run(given: argparse.Namespace, chosen: dict[str, Job]) -> dict[str, str]:
    """Run what is not fresh. What went wrong, by name."""
    wrong: dict[str, str] = {}
    data = _data(given.data)
    for number, (name, job) in enumerate(chosen.items(), 1):
        file = given.results / f"{name}.json"
        shown = results.command(job.module, job.arguments(given.form) or [])
        print(f"[{number}/{len(chosen)}] {name}: {shown}", file=sys.stderr, flush=True)
        if not given.again and fresh(job, given.form, results.load(file)):
            _say("fresh: not measured again")
            continue
        if job.data and data is None:
            wrong[name] = "the data is not there: --data or PIPPY_BENCH_DATA names it"
        else:
            began = time.monotonic()
            wrong[name] = measure(job, given.form, data, file)
            _say(f"{(time.monotonic() - began) / 60:.1f} minutes")
        if not wrong[name]:
            del wrong[name]
        else:
            _say(f"failed: {wrong[name]}")
    return wrong


def _say(line: str) -> None:
    print(f"    {line}", file=sys.stderr, flush=True)


def _data(given: str | None) -> Path | None:
    try:
        return traces.data_folder(given)
    except UsageError as error:
        refused(error)
        return None


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, read. Raises: UsageError."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.all",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--full", dest="form", action="store_const", const="full", help="the long form: hours")
    add("--tiny", dest="form", action="store_const", const="tiny", help="only that it runs")
    add("--only", nargs="+", default=[], metavar="NAME", help="some of them")
    add("--again", action="store_true", help="measure what is fresh, too")
    add("--list", action="store_true", help="what would be run")
    add("--data", help="the folder with the data (default: $PIPPY_BENCH_DATA)")
    add("--results", type=Path, default=results.FOLDER)
    parser.set_defaults(form="quick")
    given = parser.parse_args(arguments)
    if unknown := set(given.only) - set(jobs()):
        raise UsageError(what=f"There is no benchmark {', '.join(sorted(unknown))} in all.toml.")
    if given.form == "tiny" and given.results == results.FOLDER:
        raise UsageError(what="--tiny says nothing that is worth keeping: add --results FOLDER.")
    return given


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them; 1 when one of them failed."""
    try:
        given = options(arguments)
        chosen = {
            name: job
            for name, job in jobs().items()
            if job.arguments(given.form) is not None and name in (given.only or [name])
        }
        if given.list:
            for name, job in chosen.items():
                print(f"{name:16} {shlex.join(job.arguments(given.form) or [])}")
            return 0
        os.environ.setdefault("PYTHONPATH", str(results.HERE.parent))
        wrong = run(given, chosen)
        if given.results == results.FOLDER:
            scoreboard.write()
    except PippyError as error:
        return refused(error)
    except KeyboardInterrupt:
        print("\nStopped. What was measured is kept: the same command goes on.", file=sys.stderr)
        return 130
    done = len(chosen) - len(wrong)
    print(f"{done} of {len(chosen)} benchmarks have a result.", file=sys.stderr)
    for name, why in wrong.items():
        print(f"{name}: {why}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
