"""`python -m pippy_lsp`, as `pippy-lsp`."""

import sys

# With -m Python looks for modules in the current folder first. That is the child's: a `random.py`
# in it must not be taken for Python's own. (`python -P` does the same from 3.11 on.)
if __name__ == "__main__" and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]

from pippy_lsp.cli import main

if __name__ == "__main__":
    sys.exit(main())
