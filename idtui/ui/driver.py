"""The terminal driver: lives through bad bytes, and lets out no escape sequence but Textual's own.

Bad bytes: an ISO-8859-1 terminal sends a lone 0xE9 for the unshifted 2 of a Belgian keyboard, and X10
mouse reports are not UTF-8; the stock decoder ends the program (Textualize/textual pull request 6696; take
`_tolerant_decoder` out when a pinned release has it). Output: text is cleaned long before; this filter is
the last line of defence should a string ever slip past.
"""

import codecs
import re
import signal
from functools import partial

from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

_LATIN1 = "idtui-latin1"


def _as_latin1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_LATIN1, _as_latin1)


def _tolerant_decoder(encoding: str) -> partial[codecs.IncrementalDecoder]:
    return partial(codecs.getincrementaldecoder(encoding), _LATIN1)


_GREY = "(?:16|23[1-9]|24[0-9]|25[0-5])"

_OURS = (
    r"\x1b\[(?:[0127]|1;30;4[367]|(?:[127];)?39;49)m"  # the inks of the canvas, also without colour
    rf"|\x1b\[(?:38;5;{_GREY};48;5;{_GREY}|[39][07];(?:4|10)[07])m"  # the greys of a photo, 256 or 16 colours
    r"|\x1b\[[0-9]{1,3};[0-9]{1,3}H"  # cursor position
    r"|\x1b\[\?(?:7|25|1049|2004|2026|2048)[hl]"  # modes Textual switches
    r"|\x1b\[\?(?:2026|2048)\$p"  # questions Textual asks
    r"|\x1b\[<u"
)
"""The sequences Textual 8.2.8 writes for this program: no title, no clipboard, no mouse, no link."""

_UNWANTED = r"\x1b\[\?1004[hl]|\x1b\]22;[a-z-]*\x07"
"""Focus reports, to which Textual answers with a full repaint, and the shape of a mouse that is not used."""

_SUSPECT = re.compile(
    f"({_OURS})|({_UNWANTED})"
    "|[\x00-\x09\x0b-\x1f\x7f-\x9f"  # controls but line feed, which Textual writes between rows
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"  # what turns or hides text
)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def harmless(data: str, replacement: str = _REPLACEMENT) -> str:
    """Return `data` with every control that is not one of our own sequences replaced."""

    def judged(found: re.Match[str]) -> str:
        ours, unwanted = found.groups()
        return ours or ("" if unwanted else replacement)

    return _SUSPECT.sub(judged, data)


class TolerantDriver(LinuxDriver):
    """Textual's Linux driver with these two changes."""

    def run_input_thread(self) -> None:
        """Read keys; a byte that is not UTF-8 is taken as ISO-8859-1, a closed line ends the program."""
        linux_driver.getincrementaldecoder = _tolerant_decoder  # type: ignore[assignment,attr-defined]  # see above
        try:
            super().run_input_thread()
        except OSError:
            self._app.call_later(self._app.exit, None, 128 + signal.SIGHUP)

    def write(self, data: str) -> None:
        """Write what is harmless."""
        super().write(harmless(data))


class AsciiDriver(TolerantDriver):
    """For terminals that show nothing above 126."""

    def write(self, data: str) -> None:
        """Write ASCII only; anything else, already replaced by the pen, would be an error shown as `?`."""
        super().write(harmless(data, "?").encode("ascii", "replace").decode("ascii"))
