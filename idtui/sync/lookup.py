"""What the hub knows beyond this desk: entries of others, pendings of the hospital, the hospital's quota."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from idtui.desk.events import FirstReadingTold, FirstReadingUnknown, LookupFailed, ReadElsewhere
from idtui.desk.ports import Post
from idtui.domain.elsewhere import Elsewhere, FirstReading, Question
from idtui.domain.errors import IdtuiError
from idtui.domain.quota import Tally
from idtui.domain.rules import CARDS
from idtui.domain.text import clean
from idtui.sync import codes
from idtui.sync.asking import ANSWER_SECONDS, NoAnswer, ask
from idtui.sync.session import Road

_KINDS = {codes.IDENTITY_VERIFICATION: "verification"}
"""Codes of an Observation that are not the word of the entry's kind."""

_Said = TypeVar("_Said")


class _Worklist(msgspec.Struct):
    pendings: tuple[Elsewhere, ...]


class _Quota(msgspec.Struct):
    year: int
    tallies: tuple[Tally, ...]


class _First(msgspec.Struct):
    reading: FirstReading | None


class _Entry(msgspec.Struct):
    resource: dict[str, Any]


class _Bundle(msgspec.Struct):
    type: str
    entry: tuple[_Entry, ...] = ()


def read_elsewhere(
    road: Road, question: Question, *, seconds: float = ANSWER_SECONDS
) -> tuple[Elsewhere, ...]:
    """Return what stands on the hub of that person or visit, newest first.

    The numbers go in the body of a POST, never in a URL. Raises `NoAnswer`, `HubAddressRefused`, ValueError
    for a question about nobody.
    """
    form: dict[str, str] = {}
    if question.niss:
        form["subject:identifier"] = f"{codes.SSIN}|{question.niss}"
    if question.visit:
        form["encounter:identifier"] = f"{codes.VISIT}|{question.visit}"
    if not form:
        raise ValueError("a question about nobody")
    if question.since:
        form["date"] = f"ge{question.since}"
    body = ask(road, "/fhir/Observation/_search", form=form, seconds=seconds)
    bundle = _said(body, _Bundle)
    if bundle.type != "searchset":
        raise NoAnswer("Bundle?")
    try:
        return tuple(_elsewhere(entry.resource) for entry in bundle.entry)
    except (LookupError, TypeError, AttributeError):
        raise NoAnswer("Observation?") from None


def worklist(road: Road, *, seconds: float = ANSWER_SECONDS) -> tuple[Elsewhere, ...]:
    """Return the pendings of the hospital that nothing has completed; raises as `read_elsewhere`."""
    body = ask(road, "/desk/worklist", seconds=seconds)
    return tuple(_cleaned(one) for one in _said(body, _Worklist).pendings)


def tallies(road: Road, year: int, *, seconds: float = ANSWER_SECONDS) -> tuple[Tally, ...]:
    """Return the hospital's verifications of a year, counted; raises as `read_elsewhere`."""
    query = {"year": f"{year:04}"}
    body = ask(road, "/desk/quota", query=query, seconds=seconds)
    said = _said(body, _Quota).tallies
    return tuple(msgspec.structs.replace(one, desk=clean(one.desk)) for one in said)


def first_reading(road: Road, niss: str, *, seconds: float = ANSWER_SECONDS) -> FirstReading | None:
    """Return the first reading of a person's document that stands on the hub; raises as `read_elsewhere`.

    A reading of anything but a card with a chip is none (R-49).
    """
    form = {"subject:identifier": f"{codes.SSIN}|{niss}"}
    said = _said(ask(road, "/desk/first-reading", form=form, seconds=seconds), _First).reading
    if said is not None and said.means not in CARDS:
        raise NoAnswer("means?")
    return said and msgspec.structs.replace(said, desk=clean(said.desk))


class HubLookup:
    """Asks the hub in threads of its own, so that no desk waits; answers go to `post`, late ones too."""

    def __init__(self, road: Road, post: Post, *, seconds: float = ANSWER_SECONDS) -> None:
        self._road = road
        self._post = post
        self._seconds = seconds

    def ask(self, question: Question) -> threading.Thread:
        """Ask what other desks recorded; one `ReadElsewhere` or `LookupFailed` is posted."""
        # Daemon: a hub that does not answer never keeps a desk from ending.
        asking = threading.Thread(target=self._answer, args=(question,), name="lookup", daemon=True)
        asking.start()
        return asking

    def ask_first_reading(self, niss: str) -> threading.Thread:
        """Ask whether a document of this person was ever read; one event is posted."""
        asking = threading.Thread(target=self._first, args=(niss,), name="first-reading", daemon=True)
        asking.start()
        return asking

    def _first(self, niss: str) -> None:
        try:
            found = first_reading(self._road, niss, seconds=self._seconds)
        except (NoAnswer, IdtuiError):
            self._post(FirstReadingUnknown(niss))
        else:
            self._post(FirstReadingTold(niss, found))

    def _answer(self, question: Question) -> None:
        try:
            found = read_elsewhere(self._road, question, seconds=self._seconds)
        except (NoAnswer, IdtuiError) as error:
            self._post(LookupFailed(question, clean(str(error))))
        else:
            self._post(ReadElsewhere(question, found))


def _said(body: bytes, shape: type[_Said]) -> _Said:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NoAnswer("JSON?") from None


def _elsewhere(resource: Mapping[str, Any]) -> Elsewhere:
    """Return what an Observation says, in the words of our entries; raises LookupError and the like."""
    components = dict(_components(resource.get("component", ())))
    subject, encounter = _identifier(resource.get("subject")), _identifier(resource.get("encounter"))
    about = [*resource.get("focus", ()), *resource.get("derivedFrom", ())]
    code = _code(resource["code"])
    found = Elsewhere(
        id=resource["identifier"][0]["value"],
        kind=_KINDS.get(code, code),
        desk=_identifier(resource["device"])["value"],
        operator=_identifier(resource["performer"][0])["value"],
        care_at=resource["effectiveDateTime"],
        verified_at=resource["issued"],
        niss=subject.get("value") if subject.get("system") == codes.SSIN else None,
        name=components.get("name"),
        given_names=components.get("given-names"),
        visit=encounter.get("value"),
        alias=subject.get("value") if subject.get("system") == codes.ALIAS else None,
        episode=components.get("episode"),
        admitted_at=components.get("admitted-at"),
        means=_code(resource["valueCodeableConcept"]) if "valueCodeableConcept" in resource else None,
        entry_type=components.get("entry-type"),
        reason=components.get("reason"),
        target=_identifier(about[0])["value"] if about else None,
    )
    return _cleaned(found)


def _components(components: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for one in components:
        if "valueCodeableConcept" in one:
            yield _code(one["code"]), _code(one["valueCodeableConcept"])
        else:
            yield _code(one["code"]), one.get("valueString") or one.get("valueDateTime") or ""


def _code(concept: Mapping[str, Any]) -> str:
    code: str = concept["coding"][0]["code"]
    return code


def _identifier(reference: Mapping[str, Any] | None) -> Mapping[str, str]:
    identifier: Mapping[str, str] = (reference or {}).get("identifier", {})
    return identifier


def _cleaned(found: Elsewhere) -> Elsewhere:
    """Return it with every text made harmless; raises TypeError for what is no text."""
    texts = {name: getattr(found, name) for name in found.__struct_fields__}
    return Elsewhere(**{name: clean(text) for name, text in texts.items() if text is not None})
