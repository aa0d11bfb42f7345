"""Takes the client, which Pippy's plug-in uses too, into the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "pippy_client"


class Client(BuildHookInterface[Any]):
    """In the repository the client is in `editors/common`, in a source package beside this file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before each build."""
        root = Path(self.root)
        places = [root / NAME, root.parent / "common" / NAME]
        found = next(place for place in places if place.is_dir())
        build_data["force_include"][str(found)] = NAME
