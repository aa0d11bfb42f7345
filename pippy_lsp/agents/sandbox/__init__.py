"""Runs a program that a model wrote where it can do no harm: see `box`."""
