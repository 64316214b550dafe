"""`idtui correct` and `idtui withdraw`, and how `idtui list` shows what they did."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cli_calls import PASSPHRASE, Idtui

from idtui.bootstrap.here import CLOCK
from idtui.cli.exits import Exit
from idtui.domain.entries import Evidence, Pending
from idtui.domain.episode import Episode, EpisodeKind
from idtui.store.desk_store import open_store

Store = tuple[str, ...]


CLAIM = msgspec.json.encode(
    {
        "niss": "85073003328",
        "means": "none",
        "entry": "manual",
        "reason": "pre.no_document_identity_verified",
        "care_at": "2026-03-02T10:00:00+01:00",
        "verified_at": "2026-03-02T10:01:00+01:00",
    }
)


def recorded(idtui: Idtui, store: Store) -> str:
    return str(idtui("record", *store, stdin=CLAIM).lines[0]["id"])


def states(idtui: Idtui, store: Store) -> list[tuple[object, object]]:
    return [(entry["kind"], entry["state"]) for entry in idtui("list", *store, "--json").lines]


def test_an_entry_is_withdrawn_once(idtui: Idtui, store: Store) -> None:
    entry_id = recorded(idtui, store)
    (withdrawal,) = idtui("withdraw", *store, entry_id, "--why", "wrong_patient", "--json").lines
    assert (withdrawal["withdraws"], withdrawal["why"]) == (entry_id, "wrong_patient")
    assert states(idtui, store) == [("verification", "withdrawn"), ("withdrawal", "waiting")]
    assert idtui("withdraw", *store, entry_id, "--why", "other").code == 2
    assert idtui("correct", *store, entry_id, "--visit", "V1").code == 2
    assert len(states(idtui, store)) == 2


def test_an_entry_is_corrected(idtui: Idtui, store: Store) -> None:
    entry_id = recorded(idtui, store)
    ran = idtui(
        "correct", *store, entry_id, "--kind", "hospitalisation",
        "--admitted-at", "2026-03-02T04:10:00+01:00", "--visit", "V0093121", "--json",
    )  # fmt: skip  # one command line
    (new,) = ran.lines
    assert ran.code == 0
    assert new["episode"] == {
        "kind": "hospitalisation",
        "admitted_at": "2026-03-02T04:10:00+01:00",
        "visit": "V0093121",
        "series": None,
        "billing_period": None,
    }
    assert [state for _, state in states(idtui, store)] == ["corrected", "waiting", "waiting"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 2),
        (("--care-at", "2999-01-01T00:00:00+01:00"), 12),
        (("--care-at", "2026-03-02T10:00:00"), 2),
        (("--reason", "pre.no_connection"), 12),
        (("--reason", "no such reason"), 2),
        (("--send-again",), 2),
        (("--visit", "\x1b[2J"), 2),
    ],
)
def test_what_cannot_be_corrected_keeps_nothing(
    idtui: Idtui, store: Store, options: tuple[str, ...], code: int
) -> None:
    entry_id = recorded(idtui, store)
    ran = idtui("correct", *store, entry_id, *options)
    assert ran.code == code
    assert ran.err
    assert len(states(idtui, store)) == 1


def test_an_unknown_entry_and_a_missing_store(idtui: Idtui, store: Store) -> None:
    assert idtui("withdraw", *store, "none", "--why", "other").code == 5
    recorded(idtui, store)
    assert idtui("withdraw", *store, "none", "--why", "other").code == 2


@pytest.mark.parametrize("command", ["correct", "withdraw"])
def test_help_has_examples(idtui: Idtui, command: str) -> None:
    ran = idtui(command, "--help")
    assert ran.code == 0
    assert f"idtui {command} ID" in ran.out


def test_what_is_still_due_is_listed_with_who_and_when(idtui: Idtui, store: Store, tmp_path: Path) -> None:
    admitted = CLOCK.now() - timedelta(hours=30)
    pending = Pending(
        id="01a202e7-684e-71c1-831f-324d0b6dc79a",
        sequence=1,
        site="",
        desk="D",
        operator="O",
        recorded_at=admitted,
        care_at=admitted,
        episode=Episode(kind=EpisodeKind.HOSPITALISATION, admitted_at=admitted),
        alias="unknown, bed 4",
        evidence=Evidence(),
    )
    journal = open_store(tmp_path / "store", desk="D", clock=CLOCK, passphrase=PASSPHRASE)
    journal.append(pending)
    journal.close()
    (told,) = idtui("list", *store, "--pending").out.splitlines()
    assert "unknown, bed 4" in told
    assert "after 24 h" in told
    lines = idtui("list", *store, "--pending", "--handover").out.splitlines()
    assert any("unknown, bed 4" in line for line in lines)
    assert pending.id not in "".join(lines)
    alone = idtui("list", *store, "--handover")
    assert (alone.code, alone.out) == (Exit.USAGE, "")
    assert idtui("withdraw", *store, pending.id, "--why", "no_care").code == 0
    assert not idtui("list", *store, "--pending").out
