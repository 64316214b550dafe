"""What a site knows of the contents of a code: a pattern with named parts, safe to run on any text.

Contents of the ISI+ card, the attestation and other supports are not public; a hospital that learns them
from its own scans writes a layout into its configuration. None ships with the program.
"""

import re
from enum import StrEnum
from typing import Self

import msgspec

from idtui.domain import niss
from idtui.domain.episode import is_visit_number
from idtui.domain.errors import NotUnderstood
from idtui.domain.rules import Means
from idtui.domain.symbology import Symbology
from idtui.domain.text import clean, say

LONGEST_PATTERN = 300
"""Characters of a pattern."""

PARTS = frozenset(
    {"niss", "visit", "card_number", "name", "given_names", "birth_date", "sex", "valid_from", "valid_to"}
)
"""Names a part may have; `niss` must be there, or `visit` on a label of the hospital."""

_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|\(\?(?:P<|:)|(?P<special>\(\?)|(?P<repeat>[*+?]|\{[0-9]*,[0-9]*\})(?P<mode>[+?]?)|(?P<choice>\|)|.",
    re.DOTALL,
)


class Fault(StrEnum):
    """What is wrong with a pattern."""

    LONG = "long"
    SYNTAX = "syntax"
    PARTS = "parts"
    BACKTRACKS = "backtracks"


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A layout: on which support, in which symbologies (empty: any), and the pattern of the whole text.

    The pattern is a Python regular expression that matches the text from end to end. So that no text can
    make it run long, it never tries twice: every open repeat is possessive (`*+`, `++`, `?+`, `{1,9}+`),
    groups are `(?P<name>...)`, `(?:...)` or plain, and there is no `|` (write two layouts). The part `niss`
    needs a right check number for the layout to match. With the part `visit` in its place it is a label of
    the hospital, a wristband say: it stands for a visit, is no means and so on no support.
    """

    name: str
    support: Means | None = None
    symbology: tuple[Symbology, ...] = ()
    pattern: str

    def checked(self) -> Self:
        """Return the layout itself; raise `NotUnderstood`, naming it and what is wrong, when unfit to run."""
        fault = _fault(self.pattern, is_support=self.support is not None)
        if fault is not None:
            raise NotUnderstood(say(f"scan.layout.{fault}", name=clean(self.name)))
        return self

    def match(self, text: str, symbology: Symbology) -> dict[str, str] | None:
        """Return the named parts that were there, `niss` as eleven digits; None when it is another layout.

        A `visit` is there only when it looks like the number of one.

        An unknown symbology fits every layout: a scanner that types cannot tell.
        """
        if self.symbology and symbology not in (*self.symbology, Symbology.UNKNOWN):
            return None
        matched = re.fullmatch(self.pattern, text)
        if matched is None:
            return None
        parts = {name: value for name, value in matched.groupdict().items() if value}
        if "visit" in matched.re.groupindex:
            return parts if is_visit_number(parts.get("visit", "")) else None
        number = niss.parse(parts.get("niss", ""))
        return parts | {"niss": number.digits} if number else None


def _fault(pattern: str, *, is_support: bool) -> Fault | None:
    if len(pattern) > LONGEST_PATTERN:
        return Fault.LONG
    try:
        parts = re.compile(pattern).groupindex.keys()
    except (re.error, OverflowError, RecursionError):
        return Fault.SYNTAX
    is_label = "visit" in parts
    if is_label == ("niss" in parts) or (is_label and is_support) or parts - PARTS:
        return Fault.PARTS
    tokens = tuple(_TOKEN.finditer(pattern))
    if any(
        token["choice"] or token["special"] or (token["repeat"] and token["mode"] != "+") for token in tokens
    ):
        return Fault.BACKTRACKS
    return None
