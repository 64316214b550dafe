"""The code and identifier systems of our FHIR resources, and what each component may hold.

Our own systems are OIDs under 2.25, the arc for UUIDs (ITU-T X.667): the number is a UUID drawn once and
never changed. Belgian systems: hl7-be/core, naming systems be-ssin and be-nihdi-organization. HL7 systems:
R4. docs/fhir.md explains them to the receiver.
"""

from dataclasses import dataclass
from enum import StrEnum

from idtui.domain.episode import EpisodeKind, Series
from idtui.domain.reading import CardFailure, Problem, ReaderState, Remark, Sex
from idtui.domain.rules import EntryType, HowVerified, Means, Reason, Why
from idtui.domain.symbology import Symbology

ENTRY_ID = "urn:oid:2.25.13637873649381630722559750464783467228"
DESK = "urn:oid:2.25.220721114447788075331277029340050491268"
OPERATOR = "urn:oid:2.25.51818389899600663346680857679676347011"
ALIAS = "urn:oid:2.25.166033893894861907921506087214567138993"
VISIT = "urn:oid:2.25.146068182649427913144598754940040191563"

SSIN = "https://www.ehealth.fgov.be/standards/fhir/core/NamingSystem/ssin"
ORGANISATION = "https://www.ehealth.fgov.be/standards/fhir/core/NamingSystem/nihdi-organization"

CATEGORY = "urn:oid:2.25.143182171896295084663971359842350969666"
ADMINISTRATIVE_IDENTITY = "administrative-identity"

OBSERVATION = "urn:oid:2.25.176076649251890406060785018054333669985"
IDENTITY_VERIFICATION = "identity-verification"
EXEMPTION = "exemption"
CONSULTATION = "consultation"
PENDING = "pending"
CORRECTION = "correction"
WITHDRAWAL = "withdrawal"

RULE = "urn:oid:2.25.248689532529534281747430458515742632507"

COMPONENT = "urn:oid:2.25.1979151772342020720572251067719605094"

ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
TEST_DATA = "HTEST"


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A closed list of codes of one system."""

    system: str
    codes: frozenset[str]


def _values(system: str, *words: type[StrEnum]) -> ValueSet:
    return ValueSet(system, frozenset(str(word) for listed in words for word in listed))


MEANS = _values("urn:oid:2.25.36488299623612637973445218506012540528", Means)
ENTRY_TYPE = _values("urn:oid:2.25.124963409987381434440839586687010552686", EntryType)
REASON = _values("urn:oid:2.25.274938780154049973373775989822481292095", Reason)
WHY = _values("urn:oid:2.25.301072308544462053482620381622287818790", Why)
READER_STATE = _values("urn:oid:2.25.61111561108181427610753587399345672548", ReaderState)
HOW_VERIFIED = _values("urn:oid:2.25.119359849226455247620870709258444499621", HowVerified)
CARD_FAILURE = _values("urn:oid:2.25.249422333454623840820432065983942737004", CardFailure, Problem)
PROBLEM = _values("urn:oid:2.25.176098167414567169094611038555786881968", Problem)
REMARK = _values("urn:oid:2.25.15285434900761458087475372421628898336", Remark)
SYMBOLOGY = _values("urn:oid:2.25.316726631423076327659106604165936469726", Symbology)
EPISODE = _values("urn:oid:2.25.151541622777842088272636006271564434093", EpisodeKind)
SERIES = _values("urn:oid:2.25.189646792996914839547711528839126538347", Series)

GENDERS = {Sex.MAN: "male", Sex.WOMAN: "female", Sex.UNKNOWN: "unknown"}
GENDER = ValueSet("http://hl7.org/fhir/administrative-gender", frozenset(GENDERS.values()))


class Plain(StrEnum):
    """A component value that is not coded."""

    TEXT = "text"
    TRUTH = "truth"
    NUMBER = "number"
    MOMENT = "moment"
    """With date, time and offset."""
    DATE = "date"
    """Year, year and month, or whole date, as far as known."""


Form = ValueSet | Plain

FIELDS: dict[Plain, str] = {
    Plain.TEXT: "valueString",
    Plain.TRUTH: "valueBoolean",
    Plain.NUMBER: "valueInteger",
    Plain.MOMENT: "valueDateTime",
    Plain.DATE: "valueDateTime",
}

_OF_EVERY_ENTRY: dict[str, Form] = {
    "sequence": Plain.NUMBER,
    "recorded-at": Plain.MOMENT,
    "operator-proven": Plain.TRUTH,
    "delegator": Plain.TEXT,
}

_OF_THE_EPISODE: dict[str, Form] = {
    "episode": EPISODE,
    "admitted-at": Plain.MOMENT,
    "series": SERIES,
    "billing-period": Plain.TEXT,
}

_OF_THE_COVERAGE: dict[str, Form] = {"insurer": Plain.TEXT, "ct1": Plain.TEXT, "ct2": Plain.TEXT}

_DECLINED: dict[str, Form] = {f"declined-{means}": WHY for means in Means}

_OBSERVED: dict[str, Form] = {
    "reader": READER_STATE,
    "reader-name": Plain.TEXT,
    "hub-reachable": Plain.TRUTH,
    "card-failure": CARD_FAILURE,
    "contradicted": Plain.TEXT,
    "root": Plain.TEXT,
    "certificate-sha256": Plain.TEXT,
    "key": Plain.TEXT,
    "digest": Plain.TEXT,
    "card-applet": Plain.TEXT,
    "symbology": SYMBOLOGY,
    "attested-on": Plain.DATE,
    "acr": Plain.TEXT,
}

VERIFICATION_COMPONENTS: dict[str, Form] = {
    **_OF_EVERY_ENTRY,
    "entry-type": ENTRY_TYPE,
    "reason": REASON,
    "how-verified": HOW_VERIFIED,
    "document-shown": MEANS,
    "serial": Plain.TEXT,
    **_DECLINED,
    "name": Plain.TEXT,
    "given-names": Plain.TEXT,
    "birth-date": Plain.DATE,
    "sex": GENDER,
    **_OF_THE_EPISODE,
    **_OF_THE_COVERAGE,
    **_OBSERVED,
    "verified": Plain.TRUTH,
    "problem": PROBLEM,
    "remark": REMARK,
    "specimen": Plain.TRUTH,
}

COMPONENTS: dict[str, dict[str, Form]] = {
    IDENTITY_VERIFICATION: VERIFICATION_COMPONENTS,
    EXEMPTION: {**_OF_EVERY_ENTRY, "paper-shown": Plain.TEXT, **_OF_THE_EPISODE, **_OF_THE_COVERAGE},
    CONSULTATION: {**_OF_EVERY_ENTRY, **_OF_THE_EPISODE},
    PENDING: {**_OF_EVERY_ENTRY, **_DECLINED, **_OF_THE_EPISODE, "how-verified": HOW_VERIFIED, **_OBSERVED},
    CORRECTION: _OF_EVERY_ENTRY,
    WITHDRAWAL: _OF_EVERY_ENTRY,
}
"""The components of each kind, by the code of its Observation."""

REPEATING = frozenset({"contradicted", "problem", "remark"})
"""Components that may appear more than once."""
