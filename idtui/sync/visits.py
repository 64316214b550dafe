"""The visits of a day, asked of the hub."""

from datetime import date

import msgspec

from idtui.domain import niss
from idtui.domain.episode import VISIT
from idtui.domain.text import clean
from idtui.domain.visit import Visit
from idtui.sync.asking import ANSWER_SECONDS, NoAnswer, ask
from idtui.sync.session import Road

_TEXTS = ("name", "given_names", "service")


class _Answer(msgspec.Struct):
    visits: tuple[Visit, ...]


def fetch(road: Road, day: date, *, seconds: float = ANSWER_SECONDS) -> tuple[Visit, ...]:
    """Return what the hub knows of that day; raises what `ask` raises."""
    query = {"day": day.isoformat()}
    body = ask(road, "/desk/visits", query=query, seconds=seconds)
    try:
        told = msgspec.json.decode(body, type=_Answer).visits
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NoAnswer("JSON?") from None
    return tuple(_cleaned(visit) for visit in told if VISIT.fullmatch(visit.number))


def _cleaned(visit: Visit) -> Visit:
    """Return a visit whose texts may be shown and recorded: a hub is a server like any other."""
    texts = {name: clean(text) for name in _TEXTS if (text := getattr(visit, name)) is not None}
    known = niss.parse(visit.niss or "")
    return msgspec.structs.replace(visit, niss=known.digits if known else None, **texts)
