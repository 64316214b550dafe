"""What doctor says of the way to a card, and of the roots: on a scripted service and sockets of our own."""

import hashlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import smartcard.scard
from pcsc_service import READER, FakeService

from idtui.desk.checks import Check, CheckState
from idtui.devices import checks
from idtui.devices.eid.roots import PINNED
from idtui.domain.text import Message, say
from idtui.training.authority import Applet, TrainingAuthority

Examine = Callable[..., list[Check]]

OK, WARNING, BAD = CheckState.OK, CheckState.WARNING, CheckState.BAD


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeService]:
    service = FakeService()
    monkeypatch.setattr(checks, "load", service.module)
    yield service
    service.move()


@pytest.fixture
def listening() -> Iterator[Path]:
    """A socket like that of the service, on a path short enough for one."""
    folder = Path(tempfile.mkdtemp(prefix="idtui-"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "comm"))
        yield folder / "comm"
    shutil.rmtree(folder)


@pytest.fixture
def examine(service: FakeService, listening: Path, tmp_path: Path) -> Examine:
    def run(
        only: str = "", *, seconds: float = 30.0, path: Path = listening, **environment: str
    ) -> list[Check]:
        surroundings = {"PATH": str(tmp_path), **environment}
        found = checks.reader_checks(only, surroundings, socket=path, policies=tmp_path, seconds=seconds)
        return [check for check in found if check.id != "reader.pcscd"]

    return run


def the(found: list[Check], name: str) -> Check:
    (check,) = (check for check in found if check.id == f"reader.{name}")
    return check


def test_a_healthy_reader_without_and_with_a_card(service: FakeService, examine: Examine) -> None:
    found = examine()
    assert {check.state for check in found} == {OK}
    assert the(found, "readers").finding == say("doctor.reader.reader", name=READER)
    assert the(found, "card").finding == say("doctor.reader.no_card", name=READER)
    service.insert()
    assert the(examine(), "card").finding == say("doctor.reader.card", name=READER)


@pytest.mark.parametrize("call", ["SCardEstablishContext", "SCardListReaders"])
@pytest.mark.parametrize(
    ("code", "finding", "fix"),
    [
        (0x8010001D, say("doctor.reader.no_service"), "doctor.reader.no_service.fix"),
        (0x8010001E, say("doctor.reader.mismatch"), "doctor.reader.mismatch.fix"),
        (0x8010006A, say("doctor.reader.refused"), "doctor.reader.polkit.fix"),
        (0x80100027, say("doctor.reader.refused"), "doctor.reader.polkit.fix"),
        (0x80100001, say("doctor.reader.service_fails", code="80100001"), "doctor.reader.service_hangs.fix"),
    ],
)
def test_each_code_of_the_service_has_its_finding_and_fix(
    service: FakeService, examine: Examine, *, call: str, code: int, finding: Message, fix: str
) -> None:
    for told in (code, code - 2**32):  # some builds hand it over as a negative number
        service.codes[call].append(told)
        check = examine()[-1]
        assert (check.id, check.state, check.finding) == ("reader.service", BAD, finding)
        assert check.fix == say(fix)


def test_a_service_that_never_answers_is_given_up(service: FakeService, examine: Examine) -> None:
    service.hang_at("SCardEstablishContext")
    begun = time.monotonic()
    found = examine(seconds=0.05)
    assert time.monotonic() - begun < 4.0, "the fake service hangs for five"
    assert (found[-1].id, found[-1].finding.id) == ("reader.service", "doctor.reader.service_hangs")


def test_the_library_is_named_when_it_is_missing(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "load", lambda: None)
    (check,) = examine()
    assert (check.id, check.state) == ("reader.pcsc_library", BAD)
    assert check.finding == say("doctor.reader.no_library", library="libpcsclite.so.1")


def test_a_socket_that_is_not_there_or_none_ends_the_look(examine: Examine, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    for path in (tmp_path / "nobody", plain):
        found = examine(path=path)
        assert (found[-1].id, found[-1].state) == ("reader.socket", BAD)
        assert found[-1].finding == say("doctor.reader.no_socket", path=str(path))
        assert found[-1].fix == say("doctor.reader.no_service.fix")


def test_a_forwarded_socket_that_is_gone_has_another_fix(examine: Examine, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    found = examine(PCSCLITE_CSOCK_NAME=gone)
    assert the(found, "forwarded").finding == say("doctor.reader.forwarded", path=gone)
    assert the(found, "socket").fix == say("doctor.reader.forwarding.fix", path=gone)


def test_a_path_too_long_for_a_socket_is_named(examine: Examine) -> None:
    for length, expected in ((107, "doctor.reader.no_socket"), (108, "doctor.reader.socket_long")):
        found = examine(PCSCLITE_CSOCK_NAME="/" + "x" * (length - 1))
        assert the(found, "socket").finding.id == expected


def test_a_socket_this_user_may_not_use_is_named(
    examine: Examine, listening: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: path != listening)
    assert the(examine(), "socket").finding == say("doctor.reader.socket_refused", path=str(listening))


def test_a_forwarded_socket_open_to_all_is_warned_of(examine: Examine, listening: Path) -> None:
    forwarded = {"PCSCLITE_CSOCK_NAME": str(listening)}
    listening.chmod(0o600)
    assert the(examine(**forwarded), "socket").state is OK
    listening.chmod(0o666)
    assert the(examine(**forwarded), "socket").state is WARNING
    assert the(examine(), "socket").state is OK, "as a service of this machine is installed"


def test_polkit_is_warned_of_in_a_session_from_afar(
    examine: Examine, listening: Path, tmp_path: Path
) -> None:
    remote = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
    assert "reader.polkit" not in [check.id for check in examine(**remote)]
    (tmp_path / "org.debian.pcsc-lite.policy").touch()
    assert the(examine(), "polkit").state is OK
    assert the(examine(**remote), "polkit").state is WARNING
    forwarded = examine(PCSCLITE_CSOCK_NAME=str(listening), **remote)
    assert "reader.polkit" not in [check.id for check in forwarded], "the other machine's polkit decides"


@pytest.mark.parametrize("readers", [(), ("Windows Hello Face 1",)])
def test_no_reader_is_told(service: FakeService, examine: Examine, readers: tuple[str, ...]) -> None:
    service.set_readers(*readers)
    found = examine()
    assert the(found, "service").state is OK
    assert (the(found, "readers").state, found[-1].finding) == (BAD, say("doctor.reader.none"))


def test_a_reader_other_than_the_configured_one_does_not_do(examine: Examine) -> None:
    check = the(examine("ACR39"), "readers")
    assert check.state is BAD
    assert check.finding == say("doctor.reader.none_wanted", wanted="ACR39", names=READER)
    assert the(examine("specimen reader"), "readers").state is OK, "case is ignored"


def test_a_chip_that_does_not_answer_is_warned_of(
    service: FakeService, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = smartcard.scard.SCARD_STATE_PRESENT | smartcard.scard.SCARD_STATE_MUTE
    monkeypatch.setattr(service, "_state", lambda _name: mute)
    check = the(examine(), "card")
    assert (check.state, check.finding) == (WARNING, say("doctor.reader.mute", name=READER))


def test_a_hostile_reader_name_is_cleaned(service: FakeService, examine: Examine) -> None:
    service.set_readers("SPECIMEN\x1b]0;x\x07")
    assert "\x1b" not in str([check.finding.parameters for check in examine()])


@pytest.mark.skipif(shutil.which("pcscd", path="/usr/sbin") is None, reason="pcscd is not installed")
def test_the_version_of_the_daemon_is_told() -> None:
    (check,) = checks._daemon_version({"PATH": ""})
    told = str(check.finding.parameters["version"])
    assert told.replace(".", "").isdigit()
    assert "." in told


def test_the_table_of_roots_shows_each_pinned_root_and_how_well_its_rule_is_known() -> None:
    found = list(checks.trust_checks(()))
    assert {check.state for check in found} == {OK}
    shown = [(check.finding.parameters["name"], check.finding.parameters["fingerprint"]) for check in found]
    assert shown == [(root.name, root.certificate_sha256[:16]) for root in PINNED]
    certain = [check.finding.parameters["certainty"] for check in found]
    assert certain == [say(f"doctor.trust.certainty.{root.leaf.certainty}") for root in PINNED]
    assert len(set(certain)) == 3


def test_a_configured_root_is_marked_loudly_and_a_wrong_file_named(tmp_path: Path) -> None:
    root = TrainingAuthority().signers(Applet.V1_8).root
    good, wrong, missing = tmp_path / "good.der", tmp_path / "wrong.der", tmp_path / "missing.der"
    good.write_bytes(root.der)
    wrong.write_bytes(b"no certificate")
    *_, extra, rubbish, absent = checks.trust_checks((good, wrong, missing))
    assert extra.state is WARNING
    assert extra.finding == say(
        "doctor.trust.extra", file=str(good), fingerprint=hashlib.sha256(root.der).hexdigest()[:16]
    )
    for check, file in ((rubbish, wrong), (absent, missing)):
        assert (check.state, check.finding) == (BAD, say("doctor.trust.unreadable", file=str(file)))
