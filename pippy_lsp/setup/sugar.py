"""Pippy, Sugar's activity: its client comes with an installer of its own."""

from __future__ import annotations

from collections.abc import Sequence

from pippy_lsp.setup import places
from pippy_lsp.setup.plan import Plan


def plan(command: Sequence[str]) -> Plan:  # noqa: ARG001 - the client finds the server itself
    """Nothing but the way there."""
    return Plan(values={"folder": str(places.clients() / "pippy")})
