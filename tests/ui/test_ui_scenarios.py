"""Two stretches of work on the real program in training, over a pty: a night at a desk, a round by laptop."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from home_round import ROUND, WRONG_VISIT, Hospital, Laptop
from terminal_session import Terminal

from idtui.hub import feed
from idtui.training.people import GEDEON, GODELIEVE, ISMAIL, ZOE

RECORDED = re.compile(r"[0-9]{2}:[0-9]{2} +(recorded:|registered:|to be completed later:)")
CTRL_Q, CTRL_T = "\x11", "\x14"
TYPED = "85073003328"


@pytest.fixture
def store(tmp_path: Path) -> list[str]:
    (tmp_path / "passphrase").write_text("training\n", encoding="utf-8")
    return [
        "--store",
        str(tmp_path / "store"),
        "--passphrase-file",
        str(tmp_path / "passphrase"),
        "--training",
    ]


@pytest.fixture
def desk(store: list[str], tmp_path: Path) -> Iterator["Shift"]:
    with Shift(store, tmp_path) as shift:
        shift.until_text("reader ready")
        yield shift


class Shift(Terminal):
    """The desk in training, and what happens around it."""

    def __init__(self, store: list[str], folder: Path) -> None:
        self._at = store
        command = [sys.executable, "-m", "idtui", "desk", "--lang", "en", *store]
        super().__init__(command, environment={"XDG_CONFIG_HOME": str(folder), "TZ": "Europe/Brussels"})

    def make(self, letter: str) -> None:
        """Make something happen by the training list."""
        self.send(CTRL_T)
        self.until_text("one hour later")
        self.send(letter)
        self.until(lambda: "one hour later" not in self.text(), "the training list to close")

    def clock(self) -> datetime:
        """Return the moment on the screen."""
        found = re.search(r"([0-9]{2}\.[0-9]{2}\.[0-9]{4} [0-9]{2}:[0-9]{2})", self.text())
        assert found, self.text()
        return datetime.strptime(found[1], "%d.%m.%Y %H:%M")  # noqa: DTZ007  # as the screen says it

    def wait_until(self, hour: int) -> None:
        """Let hours pass until it is that hour."""
        while self.clock().hour != hour:
            self._wait_an_hour()

    def _wait_an_hour(self) -> None:
        before = self.clock()
        self.make(" ")
        self.until(lambda: self.clock() >= before + timedelta(hours=1), "an hour to pass")

    def card(self, letter: str) -> None:
        """Put a card in and have it read."""
        self.make(letter)
        self.until_text("VERIFIED")

    def does(self, keys: str, told: str) -> None:
        """Press keys and wait for what the desk says."""
        self.type(keys)
        self.until_text(told)

    def records(self, keys: str) -> None:
        """Press the last keys of a patient, after which the next may come."""
        self.type(keys)
        self.until(
            lambda: re.search(r"recorded:|registered:|completed later:", self.text()) is not None, keys
        )

    def ends(self) -> None:
        self.send(CTRL_Q)
        assert self.wait() == 0

    def entries(self, *options: str) -> list[dict[str, Any]]:
        """Return what another process sees in the store."""
        command = [sys.executable, "-m", "idtui", "list", "--json", *options, *self._at]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_night(desk: Shift) -> None:
    desk.wait_until(22)
    desk.does("r", "VERIFY LATER")
    desk.records("unknown, bed 4\r")
    desk.card("b")
    desk.records("\r")
    desk.make("r")
    desk.wait_until(0)
    desk.card("b")
    desk.does("c", "NO ")  # yesterday's reading: a new day asks for a new one
    desk.records("\r")
    desk.make("r")
    desk.wait_until(1)
    desk.make("u")
    desk.until_text("no reader")
    desk.does(f"n{TYPED}", "fits what was observed")
    desk.records("l")
    desk.make("u")
    desk.until_text("reader ready")
    desk.wait_until(4)
    desk.does("e", "FOR WHAT CARE?")
    desk.does("h", "hospital stay")
    desk.does("\r", "This patient")
    desk.card("c")
    desk.records("\r")
    desk.make("r")
    today = desk.clock()
    desk.does("f", "NOTHING TO VERIFY")
    desk.does("n", "Born on which day?")
    desk.does(f"{today:%d%m}", "for whom?")
    desk.records("V0093999\r")
    desk.wait_until(6)
    desk.does("l", "unknown, bed 4")
    desk.send("\x1b")
    desk.until_text("MEANS, in order")
    handed_over = subprocess.run(
        [sys.executable, "-m", "idtui", "list", "--pending", "--handover", "--lang", "en", *desk._at],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "unknown, bed 4" in handed_over.stdout
    desk.ends()
    kept = [entry for entry in desk.entries() if entry["kind"] not in ("draft", "receipt")]
    assert [entry["kind"] for entry in kept] == [
        "pending",
        "verification",
        "verification",
        "verification",
        "verification",
        "exemption",
    ]
    evening, morning, by_hand, stay = (entry for entry in kept if entry["kind"] == "verification")
    assert evening["niss"] == morning["niss"] == GEDEON.niss
    assert (by_hand["niss"], by_hand["reason"]) == (TYPED, "pre.reader_unavailable")
    assert by_hand["evidence"]["reader"] == "no_reader"
    assert not by_hand["evidence"].get("contradicted")
    assert (stay["niss"], stay["episode"]["kind"]) == (GODELIEVE.niss, "hospitalisation")
    assert (kept[-1]["rule"], kept[-1]["episode"]["visit"]) == ("R-18", "V0093999")
    assert all(entry["training"] for entry in kept)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_visit_that_was_picked_outlives_the_desk(
    store: list[str], tmp_path: Path, end: signal.Signals
) -> None:
    with Shift(store, tmp_path) as first:
        first.until_text("reader ready")
        first.does("dV0093102\r", "visit V0093102")
        os.kill(first.pid, end)
        assert first.wait() == (-end if end is signal.SIGKILL else 128 + end)
    with Shift(store, tmp_path) as second:
        second.until_text("reader ready")
        second.until_text("visit V0093102, SPECIMEN Zoé-Anaïs Modèle")
        second.records("r")
        second.ends()
        (kept,) = (entry for entry in second.entries() if entry["kind"] != "draft")
    assert (kept["kind"], kept["niss"], kept["episode"]["visit"]) == ("pending", ZOE.niss, "V0093102")
    with Shift(store, tmp_path) as third:
        third.until_text("reader ready")
        third.settle()
        assert "V0093102" not in third.text().partition("MEANS")[0]
        third.ends()


def test_a_round_without_a_network(desk: Shift) -> None:
    """Twenty patients: five with a network, ten without, five again; two of them typed after their care."""
    cards = {"b": GEDEON, "c": GODELIEVE}
    for number in range(1, 21):
        if number == 5:
            desk.make("n")
        if number in (8, 12):
            desk.does(f"n{TYPED}k", "after")
            desk.does("v", f"TO SEND  {number}")
            continue
        desk.card("bc"[number % 2])
        desk.does("\r", f"TO SEND  {number}")
        desk.make("r")
        if number == 15:
            desk.does("o", "TO SEND  15")
            desk.make("n")
    desk.does("o", "TO SEND  0")
    desk.ends()
    kept = [entry for entry in desk.entries() if entry["kind"] == "verification"]
    assert [entry["state"] for entry in kept] == ["received"] * 20
    assert {entry["niss"] for entry in kept} == {TYPED, *(person.niss for person in cards.values())}
    assert [entry["entry"] for entry in kept].count("manual_afterwards") == 2
    assert len({entry["id"] for entry in kept}) == 20
    assert {ISMAIL.niss, ZOE.niss}.isdisjoint(entry["niss"] for entry in kept)


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    hospital = Hospital(tmp_path)
    yield hospital
    hospital.close()


def test_a_round_with_an_entry_the_hospital_refuses(hospital: Hospital, tmp_path: Path) -> None:
    """Twenty patients, no network from the 5th to the 15th, three of them typed after their care; one visit
    typed wrong, which the hub parks, and which is mended at the desk and sent again.
    """
    visits = list(ROUND)
    with Laptop(tmp_path, hospital.url) as laptop:
        laptop.until_text("MEANS, in order")
        laptop.settle()
        for number, visit in enumerate(visits, 1):
            hospital.away = 5 <= number <= 15
            if number in (7, 8, 9):
                continue  # care first
            if number == 11:
                laptop.type(f"d{WRONG_VISIT}\r")
                laptop.until_text(f"visit {WRONG_VISIT}")
            else:
                laptop.opens(visit)
            laptop.reads_sticker(visit)
            if number == 13:
                for earlier in visits[6:9]:
                    laptop.types_afterwards(earlier)
            if number == 4:
                laptop.delivers()
            if number == 15:
                laptop.until_text("TO SEND  11")
                assert hospital.database.status().records == 4
                hospital.away = False
                laptop.delivers()
                laptop.until_text("REFUSED BY THE HUB  1 entry")
                laptop.mends_visit(WRONG_VISIT, visits[10])
                laptop.delivers()
                assert "REFUSED BY THE HUB" not in laptop.text()
        laptop.delivers()
        laptop.send(CTRL_Q)
        assert laptop.wait() == 0
        kept = [entry for entry in laptop.entries() if entry["kind"] == "verification"]
    assert len(hospital.refused) == 1, "refused once and never resent unchanged"
    rows = [row for row in feed.rows(hospital.database.engine, 0) if row["kind"] == "verification"]
    assert sorted((row["visit"], row["niss"]) for row in rows) == sorted(laptop.niss.items())
    assert hospital.database.status().records == 21, "twenty verifications and one correction"
    assert [row["entry_type"] for row in rows].count("manual_afterwards") == 3
    states = [entry["state"] for entry in kept]
    assert (len(kept), states.count("received"), states.count("corrected")) == (21, 20, 1)
