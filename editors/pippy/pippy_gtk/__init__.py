"""pippy-lsp for GtkSource.View (GTK 3): ghost text, explanations and actions for a Python program.

`attach(view, name)` is all that an editor needs. Sugar's Pippy calls `attach_pippy`.
"""

from __future__ import annotations

import logging
from typing import Any, Optional

__all__ = ["attach", "attach_pippy"]


def attach(view: Any, name: str, *, line_offset: int = 0, editor: str = "GtkSourceView") -> Any:
    """Give the view a helper.

    `name` tells its document from the others. `line_offset`: lines that the editor puts above the
    program when it runs it. Returns the `Helper`.
    """
    from .helper import Helper
    from .household import household

    return Helper(view, name, household(editor, line_offset))


def attach_pippy(view: Any, editor_id: str) -> Optional[Any]:
    """As `attach`, for Pippy: with its output panel and its toolbar. Pippy opens whatever happens
    here.
    """
    try:
        from . import sugar

        helper = attach(view, editor_id, line_offset=sugar.LINE_OFFSET, editor="Pippy")
        sugar.follow(helper)
    except Exception:
        logging.exception("the helper could not be added")
        return None
    return helper
