"""`python -m idtui` and the `idtui` command."""

import ctypes
import gc
import os
import resource
import signal
import sys

PR_SET_DUMPABLE = 4
"""prctl(2)."""


def main() -> int:
    """Run the command line and return its exit code.

    Imports make objects to keep, not garbage: collecting among them costs a desk a tenth of its start, so
    the collector rests until the command runs (at the desk: until the screen is up).
    """
    gc.disable()
    _keep_memory_private()
    from idtui.cli import run  # noqa: PLC0415  # after Python has started, so that Ctrl-C is caught below

    try:
        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Nobody reads on: what was not written is lost, and the caller must know.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def _keep_memory_private() -> None:
    """Leave no core file and let no other process of this account look in: memory holds keys and patients.

    A limit alone does not stop a core that is piped to a program; a system without prctl has the limit.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl:
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
