"""The command `pippy-lsp`: serves an editor, or does one thing in the terminal.

Light on purpose: what a command needs is imported when it runs.
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pippy_lsp import __version__, cli_models, cli_setup, prompts
from pippy_lsp.errors import PippyError, UsageError

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes; 130 is what a shell gives for Ctrl-C (128 + SIGINT)."""
_LARGEST_PORT = 65535

Transport = Literal["stdio"] | tuple[str, int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. Only argparse itself exits (0 for help, 2 for usage)."""
    try:
        _speak_any_script()
        options = _parser().parse_args(arguments)
        code = _run(options)
        sys.stdout.flush()
    except PippyError as error:
        _trace()
        _complain(_said(error))
        return USAGE if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Who reads our output has seen enough (`| head`); Python must not complain at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception:  # noqa: BLE001 - the last place: a person gets a sentence
        return _bug()
    return code


def _parser() -> argparse.ArgumentParser:
    say = _messages().say
    parser = argparse.ArgumentParser(
        prog="pippy-lsp", description=say("cli-about"), epilog=say("cli-more"), allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"pippy-lsp {__version__}")
    parser.add_argument("--stdio", action="store_true", help=say("cli-stdio"))
    parser.add_argument("--tcp", metavar="HOST:PORT", help=say("cli-tcp"))
    parser.add_argument("--trace", metavar="FILE", help=say("cli-trace"))
    parser.set_defaults(command="serve")
    commands = parser.add_subparsers(metavar="COMMAND", title=say("cli-commands"))

    demo = commands.add_parser("demo", help=say("cli-demo"), description=say("cli-demo"))
    demo.add_argument("file", nargs="?", metavar="FILE", help=say("cli-demo-file"))
    doctor = commands.add_parser("doctor", help=say("cli-doctor"), description=say("cli-doctor"))
    complete = commands.add_parser(
        "complete", help=say("cli-complete"), description=say("cli-complete")
    )
    complete.add_argument("place", metavar="FILE:LINE:COL", help=say("cli-place"))
    explain = commands.add_parser(
        "explain", help=say("cli-explain"), description=say("cli-explain")
    )
    explain.add_argument("place", metavar="FILE:LINE[:COL]", help=say("cli-place"))
    ask = commands.add_parser("ask", help=say("cli-ask"), description=say("cli-ask"))
    ask.add_argument("question", nargs="+", metavar="QUESTION", help=say("cli-ask-form"))
    ask.add_argument("--file", metavar="FILE", help=say("cli-ask-file"))
    named = {"demo": demo, "doctor": doctor, "complete": complete, "explain": explain, "ask": ask}
    for name, command in named.items():
        command.add_argument("--model", metavar="NAME", help=say("cli-model"))
        command.set_defaults(command=name)
        if name != "demo":
            command.add_argument("--json", action="store_true", help=say("cli-json"))
    cli_models.add_parser(commands)
    cli_setup.add_parser(commands)
    forget = commands.add_parser("forget", help=say("cli-forget"), description=say("cli-forget"))
    forget.add_argument("--models", action="store_true", help=say("cli-forget-models"))
    forget.set_defaults(command="forget")
    return parser


_MODULES = {
    "models": "cli_models",
    "setup": "cli_setup",
    "ask": "cli_question",
    "forget": "cli_forget",
    "complete": "cli_ask",
    "explain": "cli_ask",
}
"""The module of a command that has not its own name."""


def _run(options: argparse.Namespace) -> int:
    from importlib import import_module  # noqa: PLC0415

    if options.command == "serve":
        return _serve(_transport(options.tcp), options.trace)
    _quiet_logs()
    module = _MODULES.get(options.command, options.command)
    code: int = import_module(f"pippy_lsp.{module}").run(options)
    return code


def _quiet_logs() -> None:
    """A command says its one sentence; what is logged besides is for the authors."""
    import logging  # noqa: PLC0415

    if os.environ.get("PIPPY_DEBUG") == "1":
        logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    else:
        logging.getLogger("pippy_lsp").addHandler(logging.NullHandler())


def _serve(transport: Transport, trace: str | None = None) -> int:
    if transport == "stdio" and sys.stdin is not None and sys.stdin.isatty():
        _complain(_messages().say("cli-waiting"))
    from pippy_lsp import server  # noqa: PLC0415

    if transport == "stdio" and trace:
        from pippy_lsp import tracing  # noqa: PLC0415

        server.serve_stdio(tracing.begin(Path(trace), _messages()))
    elif transport == "stdio":
        server.serve_stdio()
    else:
        server.serve_tcp(*transport)
    return OK


def _transport(tcp: str | None) -> Transport:
    """What `--tcp` asks for.

    Raises: UsageError unless it is HOST:PORT and the host is this machine alone.
    """
    if tcp is None:
        return "stdio"
    host, _, port = tcp.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > _LARGEST_PORT:
        raise UsageError(what=_messages().say("cli-tcp-form", value=tcp))
    if not _is_loopback(host):
        raise UsageError(what=_messages().say("cli-tcp-loopback", host=host))
    return host, int(port)


def _is_loopback(host: str) -> bool:
    if host.casefold() == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _messages() -> prompts.Messages:
    return prompts.messages(os.environ.get("PIPPY_LANGUAGE") or prompts.DEFAULT_LANGUAGE)


def _said(error: PippyError) -> str:
    """The error's sentence; its code and details where even the sentences are broken."""
    try:
        return _messages().error(error)
    except PippyError:
        return str(error)


def _trace() -> None:
    """The traceback of the error at hand, for the authors: it may hold text of the program."""
    if os.environ.get("PIPPY_DEBUG") == "1":
        traceback.print_exc()


def _bug() -> int:
    _trace()
    try:
        _complain(f"{_said(PippyError())} {_messages().say('cli-report')}")
    except PippyError as error:
        _complain(str(error))
    return FAILED


def _complain(sentence: str) -> None:
    if sys.stderr is not None:
        print(sentence, file=sys.stderr)  # noqa: T201 - the command line speaks here


def _speak_any_script() -> None:
    """Let a Windows console that knows no emoji show a question mark and not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
