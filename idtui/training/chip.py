"""A simulated eID chip at APDU level: files, current file, and the status words of the real applet.

Sources: Belpic reference manuals 1.7 and 1.8, CONTENT54, CARDDATA. T=0 only. What those documents do not
describe, this chip answers with 6D00 (instruction) or 6A86 (parameters).
"""

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384

MF = bytes.fromhex("3F00")
BELPIC = bytes.fromhex("3F00DF00")
ID = bytes.fromhex("3F00DF01")

EID_APPLICATIONS: Mapping[bytes, bytes] = {
    bytes.fromhex("A00000003029057000AD13100101FF"): MF,
    bytes.fromhex("A000000177504B43532D3135"): BELPIC,
    bytes.fromhex("A0000001774964 46696C6573"): ID,
}
"""Application identifiers and the directory each makes current (CONTENT4 4.4)."""

MEMORY_FAULT = b"\x65\x81"
FILE_NOT_ACTIVATED = b"\x69\x85"

PROOFS = 5000
"""Challenges answered before the holder's PIN is asked for; nobody gives it here (CONTENT54 6.2.7)."""

_OK = b"\x90\x00"
_WRONG_LENGTH = b"\x67\x00"
_NO_CURRENT_FILE = b"\x69\x86"
_CONDITIONS = b"\x69\x85"
_WRONG_DATA = b"\x6a\x80"
_NOT_FOUND = b"\x6a\x82"
_WRONG_P1_P2 = b"\x6a\x86"
_LC_DOES_NOT_FIT = b"\x6a\x87"
_WRONG_OFFSET = b"\x6b\x00"
_UNKNOWN_INSTRUCTION = b"\x6d\x00"
_UNKNOWN_CLASS = b"\x6e\x00"

_CHALLENGE = bytes.fromhex("9430")
"""Tag and length of the 48 bytes that INTERNAL AUTHENTICATE signs."""


def right_le(length: int) -> bytes:
    """Return the status word 6Cxx that names the right Le."""
    return bytes([0x6C, length & 0xFF])


class Chip:
    """One chip. `files` are contents by absolute path such as `3F00 DF01 4031`.

    `card_data` are the 28 bytes of GET CARD DATA. `basic_key` is the key of applet 1.8 that proves the chip
    genuine, `proofs_left` how often it still does so. `paths_from_mf` says which of the two forms of SELECT
    by path this card knows. With `file_status` every READ BINARY is answered with that status word alone.
    """

    def __init__(
        self,
        atr: bytes,
        files: Mapping[bytes, bytes],
        *,
        applications: Mapping[bytes, bytes] = EID_APPLICATIONS,
        card_data: bytes = b"",
        basic_key: ec.EllipticCurvePrivateKey | None = None,
        paths_from_mf: bool = True,
        file_status: bytes = b"",
    ) -> None:
        self.atr = atr
        self.files = dict(files)
        self.proofs_left = PROOFS
        self._file_status = file_status
        self._applications = applications
        self._card_data = card_data
        self._basic_key = basic_key
        self._paths_from_mf = paths_from_mf
        self._instructions: dict[tuple[int, int], Callable[[bytes], bytes]] = {
            (0x00, 0xA4): self._select,
            (0x00, 0xB0): self._read_binary,
            (0x00, 0xC0): self._get_response,
        }
        if card_data:
            self._instructions[0x80, 0xE4] = self._get_card_data
        if basic_key is not None:
            self._instructions[0x00, 0x88] = self._internal_authenticate
        self.power_on()

    def power_on(self) -> None:
        """Reset the chip: the master file is current and nothing waits."""
        self._directory = MF
        self._file: bytes | None = None
        self._waiting = b""

    def exchange(self, command: bytes) -> bytes:
        """Answer one command APDU with data and status word."""
        if len(command) < 4:
            return _WRONG_LENGTH
        instruction = self._instructions.get((command[0], command[1]))
        if instruction is None:
            return _UNKNOWN_INSTRUCTION if command[0] in (0x00, 0x80) else _UNKNOWN_CLASS
        if instruction != self._get_response:
            self._waiting = b""
        return instruction(command)

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Answer as a card's `Channel` does, in process and without a reader."""
        answer = self.exchange(command)
        return answer[:-2], int.from_bytes(answer[-2:])

    def _select(self, command: bytes) -> bytes:
        """SELECT by file id (P1 02), application (04) or path (08); never any file information."""
        name = command[5:]
        if len(command) < 5 or command[4] != len(name):
            return _LC_DOES_NOT_FIT
        if command[3] not in (0x00, 0x0C):
            return _WRONG_P1_P2
        if command[2] == 0x04:
            return self._make_current(self._applications.get(name))
        if command[2] == 0x02:
            return self._make_current(MF if name == MF else self._directory + name)
        if command[2] == 0x08:
            if name.startswith(MF) != self._paths_from_mf:
                return _NOT_FOUND
            return self._make_current(name if self._paths_from_mf else MF + name)
        return _WRONG_P1_P2

    def _make_current(self, path: bytes | None) -> bytes:
        if path in self.files:
            self._file = path
        elif path and self._applications and path in (MF, BELPIC, ID):
            self._directory, self._file = path, None
        else:
            return _NOT_FOUND
        return _OK

    def _read_binary(self, command: bytes) -> bytes:
        if self._file is None:
            return _NO_CURRENT_FILE
        if self._file_status:
            return self._file_status
        offset = int.from_bytes(command[2:4])
        if offset >= 0x8000:
            return _WRONG_P1_P2
        rest = self.files[self._file][offset:]
        if not rest:
            return _WRONG_OFFSET
        return self._answer(rest, command, whole=False)

    def _get_card_data(self, command: bytes) -> bytes:
        if command[2:4] != b"\x00\x00":
            return _WRONG_P1_P2
        return self._answer(self._card_data, command, whole=True)

    def _answer(self, data: bytes, command: bytes, *, whole: bool) -> bytes:
        """Answer with as much as Le asks for; 6Cxx when that is not there, or not all when all is due."""
        wanted = (command[4] if len(command) > 4 else 0) or 256
        if wanted > len(data) or (whole and wanted != len(data)):
            return right_le(len(data))
        return data[:wanted] + _OK

    def _get_response(self, command: bytes) -> bytes:
        if not self._waiting:
            return _CONDITIONS
        answer = self._answer(self._waiting, command, whole=False)
        if answer.endswith(_OK):
            self._waiting = self._waiting[len(answer) - len(_OK) :]
            if self._waiting:
                answer = answer[: -len(_OK)] + self._more()
        return answer

    def _more(self) -> bytes:
        return bytes([0x61, min(len(self._waiting), 256) & 0xFF])

    def _internal_authenticate(self, command: bytes) -> bytes:
        """Sign 48 bytes with the basic key, ECDSA with SHA-384 (CONTENT54 6.2.7); the answer is r and s."""
        if self._basic_key is None or command[2:4] != b"\x02\x81":
            return _WRONG_P1_P2
        digest = command[7:]
        if command[4:7] != b"\x32" + _CHALLENGE or len(digest) != 48:
            return _WRONG_DATA
        if not self.proofs_left:
            return _CONDITIONS
        self.proofs_left -= 1
        signature = self._basic_key.sign(digest, ec.ECDSA(Prehashed(SHA384())))
        r, s = decode_dss_signature(signature)
        self._waiting = r.to_bytes(48) + s.to_bytes(48)
        return self._more()
