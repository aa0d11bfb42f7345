"""A language server that helps a child learn Python, with a model on the child's own CPU."""

__version__ = "0.1.0"
