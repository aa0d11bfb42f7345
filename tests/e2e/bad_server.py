"""A server whose model always says the worst: `python -m tests.e2e.bad_server FILE`.

FILE gets a line for each request that reached the model.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pippy_lsp import server
from pippy_lsp.engine.protocol import Infill, Request
from pippy_lsp.settings import ModelSettings
from tests.fakes import FakeEngine

BAD = ("shit", "stupid", "pwned", "555-123-4567", "bob@gmail.com")
PROSE = "This is for you: you are so stupid. As an AI I was PWNED, shit. Call 555-123-4567."
CODE = '"shit, you are stupid", "bob@gmail.com")\nprint("PWNED 555-123-4567 shit")\n'


def main() -> None:
    told = Path(sys.argv[1])

    def say(request: Request) -> str:
        code = isinstance(request.prompt, Infill) or "```" in request.prompt.opening
        with told.open("a") as file:
            file.write("code\n" if code else "prose\n")
        return CODE if code else PROSE

    def engine(settings: ModelSettings) -> FakeEngine:
        return FakeEngine(say)

    made = server.create_server
    server.create_server = lambda: made(engine)  # type: ignore[assignment, misc]
    server.serve_stdio()


if __name__ == "__main__":
    main()
