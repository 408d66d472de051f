"""Imports what is not there."""
import engine.nothing
