"""Batches for a hub that cannot be reached, sealed to its public key, and the answers that come back sealed.

    batches  "idtui-batches 1", line feed, HPKE (RFC 9180) to the hub's X25519 key: gzip of JSON `Carried`
    answers  "idtui-answers 1", line feed, AES-256-GCM under the key that `Carried` brought: JSON `Answers`

Only the hub reads the first; only who has read it can make the second. A desk that is enrolled signs what it
carries: `proof` is a JWS (ES256, `typ` idtui-batches+jwt) over the SHA-256 of `Carried` without it.
"""

import gzip
import hashlib
import zlib
from collections.abc import Sequence

import msgspec

from idtui.domain.entries import Entry
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import say
from idtui.seal.aead import CannotUnseal, seal, unseal
from idtui.seal.recovery import NotARecoveryKey, unwrap, wrap
from idtui.sync import fhir
from idtui.sync.desk_key import DeskKey

_BATCHES = b"idtui-batches 1\n"
_ANSWERS = b"idtui-answers 1\n"
PROOF = "idtui-batches+jwt"
"""The `typ` of what a desk signs."""

_LARGEST_BATCH = 2 * 1024 * 1024
LARGEST_FILE = 256 * 1024 * 1024
"""Bytes a file may unpack to; 100,000 entries are about 200 MB."""


class Batch(msgspec.Struct, frozen=True):
    """A Bundle of type batch and the ids of its entries, in order."""

    ids: tuple[str, ...]
    bundle: msgspec.Raw


class Carried(msgspec.Struct, frozen=True):
    """What a desk hands over: from where, its journal's head (hex), and the key for the answers."""

    site: str
    desk: str
    chain: str
    key: bytes
    batches: tuple[Batch, ...]
    proof: str = ""

    def __repr__(self) -> str:
        return f"Carried({len(self.batches)} batches)"


class Answer(msgspec.Struct, frozen=True):
    """The batch-response to one batch, and the ids it answers."""

    ids: tuple[str, ...]
    bundle: msgspec.Raw


class Answers(msgspec.Struct, frozen=True):
    """What the hub says to everything a file carried."""

    answers: tuple[Answer, ...]


def batches_of(entries: Sequence[Entry]) -> tuple[Batch, ...]:
    """Return the batches these entries make, in order; raises `NotMapped`."""
    made: list[Batch] = []
    rest = entries
    while rest:
        body, count = fhir.batch_within(rest, _LARGEST_BATCH)
        made.append(Batch(tuple(entry.id for entry in rest[:count]), msgspec.Raw(body)))
        rest = rest[count:]
    return tuple(made)


def fingerprint(carried: Carried) -> bytes:
    """Return what a desk signs: the SHA-256 of all it carries, in hexadecimal."""
    return (
        hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(carried, proof=""))).hexdigest().encode()
    )


def sealed(carried: Carried, public: str, key: DeskKey | None = None) -> bytes:
    """Return the file for the hub with that public key (PEM), signed with the desk's `key` if it has one.

    Raises `NotUnderstood` when the public key is none.
    """
    if key:
        carried = msgspec.structs.replace(carried, proof=key.signed(PROOF, fingerprint(carried)))
    content = gzip.compress(msgspec.json.encode(carried), compresslevel=6, mtime=0)
    try:
        return _BATCHES + wrap(public, content, _BATCHES)
    except NotARecoveryKey:
        raise NotUnderstood(say("carried.no_key")) from None


def opened(data: bytes, private: str) -> Carried:
    """Return what a desk sealed, for who has the private half (PEM).

    Raises `NotUnderstood` when it is no such file, damaged, for another hub, or unpacks to too much.
    """
    try:
        content = unwrap(private, _after(_BATCHES, data), _BATCHES)
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        plain = unpacker.decompress(content, LARGEST_FILE)
        if not unpacker.eof:
            raise NotUnderstood(say("carried.not_readable"))
        return msgspec.json.decode(plain, type=Carried)
    except NotARecoveryKey:
        raise NotUnderstood(say("carried.no_key")) from None
    except (CannotUnseal, zlib.error, msgspec.MsgspecError, UnicodeDecodeError):
        raise NotUnderstood(say("carried.not_readable")) from None


def answered(answers: Answers, key: bytes) -> bytes:
    """Return the file with the answers, for the desk whose key came with its batches."""
    return _ANSWERS + seal(key, msgspec.json.encode(answers), _ANSWERS)


def answers_in(data: bytes, key: bytes) -> Answers:
    """Return the answers of a file; raises `NotUnderstood` when it is none, or for another desk."""
    try:
        return msgspec.json.decode(unseal(key, _after(_ANSWERS, data), _ANSWERS), type=Answers)
    except (CannotUnseal, msgspec.MsgspecError, UnicodeDecodeError):
        raise NotUnderstood(say("carried.not_readable")) from None


def _after(mark: bytes, data: bytes) -> bytes:
    if not data.startswith(mark):
        raise NotUnderstood(say("carried.not_readable"))
    return data[len(mark) :]
