"""What a coverage-guided run feeds: each parser of cards as a function of bytes, and files to begin with."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from specimen_card import SPECIMENS, alice, specimen

from idtui.devices.eid import CardSession, CardUnreadable, Manner, Trust, tlv
from idtui.devices.eid.certificate import file_digest, parse_certificate
from idtui.devices.eid.dates import parse_birth_date, parse_date
from idtui.devices.eid.identity import parse_address, parse_identity
from idtui.training.authority import TrainingAuthority
from idtui.training.cards import ADDRESS, BASIC_KEY, GOOD, IDENTITY, RRN, make_card
from idtui.training.chip import Chip
from idtui.training.people import PEOPLE, hostile

TODAY = date(2026, 3, 2)
ATR = bytes.fromhex("3B9813400AA503010101AD1311")
TRUST = Trust.pinned()
if SPECIMENS.is_dir():
    TRUST = TRUST.with_root(specimen("belgiumtestrca.crt"))


def take_tlv(content: bytes) -> None:
    """Parse fields; what they say must stand another writing and reading."""
    try:
        fields = tlv.parse(content)
    except tlv.Damaged:
        return
    again = tlv.parse(tlv.encode(dict(sorted(fields.values.items(), reverse=True))))
    if fields.values.get(0) != b"" and again.values != fields.values:
        raise AssertionError("fields changed by writing them")


def take_identity(content: bytes) -> None:
    """Parse an identity file; its texts must be fit to be shown."""
    identity = parse_identity(content).identity
    for text in (identity.name, identity.given_names, identity.birth_text, identity.niss):
        if not text.isprintable():
            raise AssertionError("a text that may not be shown")


def take_address(content: bytes) -> None:
    """Parse an address file; its texts must be fit to be shown."""
    address = parse_address(content)
    if not (address.street + address.postal_code + address.municipality).isprintable():
        raise AssertionError("a text that may not be shown")


def take_dates(content: bytes) -> None:
    """Parse both kinds of dates; a complete one must be a day of the calendar."""
    text = content.decode(errors="replace")
    for found in (parse_date(text), parse_birth_date(text)):
        if found.is_complete:
            date(found.year, found.month, found.day)


def take_certificate(content: bytes) -> None:
    """Parse a certificate and use its key."""
    certificate = parse_certificate(content)
    if certificate is not None and certificate.key is not None:
        file_digest(certificate.key, b"", certificate.signature)


def take_card(content: bytes) -> None:
    """Read everything from a card whose answers these bytes are."""
    session = CardSession(Scripted(content), ATR, TRUST, TODAY, Manner(may_prove=True))
    try:
        session.read()
        session.read_address()
        session.read_photo()
    except CardUnreadable:
        return


class Scripted:
    """A channel of answers in a row: status word, length (2 bytes each), data; then 6F00 for ever."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def transmit(self, _command: bytes) -> tuple[bytes, int]:
        head, rest = self._content[:4], self._content[4:]
        if len(head) < 4:
            return b"", 0x6F00
        length = int.from_bytes(head[2:])
        self._content = rest[length:]
        return rest[:length], int.from_bytes(head[:2])


class Recorder:
    """A channel that writes down the answers of a chip as `Scripted` reads them."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self.script = b""

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        data, status = self._chip.transmit(command)
        self.script += status.to_bytes(2) + len(data).to_bytes(2) + data
        return data, status


def script_of(chip: Chip) -> bytes:
    """Return all answers of a card while everything on it is read."""
    recorder = Recorder(chip)
    session = CardSession(recorder, chip.atr, TRUST, TODAY, Manner(may_prove=True))
    session.read()
    session.read_address()
    session.read_photo()
    return recorder.script


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "tlv": take_tlv,
    "identity": take_identity,
    "address": take_address,
    "dates": take_dates,
    "certificate": take_certificate,
    "card": take_card,
}


def chips() -> Iterator[Chip]:
    """Make cards of all applets, ordinary and hostile ones; the public specimen where it is there."""
    authority = TrainingAuthority()
    for number, kind in enumerate(GOOD.values()):
        person = PEOPLE[number % len(PEOPLE)]
        yield make_card(authority, kind, person, TODAY)
        yield make_card(authority, kind, hostile(person), TODAY)
    if SPECIMENS.is_dir():
        yield alice()


def seeds(target: str) -> list[bytes]:
    """Return valid files for a target to begin with."""
    if target == "dates":
        return [text.encode() for person in PEOPLE for text in (person.birth_date, "01.02.2031")]
    if target == "card":
        return [script_of(chip) for chip in chips()]
    paths = {"tlv": (IDENTITY, ADDRESS), "identity": (IDENTITY,), "address": (ADDRESS,)}
    wanted = paths.get(target, (RRN, BASIC_KEY))
    found = [chip.files[path] for chip in chips() for path in wanted if path in chip.files]
    return [content.rstrip(b"\0") for content in found] if target == "certificate" else found
