"""Warns of whoever imports it, and of whoever calls it."""
import warnings

warnings.warn("do not import this", DeprecationWarning, stacklevel=2)


def old():
    warnings.warn("do not call this", UserWarning, stacklevel=2)
