"""Character recognition by tesseract, a program of the system: one clean grey picture in, lines of text out.

It is started from the child process that looks for codes and inherits its limits of memory; the kernel ends
it after `SECONDS` of the processor. What it meets was drawn anew by us, never a file of somebody.
"""

import io
import os
import resource
import shutil
import subprocess

from PIL.Image import Image

PROGRAM = "tesseract"

SECONDS = 2
"""Seconds of the processor for one sheet of lines; a good one takes a third of one."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"

_OPTIONS = ("stdin", "stdout", "--oem", "1", "--psm", "6", "--dpi", "300")
"""The network of letters alone, one block of lines, in the size in which scanners give print."""

_SETTINGS = {"tessedit_char_whitelist": LETTERS, "load_system_dawg": "0", "load_freq_dawg": "0"}
"""Only letters of a zone, and no dictionary: numbers and names are not words."""


def are_readable() -> bool:
    """Say whether the program is installed."""
    return shutil.which(PROGRAM) is not None


def seconds_used() -> float:
    """Return the seconds of the processor that the program took so far, whatever else the machine does."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def read(picture: Image) -> tuple[str, ...]:
    """Return the lines of letters in a grey picture, without blanks; none when the program fails."""
    command = [PROGRAM, *_OPTIONS]
    for name, value in _SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    drawn = io.BytesIO()
    picture.save(drawn, "PPM")
    try:
        running = subprocess.Popen(  # noqa: S603  # the system's own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except OSError:
        return ()
    with running:
        try:
            resource.prlimit(running.pid, resource.RLIMIT_CPU, (SECONDS, SECONDS))
            out, _ = running.communicate(drawn.getvalue(), timeout=2 * SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            running.kill()
            return ()
    text = out.decode(errors="replace")
    return tuple(line for line in ("".join(line.split()) for line in text.splitlines()) if line)
