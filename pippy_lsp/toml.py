"""TOML that somebody else wrote: it may be anything, but not so deep that reading it fails."""

from __future__ import annotations

import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

_TOO_DEEP = "it is nested too deeply"
DEEPEST = 20
"""Tables and lists inside each other."""


class TOMLDecodeError(ValueError):
    """It is no TOML, or nested deeper than any of our files needs to be."""


def loads(text: str) -> dict[str, Any]:
    """What `text` holds.

    Raises: TOMLDecodeError.
    """
    try:
        found: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TOMLDecodeError(str(error)) from error
    except RecursionError as error:
        raise TOMLDecodeError(_TOO_DEEP) from error
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        level = [below for each in level for below in _inside(each)]
        if not level:
            return found
    raise TOMLDecodeError(_TOO_DEEP)


def _inside(value: Any) -> list[Any]:  # noqa: ANN401 - any TOML
    found = list(value.values()) if isinstance(value, dict) else value
    return [each for each in found if isinstance(each, (dict, list))]
