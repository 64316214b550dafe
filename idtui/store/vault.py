"""The keys of a journal, wrapped: one key for each segment, all under one master key, in the file `keys`.

    line 1  "idtui-keys 1"
    line 2  JSON: how passphrase and recovery key unwrap the master key; the segment keys under it
    line 3  base64: seal of lines 1 and 2 under the master key, so that nobody else can change them
    line 4  SHA-256 of lines 1 to 3 in hex, to tell damage from a wrong passphrase

The file is replaced as a whole: after a power cut it is the old one or the new one.
"""

import binascii
import hashlib
import re
from pathlib import Path
from typing import Annotated, Self

import msgspec

from idtui.domain.errors import JournalDamaged, NotUnderstood, WrongPassphrase
from idtui.domain.text import say
from idtui.seal.aead import CannotUnseal, derive, new_key, seal, unseal
from idtui.seal.passphrase import SALT_BYTES, Cost, Passphrase
from idtui.seal.recovery import NotARecoveryKey, unwrap, wrap
from idtui.store.durable import replace

NAME = "keys"
FORMAT = 1
VISITS = 0
"""The key of this number is no segment's: it seals the visits known at the desk (`idtui.store.visits`)."""

_FIRST_LINE = b"idtui-keys 1\n"
_ANY_FIRST_LINE = re.compile(rb"idtui-keys ([0-9]{1,9})\n")
_DIGEST_LINE = 65  # 64 hex digits and a line feed
_BY_PASSPHRASE = b"idtui keys 1 passphrase"
_BY_RECOVERY = b"idtui keys 1 recovery"
_SEGMENTS = b"idtui keys 1 segments"
_FILE = b"idtui keys 1 file"
_TORN = b"idtui keys 1 torn"
_SECRETS = b"idtui keys 1 secrets"


class _Door(msgspec.Struct, frozen=True):
    """How a passphrase opens: Argon2id with salt and cost gives the key that unwraps the master key."""

    salt: bytes
    memory_kib: Annotated[int, msgspec.Meta(ge=8, le=1 << 21)]
    iterations: Annotated[int, msgspec.Meta(ge=1, le=64)]
    lanes: Annotated[int, msgspec.Meta(ge=1, le=64)]
    sealed: bytes


class _Recovery(msgspec.Struct, frozen=True):
    """The hospital's public key (PEM) and the master key wrapped to it."""

    public: str
    sealed: bytes


class _SegmentKey(msgspec.Struct, frozen=True):
    """The key of a segment under the master key, and the day (ISO 8601) on which the segment was begun."""

    day: str
    sealed: bytes


class _Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Line 2. `purged` is the last segment whose key was destroyed, 0 for none.

    `secrets` are small secrets of this desk, such as its key for the hub, by name and under the master key.
    """

    passphrase: _Door
    recovery: _Recovery | None
    purged: int
    segments: dict[str, _SegmentKey]
    secrets: dict[str, bytes] = {}


class Vault:
    """The keys of one journal, unlocked. `purged` and `day_of` tell what the file tells of segments."""

    def __init__(self, directory: Path, master: bytes, keys: _Keys) -> None:
        self._path = directory / NAME
        self._master = master
        self._keys = keys

    @classmethod
    def create(cls, directory: Path, passphrase: Passphrase) -> Self:
        """Make the keys of a new journal, without a recovery key, durable. Raises OSError."""
        master = new_key()
        vault = cls(directory, master, _Keys(_locked(passphrase, master), None, 0, {}))
        vault._write(vault._keys)
        return vault

    @classmethod
    def unlock(cls, directory: Path, passphrase: Passphrase) -> Self:
        """Open with the passphrase; raises `WrongPassphrase`, `JournalDamaged`, OSError."""
        keys, content, proof = _read(directory)
        door = keys.passphrase
        key = passphrase.key(door.salt, Cost(door.memory_kib, door.iterations, door.lanes))
        try:
            master = unseal(key, door.sealed, _BY_PASSPHRASE)
        except CannotUnseal:
            raise WrongPassphrase(say("store.wrong_passphrase")) from None
        return cls._proven(directory, master, keys, content, proof)

    @classmethod
    def unlock_by_recovery(cls, directory: Path, private: str) -> Self:
        """Open with the private half (PEM) of the hospital's recovery key.

        Raises `WrongPassphrase` when there is none or another one, `NotUnderstood` when the text is no key,
        `JournalDamaged`, OSError.
        """
        keys, content, proof = _read(directory)
        if keys.recovery is None:
            raise WrongPassphrase(say("store.no_recovery_key"))
        try:
            master = unwrap(private, keys.recovery.sealed, _BY_RECOVERY)
        except NotARecoveryKey:
            raise NotUnderstood(say("store.not_a_recovery_key")) from None
        except CannotUnseal:
            raise WrongPassphrase(say("store.wrong_recovery_key")) from None
        return cls._proven(directory, master, keys, content, proof)

    @classmethod
    def _proven(cls, directory: Path, master: bytes, keys: _Keys, content: bytes, proof: bytes) -> Self:
        try:
            unseal(_under(master, _FILE), proof, content)
        except CannotUnseal:
            raise JournalDamaged(say("store.keys_changed")) from None
        return cls(directory, master, keys)

    @property
    def directory(self) -> Path:
        """Where the journal stands."""
        return self._path.parent

    @property
    def purged(self) -> int:
        """The last segment whose key was destroyed, 0 for none."""
        return self._keys.purged

    @property
    def has_recovery_key(self) -> bool:
        """Whether the hospital's recovery key opens this journal."""
        return self._keys.recovery is not None

    def day_of(self, segment: int) -> str:
        """Return the day (ISO 8601) on which the segment was begun; empty when it has no key."""
        held = self._keys.segments.get(str(segment))
        return held.day if held else ""

    def key_of(self, segment: int) -> bytes:
        """Return the key of a segment. Raises `JournalDamaged` when it has none that this vault can read."""
        held = self._keys.segments.get(str(segment))
        if held is None:
            raise JournalDamaged(say("store.key_missing", segment=segment))
        try:
            return unseal(_under(self._master, _SEGMENTS), held.sealed, _bound(segment, held.day))
        except CannotUnseal:
            raise JournalDamaged(say("store.key_missing", segment=segment)) from None

    def secret(self, name: str) -> bytes | None:
        """Return a small secret kept under that name; raises `JournalDamaged` when it cannot be read."""
        sealed = self._keys.secrets.get(name)
        if sealed is None:
            return None
        try:
            return unseal(_under(self._master, _SECRETS), sealed, name.encode())
        except CannotUnseal:
            raise JournalDamaged(say("store.keys_changed")) from None

    def keep(self, name: str, content: bytes) -> None:
        """Keep a small secret in place of what had that name, durable on return. Raises OSError."""
        self._write(self._with(secrets={**self._keys.secrets, **self._hidden({name: content})}))

    def torn_key(self) -> bytes:
        """Return the key for clear bytes that a migration finds moved aside."""
        return _under(self._master, _TORN)

    def add(self, segment: int, day: str) -> bytes:
        """Make a key for a segment, durable before it is returned. Raises OSError."""
        key = new_key()
        self._write(self._with(segments={**self._keys.segments, **self._wrapped({segment: (day, key)})}))
        return key

    def destroy(self, last: int) -> None:
        """Forget the keys of all segments up to `last`: nobody reads them again. Raises OSError."""
        kept = {number: key for number, key in self._keys.segments.items() if int(number) > last}
        self._write(self._with(purged=max(last, self.purged), segments=kept))

    def rekey(self, passphrase: Passphrase, recovery: str | None = None) -> None:
        """Change the passphrase, and the hospital's recovery key (public, PEM) where one is given.

        The master key is a new one; nothing that was sealed is rewritten. Raises `NotUnderstood`, OSError.
        """
        master = new_key()
        public = recovery or (self._keys.recovery.public if self._keys.recovery else None)
        fresh = Vault(self._path.parent, master, self._keys)
        plain = {
            int(number): (held.day, self.key_of(int(number))) for number, held in self._keys.segments.items()
        }
        secrets = {name: self.secret(name) or b"" for name in self._keys.secrets}
        keys = _Keys(
            passphrase=_locked(passphrase, master),
            recovery=_to_hospital(public, master) if public else None,
            purged=self.purged,
            segments=fresh._wrapped(plain),
            secrets=fresh._hidden(secrets),
        )
        fresh._write(keys)
        self._master, self._keys = master, keys

    def _wrapped(self, plain: dict[int, tuple[str, bytes]]) -> dict[str, _SegmentKey]:
        under = _under(self._master, _SEGMENTS)
        return {
            str(number): _SegmentKey(day, seal(under, key, _bound(number, day)))
            for number, (day, key) in plain.items()
        }

    def _hidden(self, secrets: dict[str, bytes]) -> dict[str, bytes]:
        under = _under(self._master, _SECRETS)
        return {name: seal(under, content, name.encode()) for name, content in secrets.items()}

    def _with(self, **changes: object) -> _Keys:
        return msgspec.structs.replace(self._keys, **changes)

    def _write(self, keys: _Keys) -> None:
        content = _FIRST_LINE + msgspec.json.encode(keys) + b"\n"
        proof = binascii.b2a_base64(seal(_under(self._master, _FILE), b"", content))
        whole = content + proof
        replace(self._path, whole + hashlib.sha256(whole).hexdigest().encode() + b"\n")
        self._keys = keys


def exists(directory: Path) -> bool:
    """Say whether there are keys in the directory."""
    return (directory / NAME).exists()


def _under(master: bytes, purpose: bytes) -> bytes:
    return derive(master, salt=b"", purpose=purpose)


def _bound(segment: int, day: str) -> bytes:
    return b"%d %s" % (segment, day.encode())


def _locked(passphrase: Passphrase, master: bytes) -> _Door:
    salt, cost = new_key()[:SALT_BYTES], passphrase.cost
    sealed = seal(passphrase.key(salt, cost), master, _BY_PASSPHRASE)
    return _Door(salt, cost.memory_kib, cost.iterations, cost.lanes, sealed)


def _to_hospital(public: str, master: bytes) -> _Recovery:
    try:
        return _Recovery(public, wrap(public, master, _BY_RECOVERY))
    except NotARecoveryKey:
        raise NotUnderstood(say("store.not_a_recovery_key")) from None


def _read(directory: Path) -> tuple[_Keys, bytes, bytes]:
    """Return the keys, the content they stand in and its proof."""
    data = (directory / NAME).read_bytes()
    if (line := _ANY_FIRST_LINE.match(data)) and int(line[1]) > FORMAT:
        raise JournalDamaged(say("store.newer_format", version=int(line[1])))
    whole, digest = data[:-_DIGEST_LINE], data[-_DIGEST_LINE:]
    if hashlib.sha256(whole).hexdigest().encode() + b"\n" != digest or not whole.startswith(_FIRST_LINE):
        raise JournalDamaged(say("store.keys_damaged"))
    content, _, proof = whole[:-1].rpartition(b"\n")
    try:
        keys = msgspec.json.decode(content[len(_FIRST_LINE) :], type=_Keys)
        return keys, content + b"\n", binascii.a2b_base64(proof)
    except (msgspec.MsgspecError, binascii.Error):
        raise JournalDamaged(say("store.keys_damaged")) from None
