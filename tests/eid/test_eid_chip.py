"""The simulated chip: its answers are those of the applet's manual, its files those of the card's."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256, sha384

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import load_der_public_key

from idtui.devices.eid import tlv
from idtui.training.authority import TrainingAuthority
from idtui.training.cards import (
    ADDRESS,
    ADDRESS_SIGNATURE,
    BASIC_KEY,
    DIRECTORY_FILE,
    IDENTITY,
    IDENTITY_SIGNATURE,
    PHOTO,
    ROOT,
    RRN,
    TOKEN_INFO,
    CardKind,
    make_card,
)
from idtui.training.chip import Chip
from idtui.training.people import PEOPLE, ZOE

TODAY = date(2026, 3, 2)
AUTHORITY = TrainingAuthority()


def rsa_card() -> Chip:
    return make_card(AUTHORITY, CardKind.GOOD_RSA, ZOE, TODAY)


def p384_card() -> Chip:
    return make_card(AUTHORITY, CardKind.GOOD_P384, ZOE, TODAY)


def say(chip: Chip, command: str) -> str:
    return chip.exchange(bytes.fromhex(command)).hex()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00A4040C0FA00000003029057000AD13100101FF", "9000"),
        ("00A404000FA00000003029057000AD13100101FF", "9000"),
        ("00A4040C0CA000000177504B43532D3135", "9000"),
        ("00A4040C0CA0000001774964 46696C6573", "9000"),
        ("00A4040C07A0000000031010", "6a82"),
        ("00A4080C063F00DF014031", "9000"),
        ("00A4080C04DF014031", "6a82"),
        ("00A4080C023F00", "9000"),
        ("00A4080C063F00DF014099", "6a82"),
        ("00A4020C022F00", "9000"),
        ("00A4020C024031", "6a82"),
        ("00A4090C023F00", "6a86"),
        ("00A4080F023F00", "6a86"),
        ("00A4080C063F00", "6a87"),
        ("00B0000000", "6986"),
        ("00C0000010", "6985"),
        ("0020000100", "6d00"),
        ("80E4000000", "6c1c"),
        ("80E400011F", "6a86"),
        ("A0A4000000", "6e00"),
        ("00B0", "6700"),
    ],
)
def test_answers_after_a_reset(command: str, answer: str) -> None:
    assert say(rsa_card(), command) == answer


def test_reading_a_file() -> None:
    chip = rsa_card()
    chip.files[IDENTITY] = bytes(range(200)) + bytes(range(100))
    assert say(chip, "00A4080C063F00DF014031") == "9000"
    assert say(chip, "00B0000000") == bytes(range(200)).hex() + bytes(range(56)).hex() + "9000"
    assert say(chip, "00B0010000") == "6c2c"
    assert say(chip, "00B001002C") == bytes(range(56, 100)).hex() + "9000"
    assert say(chip, "00B0010001") == "389000"
    assert say(chip, "00B0012C00") == "6b00"
    assert say(chip, "00B0800000") == "6a86"
    chip.power_on()
    assert say(chip, "00B0000000") == "6986"


def test_a_file_is_found_by_its_id_in_the_current_directory() -> None:
    chip = rsa_card()
    assert say(chip, "00A4020C02DF01") == "9000"
    assert say(chip, "00A4020C024031") == "9000"
    assert say(chip, "00B0000001") == "019000"


@pytest.mark.parametrize(
    ("make", "version", "os", "pkcs1"), [(rsa_card, 0x17, "0003", 0x21), (p384_card, 0x18, "0001", 0)]
)
def test_card_data(make: Callable[[], Chip], version: int, os: str, pkcs1: int) -> None:
    chip = make()
    answer = chip.exchange(bytes.fromhex("80E400001C"))
    data = answer[:-2]
    assert (len(data), answer[-2:].hex()) == (28, "9000")
    assert (data[21], data[22:24].hex(), data[25], data[27]) == (version, os, pkcs1, 0x0F)
    assert data[:16] == tlv.parse(chip.files[IDENTITY]).values[2] == chip.files[TOKEN_INFO][7:23]


def test_the_files_of_a_1_7_card() -> None:
    files = rsa_card().files
    fields = tlv.parse(files[IDENTITY]).values
    assert list(fields) == sorted(fields) == list(range(1, 0x12))
    assert (len(files[IDENTITY_SIGNATURE]), len(files[ADDRESS_SIGNATURE])) == (256, 256)
    assert len(files[ADDRESS]) == 117
    assert fields[0x11] == sha256(files[PHOTO]).digest()
    for path in (ROOT, RRN):
        assert len(files[path]) == 4 + int.from_bytes(files[path][2:4])
    assert BASIC_KEY not in files


def test_the_files_of_a_1_8_card() -> None:
    files = p384_card().files
    fields = tlv.parse(files[IDENTITY]).values
    assert list(fields) == [*range(1, 0x12), 0x1A]
    assert fields[0x11] == sha384(files[PHOTO]).digest()
    assert fields[0x1A] == sha384(files[BASIC_KEY]).digest()
    assert files[BASIC_KEY].hex().startswith("3076301006072a8648ce3d020106052b8104002203620004")
    assert len(files[BASIC_KEY]) == 120
    for path in (IDENTITY_SIGNATURE, ADDRESS_SIGNATURE):
        assert len(files[path]) == 256
        assert files[path][0] == 0x30
        assert not files[path][2 + files[path][1] :].strip(b"\0")
    for path in (ROOT, RRN):
        assert files[path][4 + int.from_bytes(files[path][2:4]) :] == bytes(1100)


def test_the_directory_and_the_token() -> None:
    files = p384_card().files
    assert files[DIRECTORY_FILE].hex() == ("611c4f0ca000000177504b43532d3135500642454c50494351043f00df00")
    assert files[TOKEN_INFO][:7].hex() == "30270201000410"
    assert files[TOKEN_INFO][-4:].hex() == "00040040"


def test_the_photo_is_a_grey_jpeg_of_the_right_size() -> None:
    for chip, width, height in ((rsa_card(), 140, 200), (p384_card(), 150, 195)):
        photo = chip.files[PHOTO]
        assert (photo[:2], photo[-2:]) == (b"\xff\xd8", b"\xff\xd9")
        frame = photo.index(b"\xff\xc0")
        assert photo[frame + 4 : frame + 10] == (b"\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x01")


def test_the_chip_of_a_1_8_card_proves_itself() -> None:
    chip = p384_card()
    digest = sha384(b"fresh").digest()
    challenge = bytes.fromhex("00880281329430") + digest
    assert chip.exchange(challenge).hex() == "6160"
    assert say(chip, "00C0000000") == "6c60"
    first = chip.exchange(bytes.fromhex("00C0000030"))
    assert (len(first), first[-2:].hex()) == (50, "6130")
    second = chip.exchange(bytes.fromhex("00C0000030"))
    assert second[-2:].hex() == "9000"
    answer = first[:-2] + second[:-2]
    key = load_der_public_key(chip.files[BASIC_KEY])
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signature = encode_dss_signature(int.from_bytes(answer[:48]), int.from_bytes(answer[48:]))
    key.verify(signature, digest, ec.ECDSA(Prehashed(SHA384())))
    assert chip.exchange(challenge[:-1]).hex() == "6a80"
    assert rsa_card().exchange(challenge).hex() == "6d00"


def test_another_command_drops_what_waits() -> None:
    chip = p384_card()
    chip.exchange(bytes.fromhex("00880281329430") + bytes(48))
    assert say(chip, "00A4080C023F00") == "9000"
    assert say(chip, "00C0000060") == "6985"


def test_the_people_are_specimens() -> None:
    assert {person.name for person in PEOPLE} == {"SPECIMEN"}
    assert {person.language for person in PEOPLE} == {"fr", "nl", "de"}
    assert len({person.card_number for person in PEOPLE}) == len(PEOPLE)
    for person in PEOPLE:
        if person.card_number.isdigit() and person.document_type == "01":
            assert int(person.card_number[:10]) % 97 == int(person.card_number[10:])
