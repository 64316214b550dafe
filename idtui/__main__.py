"""`python -m idtui` and the `idtui` command."""

import gc
import os
import signal
import sys


def main() -> int:
    """Run the command line and return its exit code.

    Imports make objects to keep, not garbage: collecting among them costs a desk a tenth of its start, so
    the collector rests until the command runs (at the desk: until the screen is up).
    """
    gc.disable()
    from idtui.cli import run  # noqa: PLC0415  # after Python has started, so that Ctrl-C is caught below

    try:
        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Nobody reads on: what was not written is lost, and the caller must know.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


if __name__ == "__main__":
    sys.exit(main())
