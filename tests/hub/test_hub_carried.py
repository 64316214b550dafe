"""What came on a stick is taken only as the desk that signed it."""

import json
from collections.abc import Callable

import msgspec
import pytest

from idtui.domain.entries import Verification
from idtui.domain.errors import NotUnderstood
from idtui.hub.database import Database
from idtui.hub.desks import Desks, Enrolment, State
from idtui.hub.intake import Intake
from idtui.hub.sealed_file import carrier, take_in
from idtui.seal.recovery import new_pair
from idtui.sync.desk_key import DeskKey
from idtui.sync.sealed_file import PROOF, Carried, batches_of, fingerprint, opened, sealed

Make = Callable[..., Verification]


def enrolled(database: Database, name: str, state: State = State.APPROVED) -> DeskKey:
    key = DeskKey.new()
    asked = {"site": "71000000", "desk": name, "key": key.public}
    Desks(database).enrol(msgspec.convert(asked, Enrolment))
    if state is not State.WAITING:
        Desks(database).decide(key.id, state, "it-1")
    return key


def carried(*entries: Verification) -> Carried:
    return Carried("71000000", "desk-1", "", bytes(32), batches_of(entries))


def through_a_file(what: Carried, key: DeskKey | None) -> Carried:
    private, public = new_pair()
    return opened(sealed(what, public, key), private)


def why(database: Database, what: Carried) -> str:
    with pytest.raises(NotUnderstood) as refused:
        carrier(Desks(database), what)
    return refused.value.message.id


def test_a_desk_writes_only_as_itself(database: Database, verification: Make) -> None:
    key = enrolled(database, "desk-1")
    what = through_a_file(carried(verification(1), verification(2, desk="desk-2")), key)
    caller = carrier(Desks(database), what)
    assert (caller.desk_id, caller.desk) == (key.id, "desk-1")
    said = take_in(Intake(database, training=False), what, caller)
    told = json.loads(bytes(said.answers[0].bundle))["entry"]
    assert [one["response"]["status"][:3] for one in told] == ["201", "403"]


def test_what_is_unsigned_changed_of_a_stranger_or_of_a_revoked_desk_is_refused(
    database: Database, verification: Make
) -> None:
    key = enrolled(database, "desk-1")
    good = through_a_file(carried(verification(1)), key)
    changed = msgspec.structs.replace(good, batches=batches_of([verification(2)]))
    other_use = msgspec.structs.replace(good, proof=key.signed("at+jwt", fingerprint(good)))
    named_only = DeskKey.new().signed(PROOF, fingerprint(good)).split(".")
    borrowed = msgspec.structs.replace(good, proof=".".join([good.proof.split(".")[0], *named_only[1:]]))
    assert carrier(Desks(database), good).desk_id == key.id
    assert why(database, through_a_file(carried(verification(1)), None)) == "carried.unsigned"
    assert why(database, changed) == "carried.not_its_signature"
    assert why(database, other_use) == "carried.not_its_signature"
    assert why(database, borrowed) == "carried.not_its_signature"
    assert why(database, msgspec.structs.replace(good, proof="x.y.z")) == "carried.not_its_signature"
    assert why(database, through_a_file(carried(verification(1)), DeskKey.new())) == "carried.desk_unknown"
    waiting = enrolled(database, "desk-3", State.WAITING)
    assert why(database, through_a_file(carried(verification(1)), waiting)) == "carried.desk_not_approved"
    Desks(database).decide(key.id, State.REVOKED, "it-1")
    assert why(database, good) == "carried.desk_not_approved"
