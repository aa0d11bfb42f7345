"""What the editor's plug-in itself says: `words/LANGUAGE.json`. All else the server says."""

from __future__ import annotations

import json
import locale
import os
import pkgutil
from typing import Dict, List, Optional

DEFAULT = "en"
LANGUAGES: Dict[str, str] = {"en": "English", "es": "Español"}
"""The languages that there are words for, by their own names."""


class Words:
    """The words of one language; English where it has none."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else DEFAULT
        self._words = {**_load(DEFAULT), **_load(self.language)}

    def say(self, key: str, **values: str) -> str:
        """The sentence with the key."""
        return self._words[key].format(**values)


def _load(language: str) -> Dict[str, str]:
    data = pkgutil.get_data(__package__ or __name__, "words/%s.json" % language)
    words: Dict[str, str] = json.loads((data or b"{}").decode("utf-8"))
    return words


def of_locale(told: Optional[str] = None) -> str:
    """The language of a locale like "es_PE.UTF-8"; None for the computer's own."""
    names: List[str] = [told] if told else []
    if not told:
        names = [os.environ.get(name, "") for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")]
        names.append(locale.getlocale()[0] or "")
    for name in names:
        for each in name.split(":"):
            code = each.replace("-", "_").split("_")[0].split(".")[0].lower()
            if code in LANGUAGES:
                return code
            if code:
                return DEFAULT
    return DEFAULT
