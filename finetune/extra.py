"""What training needs and a child's computer does not have: one sentence where it is missing."""

from __future__ import annotations

import importlib
from typing import Any

from pippy_lsp.errors import UsageError

_INSTALL = "Install what training needs: pip install -e '.[finetune]'"


def need(name: str) -> Any:
    """The module `name`. Raises: UsageError."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(what=f"{_INSTALL} ({name} is missing).") from error


def device(weights: str) -> str:
    """Where the model is trained: "cuda" or "cpu".

    Raises: UsageError where the weights need a GPU and there is none.
    """
    torch = need("torch")
    if torch.cuda.is_available():
        return "cuda"
    if weights == "nf4":
        what = (
            'weights = "nf4" needs an NVIDIA GPU, and PyTorch finds none here. '
            'Take a small model and "bfloat16", or another computer.'
        )
        raise UsageError(what=what)
    return "cpu"
