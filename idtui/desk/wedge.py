"""What a scanner that types gives: keys with their moments in; one scan or refusal, or mere typing, out.

Such a scanner (a keyboard wedge) is a very fast keyboard, often set to another layout than the desk's. A key
is held for a few milliseconds to see whether more follow; what a person types goes on as it was. Moments are
seconds of any one clock. The owner calls `silence` when `due` has come.
"""

from collections.abc import Sequence
from enum import StrEnum
from math import inf
from typing import Annotated, Literal

import msgspec

from idtui.domain.layouts import Layout
from idtui.domain.scan import LONGEST, Code, Found, Miss, find, labelled
from idtui.domain.symbology import split_aim
from idtui.domain.text import Message, Private, say

HOLD, HOLD_FROM_AFAR = 0.030, 0.100
"""Seconds a key is held at the machine itself, and over SSH, where keys come in clumps."""

PERSON = 0.060
"""Seconds a key on average that only a machine stays under for a whole line."""

SHORTEST = 4
"""Characters of a burst that makes it a scan without a prefix; two or three fast keys are a person's."""

PATIENCE = 2.0
"""Seconds without a key after which a scan begun by its prefix is given up."""

AIM = "]"
"""A prefix that is the beginning of the scanner's own identifier of the symbology (`]C0`)."""

_LINE_KEYS = {"enter": "\n", "tab": "\t", "ctrl+j": "\n"}
"""Keys that end a line; a scanner set to CR LF sends the last one after Enter."""


_LINE_ENDS = "\r\n\t"


class ReadAs(StrEnum):
    """In which layouts the keys of a scan were read."""

    TYPED = "typed"
    BELGIAN = "belgian"
    """The scanner is set to a US keyboard, the desk to a Belgian one."""
    BELGIAN_CAPS = "belgian_caps"
    """The same with caps lock on, which shifts every key."""
    QWERTY = "qwerty"
    """The scanner is set to a Belgian keyboard, the desk to a US one."""


_PLAIN, _SHIFTED = "&é\"'(§è!çà)-,;:=$ùµ²<", "1234567890°_?./+*%£³>"
_OTHER_SHIFT = dict(zip(_PLAIN + _SHIFTED, _SHIFTED + _PLAIN, strict=True))
"""The other character on the same key of a Belgian keyboard; letters change case."""

_TO_US = dict(
    zip(
        "&é\"'(§è!çà" + "1234567890" + "aqzw,AQZW?" + ")-;:=mùµ$²" + "°_./+M%£*³",
        "1234567890" + "!@#$%^&*()" + "qawzmQAWZM" + "-=,./;'\\]`" + '_+<>?:"|}~',
        strict=True,
    )
)
"""Character of a Belgian key to that of the same key in the US (xkb-data, `symbols/be` and `symbols/us`)."""

_TO_BELGIAN = {us: belgian for belgian, us in _TO_US.items()}


_DIGIT_KEYS = frozenset("0123456789" + "&é\"'(§è!çà")
"""What digit keys write, shifted or not, on a Belgian keyboard."""


def read_as(text: str, reading: ReadAs) -> str:
    """Return what was meant by keys that wrote `text`, when read so."""
    match reading:
        case ReadAs.TYPED:
            return text
        case ReadAs.BELGIAN:
            return "".join(_TO_US.get(letter, letter) for letter in text)
        case ReadAs.BELGIAN_CAPS:
            shifted = (_OTHER_SHIFT.get(letter, letter.swapcase()) for letter in text)
            return "".join(_TO_US.get(letter, letter) for letter in shifted)
        case ReadAs.QWERTY:
            return "".join(_TO_BELGIAN.get(letter, letter) for letter in text)


class WedgeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the scanner of a desk is set: one character in front of every code, and the key after it.

    With a prefix a scan may come as slowly as it likes. `hold` are the seconds a key waits, by default
    `HOLD` or, where keys come `from_afar`, `HOLD_FROM_AFAR`; that is seen from SSH unless it is set.
    """

    prefix: Annotated[str, msgspec.Meta(max_length=1)] = ""
    suffix: Literal["enter", "tab", ""] = "enter"
    hold: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    from_afar: bool | None = None


class Key(Private, frozen=True):
    """One key: its name (`enter`, `a`), the character it writes (empty for none), and when it came."""

    name: str
    character: str
    at: float


class Typed(Private, frozen=True):
    """Keys of a person, to be handled in order as if they had not been held."""

    keys: tuple[Key, ...]


class Scan(Private, frozen=True):
    """A scan, and what was found in it: a number, or `found.miss` why not. Its keys do nothing else."""

    found: Found
    read_as: ReadAs = ReadAs.TYPED

    @property
    def remark(self) -> Message | None:
        """What to tell about the scanner when its layout had to be corrected."""
        return None if self.read_as is ReadAs.TYPED else say(f"scan.corrected.{self.read_as}")


class CutShort(Private, frozen=True):
    """A burst that only a machine types and without the end of a scan: refused, nothing is done."""


Outcome = Typed | Scan | CutShort


def judge(text: str, prefix: str = "", layouts: Sequence[Layout] = ()) -> Scan:
    """Return the scan of these characters: accepted when exactly one way of reading them holds a number.

    A label of the hospital in any of them is that label: no NISS is looked for beside it.
    """
    scans: dict[str, Scan] = {}
    misses: list[Found] = []
    written = text.rstrip(_LINE_ENDS)
    for reading in ReadAs:
        meant = read_as(written, reading)
        symbology, content = split_aim(meant if prefix == AIM else meant.removeprefix(prefix))
        found = find(Code(content, symbology), layouts)
        if found.niss:
            scans.setdefault(found.niss, Scan(found, reading))
        else:
            misses.append(found)
    if label := next((found for found in misses if found.miss is Miss.LABEL), None):
        return Scan(labelled(label, misses))
    if len(scans) == 1 and all(found.miss is not Miss.SEVERAL for found in misses):
        return next(iter(scans.values()))
    if scans:
        return Scan(Found(miss=Miss.SEVERAL, count=max(2, len(scans))))
    wrong = (found for found in misses if found.miss is Miss.CHECK)
    return Scan(labelled(next(wrong, misses[0]), misses))


class Wedge:
    """Parts the keys of one keyboard into scans and typing."""

    def __init__(
        self, settings: WedgeSettings, *, from_afar: bool = False, layouts: Sequence[Layout] = ()
    ) -> None:
        self._settings = settings
        self.hold = settings.hold or (HOLD_FROM_AFAR if from_afar else HOLD)
        self._layouts = layouts
        self._prefixes = {
            seen
            for seen in map(chr, range(0x21, 0x100) if settings.prefix else ())
            if any(read_as(seen, reading) == settings.prefix for reading in ReadAs)
        }
        self._held: list[Key] = []

    @property
    def due(self) -> float | None:
        """The moment at which `silence` must be called unless a key comes before; None: nothing is held."""
        return self._held[-1].at + self._wait if self._held else None

    def key(self, key: Key) -> tuple[Outcome, ...]:
        """Take a key and return what is decided by it."""
        decided = self.silence(key.at)
        if not self._held and not key.character:
            return (*decided, Typed((key,)))
        if len(self._held) < LONGEST + 2:
            self._held.append(key)
        else:
            self._held[-1] = key  # too long to be a scan; only how it ends still counts
        return decided

    def paste(self, text: str, at: float) -> tuple[Outcome, ...]:
        """Take text the terminal says was pasted, a whole burst: a scan, or typing of which digits count."""
        decided = self.silence(inf)
        names = {"\r": "enter", "\n": "ctrl+j", "\t": "tab"}
        burst = tuple(Key(names.get(letter, letter), letter, at) for letter in text[: LONGEST + 2])
        outcome = self._decide(burst) if burst else CutShort()
        if isinstance(outcome, Scan):
            return (*decided, outcome)
        digits = tuple(key for key in burst if key.character in _DIGIT_KEYS)
        return (*decided, Typed(digits)) if digits else decided

    def silence(self, at: float) -> tuple[Outcome, ...]:
        """Return what is decided by no key having come until `at`."""
        if self.due is None or at < self.due:
            return ()
        burst, self._held = tuple(self._held), []
        return (self._decide(burst),)

    @property
    def _wait(self) -> float:
        return PATIENCE if self._begun_by_prefix(self._held) and not self._ended(self._held) else self.hold

    def _begun_by_prefix(self, burst: Sequence[Key]) -> bool:
        return bool(burst) and burst[0].character in self._prefixes

    def _ended(self, burst: Sequence[Key]) -> bool:
        suffix, last = self._settings.suffix, burst[-1].name
        return bool(suffix) and (last == suffix or (suffix == "enter" and last == "ctrl+j"))

    def _decide(self, burst: tuple[Key, ...]) -> Outcome:
        ended = self._ended(burst)
        if self._begun_by_prefix(burst) and len(burst) > 1:
            return self._scan(burst) if ended or not self._settings.suffix else CutShort()
        written = len(burst) - ended
        if written < SHORTEST or _pace(burst) > PERSON or len({key.name for key in burst}) == 1:
            return Typed(burst)  # one key that is held down repeats as fast as a scanner
        if ended or not self._settings.suffix:
            return self._scan(burst)
        if self.hold > HOLD or all(key.character in _DIGIT_KEYS for key in burst):
            return Typed(burst)  # clumps over SSH are a person's as well, and digits do nothing by themselves
        return CutShort()

    def _scan(self, burst: Sequence[Key]) -> Scan:
        """Judge what was written; a key that writes nothing stands as a control code, which is refused."""
        text = "".join(_LINE_KEYS.get(key.name, key.character or "\0") for key in burst)
        return judge(text, self._settings.prefix, self._layouts)


def _pace(burst: Sequence[Key]) -> float:
    """Return the average seconds from key to key."""
    return (burst[-1].at - burst[0].at) / max(1, len(burst) - 1)
