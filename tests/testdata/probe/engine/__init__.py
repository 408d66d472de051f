"""Stands for an engine in the tests of the probe."""
