"""The proof that a chip of applet 1.8 is the one its identity was signed for, and not a copy of its files.

Sources: CONTENT54 6.2.7, reference manual 1.8, 5.2 and 6.11. Nobody has run it on a real card here. The chip
answers 5,000 challenges in its life, whoever asks: so one is put once in a contact, only when it was wanted
and only to a chip whose key belongs to the identity.
"""

import hashlib
import os
from enum import Enum, auto

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import load_der_public_key

from idtui.devices.eid import apdu
from idtui.devices.eid.files import CardFiles, Manner

KEY_LENGTH = 120
"""Bytes of file 4040: the SubjectPublicKeyInfo of a P-384 key."""

_HALF = 48
"""Bytes of each half of the answer, r and s."""


class ChipProof(Enum):
    """What is known of the chip."""

    NOT_PROVEN = auto()
    """Not asked for, not possible (applet 1.7 and older), or no signature came: blocked is not forged."""
    PROVEN = auto()
    CLONED = auto()
    """The key on the card is not that of the identity, or the answer was not made with it."""


def prove(files: CardFiles, manner: Manner, applet: str, key_hash: bytes) -> ChipProof:
    """Have the chip prove itself; `key_hash` is tag 1A of a verified identity. Raises `CardUnreadable`.

    A card of applet 1.8 has that tag (CONTENT54 6.1); an identity that has it was signed for such a chip.
    """
    if not manner.may_prove or not (key_hash or applet == "1.8"):
        return ChipProof.NOT_PROVEN
    file = files.read(apdu.BASIC_KEY, cap=apdu.BLOCK, length=KEY_LENGTH)
    if not is_key_of(file, key_hash):
        return ChipProof.CLONED
    digest = hashlib.sha384(os.urandom(_HALF)).digest()
    manner.may_prove = False
    answer = files.challenge(digest)
    if answer is None or len(answer) != 2 * _HALF:
        return ChipProof.NOT_PROVEN
    return ChipProof.PROVEN if is_answer_of(file, digest, answer) else ChipProof.CLONED


def is_key_of(file: bytes, key_hash: bytes) -> bool:
    """Say whether a public key file is the one the identity names, by its SHA-384."""
    return hashlib.sha384(file).digest() == key_hash


def is_answer_of(file: bytes, digest: bytes, answer: bytes) -> bool:
    """Say whether 96 bytes r and s are the signature over `digest` by the key in a public key file."""
    try:
        key = load_der_public_key(file)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        r, s = int.from_bytes(answer[:_HALF]), int.from_bytes(answer[_HALF:])
        key.verify(encode_dss_signature(r, s), digest, ec.ECDSA(Prehashed(SHA384())))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
