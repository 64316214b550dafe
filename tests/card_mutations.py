"""Files and answers of good cards, mutated by chance, and what may never come of them.

Every case is drawn from a seed and its own number, so that any one of them can be run again by itself. The
keys behind the cards are made anew in each run.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import msgspec
from card_cases import FOREIGNERS
from card_forgeries import AUTHORITY, TODAY
from file_mutations import BYTE_MUTATIONS, FILE_MUTATIONS, mutated
from specimen_card import SPECIMENS, alice, specimen

from idtui.devices.eid import CardSession, CardUnreadable, Manner, Trust
from idtui.domain.reading import Address, CardFailure, Identity, Photo, Reading
from idtui.domain.text import LONGEST
from idtui.training.authority import Applet
from idtui.training.cards import ADDRESS, GOOD, IDENTITY, CardKind, make_card
from idtui.training.chip import Chip
from idtui.training.people import PEOPLE

MOST_COMMANDS = 1500
"""Commands after which a reading that has not ended counts as one that never does."""

CPU_BOUND = 1.0
"""Seconds of computing one case may take: a thousand times the usual one."""


class Violation(Exception):
    """Something came of a mutated card that must not."""


@dataclass(frozen=True)
class Original:
    """A good card and what it says."""

    name: str
    chip: Chip
    trust: Trust
    identity: Identity
    address: Address
    photo: Photo | None
    commands: int
    """Commands that reading everything takes."""


def originals() -> list[Original]:
    """Make a good card of every document type for every applet; the public specimen where it is there."""
    trust = AUTHORITY.trust(Trust.pinned())
    types = (1, 6, *FOREIGNERS)
    found = []
    for applet in Applet:
        for number, document_type in enumerate(types):
            person = replace(PEOPLE[number % len(PEOPLE)], document_type=f"{document_type:02}")
            chip = make_card(AUTHORITY, GOOD[applet], person, TODAY)
            found.append(original(f"{applet}, type {document_type}", chip, trust))
    if SPECIMENS.is_dir():
        found.append(original("specimen", alice(), trust.with_root(specimen("belgiumtestrca.crt"))))
    return found


def original(name: str, chip: Chip, trust: Trust) -> Original:
    """Read a card that must verify."""
    wire = Disturbing(chip, {})
    session = CardSession(wire, chip.atr, trust, TODAY, Manner(may_prove=True))
    reading = session.read()
    address, address_problem = session.read_address()
    photo, _ = session.read_photo()
    if not reading.verdict.verified or address_problem:
        raise Violation(f"{name} does not verify")
    return Original(name, chip, trust, reading.identity, address, photo, wire.count)


def one_of_each() -> list[Original]:
    """Make one card of each applet, for the sample that is tried every day."""
    trust = AUTHORITY.trust(Trust.pinned())
    kinds: list[CardKind] = list(GOOD.values())
    return [
        original(kind, make_card(AUTHORITY, kind, person, TODAY), trust)
        for kind, person in zip(kinds, PEOPLE, strict=False)
    ]


Answer = tuple[bytes, int]
Lie = Callable[[Answer], Answer]


class Disturbing:
    """A channel that passes the answers with these numbers through a lie."""

    def __init__(self, chip: Chip, lies: dict[int, Lie]) -> None:
        chip.power_on()
        self._chip = chip
        self._lies = lies
        self.count = 0

    def transmit(self, command: bytes) -> Answer:
        if self.count > MOST_COMMANDS:
            raise Violation("reads without end")
        answer = self._chip.transmit(command)
        lie = self._lies.get(self.count)
        self.count += 1
        return lie(answer) if lie else answer


STATUS_WORDS = (
    0x9000, 0x6C00, 0x6C10, 0x6CFF, 0x6100, 0x6110, 0x61FF, 0x6282, 0x6283, 0x6400, 0x6581, 0x6700, 0x6982,
    0x6985, 0x6986, 0x6A80, 0x6A82, 0x6A86, 0x6A87, 0x6B00, 0x6D00, 0x6E00, 0x6F00,
)  # fmt: skip  # one after the other


def silent(_answer: Answer) -> Answer:
    """Stand for a reader that gives no status word."""
    raise CardUnreadable(CardFailure.UNEXPECTED_ANSWER)


def drawn_lie(drawn: random.Random) -> Lie:
    """Draw what becomes of an answer: other data, another status word, noise, or nothing."""
    match drawn.randrange(6):
        case 0 | 1:
            seed = drawn.getrandbits(64)
            return lambda answer: (mutated(random.Random(seed), answer[0], BYTE_MUTATIONS), answer[1])
        case 2:
            status = drawn.choice((*STATUS_WORDS, drawn.randrange(0x10000)))
            return lambda answer: (answer[0], status)
        case 3:
            status = drawn.choice((*STATUS_WORDS, drawn.randrange(0x10000)))
            return lambda _answer: (b"", status)
        case 4:
            noise = drawn.randbytes(drawn.choice((0, 1, 28, 96, 120, 252, 256, 257)))
            return lambda _answer: (noise, 0x9000)
        case _:
            return silent


def drawn_lies(drawn: random.Random, commands: int) -> dict[int, Lie]:
    """Draw one to four disturbed answers; now and then one lie is told from some command on."""
    if drawn.randrange(8) == 0:
        lie = drawn_lie(drawn)
        return dict.fromkeys(range(drawn.randrange(commands), MOST_COMMANDS), lie)
    return {drawn.randrange(commands): drawn_lie(drawn) for _ in range(drawn.choice((1, 1, 1, 2, 3, 4)))}


def case(seed: int, number: int) -> random.Random:
    """Return the chance of one case."""
    return random.Random(f"{seed} {number}")


def bounded(work: Callable[[], str]) -> str:
    """Do the work of one case; whatever is not documented, or takes too long, is a `Violation`."""
    begun = time.process_time()
    try:
        told = work()
    except Violation:
        raise
    except CardUnreadable as error:
        told = error.failure
    except Exception as error:
        raise Violation(f"{type(error).__name__}: {error}") from error
    if (took := time.process_time() - begun) > CPU_BOUND:
        raise Violation(f"took {took:.1f} s")
    return told


def check_texts(record: Identity | Address) -> None:
    """Require that every text may be shown: no control or invisible character, no endless one."""
    for text in msgspec.structs.astuple(record):
        if isinstance(text, str) and not (text.isprintable() and len(text) <= LONGEST):
            raise Violation(f"a text that may not be shown: {text!r}")


def told_of(reading: Reading) -> str:
    """Put a verdict into one word: verified, or its first problem."""
    problems = reading.verdict.problems
    return problems[0] if problems else "verified"


def identity_told(card: Original, content: bytes) -> str:
    """Read the card with this identity file; return what came of it in a word."""
    good = card.chip.files[IDENTITY]
    card.chip.files[IDENTITY] = content
    try:
        reading = CardSession(Disturbing(card.chip, {}), card.chip.atr, card.trust, TODAY).read()
    finally:
        card.chip.files[IDENTITY] = good
    check_texts(reading.identity)
    if reading.verdict.verified != (content == good):
        raise Violation(f"verdict {reading.verdict}")
    return told_of(reading)


def address_told(card: Original, session: CardSession, content: bytes) -> str:
    """Read this address file in a session that has read the card; return what came of it in a word."""
    good = card.chip.files[ADDRESS]
    card.chip.files[ADDRESS] = content
    try:
        address, problem = session.read_address()
    finally:
        card.chip.files[ADDRESS] = good
    check_texts(address)
    if (problem is None) != (content.rstrip(b"\0") == good.rstrip(b"\0")):
        raise Violation(f"address, problem {problem}")
    return problem or "verified"


class MutatedFiles:
    """Cases of one mutated identity or address file in a card that is good otherwise."""

    def __init__(self, cards: Sequence[Original]) -> None:
        self._cards = cards
        self._sessions = [
            CardSession(card.chip, card.chip.atr, card.trust, TODAY, Manner()) for card in cards
        ]
        for session in self._sessions:
            session.read()

    def __call__(self, seed: int, number: int) -> str:
        """Run one case; return its file and what came of it. Raises `Violation`."""
        drawn = case(seed, number)
        which = drawn.randrange(len(self._cards))
        card, path = self._cards[which], drawn.choice((IDENTITY, ADDRESS))
        content = mutated(drawn, card.chip.files[path], FILE_MUTATIONS)
        try:
            if path == IDENTITY:
                return "identity " + bounded(partial(identity_told, card, content))
            return "address " + bounded(partial(address_told, card, self._sessions[which], content))
        except Violation as violation:
            raise Violation(f"{card.name}: {violation}; the file: {content.hex()}") from violation


def everything_told(card: Original, lies: dict[int, Lie]) -> str:
    """Read identity, address and photo through a disturbed channel; return what came of it in a word."""
    wire = Disturbing(card.chip, lies)
    session = CardSession(wire, card.chip.atr, card.trust, TODAY, Manner(may_prove=True))
    reading = session.read()
    check_texts(reading.identity)
    if reading.verdict.verified and reading.identity != card.identity:
        raise Violation("an identity that is not the card's is called verified")
    address, problem = session.read_address()
    check_texts(address)
    if problem is None and address != card.address:
        raise Violation("an address that is not the card's is called signed")
    photo, _ = session.read_photo()
    if reading.verdict.verified and photo is not None and photo != card.photo:
        raise Violation("a photo that is not the card's is handed out")
    return told_of(reading)


class MutatedAnswers:
    """Cases of one or more mutated answers while everything on a good card is read."""

    def __init__(self, cards: Sequence[Original]) -> None:
        self._cards = cards

    def __call__(self, seed: int, number: int) -> str:
        """Run one case; return what came of it. Raises `Violation`."""
        drawn = case(seed, number)
        card = drawn.choice(self._cards)
        lies = drawn_lies(drawn, card.commands)
        try:
            return bounded(partial(everything_told, card, lies))
        except Violation as violation:
            raise Violation(f"{card.name}, answers {sorted(lies)[:4]}: {violation}") from violation


Cases = Callable[[int, int], str]


def tried(cases: Cases, seed: int, numbers: range) -> Iterator[str]:
    """Run cases by number; a `Violation` names the case."""
    for number in numbers:
        try:
            yield cases(seed, number)
        except Violation as violation:
            raise Violation(f"case {number} of seed {seed}: {violation}") from violation
