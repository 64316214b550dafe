"""Batches that came on a stick: taken in like those that come by the line, answered batch by batch."""

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from idtui.domain.errors import NotUnderstood
from idtui.domain.text import clean, say
from idtui.hub.desks import Desks, State
from idtui.hub.intake import Intake, WholeRefused
from idtui.hub.tokens import Caller
from idtui.sync.sealed_file import PROOF, Answer, Answers, Carried, fingerprint


def carrier(desks: Desks, carried: Carried) -> Caller:
    """Return the desk that signed what it carries; raises `NotUnderstood` unless an approved desk did."""
    if not carried.proof:
        raise NotUnderstood(say("carried.unsigned"))
    try:
        desk = desks.find(str(jws.extract_compact(carried.proof.encode()).headers().get("kid", "")))
        if desk is None:
            raise NotUnderstood(say("carried.desk_unknown", desk=clean(carried.desk)))
        key = ECKey.import_key(msgspec.json.decode(desk.key))
        proven = jws.deserialize_compact(carried.proof, key, algorithms=["ES256"])
    except (JoseError, ValueError):
        raise NotUnderstood(say("carried.not_its_signature")) from None
    if (proven.headers().get("typ"), proven.payload) != (PROOF, fingerprint(carried)):
        raise NotUnderstood(say("carried.not_its_signature"))
    if desk.state is not State.APPROVED:
        raise NotUnderstood(say("carried.desk_not_approved", desk=clean(desk.desk), code=desk.code))
    return Caller(desk.id, desk.site, desk.desk)


def take_in(intake: Intake, carried: Carried, caller: Caller | None) -> Answers:
    """Store what is good, of the `caller` alone where one signed, and return what is said to each entry.

    A batch that is refused as a whole has no answer: its entries go on waiting at the desk.
    """
    answers = []
    for batch in carried.batches:
        try:
            answers.append(Answer(batch.ids, msgspec.Raw(intake.take(bytes(batch.bundle), caller).answer)))
        except WholeRefused:
            continue
    return Answers(tuple(answers))
