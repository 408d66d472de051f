"""Fails when it is imported."""
import time

time.sleep(0.02)
raise RuntimeError("broken")
