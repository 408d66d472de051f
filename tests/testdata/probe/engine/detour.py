"""Imports itself while it is being imported."""
import importlib

importlib.import_module("engine.detour")


def late():
    return 1
