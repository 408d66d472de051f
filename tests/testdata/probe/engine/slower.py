"""Takes longer to import than the floor of the tests."""
import time

time.sleep(0.02)
