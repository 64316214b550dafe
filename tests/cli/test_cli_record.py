from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cli_calls import PASSPHRASE, Idtui

from idtui.bootstrap.here import CLOCK
from idtui.store.desk_store import open_store

Store = tuple[str, ...]

CLAIM: dict[str, object] = {
    "niss": "85.07.30-033.28",
    "episode": {"kind": "ambulatory"},
    "means": "none",
    "entry": "manual",
    "reason": "pre.no_document_identity_verified",
    "care_at": "2026-03-02T10:00:00+01:00",
    "verified_at": "2026-03-02T10:01:00+01:00",
}


def line(**changes: object) -> bytes:
    claim = {name: value for name, value in (CLAIM | changes).items() if value is not None}
    return msgspec.json.encode(claim) + b"\n"


def test_a_claim_is_recorded_and_read_back(idtui: Idtui, store: Store) -> None:
    ran = idtui("record", *store, "--desk", "D1", "--operator", "Peeters", stdin=line())
    assert ran.code == 0
    (entry,) = ran.lines
    assert entry["kind"] == "verification"
    assert entry["niss"] == "85073003328"
    assert (entry["desk"], entry["operator"], entry["operator_proven"]) == ("D1", "Peeters", False)
    assert entry["care_at"] == "2026-03-02T10:00:00+01:00"
    listed = idtui("list", *store, "--json").lines
    assert [{**entry, "state": "waiting"}] == listed
    assert "85.07.30-033.28" in idtui("list", *store).out


def test_moments_default_to_now(idtui: Idtui, store: Store) -> None:
    (entry,) = idtui("record", *store, stdin=line(care_at=None, verified_at=None)).lines
    moment = datetime.fromisoformat(str(entry["verified_at"]))
    assert moment.utcoffset() is not None
    assert abs(datetime.now().astimezone() - moment) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"niss": "85073003329"}, (12, "claim.niss", "R-32")),
        ({"niss": "8507300332812"}, (12, "claim.niss", "R-32")),
        ({"reason": None}, (12, "claim.reason_missing", "C-4")),
        ({"reason": "post.no_document"}, (12, "claim.reason_moment", "C-5")),
        ({"reason": "pre.no_connection"}, (12, "claim.not_together", "R-42")),
        ({"means": "eid"}, (12, "claim.not_together", "R-43")),
        ({"means": "eid", "entry": "chip", "reason": None}, (12, "claim.not_typed", "R-20")),
        ({"verified_at": "2999-01-01T00:00:00+01:00"}, (12, "claim.future", "C-6")),
        ({"care_at": "2999-01-01T00:00:00+01:00"}, (12, "claim.future", "C-6")),
        (
            {"how_verified": "companion", "means": "eid", "reason": "pre.no_connection"},
            (12, "claim.how_not_asked", "R-43"),
        ),
        (
            {
                "entry": "manual_afterwards",
                "reason": "post.no_document",
                "verified_at": "2020-03-02T10:00:00+01:00",
            },
            (12, "claim.not_afterwards", "R-44"),
        ),
        (
            {"episode": {"kind": "hospitalisation", "admitted_at": "2026-03-03T10:01:01+01:00"}},
            (12, "change.read_too_early", "C-6"),
        ),
        ({"episode": {"visit": "a\x1b[31mb"}}, (2, "claim.bad_field", None)),
        ({"episode": {"billing_period": "2026-13"}}, (2, "claim.bad_field", None)),
        ({"coverage": {"ct1": "1" * 500}}, (2, "claim.bad_field", None)),
        ({"birth_date": {"year": 99999, "month": 77, "day": -4}}, (2, "claim.bad_field", None)),
        ({"operator": "  "}, (2, "claim.bad_field", None)),
        ({"care_at": "2026-03-02T10:00:00"}, (2, "claim.no_offset", None)),
        ({"kind": "receipt"}, (2, "claim.kind", None)),
        ({"colour": "blue"}, (2, "claim.unknown_field", None)),
        ({"episode": {"kind": "ambulatory", "colour": "blue"}}, (2, "claim.unknown_field", None)),
        ({"means": "passport"}, (2, "claim.unreadable", None)),
        ({"niss": 85073003328}, (2, "claim.unreadable", None)),
        ({"niss": None}, (2, "claim.unreadable", None)),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    idtui: Idtui, store: Store, changes: dict[str, object], refusal: tuple[int, str, str | None]
) -> None:
    ran = idtui("record", *store, stdin=line(**changes))
    (answer,) = ran.lines
    assert (ran.code, answer["error"], answer.get("rule")) == refusal
    assert answer["exit"] == ran.code
    assert idtui("list", *store, "--json").out == ""


@pytest.mark.parametrize(
    "junk", [b"rubbish", b"[1]", b"\xff\xfe", b'"x"', b"{" * 5000, b"{}" + b" " * 70_000 + b"x"]
)
def test_rubbish_gets_one_answer_and_the_good_lines_around_it_are_kept(
    idtui: Idtui, store: Store, junk: bytes
) -> None:
    ran = idtui("record", *store, stdin=line() + b"\n" + junk + b"\n\n" + line(niss="17073003384"))
    assert ran.code == 2
    assert ["error" in answer for answer in ran.lines] == [False, True, False]
    assert ran.lines[1]["line"] == 3
    assert len(idtui("list", *store, "--json").lines) == 2


def test_the_exit_code_is_that_of_the_first_refusal(idtui: Idtui, store: Store) -> None:
    assert idtui("record", *store, stdin=line(niss="1") + b"rubbish\n").code == 12
    assert idtui("record", *store, stdin=b"rubbish\n" + line(niss="1")).code == 2


def test_the_words_of_a_refusal_hold_no_patient_data(idtui: Idtui, store: Store) -> None:
    ran = idtui("record", *store, stdin=line(niss="85073003329", name="GEHEIM") + line(sex="GEHEIM"))
    assert "GEHEIM" not in ran.out + ran.err
    assert "85073003329" not in ran.out + ran.err


def test_a_held_store_names_its_holder(idtui: Idtui, store: Store) -> None:
    holder = open_store(Path(store[1]), desk="Other desk", clock=CLOCK, passphrase=PASSPHRASE)
    try:
        ran = idtui("record", *store, stdin=line())
    finally:
        holder.close()
    assert ran.code == 9
    assert "Other desk" in ran.err
    assert ran.out == ""


def test_every_start_says_what_is_not_proven_yet(idtui: Idtui, store: Store) -> None:
    ran = idtui("record", *store, "--operator", "Peeters", stdin=line())
    assert "Peeters" in ran.err


def test_training_entries_are_marked(idtui: Idtui, store: Store) -> None:
    (entry,) = idtui("record", *store, "--training", stdin=line()).lines
    assert entry["training"] is True
