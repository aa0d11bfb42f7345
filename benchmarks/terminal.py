"""What a benchmark says where it can't go on."""

from __future__ import annotations

import sys

from pippy_lsp import prompts
from pippy_lsp.errors import PippyError


def refused(error: PippyError) -> int:
    """Say it as one sentence on stderr; what the command ends with."""
    print(prompts.messages(prompts.DEFAULT_LANGUAGE).error(error), file=sys.stderr)
    return 2
