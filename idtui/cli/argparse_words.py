"""argparse's own headings and errors in the language of the command, English where a sentence is missing.

argparse takes its sentences from `gettext` under the names `_` and `ngettext`, in the language of the
session; these are replaced, because `--lang` and the configuration win over the session.
"""

import argparse
import gettext

from idtui.words import LOCALE

DOMAIN = "argparse"


def speak(language: str) -> None:
    """Let every parser made from now on speak this language."""
    catalogue = gettext.translation(DOMAIN, LOCALE, [language], fallback=True)
    vars(argparse).update(_=catalogue.gettext, ngettext=catalogue.ngettext)
