"""A passphrase and the key it stretches to (Argon2id, RFC 9106)."""

import secrets
import unicodedata
from typing import Self

import msgspec

from idtui.seal.aead import KEY_BYTES

SALT_BYTES = 16


class Cost(msgspec.Struct, frozen=True):
    """What one try costs: memory in KiB, passes over it, lanes in parallel."""

    memory_kib: int
    iterations: int
    lanes: int


RECOMMENDED = Cost(memory_kib=64 * 1024, iterations=3, lanes=4)
"""The second recommended choice of RFC 9106, 4."""

LEAST = Cost(memory_kib=8, iterations=1, lanes=1)
"""For a random secret of 256 bits, which nobody can try out."""

OF_TRAINING = "training"
"""The passphrase of a store of training: there is nothing in it to keep secret."""


class Passphrase(msgspec.Struct, frozen=True):
    """What a person types or a machine is given; `cost` is for the locks made with it from now on."""

    text: str
    cost: Cost = RECOMMENDED

    def __repr__(self) -> str:
        return "Passphrase(hidden)"

    @classmethod
    def random(cls) -> Self:
        """Return one that exists in memory only, for training mode."""
        return cls(secrets.token_urlsafe(KEY_BYTES), LEAST)

    def key(self, salt: bytes, cost: Cost) -> bytes:
        """Return the key it stretches to. The same letters give the same key on every keyboard (NFC)."""
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415  # late: costs 0.1 s

        letters = unicodedata.normalize("NFC", self.text).encode("utf-8", "surrogateescape")
        return Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        ).derive(letters)
