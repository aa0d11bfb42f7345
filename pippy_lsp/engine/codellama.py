"""Which CodeLlama a file holds; many of its GGUFs don't say how they are to be asked.

Sources: the paper (arXiv 2308.12950, section 2) and Meta's reference (github.com/meta-llama/
codellama, llama/generation.py and tokenizer.py).
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["base", "instruct", "python"]
_NAME = re.compile(r"code[-_ ]?llama", re.IGNORECASE)


def kind_of(*names: str) -> Kind | None:
    """The variant that a model of these names (its file's, its header's) is; None for any other
    model.

    The base and Instruct models of 7B and 13B can infill. The Python variants were never taught
    to, and can't chat either.
    """
    mine = [name.casefold() for name in names if _NAME.search(name)]
    if not mine:
        return None
    if any("python" in name for name in mine):
        return "python"
    return "instruct" if any("instruct" in name for name in mine) else "base"
