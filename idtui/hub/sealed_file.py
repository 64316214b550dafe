"""Batches that came on a stick: taken in like those that come by the line, answered batch by batch."""

import msgspec

from idtui.hub.intake import Intake, WholeRefused
from idtui.sync.sealed_file import Answer, Answers, Carried


def take_in(intake: Intake, carried: Carried) -> Answers:
    """Store what is good and return what is to be said to each entry.

    A batch that is refused as a whole has no answer: its entries go on waiting at the desk.
    """
    answers = []
    for batch in carried.batches:
        try:
            answers.append(Answer(batch.ids, msgspec.Raw(intake.take(bytes(batch.bundle)).answer)))
        except WholeRefused:
            continue
    return Answers(tuple(answers))
