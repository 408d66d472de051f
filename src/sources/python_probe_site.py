"""Runs the probe, then steps aside for the `sitecustomize` that would have been here without it.

The folder of this file stands first in PYTHONPATH, so that `site` imports it in each process.
It has to be readable for every Python that there is; the probe itself works from 3.9 on.
"""


def step_aside(name):
    import os
    import sys

    home = os.path.dirname(os.path.abspath(__file__))
    probe = None
    if sys.version_info >= (3, 9):
        keep = sys.dont_write_bytecode
        try:
            # To compile it in each process would take longer than all else that it does at a start,
            # and its folder is ours, so it is kept compiled whatever the program wants for its own.
            sys.dont_write_bytecode = False
            __import__("coldtrace_probe")
            probe = sys.modules.pop("coldtrace_probe")
            sys.dont_write_bytecode = keep
            probe.start(home)
        except Exception:
            pass
        finally:
            sys.dont_write_bytecode = keep
    # Held to the end, as Python 2 clears a module that nobody holds.
    own = sys.modules.pop(name, None)
    sys.path[:] = [path for path in sys.path if path != home]
    try:
        # Raises ImportError where there is none, which is what `site` expects then.
        __import__(name)
    finally:
        if probe is not None:
            probe.stay_first(home)
    return own


if __name__ == "sitecustomize":
    step_aside(__name__)
