"""The mode "hint": a comment that says what to do next, and no code.

The model is asked for the rest of a comment on the cursor's line, which is what programmers write
above the code to come. So it costs what a line costs, and needs no other prompt.
"""

from __future__ import annotations

import re

from pippy_lsp.completion.place import Place, plain

_CODE = re.compile(r"[=(){}\[\]<>`;\\/@|]|\w_\w|\w\.\w|:$|#")
"""What prose for children has not."""
_WORDS = (2, 14)
"""The fewest and the most words."""


def hint(raw: str, opening: str, place: Place) -> str:
    """The hint in the model's text, as a comment that starts with `opening`; "" where it is none
    that a child could follow.
    """
    text = plain(raw).split("\n")[0].strip().rstrip(".")
    words = text.split()
    if not _WORDS[0] <= len(words) <= _WORDS[1] or _CODE.search(text):
        return ""
    there = {_bare(line) for line in (*place.above, *place.below)}
    return "" if _bare(f"{opening} {text}") in there else f"{opening} {text}"


def _bare(line: str) -> str:
    return line.strip().lstrip("# ").rstrip(". ").casefold()
