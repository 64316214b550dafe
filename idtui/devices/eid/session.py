"""One card in one contact: reads what a verdict needs with few APDUs, judges it, later address and photo.

Order of reading: applet, identity, National Register certificate, identity signature (whose length the
certificate tells), the root only when it is not known yet, and the proof of the chip only when it is wanted.
No PIN command is ever sent: on applet 1.1 even an empty one burns a try.
"""

import time
from datetime import date

from idtui.devices.eid import apdu
from idtui.devices.eid.certificate import Certificate, parse_certificate, signature_length
from idtui.devices.eid.channel import CardUnreadable, Channel
from idtui.devices.eid.chip_proof import ChipProof, prove
from idtui.devices.eid.files import CardFiles, Manner
from idtui.devices.eid.identity import IdentityFile, parse_address, parse_identity
from idtui.devices.eid.trust import Trust
from idtui.devices.eid.verify import Chain, address_holds, judge_chain, photo_holds, signer, verdict
from idtui.domain.reading import Address, CardFailure, Photo, Problem, Reading, Timing

APDU_BUDGET = 12
"""Commands a reading may cost when the root is known; asking the applet's version only fits below it."""

_IDENTITY_CAP = 2048
_ADDRESS_CAP = 1024
_SIGNATURE_CAP = 1024
_CERTIFICATE_CAP = 4096
_PHOTO_CAP = 0x4000
"""Bytes a file may have; real ones stay below 400, 121, 512, 2,000 and 6,000."""

_ATR_1_8 = bytes.fromhex("3B7F96000080318065B085040120120FFF829000")
"""Electrical personalisation 04, applet 1.8 alone (CONTENT54 2.3); the older answers fit 1.1 and 1.7."""


class CardSession:
    """The reading of one card. `today` is the day of reading; there is no clock in here.

    `manner` is shared by all sessions of one contact.
    """

    def __init__(
        self, channel: Channel, atr: bytes, trust: Trust, today: date, manner: Manner | None = None
    ) -> None:
        self._manner = manner or Manner()
        self._files = CardFiles(channel, self._manner)
        self._atr = atr
        self._trust = trust
        self._today = today
        self._leaf: Certificate | None = None
        self._signature: bytes | None = None
        self._photo_hash: bytes = b""

    def read(self) -> Reading:
        """Read and judge the card; raises `CardUnreadable` when it gives no reading at all."""
        begun = time.perf_counter()
        self._files.select_applet()
        identity = self._files.read(apdu.IDENTITY, cap=_IDENTITY_CAP)
        if not identity:
            raise CardUnreadable(CardFailure.NOT_AN_EID)
        self._leaf = parse_certificate(
            self._files.read_certificate(apdu.RRN_CERTIFICATE, cap=_CERTIFICATE_CAP)
        )
        self._signature = self._read_signature(apdu.IDENTITY_SIGNATURE)
        applet = self._applet()
        chain = judge_chain(self._trust, self._root(), self._leaf, identity, self._signature)
        file = parse_identity(identity)
        self._photo_hash = file.photo_hash
        proof = self._proof(chain, file, applet)
        judgement = verdict(chain, file, self._leaf, self._today, proof)
        elapsed = time.perf_counter() - begun
        return Reading(
            identity=file.identity,
            verdict=judgement,
            applet=applet,
            atr=self._atr.hex().upper(),
            signer=signer(chain, self._leaf),
            timing=Timing(
                apdus=self._files.apdus,
                read_ms=self._files.seconds * 1000,
                verify_ms=(elapsed - self._files.seconds) * 1000,
            ),
            filtered=file.filtered,
        )

    def read_address(self) -> tuple[Address, Problem | None]:
        """Read the address of the card that `read` has read, and say whether its signature holds.

        The key is that of the card's certificate, which the verdict of the reading has judged.
        Raises `CardUnreadable`.
        """
        if self._signature is None:
            raise RuntimeError("read() comes before read_address()")
        self._signature = self._whole_signature(self._signature)
        address = self._files.read(apdu.ADDRESS, cap=_ADDRESS_CAP)
        signature = self._read_signature(apdu.ADDRESS_SIGNATURE)
        holds = address_holds(self._leaf, address, signature, self._signature)
        return parse_address(address), None if holds else Problem.ADDRESS_SIGNATURE

    def read_photo(self) -> tuple[Photo | None, Problem | None]:
        """Read the photo of the card that `read` has read; one whose hash does not fit is not handed out.

        The hash is that of the card's identity, which the verdict of the reading has judged.
        Raises `CardUnreadable`.
        """
        if self._signature is None:
            raise RuntimeError("read() comes before read_photo()")
        photo = self._files.read(apdu.PHOTO, cap=_PHOTO_CAP)
        return (Photo(photo), None) if photo_holds(photo, self._photo_hash) else (None, Problem.PHOTO_HASH)

    def _proof(self, chain: Chain, file: IdentityFile, applet: str) -> ChipProof:
        """Have the chip prove itself; what an identity that is not verified says of it means nothing."""
        if chain.problem is not None:
            return ChipProof.NOT_PROVEN
        return prove(self._files, self._manner, applet, file.chip_key_hash)

    def _root(self) -> Certificate | None:
        """Return the root's certificate, from the card when it is not known to have signed this card's."""
        if self._leaf is None:
            return None
        return self._trust.issuer_of(self._leaf) or parse_certificate(
            self._files.read_certificate(apdu.ROOT_CERTIFICATE, cap=_CERTIFICATE_CAP)
        )

    def _read_signature(self, path: bytes) -> bytes:
        """Read as much of a signature file as verifying it needs."""
        return self._files.read(path, cap=_SIGNATURE_CAP, length=self._signature_length() or apdu.BLOCK)

    def _signature_length(self) -> int | None:
        """Return the length of the card's RSA signatures; None for EC, padded to a length nobody states."""
        return signature_length(self._leaf.key) if self._leaf and self._leaf.key else None

    def _whole_signature(self, signature: bytes) -> bytes:
        """Return the identity's signature file with all its padding, which the address signature covers.

        `read` took one block of an EC signature file; when that block was full there may be more.
        """
        if self._signature_length() is not None or len(signature) < apdu.BLOCK:
            return signature
        return self._files.read(apdu.IDENTITY_SIGNATURE, cap=_SIGNATURE_CAP)

    def _applet(self) -> str:
        """Return the applet version: by the answer to reset, else by asking if the budget has room."""
        if self._atr == _ATR_1_8:
            return "1.8"
        return self._files.applet_version() if self._files.apdus < APDU_BUDGET else ""
