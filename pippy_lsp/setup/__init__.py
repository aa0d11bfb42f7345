"""Puts the server into editors: what each one's configuration is, and how it is undone."""
