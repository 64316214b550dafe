import subprocess
import sys

import pytest

from idtui.seal import aead, recovery
from idtui.seal.aead import CannotUnseal, CountedSeal, derive, new_key, seal, unseal
from idtui.seal.passphrase import LEAST, RECOMMENDED, Cost, Passphrase
from idtui.seal.recovery import NotARecoveryKey

KEY = bytes(range(32))
SALT = bytes(16)


def test_what_was_sealed_comes_back_only_whole_bound_and_by_its_key() -> None:
    sealed = seal(KEY, b"content", b"bound")
    assert unseal(KEY, sealed, b"bound") == b"content"
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(CannotUnseal):
            unseal(KEY, bytes(changed), b"bound")
    for key, text, bound in ((new_key(), sealed, b"bound"), (KEY, sealed, b""), (KEY, sealed[:5], b"bound")):
        with pytest.raises(CannotUnseal):
            unseal(key, text, bound)


def test_the_same_content_is_never_sealed_alike() -> None:
    assert len({seal(KEY, b"content", b"") for _ in range(100)}) == 100
    assert len({new_key() for _ in range(100)}) == 100


def test_a_counted_seal_depends_on_its_number() -> None:
    counted = CountedSeal(KEY)
    sealed = counted.seal(7, b"content", b"bound")
    assert len(sealed) == len(b"content") + aead.TAG_BYTES
    assert counted.unseal(7, sealed, b"bound") == b"content"
    for number, bound in ((8, b"bound"), (7, b"other")):
        with pytest.raises(CannotUnseal):
            counted.unseal(number, sealed, bound)


def test_aes_256_gcm_gives_the_published_answer() -> None:
    """NIST SP 800-38D test case 14: key, nonce and block of zeros."""
    sealed = CountedSeal(bytes(32)).seal(0, bytes(16), b"")
    assert sealed.hex() == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"


def test_hkdf_gives_the_published_answer() -> None:
    """RFC 5869 appendix A.1, its first 32 bytes."""
    given = derive(b"\x0b" * 22, salt=bytes(range(13)), purpose=bytes(range(0xF0, 0xFA)))
    assert given.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"


def test_every_salt_and_purpose_derives_another_key() -> None:
    keys = {derive(KEY, salt=salt, purpose=purpose) for salt in (b"1", b"2") for purpose in (b"a", b"b")}
    assert len(keys | {derive(new_key(), salt=b"1", purpose=b"a")}) == 5


def test_a_passphrase_stretches_the_same_way_each_time() -> None:
    passphrase = Passphrase("correct horse", LEAST)
    key = passphrase.key(SALT, LEAST)
    assert key == Passphrase("correct horse").key(SALT, LEAST)
    assert len(key) == 32
    others = (
        Passphrase("correct hors").key(SALT, LEAST),
        passphrase.key(bytes(15) + b"1", LEAST),
        passphrase.key(SALT, Cost(16, 1, 1)),
    )
    assert len({key, *others}) == 4


def test_an_accent_typed_in_two_ways_is_the_same() -> None:
    assert Passphrase("caf\u00e9").key(SALT, LEAST) == Passphrase("cafe\u0301").key(SALT, LEAST)


def test_the_recommended_cost_is_that_of_the_rfc() -> None:
    assert Passphrase("x").cost == RECOMMENDED == Cost(65536, 3, 4)
    assert Passphrase.random().text != Passphrase.random().text


def test_a_passphrase_does_not_show_itself() -> None:
    assert "horse" not in repr(Passphrase("correct horse"))


def test_only_the_private_half_unwraps() -> None:
    private, public = recovery.new_pair()
    wrapped = recovery.wrap(public, KEY, b"purpose")
    assert recovery.unwrap(private, wrapped, b"purpose") == KEY
    other, _ = recovery.new_pair()
    for key, text, purpose in ((other, wrapped, b"purpose"), (private, wrapped, b""), (private, b"", b"")):
        with pytest.raises(CannotUnseal):
            recovery.unwrap(key, text, purpose)


def test_what_is_no_recovery_key_is_refused() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private, public = recovery.new_pair()
    signer = Ed25519PrivateKey.generate()
    foreign = signer.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    foreign_public = (
        signer.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    recovery.check_public(public)
    for text in ("", "nonsense", private, foreign_public):
        with pytest.raises(NotARecoveryKey):
            recovery.check_public(text)
    for text in ("", public, foreign):
        with pytest.raises(NotARecoveryKey):
            recovery.unwrap(text, b"", b"")


def test_importing_the_room_does_not_import_the_library() -> None:
    code = (
        "import sys, idtui.seal.aead, idtui.seal.passphrase, idtui.seal.recovery\n"
        "assert 'cryptography' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
