"""Takes longer to import than the floor of the tests."""
import time

import engine.slower

time.sleep(0.02)
