"""Terminal profiles and the environment Textual reads when it is imported: call this before importing it."""

import os
import sys
from enum import StrEnum

_SWITCHES = {
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
    "TEXTUAL_THEME": "ansi-dark",
}
_ESCAPE_DELAY_OVER_SSH = "200"
"""Milliseconds in which the rest of an escape sequence may arrive over a slow line."""

_DEBUGGING = (
    "TEXTUAL",
    "TEXTUAL_DRIVER",
    "TEXTUAL_PRESS",
    "TEXTUAL_SCREENSHOT",
    "TEXTUAL_SCREENSHOT_LOCATION",
    "TEXTUAL_SCREENSHOT_FILENAME",
    "TEXTUAL_LOG",
    "TEXTUAL_DEBUG",
    "TEXTUAL_ALLOW_SIGNALS",
    "TEXTUAL_DEVTOOLS_HOST",
    "TEXTUAL_DEVTOOLS_PORT",
    "TEXTUAL_SHOW_RETURN",
    "TEXTUAL_SLOW_THRESHOLD",
)
"""They press keys, write the screen to a file or log: patient data would leave the screen."""


class Profile(StrEnum):
    """What the terminal can do, as chosen by `--profile`."""

    AUTO = "auto"
    ANSI16 = "ansi16"
    MONO = "mono"
    ASCII = "ascii"
    LOW_BANDWIDTH = "low-bandwidth"

    @property
    def plain_ascii(self) -> bool:
        """Whether no byte above 126 may be sent."""
        return self is Profile.ASCII

    @property
    def has_clock(self) -> bool:
        """Whether the minute is shown; a clock that is not repainted would be wrong."""
        return self is not Profile.LOW_BANDWIDTH

    @property
    def has_greys(self) -> bool:
        """Whether a photo can be shown: without colour its cells all look the same."""
        return self not in (Profile.MONO, Profile.ASCII) and not os.environ.get("NO_COLOR")


def prepare_environment(profile: Profile) -> Profile:
    """Set what Textual reads at import, take out its debugging switches, and settle `auto`.

    Returns a profile that is not `auto`: `ascii` where the terminal's encoding cannot carry accents.
    """
    for name in _DEBUGGING:
        os.environ.pop(name, None)
    os.environ.update(_SWITCHES, TEXTUAL_COLOR_SYSTEM=_colours(profile))
    if "SSH_CONNECTION" in os.environ:
        os.environ["ESCDELAY"] = _ESCAPE_DELAY_OVER_SSH
    if profile is Profile.MONO:
        os.environ["NO_COLOR"] = "1"
    return _settled(profile)


def _colours(profile: Profile) -> str:
    """Return the colours that may be used: words need 16 at most, only a photo gains by 256."""
    has_more = "256color" in os.environ.get("TERM", "") or "COLORTERM" in os.environ
    return "256" if profile is Profile.AUTO and has_more else "standard"


def _settled(profile: Profile) -> Profile:
    if profile is not Profile.AUTO:
        return profile
    encoding = getattr(sys.__stderr__, "encoding", "") or ""
    return Profile.ANSI16 if encoding.lower().replace("-", "") == "utf8" else Profile.ASCII
