"""Roles, the panel that samples them, and the votes that choose."""
