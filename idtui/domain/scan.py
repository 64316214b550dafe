"""The one national number in a scanned code, or why there is none.

Only the layout of the vignette is public (regulation of 28-7-2003, art. 6bis: Code 128, eleven digits). What
the codes of the ISI+ card, the attestation and the eID hold is not, so a number is looked for in any text,
and taken only when exactly one fits. A site that knows a layout gives it as a `Layout`.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec.structs import replace

from idtui.domain import mrz, niss
from idtui.domain.episode import is_visit_number
from idtui.domain.layouts import Layout
from idtui.domain.rules import EntryType, Means
from idtui.domain.symbology import MATRIX, Symbology
from idtui.domain.text import Message, Private, clean, say

LONGEST = 4096
"""Characters looked at; the largest matrix code of a card holds some 3,000."""

_SEPARATORS = "\t\n\r\x04\x1c\x1d\x1e\x1f"
"""Control codes that only part fields: line ends, tab, and those of ISO/IEC 15434 (EOT, FS, GS, RS, US)."""

_CONTROL = re.compile(
    f"[{''.join(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in _SEPARATORS)}]"
)
"""Named one by one: the complement up to U+10FFFF costs 8 ms to compile, at every start."""
_NUMBER = re.compile(r"(?<![0-9])(?=([0-9]{2}[. ]?[0-9]{2}[. ]?[0-9]{2}[- ]?[0-9]{3}[. ]?[0-9]{2})(?![0-9]))")
"""Eleven digits, in a row or as people write them; the second of two that overlap is seen too."""
_EMBEDDED = re.compile(r"[0-9]{12,}")


class Miss(StrEnum):
    """Why a scan gives no number."""

    NONE = "none"
    """No eleven digits that could be a number."""
    CHECK = "check"
    """Eleven digits whose check number is wrong."""
    SEVERAL = "several"
    """More than one number: of several persons, or right by chance."""
    EMBEDDED = "embedded"
    """Only a longer row of digits, in which a right check number would prove nothing."""
    CONTROL = "control"
    """Control codes that no support carries; a code can be made to press keys."""
    LONG = "long"
    """More text than any support carries."""
    LABEL = "label"
    """A label of the hospital, as the site describes it: the number of a visit and of nobody."""


class Code(Private, frozen=True):
    """One code as read: its text with control codes, never shown or kept as it is."""

    text: str
    symbology: Symbology = Symbology.UNKNOWN


class Found(Private, frozen=True):
    """What the codes gave: `niss` when exactly one number is there, else `miss`.

    `alone` says that the code held these eleven digits and nothing else. `symbology` and `layout` tell where
    the number stood, `support` what the site's layout is printed on; `fields` are its other named parts with
    what was written there. `count` is the number of different numbers. `labels` are what may be the number of
    a visit where there is no NISS: that of the site's own label, else the whole text if it looks like one.
    """

    niss: str = ""
    miss: Miss | None = None
    count: int = 0
    alone: bool = False
    symbology: Symbology = Symbology.UNKNOWN
    layout: str = ""
    support: Means | None = None
    fields: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def entry(self) -> EntryType:
        """The official entry type of the reading; of an unknown symbology it is the bar code.

        A zone of letters is no code: it counts as typed until INAMI says otherwise.
        """
        if self.symbology is Symbology.MRZ:
            return EntryType.MANUAL
        return EntryType.DATAMATRIX if self.symbology in MATRIX else EntryType.BARCODE

    @property
    def serial(self) -> str | None:
        """The number of the support, where the site's layout tells it; cleaned."""
        written = dict(self.fields).get("card_number")
        return clean(written) if written else None

    @property
    def may_be_vignette(self) -> bool:
        """Whether it may be a mutuality sticker: Code 128 with the NISS alone (C-10, X-4)."""
        return self.alone and self.symbology in (Symbology.CODE_128, Symbology.UNKNOWN)

    @property
    def why(self) -> Message | None:
        """Why there is no number, as a sentence."""
        return say(f"scan.miss.{self.miss}", numbers=self.count) if self.miss else None


def find(code: Code, layouts: Sequence[Layout] = ()) -> Found:
    """Return the one national number of a code.

    In order: a layout of the site that matches; the machine-readable zone of an eID; eleven digits,
    in a row or as people write them. Inside other text a number also needs a month that exists. Digits
    inside a longer row are never taken: 11 % of rows of 16 digits hold a right check number by chance.
    """
    if len(code.text) > LONGEST:
        return Found(miss=Miss.LONG, symbology=code.symbology)
    if _CONTROL.search(code.text):
        return Found(miss=Miss.CONTROL, symbology=code.symbology)
    for layout in layouts:
        fields = layout.match(code.text, code.symbology)
        if fields and (visit := fields.get("visit")):
            return Found(miss=Miss.LABEL, symbology=code.symbology, layout=layout.name, labels=(visit,))
        if fields is not None:
            number = fields.pop("niss")
            return Found(
                niss=number,
                count=1,
                alone=_is_alone(number, code),
                symbology=code.symbology,
                layout=layout.name,
                support=layout.support,
                fields=tuple(fields.items()),
            )
    zone = mrz.read(code.text)
    if zone is not None:
        known = niss.parse(zone.niss)
        if known is None:
            return Found(miss=Miss.CHECK, symbology=Symbology.MRZ)
        return Found(niss=known.digits, count=1, symbology=Symbology.MRZ)
    return _found(_numbers(code), code)


def _is_alone(number: str, code: Code) -> bool:
    return code.text.strip(_SEPARATORS) == number


def _found(numbers: frozenset[str], code: Code) -> Found:
    if len(numbers) == 1:
        (number,) = numbers
        return Found(niss=number, count=1, alone=_is_alone(number, code), symbology=code.symbology)
    if numbers:
        return Found(miss=Miss.SEVERAL, count=len(numbers), symbology=code.symbology)
    if _NUMBER.search(code.text):
        miss = Miss.CHECK
    elif _EMBEDDED.search(code.text):
        miss = Miss.EMBEDDED
    else:
        miss = Miss.NONE
    whole = code.text.strip(_SEPARATORS + " ")
    return Found(miss=miss, symbology=code.symbology, labels=(whole,) if is_visit_number(whole) else ())


def _numbers(code: Code) -> frozenset[str]:
    """Return the different numbers of a text whose layout nobody told."""
    whole = code.text.strip(_SEPARATORS + " ")
    if code.symbology is Symbology.ITF and len(whole) == niss.LENGTH + 1 and whole.startswith("0"):
        whole = whole[1:]  # it holds an even number of digits: eleven come with a zero in front
    if number := niss.parse(whole):
        return frozenset((number.digits,))
    written = (niss.parse(run) for run in _NUMBER.findall(code.text))
    return frozenset(number.digits for number in written if number and _is_likely(number.digits))


def _is_likely(digits: str) -> bool:
    """Say whether month and day are such as are given to people, unknown ones (00) and BIS among them."""
    month, day = int(digits[2:4]), int(digits[4:6])
    return (month <= 12 or 20 <= month <= 32 or 40 <= month <= 52) and day <= 31


def one_of(found: Iterable[Found]) -> Found:
    """Return what all codes of one picture give together: the same number twice is one number.

    Without any number it is the miss that tells most: a label of the hospital, a wrong check number before a
    longer row of digits, that before nothing.
    """
    every = tuple(found)
    numbers = {one.niss: one for one in reversed(every) if one.niss}
    count = len(numbers)
    if count == 1 and not any(one.miss is Miss.SEVERAL for one in every):
        return next(iter(numbers.values()))
    if count or any(one.miss is Miss.SEVERAL for one in every):
        return Found(miss=Miss.SEVERAL, count=max(2, count, *(one.count for one in every)))
    order = (Miss.LABEL, Miss.CONTROL, Miss.LONG, Miss.CHECK, Miss.EMBEDDED)
    told = min(
        every,
        key=lambda one: order.index(one.miss) if one.miss in order else len(order),
        default=Found(miss=Miss.NONE),
    )
    return labelled(told, every)


def labelled(told: Found, others: Iterable[Found]) -> Found:
    """Return a miss with the labels of others behind its own."""
    return replace(
        told, labels=tuple(dict.fromkeys(label for one in (told, *others) for label in one.labels))
    )
