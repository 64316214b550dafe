"""The files of the card by APDU: select, read, and the recoveries that cards and readers need.

Whatever the card answers, every call ends: in bytes or in `CardUnreadable`. Every loop is bounded by a
count or by a file's cap.
"""

import time
from dataclasses import dataclass

from idtui.devices.eid import apdu
from idtui.devices.eid.channel import CardUnreadable, Channel
from idtui.domain.reading import CardFailure

REPEATS = 3
"""How often one block is asked for again after a reader lost the current file in mid-read."""


REST = 0.01
"""Seconds some cards of applet 1.1 need between 6Cxx and the repeat (commons-eid waits as long)."""


def failure_of(status: int) -> CardUnreadable:
    """Return what a status word means that ends the reading."""
    if status in apdu.NOT_ACTIVATED or status == apdu.UNKNOWN_INSTRUCTION:
        failure = CardFailure.NOT_ACTIVATED
    elif status in apdu.BROKEN:
        failure = CardFailure.BROKEN_CHIP
    else:
        failure = CardFailure.UNEXPECTED_ANSWER
    return CardUnreadable(failure, f"{status & 0xFFFF:04X}")


@dataclass(slots=True)
class Manner:
    """How one card in one reader is spoken to; it outlives a try that failed.

    `block` is what one READ BINARY asks for at most, `rest` the seconds waited before a command is repeated
    with the right Le: none until such a repeat has failed. `may_prove` is the right to one challenge: it goes
    with the challenge, whatever becomes of that (see `chip_proof`).
    """

    block: int = apdu.BLOCK
    rest: float = 0.0
    may_prove: bool = False


class CardFiles:
    """The files of one card in one contact.

    `apdus` counts the commands sent, `seconds` sums the time the card took for them.
    """

    def __init__(self, channel: Channel, manner: Manner | None = None) -> None:
        self._channel = channel
        self._manner = manner or Manner()
        self._from_mf = True
        self.apdus = 0
        self.seconds = 0.0

    def select_applet(self) -> None:
        """Select the eID applet; raises `CardUnreadable` NOT_AN_EID when the card does not know it."""
        command = apdu.select_application(apdu.APPLET)
        _, status = self._exchange(command)
        if status == apdu.UNKNOWN_INSTRUCTION:
            # Also a symptom of a contact that has just closed; a second time it is the card's word.
            _, status = self._exchange(command)
        if status in apdu.NOT_FOUND:
            raise CardUnreadable(CardFailure.NOT_AN_EID, f"{status:04X}")
        if status != apdu.OK:
            raise failure_of(status)

    def read(self, path: bytes, *, cap: int, length: int | None = None) -> bytes:
        """Return the file at `path`, or nothing when the card has no such file.

        `length` is the number of bytes wanted when the caller knows it; without it the file is read to its
        end. Raises `CardUnreadable` when the file is longer than `cap` bytes.
        """
        return self._continue(path, b"", cap, length) if self._select(path) else b""

    def read_certificate(self, path: bytes, *, cap: int) -> bytes:
        """Return the certificate at `path` by the length in its DER header, without the padding behind it.

        Returns nothing when the file is missing, empty (zeros), or its header is not that of a certificate
        of at most `cap` bytes.
        """
        if not self._select(path):
            return b""
        head = self._read_block(path, 0, self._manner.block)
        length = 4 + int.from_bytes(head[2:4])
        if head[:2] != b"\x30\x82" or length > cap:
            return b""
        return self._continue(path, head, cap, length)[:length]

    def challenge(self, digest: bytes) -> bytes | None:
        """Have the chip sign 48 bytes; None when it does not: blocked, no key, or no such command.

        The command goes out once, whatever is answered: the chip counts it.
        """
        data, status = self._fetch(*self._send(apdu.internal_authenticate(digest)))
        return data if status == apdu.OK else None

    def applet_version(self) -> str:
        """Return the applet version as the card data give it, such as `1.7`; empty when they do not.

        One command, whatever the answer.
        """
        data, status = self._send(apdu.get_card_data())
        if status != apdu.OK or len(data) != apdu.CARD_DATA_LENGTH:
            return ""
        version = data[apdu.APPLET_VERSION_OFFSET]
        return f"{version >> 4}.{version & 0xF}"

    def _select(self, path: bytes) -> bool:
        """Select a file; False when the card does not have it under either form of path."""
        status = self._select_either_form(path)
        if status in apdu.NOT_FOUND or status == apdu.UNKNOWN_INSTRUCTION:
            self.select_applet()
            status = self._select_either_form(path)
        if status in apdu.NOT_FOUND:
            return False
        if status != apdu.OK:
            raise failure_of(status)
        return True

    def _select_either_form(self, path: bytes) -> int:
        """Select with or without the master file in the path, the form that worked last first."""
        status = 0
        for from_mf in (self._from_mf, not self._from_mf):
            _, status = self._exchange(apdu.select_path(apdu.MF + path if from_mf else path))
            if status == apdu.OK:
                self._from_mf = from_mf
            if status not in apdu.NOT_FOUND:
                break
        return status

    def _continue(self, path: bytes, content: bytes, cap: int, length: int | None) -> bytes:
        """Read on behind `content`, to `length` bytes or to the end of the file."""
        while length is None or len(content) < length:
            most = self._manner.block
            wanted = most if length is None else min(most, length - len(content))
            block = self._read_block(path, len(content), wanted)
            content += block
            if len(content) > cap:
                raise failure_of(apdu.OK)
            if len(block) < min(wanted, self._manner.block):
                break
        return content

    def _read_block(self, path: bytes, offset: int, length: int) -> bytes:
        """Return up to `length` bytes of the selected file; fewer only at its end.

        6B00 at an offset above 0 is the end. After 6986 or an empty 9000, with which some readers lose a file
        in the middle, the file is selected again and the same offset repeated. A reader that cannot do 256
        bytes is asked for fewer from then on.
        """
        status = 0
        for _ in range(1 + REPEATS):
            length = min(length, self._manner.block)
            data, status = self._exchange_block(offset, length)
            if status == apdu.OK and 0 < len(data) <= length:
                return data
            if status == apdu.WRONG_OFFSET and offset > 0:
                return b""
            lost = status == apdu.NO_CURRENT_FILE or (status == apdu.OK and not data)
            if status == apdu.UNKNOWN_INSTRUCTION:
                self.select_applet()
            elif status == apdu.WRONG_LENGTH and length > apdu.SAFE_BLOCK:
                self._manner.block = apdu.SAFE_BLOCK
            elif not lost:
                break
            if not self._select(path):
                break
        raise failure_of(status)

    def _exchange_block(self, offset: int, length: int) -> tuple[bytes, int]:
        """Send READ BINARY; where a full block gives no answer at all, the next try asks for less."""
        try:
            return self._exchange(apdu.read_binary(offset, length))
        except CardUnreadable as error:
            if length > apdu.SAFE_BLOCK and error.failure is CardFailure.UNEXPECTED_ANSWER:
                self._manner.block = apdu.SAFE_BLOCK
            raise

    def _exchange(self, command: bytes) -> tuple[bytes, int]:
        """Send a command, correct its Le, and fetch an answer that waits, up to more than one can ask for."""
        return self._fetch(*self._send_with_right_le(command))

    def _fetch(self, data: bytes, status: int) -> tuple[bytes, int]:
        while status >> 8 == apdu.MORE and len(data) <= apdu.BLOCK:
            more, status = self._send_with_right_le(apdu.get_response(status & 0xFF))
            if not more:
                break
            data += more
        return data, status

    def _send_with_right_le(self, command: bytes) -> tuple[bytes, int]:
        data, status = self._send(command)
        if status >> 8 != apdu.WRONG_LE:
            return data, status
        rest = self._manner.rest
        time.sleep(rest)
        self.seconds += rest
        self._manner.rest = REST  # and stays so when the repeat gives no answer or a bad one
        data, status = self._send(command[:-1] + bytes([status & 0xFF]))
        if status == apdu.OK or status >> 8 == apdu.MORE:
            self._manner.rest = rest
        return data, status

    def _send(self, command: bytes) -> tuple[bytes, int]:
        self.apdus += 1
        begun = time.perf_counter()
        try:
            return self._channel.transmit(command)
        finally:
            self.seconds += time.perf_counter() - begun
